-- 10,000 commands with one job each, over 20 tenants and the last day; 2,000 of them wait in the troubleshooting queue. Ids
-- come from counting, so that every run has the same.
begin;
select commandbus.ensure_queue(queue) from unnest(array['plans__commands', 'plans__replies', 'tickets__commands', 'tickets__replies']) queue;

insert into console.tenant (id, slug, name)
select md5('tenant ' || n)::uuid, 'tenant-' || n, 'Tenant ' || n || ' Hospitals and Estates' from generate_series(0, 19) n;

create temp table planned on commit drop as
select n,
  md5('tenant ' || (n / 5) % 20)::uuid as tenant_id, md5('command ' || n)::uuid as command_id, md5('job ' || n)::uuid as job_id,
  case when n % 4 = 3 then 'tickets' else 'plans' end as domain,
  case when n % 4 = 3 then 'EnhanceTicket' when n % 8 < 5 then 'IngestPlan' else 'ReplacePlan' end as command_type,
  case when n % 4 = 3 then 'ticket_enhance' else 'plan_ingest' end as pipeline,
  case when n % 4 = 3 then array['fetch_context', 'ask_model', 'publish'] else
    array['pdf_upload', 'text_extraction', 'wall_detection', 'room_detection', 'bim_generation'] end as steps,
  case when n % 5 = 0 then 'IN_TROUBLESHOOTING_QUEUE' when n % 100 = 1 then 'IN_PROGRESS' when n % 100 = 2 then 'PENDING'
    when n % 100 = 3 then 'CANCELED' else 'COMPLETED' end as status,
  -- the class of the error: out of memory, a slow outside service, or a file that is no PDF
  case n % 15 when 0 then 'OUT_OF_MEMORY' when 5 then 'TIMED_OUT' else 'NOT_A_PDF' end as code,
  clock_timestamp() - (10000 - n) * interval '8 seconds' as at
from generate_series(0, 9999) n;
alter table planned add title text;
update planned set title = steps[case code when 'NOT_A_PDF' then 1 else cardinality(steps) - 2 end] ||
  case code when 'OUT_OF_MEMORY' then ' ran out of memory' when 'TIMED_OUT' then ' took longer than it may' else ' was given a file that is no PDF' end;
create index on planned (n);

insert into commandbus.command (tenant_id, command_id, domain, command_type, queue_name, status, attempts, max_attempts, epoch, lease_until, worker,
  visible_at, reply_to, correlation_id, last_error_type, last_error_code, last_error_title, created_at, updated_at, finished_at)
select tenant_id, command_id, domain, command_type, domain || '__commands', status,
  case status when 'IN_TROUBLESHOOTING_QUEUE' then 3 when 'PENDING' then 0 else 1 end, 3,
  case status when 'IN_TROUBLESHOOTING_QUEUE' then 3 when 'PENDING' then 0 else 1 end,
  case status when 'IN_PROGRESS' then clock_timestamp() + interval '1 hour' end, case status when 'PENDING' then null else domain || '-' || n % 2 end,
  at, domain || '__replies', command_id,
  case when n % 5 = 0 then case code when 'NOT_A_PDF' then 'PERMANENT' else 'TRANSIENT' end end,
  case when n % 5 = 0 then code end, case when n % 5 = 0 then title end,
  at - interval '90 seconds', at, case when status in ('COMPLETED', 'CANCELED') then at end
from planned;

-- Messages of those that wait are in the archive of the transport; the others' payloads in the bus's own.
create temp table sent on commit drop as
select p.n, p.tenant_id, p.command_id, p.domain, pgmq.send(p.domain || '__commands', jsonb_build_object('domain', p.domain, 'command_type', p.command_type,
  'command_id', p.command_id, 'correlation_id', p.command_id, 'reply_to', p.domain || '__replies',
  'data', jsonb_build_object('file', 'plan-' || p.n || '.pdf', 'building', 'East wing', 'floor', p.n % 7, 'requested_by', 'facilities@tenant.example'))) as msg_id
