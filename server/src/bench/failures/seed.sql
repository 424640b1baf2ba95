-- One part of the open failures, numbers :from to :to of :all: commands of 200 tenants in the troubleshooting queue, in 5,000
-- groups, over the last week, with the messages of their errors. The first tenant has the large sets of the bulks: 100,000 in
-- group 0, 10,000 in group 1, 4,000 in group 2; their payloads are in the archive of the transport. Numbers come from counting.
begin;
create temp table planned on commit drop as
select n, md5('command ' || n)::uuid as command_id,
  case when n < 114000 then 0 else n % 200 end as tenant,
  -- Most failures are in few groups, as they are in life: a square makes the first groups large.
  case when n < 100000 then 0 when n < 110000 then 1 when n < 114000 then 2 else 3 + floor(power((hashint4(n) & 65535) / 65536.0, 2) * 4997)::int end as grp,
  clock_timestamp() - (:all - n) * interval '1 second' * (604800.0 / :all) as at
from generate_series(:from, :to) n;
alter table planned add msg_id bigint;
update planned set msg_id = nextval('pgmq.q_plans__commands_msg_id_seq') where n < 114000;
insert into pgmq.a_plans__commands (msg_id, read_ct, enqueued_at, vt, message, headers)
select msg_id, 1, at, at, jsonb_build_object('domain', 'plans', 'command_type', 'IngestPlan', 'command_id', command_id, 'correlation_id', command_id,
  'data', jsonb_build_object('file', 'plan-' || n || '.pdf', 'building', 'East wing', 'floor', n % 7)), '{}'
from planned where msg_id is not null;
insert into commandbus.command (tenant_id, command_id, domain, command_type, queue_name, msg_id, status, attempts, max_attempts, epoch, worker, correlation_id,
  last_error_type, last_error_code, last_error_title, last_fingerprint, created_at, updated_at)
select md5('tenant ' || tenant)::uuid, command_id, case when n < 114000 or grp % 3 > 0 then 'plans' else 'tickets' end,
  case when n < 114000 then 'IngestPlan' else (array['IngestPlan', 'ReplacePlan', 'EnhanceTicket', 'PublishTicket'])[1 + grp % 4] end,
  case when n < 114000 or grp % 3 > 0 then 'plans__commands' else 'tickets__commands' end, msg_id, 'IN_TROUBLESHOOTING_QUEUE', 3, 3, 3, 'bench-' || grp % 4, command_id,
  'TRANSIENT', 'CODE_' || grp % 40, 'Step ' || grp % 40 || ' gave up in way ' || grp, '01' || lpad(to_hex(grp), 14, '0'), at - interval '90 seconds', at
from planned;
insert into commandbus.command_error (tenant_id, command_id, message)
select md5('tenant ' || tenant)::uuid, command_id, 'Step ' || grp % 40 || ' gave up in way ' || grp || ': plan-' || n || '.pdf needed more than the 256 MB it may use, in attempt 3 of 3'
from planned;
insert into commandbus.payload_archive (tenant_id, command_id, payload)
select md5('tenant ' || tenant)::uuid, command_id, jsonb_build_object('plan', jsonb_build_object('file', 'plan-' || n || '.pdf', 'size', 4711::bigint * n), 'building', 'East wing', 'floor', n % 7,
  'requested_by', 'facilities-' || n % 977 || '@tenant-' || tenant || '.example')
from planned;
commit;
