-- A group's number says which tenant's it is, and a new one is higher than all before. What belongs to groups is therefore kept in the order
-- of their numbers: most of what a storm writes then goes where the last of it went, and not somewhere among everybody's.
set local lock_timeout = '2s';

alter table telemetry.group_note drop constraint group_note_tenant_id_group_id_fkey;
alter table telemetry.error_group drop constraint error_group_pkey, add primary key (id, tenant_id);
alter table telemetry.group_note add foreign key (tenant_id, group_id) references telemetry.error_group (tenant_id, id) on delete cascade;
-- The key answers what it answered.
drop index telemetry.error_group_by_id;

alter table telemetry.error_slice drop constraint error_slice_pkey, add primary key (group_id, slice, tenant_id);
alter table telemetry.group_session drop constraint group_session_pkey, add primary key (group_id, page_session, tenant_id);
drop index telemetry.event_of_group;
create index event_of_group on telemetry.event (group_id, id desc);