from planned p where p.status in ('IN_TROUBLESHOOTING_QUEUE', 'PENDING', 'IN_PROGRESS');
update commandbus.command c set msg_id = s.msg_id from sent s where c.tenant_id = s.tenant_id and c.command_id = s.command_id;
select pgmq.archive(s.domain || '__commands', array_agg(s.msg_id)) from sent s join planned p using (n) where p.status = 'IN_TROUBLESHOOTING_QUEUE' group by s.domain;
insert into commandbus.payload_archive (tenant_id, command_id, payload)
select tenant_id, command_id, jsonb_build_object('file', 'plan-' || n || '.pdf', 'building', 'East wing', 'floor', n % 7) from planned where status in ('COMPLETED', 'CANCELED');
insert into commandbus.command_error (tenant_id, command_id, message)
select tenant_id, command_id, title || ': needed more than the 256 MB it may use, in attempt 3 of 3 on plan-' || n || '.pdf' from planned where n % 5 = 0;
insert into commandbus.reply (tenant_id, command_id, outcome, body, queue_name)
select tenant_id, command_id, 'SUCCESS', jsonb_build_object('command_id', command_id, 'outcome', 'SUCCESS'), domain || '__replies' from planned where status = 'COMPLETED';
insert into commandbus.audit (tenant_id, command_id, domain, event_type, who, code, attempt, at)
select p.tenant_id, p.command_id, p.domain, e.event_type, p.domain || '-' || p.n % 2, case when e.place > 2 and p.n % 5 = 0 then p.code end, e.place::int, p.at - (9 - e.place) * interval '10 seconds'
from planned p, unnest(case when p.n % 5 = 0 then array['SENT', 'RECEIVED', 'RETRY_SCHEDULED', 'RECEIVED', 'RETRY_SCHEDULED', 'RECEIVED', 'RETRY_EXHAUSTED', 'MOVED_TO_TSQ']
  when p.status = 'COMPLETED' then array['SENT', 'RECEIVED', 'COMPLETED'] when p.status = 'CANCELED' then array['SENT', 'RECEIVED', 'OPERATOR_CANCEL']
  else array['SENT'] end) with ordinality e (event_type, place);
insert into commandbus.worker (name, domain, build)
select d || '-' || n, d, 'bench' from unnest(array['plans', 'tickets']) d, generate_series(0, 1) n;

-- One job a command. `failed_at` is the step it failed or stands at, after the last one when it succeeded.
create temp table run on commit drop as
select p.*, case p.status when 'IN_TROUBLESHOOTING_QUEUE' then 'FAILED' when 'IN_PROGRESS' then 'RUNNING' when 'PENDING' then 'WAITING'
    when 'CANCELED' then 'CANCELED' else 'SUCCEEDED' end as state,
  case when p.status = 'COMPLETED' then cardinality(p.steps) + 1 when p.status = 'PENDING' then 0
    when p.n % 5 = 0 and p.code = 'NOT_A_PDF' then 1 else cardinality(p.steps) - 2 end as failed_at
from planned p;
insert into pipeline.job (tenant_id, job_id, command_id, pipeline, status, current_step, error_code, error_title, created_at, updated_at, started_at, finished_at)
select tenant_id, job_id, command_id, pipeline, state, steps[failed_at], case state when 'FAILED' then code end, case state when 'FAILED' then title end,
  at - interval '90 seconds', at, case when state <> 'WAITING' then at - interval '80 seconds' end, case when state in ('FAILED', 'SUCCEEDED', 'CANCELED') then at end
from run;
insert into pipeline.job_detail (tenant_id, job_id, title, requested_by)
select tenant_id, job_id, 'plan-' || n || '.pdf', 'facilities@tenant.example' from run;

create temp table part on commit drop as
select r.tenant_id, r.job_id, r.n, r.at, r.code, r.title, r.status as command_status, s.name, s.place::int,
  case when s.place < r.failed_at then 'SUCCEEDED' when s.place > r.failed_at then case when r.state in ('FAILED', 'CANCELED') then 'SKIPPED' else 'WAITING' end
    when r.state = 'RUNNING' then 'RUNNING' when r.state = 'CANCELED' then 'SKIPPED' else 'FAILED' end as state
from run r, unnest(r.steps) with ordinality s (name, place);
insert into pipeline.step (tenant_id, job_id, ordinal, name, status, started_at, finished_at, error_code, error_title, memory_limit_bytes, cpu_limit_seconds, wall_limit_seconds)
select tenant_id, job_id, place - 1, name, state, case when state not in ('WAITING', 'SKIPPED') then at - (6 - place) * interval '12 seconds' end,
  case when state in ('SUCCEEDED', 'FAILED') then at - (5 - place) * interval '12 seconds' end,
  case state when 'FAILED' then code end, case state when 'FAILED' then title end, 268435456, 60, 120
