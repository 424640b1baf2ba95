-- The same change to many payloads, as an operation.
set local lock_timeout = '2s';

-- What an operation changes in each payload, as `path=value` lines: a person's words about a customer's content.
create table console.operation_patch (
  tenant_id    uuid not null,
  operation_id uuid not null,
  sets         text[] not null check (cardinality(sets) between 1 and 100),
  primary key (tenant_id, operation_id),
  foreign key (tenant_id, operation_id) references console.operation (tenant_id, id) on delete cascade
);
call console.protect('console.operation_patch', 'inside');
revoke all on console.operation_patch from ops_bus;
grant insert on console.operation_patch to ops_rw;
create policy hand on console.operation_patch for select to ops_hand using (tenant_id = (select console.handed_tenant()));
grant select on console.operation_patch to ops_hand;

alter table console.operation_item drop constraint operation_item_reason_check;
alter table console.operation_item add constraint operation_item_reason_check
  check (reason in ('NOT_WAITING', 'NO_PAYLOAD', 'ELSEWHERE', 'CANCELED', 'NO_PATH', 'LOCKED', 'UNFIT'));
