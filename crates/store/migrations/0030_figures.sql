-- What the snapshot of the console says of checks and alerts: a row for each that is not as it should be, and how many checks are up.
set local lock_timeout = '2s';

create function ops.check_figures() returns table (scope uuid, name text, status text, why text)
  language sql stable security definer set search_path = '' as $$
  select '00000000-0000-0000-0000-000000000000'::uuid, c.name,
    case when c.state = 'DOWN' then 'fail' else 'warn' end,
    case when c.state = 'DOWN' then c.name || ' is down: ' || coalesce(c.last_error, 'nothing was heard') || '.' else c.name || ' is paused.' end
  from ops.check c where c.state = 'DOWN' or c.paused
  union all
  select '00000000-0000-0000-0000-000000000000'::uuid, 'up', 'pass', count(*) || ' up' from ops.check c where c.state = 'UP' and not c.paused having count(*) > 0
$$;
create function ops.alert_figures() returns table (scope uuid, name text, status text, why text)
  language sql stable security definer set search_path = '' as $$
  select '00000000-0000-0000-0000-000000000000'::uuid, 'alert ' || a.id, case when a.severity = 'CRITICAL' and a.state = 'OPEN' then 'fail' else 'warn' end,
    pg_catalog.left(a.title || case when a.state = 'ACKNOWLEDGED' then ' (' || coalesce(a.acked_by, 'somebody') || ' looks after it)' else '' end, 500)
  from ops.alert a where a.state <> 'CLOSED'
$$;
revoke all on function ops.check_figures(), ops.alert_figures() from public;
grant execute on function ops.check_figures(), ops.alert_figures() to ops_collector;
alter function ops.check_figures() owner to ops_definer;
alter function ops.alert_figures() owner to ops_definer;
create policy house on ops.alert for select to ops_definer using (true);
grant select on ops.alert to ops_definer;
create policy collector on telemetry.tenant_slice for select to ops_collector using (true);
grant select on telemetry.tenant_slice to ops_collector;

-- Deploys, and budgets that are used up or free again, are told like everything else that changes.
create trigger announce after insert or update of source, after on ops.deploy for each row execute function ops.announce('deploy', 'id');
create trigger announce_budget after update of status on ops.part for each row
  when (old.status <> new.status and new.section = 'budgets') execute function ops.announce('budget', 'name');
