-- What a script holds ends with what its sponsor holds, also where only the audit is read; the sign-in door may say who ended it; and the
-- definer keeps no right it does not use.
set local lock_timeout = '2s';

drop index console.service_account_of_sponsor;
create index service_account_of_sponsor on console.service_account (sponsor);
create index service_account_by_end on console.service_account (ends_at);
grant update (ended_by) on console.service_account to ops_account;
revoke update on console.staff from ops_definer;

set local role ops_definer;
-- A script reads its own entries only, whatever its role would, unless it was given `audit.read` and its sponsor still holds it.
create function console.reads_own_entries_only() returns boolean
  language plpgsql stable security definer set search_path = '' as $$
begin
  return exists (select from console.service_account a where a.staff_id = (select console.me())
    and (not 'audit.read' = any (a.permissions) or not exists (select from console.staff_role r
      where r.staff_id = a.sponsor and r.role in ('lead', 'auditor', 'admin') and r.only_tenant is null)));
end $$;
create or replace function console.reads_audit() returns boolean
  language plpgsql stable security definer set search_path = '' as $$
begin
  return not console.reads_own_entries_only() and exists (select from console.staff_role r where r.staff_id = (select console.me())
    and r.role in ('lead', 'auditor', 'admin') and r.only_tenant is null);
end $$;
create or replace function console.audited_tenants() returns setof uuid
  language plpgsql stable security definer set search_path = '' rows 10 as $$
begin
  if console.reads_own_entries_only() then
    return;
  end if;
  return query select r.only_tenant from console.staff_role r where r.staff_id = (select console.me())
    and r.role in ('lead', 'auditor', 'admin') and r.only_tenant is not null;
end $$;
drop function console.reads_nothing_of_the_audit();

-- Everybody's of a month, for those who may end them: those that go on first, then the newest.
create or replace function console.service_accounts() returns table (id uuid, name text, sponsor text, mine boolean, permissions text[],
    only_tenant uuid, issued_at timestamptz, ends_at timestamptz, last_seen_at timestamptz, ended_at timestamptz, ended_by text)
  language plpgsql stable security definer set search_path = '' rows 100 as $$
begin
  return query select a.staff_id, s.name, p.name, a.sponsor = console.me(), a.permissions,
      (select r.only_tenant from console.staff_role r where r.staff_id = a.staff_id limit 1),
      a.issued_at, a.ends_at, case when i.last_seen_at > i.created_at then i.last_seen_at end, i.revoked_at, a.ended_by
    from console.service_account a join console.staff s on s.id = a.staff_id join console.staff p on p.id = a.sponsor
      join console.sign_in i on i.id = a.sign_in_id
    where ops.holds(array['support', 'lead', 'admin']) and a.ends_at > pg_catalog.clock_timestamp() - interval '30 days'
    order by (i.revoked_at is null and a.ends_at > pg_catalog.clock_timestamp()) desc, a.issued_at desc limit 200;
end $$;
revoke all on function console.reads_own_entries_only() from public;
grant execute on function console.reads_own_entries_only() to ops_ro, ops_rw;
set local role ops_owner;
