-- Staff may ask for the process of a running step to be stopped. The wish stands at the attempt it is meant for, so that it can
-- never reach another one; the worker that holds the attempt sees it and carries it out.
set local lock_timeout = '2s';

alter table pipeline.attempt
  add column kill_asked_at timestamptz,
  add column kill_asked_by text check (length(kill_asked_by) <= 200),
  -- not asked to end, but ended
  add column kill_force boolean not null default false,
  add constraint attempt_kill_is_whole check ((kill_asked_at is null) = (kill_asked_by is null) and (kill_asked_at is not null or not kill_force));
grant update (kill_asked_at, kill_asked_by, kill_force) on pipeline.attempt to ops_rw;

alter table commandbus.audit drop constraint audit_event_type_check;
alter table commandbus.audit add constraint audit_event_type_check check (event_type in ('SENT', 'RECEIVED', 'COMPLETED', 'FAILED', 'RETRY_SCHEDULED', 'RETRY_EXHAUSTED', 'MOVED_TO_TSQ', 'BUSINESS_RULE_FAILED', 'LEASE_EXPIRED', 'OPERATOR_RETRY', 'OPERATOR_CANCEL', 'OPERATOR_COMPLETE', 'OPERATOR_EDIT', 'OPERATOR_KILL')) not valid;
alter table commandbus.audit validate constraint audit_event_type_check;