from part;
-- A step that failed was tried three times.
insert into pipeline.attempt (tenant_id, job_id, step, number, epoch, status, started_at, finished_at, memory_limit_bytes, cpu_limit_seconds, wall_limit_seconds,
  memory_peak_bytes, cpu_ms, wall_ms, disk_bytes, exit_code, signal, error_code, error_title, worker, build)
select p.tenant_id, p.job_id, p.name, t.number, t.number, p.state, p.at - (6 - p.place) * interval '12 seconds', case when p.state <> 'RUNNING' then p.at - (5 - p.place) * interval '12 seconds' end,
  268435456, 60, 120, case p.state when 'FAILED' then 268435456 else 90000000 + p.n end, 3000 + p.n % 900, 4000 + p.n % 900, 1048576,
  case p.state when 'SUCCEEDED' then 0 end, case p.state when 'FAILED' then 9 end, case p.state when 'FAILED' then p.code end, case p.state when 'FAILED' then p.title end,
  'plans-' || p.n % 2, 'bench'
from part p, generate_series(1, case p.state when 'FAILED' then 3 else 1 end) t (number) where p.state not in ('WAITING', 'SKIPPED');
insert into pipeline.attempt_detail (tenant_id, attempt_id, log, error_message)
select a.tenant_id, a.id, (select string_agg('12:00:' || lpad((l % 60)::text, 2, '0') || ' ' || a.step || ': page ' || l || ' of 40 holds ' || (a.id * l) % 9973 || ' strokes in ' || l % 7 || ' layers', E'\n')
    from generate_series(1, case a.status when 'FAILED' then 80 else 10 end) l),
  case a.status when 'FAILED' then a.error_title || ': needed > 256 MB of 256 MB' end
from pipeline.attempt a;

-- What the steps left; the drawing of a plan only where the support session is, because no other page shows it.
insert into pipeline.artifact (tenant_id, job_id, step, name, size, body)
select tenant_id, job_id, name, name || '.json', 200, convert_to(repeat('x', 200), 'UTF8') from part where state = 'SUCCEEDED';
insert into pipeline.artifact (tenant_id, job_id, step, name, size, body)
select r.tenant_id, r.job_id, 'bim_generation', 'plan.json', length(d.body), d.body
from run r, (select convert_to(jsonb_build_object('width', 60000, 'height', 40000,
    'walls', (select jsonb_agg(jsonb_build_object('id', 'w' || x || '-' || y, 'a', jsonb_build_array(x * 6000, y * 8000), 'b', jsonb_build_array(x * 6000 + 6000, y * 8000), 'thickness', 200))
              from generate_series(0, 9) x, generate_series(0, 5) y),
    'rooms', (select jsonb_agg(jsonb_build_object('id', 'r' || x || '-' || y, 'name', 'Room ' || x || '.' || y, 'confidence', 0.93, 'area_m2', 48, 'polygon', jsonb_build_array(
                jsonb_build_array(x * 6000, y * 8000), jsonb_build_array(x * 6000 + 6000, y * 8000), jsonb_build_array(x * 6000 + 6000, y * 8000 + 8000), jsonb_build_array(x * 6000, y * 8000 + 8000))))
              from generate_series(0, 9) x, generate_series(0, 4) y))::text, 'UTF8') as body) d
where r.state = 'SUCCEEDED' and r.pipeline = 'plan_ingest' and r.tenant_id = md5('tenant 0')::uuid;

-- Frontend errors: 10 groups a tenant, counted every five minutes of the last two hours; and an audit of 1,000 deeds.
insert into telemetry.error_group (tenant_id, fingerprint, fingerprint_version, kind, title, route, count, first_seen, last_seen, first_build, last_build)
select t.id, lpad(to_hex(g * 7919), 16, '0'), 1, 'error', 'TypeError: cannot read property of undefined (' || g || ')', '/plans/:id', 24, now() - interval '2 hours', now() - g * interval '1 minute', 'a1b2c3', 'd4e5f6'
from console.tenant t, generate_series(1, 10) g;
insert into telemetry.error_slice (tenant_id, group_id, slice, count)
select g.tenant_id, g.id, date_trunc('minute', now()) - s * interval '5 minutes', (g.id + s) % 3 from telemetry.error_group g, generate_series(0, 23) s;
select count(audit.close(audit.open('retry-command', 'Retry a command', 'command ' || n, '', '{}', 'Bernd Bench'), 'done', md5('tenant ' || n % 20)::uuid, null, null, '[]', '[]', '[]')) from generate_series(1, 1000) n;
commit;

-- What the database does by itself within its first minutes.
vacuum analyze;
