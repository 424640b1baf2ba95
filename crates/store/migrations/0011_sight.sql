-- The same sight, asked faster. Every policy of every statement calls these; a function in SQL is planned anew for each of them,
-- one in PL/pgSQL once a connection. On a queue of a million failures that was half of what a page of it took.
set local lock_timeout = '2s';
set local role ops_definer;

create or replace function console.my_sign_in() returns uuid
  language plpgsql stable security definer set search_path = '' as $$
begin
  return (select i.id from console.sign_in i join console.staff s on s.id = i.staff_id
    where i.scope_hash = pg_catalog.sha256(pg_catalog.convert_to(pg_catalog.current_setting('ops.scope', true), 'UTF8'))
      and i.revoked_at is null and i.expires_at > pg_catalog.clock_timestamp() and s.disabled_at is null);
end $$;
create or replace function console.me() returns uuid
  language plpgsql stable security definer set search_path = '' as $$
begin
  return (select i.staff_id from console.sign_in i where i.id = console.my_sign_in());
end $$;
create or replace function console.visible_tenants() returns setof uuid
  language plpgsql stable security definer set search_path = '' rows 100 as $$
declare every_one boolean; these uuid[];
begin
  select pg_catalog.bool_or(r.only_tenant is null), pg_catalog.array_agg(r.only_tenant) into every_one, these
    from console.staff_role r where r.staff_id = (select console.me()) and r.role in ('viewer', 'support', 'lead', 'admin');
  if every_one then
    return query select t.id from console.tenant t;
  else
    return query select t.id from console.tenant t where t.id = any (these);
  end if;
end $$;
create or replace function console.inside_tenant() returns uuid
  language plpgsql stable security definer set search_path = '' as $$
begin
  return (select s.tenant_id from console.support_session s
    where s.sign_in_id = (select console.my_sign_in()) and s.ended_at is null and s.expires_at > pg_catalog.clock_timestamp());
end $$;
create or replace function console.writing_tenant() returns uuid
  language plpgsql stable security definer set search_path = '' as $$
begin
  return (select s.tenant_id from console.support_session s
    where s.sign_in_id = (select console.my_sign_in()) and s.ended_at is null and s.expires_at > pg_catalog.clock_timestamp()
      and (s.write_until > pg_catalog.clock_timestamp()
           or exists (select from console.rehearsal r where r.xid = pg_catalog.pg_current_xact_id_if_assigned())));
end $$;
-- Whether a role of the person's covers every tenant, so that what all have together may be shown.
create function console.sees_all_tenants() returns boolean
  language plpgsql stable security definer set search_path = '' as $$
begin
  return exists (select from console.staff_role r where r.staff_id = (select console.me())
    and r.role in ('viewer', 'support', 'lead', 'admin') and r.only_tenant is null);
end $$;
revoke all on function console.sees_all_tenants() from public;
grant execute on function console.sees_all_tenants() to ops_ro, ops_rw, ops_definer;
set local role ops_owner;
