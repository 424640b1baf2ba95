-- A start freezes its items in one statement, 100,000 of them while somebody waits. Nearly half of that was the check, row by
-- row, that the operation is there, which the same transaction has just written. Items are written nowhere else; they go with
-- their operation by a trigger that runs once a statement.
set local lock_timeout = '2s';

alter table console.operation_item drop constraint operation_item_tenant_id_operation_id_fkey;
create function console.forget_items() returns trigger language plpgsql security definer set search_path = '' as $$
begin
  delete from console.operation_item i using gone g where i.tenant_id = g.tenant_id and i.operation_id = g.id;
  return null;
end $$;
alter function console.forget_items() owner to ops_definer;
create trigger forget_items after delete on console.operation referencing old table as gone
  for each statement execute function console.forget_items();

-- What an operation sends is told by the operation, chunk by chunk, and by the counts of groups; not once more for each row.
drop trigger announce on commandbus.command;
create trigger announce after update of status on commandbus.command for each row
  when (old.status is distinct from new.status and (old.status = 'IN_TROUBLESHOOTING_QUEUE' or new.status = 'IN_TROUBLESHOOTING_QUEUE')
        and coalesce(current_setting('ops.operation', true), '') = '')
  execute function live.announce('command', 'command_id');
