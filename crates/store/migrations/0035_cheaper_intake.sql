-- What each event of a storm need not cost.
set local lock_timeout = '2s';

-- An event's tenant is its key's, and that one has a parent (`telemetry.ingest_key`): looking for it again for each new group costs a third
-- of what the group does.
alter table telemetry.error_group drop constraint error_group_tenant_id_fkey;

-- Bytes are known; characters must be counted, one by one.
alter table telemetry.event
  drop constraint event_message_check,
  drop constraint event_stack_check,
  drop constraint event_raw_check,
  add constraint event_texts_have_an_end check (octet_length(message) <= 65536 and octet_length(stack) <= 262144 and octet_length(raw) <= 8000000);
do $$
begin
  -- As for `raw`.
  alter table telemetry.event alter column stack set compression lz4;
exception when feature_not_supported then null;
end $$;
-- Every batch changes its tab's row, most without a change of what is indexed.
alter table telemetry.page_session set (fillfactor = 70);
