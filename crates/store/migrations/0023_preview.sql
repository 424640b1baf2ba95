-- A preview reads which commands fit and their epochs, thousands at a time: with the epoch in the index, nothing but the index.
set local lock_timeout = '2s';

drop index commandbus.command_waiting_by_tenant, commandbus.command_waiting_by_tenant_type, commandbus.command_waiting_by_tenant_code,
  commandbus.command_waiting_by_tenant_group;
create index command_waiting_by_tenant on commandbus.command (tenant_id, updated_at desc, command_id desc) include (epoch)
  where status = 'IN_TROUBLESHOOTING_QUEUE';
create index command_waiting_by_tenant_type on commandbus.command (tenant_id, domain, command_type, updated_at desc, command_id desc) include (epoch)
  where status = 'IN_TROUBLESHOOTING_QUEUE';
create index command_waiting_by_tenant_code on commandbus.command (tenant_id, last_error_code, updated_at desc, command_id desc) include (epoch)
  where status = 'IN_TROUBLESHOOTING_QUEUE';
create index command_waiting_by_tenant_group on commandbus.command (tenant_id, last_fingerprint, updated_at desc, command_id desc) include (epoch)
  where status = 'IN_TROUBLESHOOTING_QUEUE';
