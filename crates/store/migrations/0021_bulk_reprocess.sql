-- Running many jobs again from one of their steps, as an operation; and finding commands by the step their job is stuck at.
set local lock_timeout = '2s';

create index job_by_step on pipeline.job (current_step, tenant_id) where status = 'FAILED';

-- From which step an operation runs jobs again, and with what.
create table console.operation_reprocess (
  tenant_id    uuid not null,
  operation_id uuid not null,
  from_step    text not null check (from_step ~ '^[a-z][a-z0-9_]{0,60}$'),
  -- null keeps what is set
  memory_bytes bigint check (memory_bytes > 0),
  -- laid over the present ones; the host keeps customer content out of parameters
  params       jsonb not null check (jsonb_typeof(params) = 'object'),
  primary key (tenant_id, operation_id),
  foreign key (tenant_id, operation_id) references console.operation (tenant_id, id) on delete cascade
);
call console.protect('console.operation_reprocess', 'overview');
revoke all on console.operation_reprocess from ops_bus;
grant insert on console.operation_reprocess to ops_rw;
create policy hand on console.operation_reprocess for select to ops_hand using (tenant_id = (select console.handed_tenant()));
grant select on console.operation_reprocess to ops_hand;

grant update (memory_limit_bytes, params) on pipeline.step to ops_hand;
create policy hand_write on commandbus.audit_note for insert to ops_hand with check (tenant_id = (select console.sending_tenant()));
grant insert on commandbus.audit_note to ops_hand;

alter table console.operation_item drop constraint operation_item_reason_check;
alter table console.operation_item add constraint operation_item_reason_check
  check (reason in ('NOT_WAITING', 'NO_PAYLOAD', 'ELSEWHERE', 'CANCELED', 'NO_PATH', 'LOCKED', 'UNFIT', 'NO_STEP', 'NOT_REACHED'));
