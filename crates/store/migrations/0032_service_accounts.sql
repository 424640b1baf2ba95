-- Accounts of scripts and agents: each is a member of staff without a password, with one role, for an hour at most, and somebody answers
-- for it. It signs in with the token it was made with and in no other way. Like all of staff it is seen by the account door only; who may
-- see or end which is decided by the functions here.
set local lock_timeout = '2s';
grant create on schema console to ops_definer;

alter table console.sign_in drop constraint sign_in_kind_check;
alter table console.sign_in add constraint sign_in_kind_check check (kind in ('browser', 'token', 'service'));

create table console.service_account (
  staff_id    uuid primary key references console.staff (id) on delete cascade,
  sign_in_id  uuid not null references console.sign_in (id) on delete cascade,
  sponsor     uuid not null references console.staff (id),
  -- words of domain::Permission; what it may do at most
  permissions text[] not null check (cardinality(permissions) between 1 and 20),
  issued_at   timestamptz not null default clock_timestamp(),
  ends_at     timestamptz not null,
  ended_by    text check (length(ended_by) <= 120),
  check (ends_at > issued_at and ends_at <= issued_at + interval '1 hour')
);
create index service_account_of_sponsor on console.service_account (sponsor, issued_at desc);
grant select on console.service_account to ops_account;
grant select, insert, update on console.service_account to ops_definer;
grant insert, update on console.staff, console.sign_in to ops_definer;
grant insert on console.staff_role to ops_definer;

set local role ops_definer;
-- A script that was not given `audit.read` reads its own entries only, whatever its role would.
create function console.reads_nothing_of_the_audit() returns boolean
  language plpgsql stable security definer set search_path = '' as $$
begin
  return exists (select from console.service_account a where a.staff_id = (select console.me()) and not 'audit.read' = any (a.permissions));
end $$;
create or replace function console.reads_audit() returns boolean
  language plpgsql stable security definer set search_path = '' as $$
begin
  return not console.reads_nothing_of_the_audit() and exists (select from console.staff_role r where r.staff_id = (select console.me())
    and r.role in ('lead', 'auditor', 'admin') and r.only_tenant is null);
end $$;
create or replace function console.audited_tenants() returns setof uuid
  language plpgsql stable security definer set search_path = '' rows 10 as $$
begin
  if console.reads_nothing_of_the_audit() then
    return;
  end if;
  return query select r.only_tenant from console.staff_role r where r.staff_id = (select console.me())
    and r.role in ('lead', 'auditor', 'admin') and r.only_tenant is not null;
end $$;
-- With its sponsor gone, or once it was ended, it sees nothing any more.
create or replace function console.my_sign_in() returns uuid
  language plpgsql stable security definer set search_path = '' as $$
begin
  return (select i.id from console.sign_in i join console.staff s on s.id = i.staff_id
    where i.scope_hash = pg_catalog.sha256(pg_catalog.convert_to(pg_catalog.current_setting('ops.scope', true), 'UTF8'))
      and i.revoked_at is null and i.expires_at > pg_catalog.clock_timestamp() and s.disabled_at is null
      and (i.kind <> 'service' or exists (select from console.service_account a join console.staff p on p.id = a.sponsor
        where a.staff_id = i.staff_id and p.disabled_at is null)));
end $$;

-- Makes one: member of staff, role and sign-in. What it may hold was judged by the policy; that whoever asks is a person who may is judged here too.
create function console.issue_service(p_id uuid, p_sign_in uuid, p_name text, p_permissions text[], p_role text, p_tenant uuid,
    p_token_hash bytea, p_scope_hash bytea, p_minutes int) returns timestamptz
  language plpgsql volatile security definer set search_path = '' as $$
declare
  person constant uuid := console.me();
  ends constant timestamptz := pg_catalog.clock_timestamp() + pg_catalog.make_interval(mins => p_minutes);
begin
  if person is null or not ops.holds(array['support', 'lead', 'admin']) or exists (select from console.service_account a where a.staff_id = person)
     or p_role = 'admin' then
    raise insufficient_privilege using message = 'a person with a role over all tenants gives scripts their accounts';
  end if;
  insert into console.staff (id, email, name) values (p_id, 'service-' || p_id || '@console.invalid', p_name);
  insert into console.staff_role (staff_id, role, only_tenant) values (p_id, p_role, p_tenant);
  insert into console.sign_in (id, staff_id, kind, token_hash, scope_hash, second_factor_at, expires_at, agent)
    values (p_sign_in, p_id, 'service', p_token_hash, p_scope_hash, pg_catalog.clock_timestamp(), ends, 'service account');
  insert into console.service_account (staff_id, sign_in_id, sponsor, permissions, issued_at, ends_at)
    values (p_id, p_sign_in, person, p_permissions, ends - pg_catalog.make_interval(mins => p_minutes), ends);
  return ends;
end $$;

-- Ends one, whoever answers for it: who may give them may stop them. Gives its name, or nothing where there is none that goes on.
create function console.end_service(p_id uuid) returns text
  language plpgsql volatile security definer set search_path = '' as $$
declare ended uuid; who text; name text;
begin
  select s.name into who from console.staff s where s.id = console.me();
  update console.service_account a set ended_by = who
    from console.sign_in i
    where a.staff_id = p_id and i.id = a.sign_in_id and i.revoked_at is null and i.expires_at > pg_catalog.clock_timestamp()
      and ops.holds(array['support', 'lead', 'admin'])
    returning a.sign_in_id into ended;
  update console.sign_in i set revoked_at = pg_catalog.clock_timestamp() where i.id = ended;
  select s.name into name from console.staff s where s.id = p_id and ended is not null;
  return name;
end $$;

-- Everybody's, for those who may end them: those that go on first, then the newest.
create function console.service_accounts() returns table (id uuid, name text, sponsor text, mine boolean, permissions text[], only_tenant uuid,
    issued_at timestamptz, ends_at timestamptz, last_seen_at timestamptz, ended_at timestamptz, ended_by text)
  language plpgsql stable security definer set search_path = '' rows 100 as $$
begin
  return query select a.staff_id, s.name, p.name, a.sponsor = console.me(), a.permissions,
      (select r.only_tenant from console.staff_role r where r.staff_id = a.staff_id limit 1),
      a.issued_at, a.ends_at, case when i.last_seen_at > i.created_at then i.last_seen_at end, i.revoked_at, a.ended_by
    from console.service_account a join console.staff s on s.id = a.staff_id join console.staff p on p.id = a.sponsor
      join console.sign_in i on i.id = a.sign_in_id
    where ops.holds(array['support', 'lead', 'admin'])
    order by (i.revoked_at is null and a.ends_at > pg_catalog.clock_timestamp()) desc, a.issued_at desc limit 200;
end $$;
revoke all on function console.reads_nothing_of_the_audit(), console.end_service(uuid), console.service_accounts(),
  console.issue_service(uuid, uuid, text, text[], text, uuid, bytea, bytea, int) from public;
grant execute on function console.reads_nothing_of_the_audit(), console.service_accounts() to ops_ro, ops_rw;
grant execute on function console.issue_service(uuid, uuid, text, text[], text, uuid, bytea, bytea, int), console.end_service(uuid) to ops_rw;
set local role ops_owner;
