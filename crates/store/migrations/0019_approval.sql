-- A second person's approval above a set size: the operation is frozen and proposed, and nothing of it is sent before somebody
-- else says so. `sending_tenant` asks for a state in which something is sent, so the database would refuse it, too.
set local lock_timeout = '2s';

alter table console.operation drop constraint operation_state_check;
alter table console.operation add constraint operation_state_check
  check (state in ('PROPOSED', 'CANARY', 'RAMPING', 'PAUSED', 'HALTED', 'CANCELED', 'FINISHED'));
alter table console.operation add column approved_by uuid references console.staff (id);
alter table console.operation add column approved_name text;
-- Nobody approves what they proposed themselves, whatever path they take.
alter table console.operation add constraint operation_second_person check (approved_by <> staff_id);
grant update (approved_by, approved_name) on console.operation to ops_rw;

-- What is set for everybody. One row.
create table console.setting (
  one           boolean primary key default true check (one),
  -- an operation over more commands than this needs a second person
  approve_above int not null default 1000 check (approve_above between 0 and 1000000)
);
insert into console.setting default values;
grant select on console.setting to ops_ro, ops_rw;
grant update (approve_above) on console.setting to ops_rw;
