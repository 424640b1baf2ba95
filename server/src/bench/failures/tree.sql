-- One run of :steps steps at the tenant :slug, as a host's pipeline would leave it: two thirds succeeded, one failed on its third
-- try, and what comes after it did not run. Prints the id of the job. Also read by the specs in the browser.
begin;
create temp table run on commit drop as
select id as tenant_id, md5('job of ' || :steps)::uuid as job_id, md5('command of ' || :steps)::uuid as command_id, :steps * 2 / 3 as failed,
  clock_timestamp() - interval '3 hours' as began
from console.tenant where slug = :'slug';
insert into commandbus.command (tenant_id, command_id, domain, command_type, queue_name, status, attempts, max_attempts, epoch, correlation_id,
  last_error_type, last_error_code, last_error_title, last_fingerprint)
select tenant_id, command_id, 'plans', 'ReadArchive', 'plans__commands', 'IN_TROUBLESHOOTING_QUEUE', 3, 3, 3, command_id,
  'TRANSIENT', 'OUT_OF_MEMORY', 'A sheet ran out of memory', '01ffffffffffffff' from run;
insert into pipeline.job (tenant_id, job_id, command_id, pipeline, status, run, current_step, error_code, error_title, started_at, finished_at)
select tenant_id, job_id, command_id, 'read_archive', 'FAILED', 3, 'sheet_' || lpad(failed::text, 6, '0') || case failed % 3 when 0 then '_strokes' when 1 then '_walls' else '_rooms' end, 'OUT_OF_MEMORY', 'A sheet ran out of memory',
  began, began + failed * interval '400 ms' from run;
insert into pipeline.job_detail (tenant_id, job_id, title) select tenant_id, job_id, 'All sheets of the east wing' from run;
insert into pipeline.step (tenant_id, job_id, ordinal, name, status, started_at, finished_at, error_code, error_title, memory_limit_bytes, cpu_limit_seconds, wall_limit_seconds)
select tenant_id, job_id, n, 'sheet_' || lpad(n::text, 6, '0') || case n % 3 when 0 then '_strokes' when 1 then '_walls' else '_rooms' end,
  case when n < failed then 'SUCCEEDED' when n = failed then 'FAILED' else 'SKIPPED' end,
  case when n <= failed then began + n * interval '400 ms' end, case when n <= failed then began + n * interval '400 ms' + (150 + n % 200) * interval '1 ms' end,
  case when n = failed then 'OUT_OF_MEMORY' end, case when n = failed then 'A sheet ran out of memory' end, 268435456, 60, 120
from run, generate_series(0, :steps - 1) n;
insert into pipeline.attempt (tenant_id, job_id, step, number, epoch, status, started_at, finished_at, memory_limit_bytes, cpu_limit_seconds, wall_limit_seconds,
  memory_peak_bytes, cpu_ms, wall_ms, disk_bytes, exit_code, error_code, error_title, worker, build)
select s.tenant_id, s.job_id, s.name, t.number, t.number, s.status, s.started_at, s.finished_at, 268435456, 60, 120,
  case s.status when 'FAILED' then 268435456 else 20000000 + s.ordinal % 997 * 150000 end, 120 + s.ordinal % 90, 150 + s.ordinal % 200, 65536,
  case s.status when 'SUCCEEDED' then 0 else 9 end, s.error_code, s.error_title, 'bench-' || s.ordinal % 4, 'build-' || t.number
from run r join pipeline.step s on s.tenant_id = r.tenant_id and s.job_id = r.job_id and s.status <> 'SKIPPED',
  generate_series(1, case s.status when 'FAILED' then 3 else 1 end) t (number);
insert into pipeline.attempt_detail (tenant_id, attempt_id, log, error_message)
select a.tenant_id, a.id, (select string_agg('12:00:' || lpad((l % 60)::text, 2, '0') || ' ' || a.step || ': line ' || l || ' of 40', E'\n') from generate_series(1, 40) l),
  case a.status when 'FAILED' then 'out of memory: needed > 256 MB of 256 MB' end
from run r join pipeline.attempt a on a.tenant_id = r.tenant_id and a.job_id = r.job_id;
select job_id from run;
commit;
analyze pipeline.step;
analyze pipeline.attempt;
