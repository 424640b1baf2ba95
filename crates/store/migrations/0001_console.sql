-- The console's own records (tenants, staff, sign-ins, support sessions) and the functions by which
-- row-level security decides what the present connection may see.
set local lock_timeout = '2s';

create schema console;
grant usage on schema console to ops_ro, ops_rw, ops_account, ops_live, ops_beacon, ops_bus, ops_definer;
grant create on schema console to ops_definer;

create table console.tenant (
  id         uuid primary key,
  slug       text not null unique check (slug ~ '^[a-z0-9][a-z0-9-]{0,62}$'),
  name       text not null check (length(name) between 1 and 200),
  created_at timestamptz not null default clock_timestamp()
);

create table console.staff (
  id             uuid primary key,
  email          text not null unique check (email = lower(email) and email like '%_@_%'),
  name           text not null check (length(name) between 1 and 120),
  -- argon2id, in its own PHC text; null until enrolled
  password_hash  text,
  -- encrypted by the server with its own key; never readable from the database alone
  totp_secret    bytea,
  -- the last time step whose code was accepted: each code once
  totp_last_step bigint not null default 0,
  enrolled_at    timestamptz,
  disabled_at    timestamptz,
  created_at     timestamptz not null default clock_timestamp()
);

create table console.staff_role (
  staff_id    uuid not null references console.staff (id) on delete cascade,
  role        text not null check (role in ('viewer', 'support', 'lead', 'auditor', 'admin')),
  -- null: all tenants
  only_tenant uuid references console.tenant (id) on delete cascade,
  unique nulls not distinct (staff_id, role, only_tenant)
);

create table console.recovery_code (
  staff_id  uuid not null references console.staff (id) on delete cascade,
  code_hash bytea not null,
  used_at   timestamptz,
  primary key (staff_id, code_hash)
);

create table console.enrolment (
  token_hash bytea primary key,
  staff_id   uuid not null references console.staff (id) on delete cascade,
  expires_at timestamptz not null,
  used_at    timestamptz,
  -- what was chosen, kept here until the last step so that a broken-off enrolment changes nothing
  password_hash text,
  totp_secret   bytea,
  created_at timestamptz not null default clock_timestamp()
);

create table console.sign_in (
  id               uuid primary key,
  staff_id         uuid not null references console.staff (id) on delete cascade,
  kind             text not null check (kind in ('browser', 'token')),
  -- sha256 of what the client holds
  token_hash       bytea not null unique,
  -- sha256 of what the server derives from it and tells the database at each transaction
  scope_hash       bytea not null unique,
  second_factor_at timestamptz not null,
  created_at       timestamptz not null default clock_timestamp(),
  last_seen_at     timestamptz not null default clock_timestamp(),
  expires_at       timestamptz not null,
  revoked_at       timestamptz,
  agent            text not null default ''
);
create index sign_in_of_staff on console.sign_in (staff_id) where revoked_at is null;

-- Failures per key (an account, a token): counted here so that no restart and no second server forgets.
create table console.throttle (
  key           text primary key,
  failures      int not null default 0,
  total         int not null default 0,
  window_start  timestamptz not null,
  blocked_until timestamptz
);

create table console.support_session (
  id          uuid primary key,
  tenant_id   uuid not null references console.tenant (id),
  staff_id    uuid not null references console.staff (id),
  sign_in_id  uuid not null references console.sign_in (id) on delete cascade,
  ticket      text not null check (length(ticket) between 1 and 60),
  reason      text not null check (length(btrim(reason)) between 10 and 500),
  started_at  timestamptz not null default clock_timestamp(),
  expires_at  timestamptz not null,
  write_until timestamptz,
  ended_at    timestamptz,
  ended_by    text check (ended_by in ('staff', 'expiry', 'sign_out', 'replaced')),
  unique (tenant_id, id),
  check (expires_at <= started_at + interval '1 hour'),
  check (write_until is null or write_until <= expires_at),
  check ((ended_at is null) = (ended_by is null))
);
create unique index one_open_session_per_sign_in on console.support_session (sign_in_id) where ended_at is null;

-- A row in here makes its own transaction impossible to commit (see the trigger). Whoever can show
-- such a row may try changes without write mode: they will be taken back whatever happens.
create table console.rehearsal (xid xid8 primary key default pg_current_xact_id() check (xid = pg_current_xact_id()));
create function console.refuse_commit() returns trigger language plpgsql set search_path = '' as $$
begin
  raise exception 'a rehearsal cannot be committed' using errcode = 'OPS01';
end $$;
create constraint trigger never_commits after insert on console.rehearsal
  deferrable initially deferred for each row execute function console.refuse_commit();

-- Sight. Every function looks the connection's secret up by its hash, at the clock's time: what has
-- expired is gone in the middle of a transaction, and a forged setting is just an unknown hash.
create function console.my_sign_in() returns uuid
  language sql stable security definer set search_path = '' as $$
  select i.id from console.sign_in i join console.staff s on s.id = i.staff_id
  where i.scope_hash = pg_catalog.sha256(pg_catalog.convert_to(pg_catalog.current_setting('ops.scope', true), 'UTF8'))
    and i.revoked_at is null and i.expires_at > pg_catalog.clock_timestamp() and s.disabled_at is null
$$;
create function console.me() returns uuid
  language sql stable security definer set search_path = '' as $$
  select i.staff_id from console.sign_in i where i.id = console.my_sign_in()
$$;
-- Tenants whose overview the person may see.
create function console.visible_tenants() returns setof uuid
  language sql stable security definer set search_path = '' rows 100 as $$
  select t.id from console.tenant t
  where exists (select from console.staff_role r where r.staff_id = (select console.me())
                and r.role in ('viewer', 'support', 'lead', 'admin')
                and (r.only_tenant is null or r.only_tenant = t.id))
$$;
-- The tenant of the running support session, null without one.
create function console.inside_tenant() returns uuid
  language sql stable security definer set search_path = '' as $$
  select s.tenant_id from console.support_session s
  where s.sign_in_id = console.my_sign_in() and s.ended_at is null and s.expires_at > pg_catalog.clock_timestamp()
$$;
-- The same, only while raised to write, or in a transaction that can never commit.
create function console.writing_tenant() returns uuid
  language sql stable security definer set search_path = '' as $$
  select s.tenant_id from console.support_session s
  where s.sign_in_id = console.my_sign_in() and s.ended_at is null and s.expires_at > pg_catalog.clock_timestamp()
    and (s.write_until > pg_catalog.clock_timestamp()
         or exists (select from console.rehearsal r where r.xid = pg_catalog.pg_current_xact_id_if_assigned()))
$$;
-- Whether the person reads everybody's audit entries, and of which tenants if only of some.
create function console.reads_audit() returns boolean
  language sql stable security definer set search_path = '' as $$
  select exists (select from console.staff_role r where r.staff_id = (select console.me())
                 and r.role in ('lead', 'auditor', 'admin') and r.only_tenant is null)
$$;
create function console.audited_tenants() returns setof uuid
  language sql stable security definer set search_path = '' rows 10 as $$
  select r.only_tenant from console.staff_role r where r.staff_id = (select console.me())
    and r.role in ('lead', 'auditor', 'admin') and r.only_tenant is not null
$$;
do $$
declare f text;
begin
  foreach f in array array['my_sign_in', 'me', 'visible_tenants', 'inside_tenant', 'writing_tenant', 'reads_audit', 'audited_tenants'] loop
    -- Rights first: after the change of owner they are no longer ours to give.
    execute format('revoke all on function console.%I() from public', f);
    execute format('grant execute on function console.%I() to ops_ro, ops_rw, ops_account, ops_definer', f);
    execute format('alter function console.%I() owner to ops_definer', f);
  end loop;
end $$;

-- Makes a table a tenant table: RLS on and forced, one policy per role and deed.
--   'overview': ids, kinds, states, counts, error classes; every signed-in member of staff, their tenants
--   'inside':   customer content; only within a support session on that tenant
create procedure console.protect(tbl regclass, level text) language plpgsql set search_path = '' as $$
declare sight text := case level
  when 'overview' then 'tenant_id in (select console.visible_tenants())'
  when 'inside' then 'tenant_id = (select console.inside_tenant())' end;
begin
  execute format('alter table %s enable row level security', tbl);
  execute format('alter table %s force row level security', tbl);
  execute format('create policy staff_read on %s for select to ops_ro, ops_rw using (%s)', tbl, sight);
  execute format('create policy staff_insert on %s for insert to ops_rw with check (tenant_id = (select console.writing_tenant()))', tbl);
  execute format('create policy staff_update on %s for update to ops_rw using (tenant_id = (select console.writing_tenant())) with check (tenant_id = (select console.writing_tenant()))', tbl);
  -- The host is the product the data belongs to; the definer functions check for themselves.
  execute format('create policy house on %s for all to ops_bus, ops_definer using (tenant_id is not null) with check (tenant_id is not null)', tbl);
  execute format('grant select on %s to ops_ro, ops_rw', tbl);
  execute format('grant select, insert, update, delete on %s to ops_bus, ops_definer', tbl);
end $$;

alter table console.tenant enable row level security;
alter table console.tenant force row level security;
create policy staff_read on console.tenant for select to ops_ro, ops_rw using (id in (select console.visible_tenants()));
create policy house on console.tenant for all to ops_bus, ops_definer, ops_account, ops_beacon, ops_live using (id is not null) with check (id is not null);
grant select on console.tenant to ops_ro, ops_rw, ops_account, ops_beacon, ops_live;
grant select, insert, update on console.tenant to ops_bus, ops_definer;

alter table console.support_session enable row level security;
alter table console.support_session force row level security;
create policy account on console.support_session for all to ops_account, ops_definer using (tenant_id is not null) with check (tenant_id is not null);

grant select, insert, update, delete on console.staff, console.staff_role, console.recovery_code, console.enrolment, console.sign_in, console.throttle, console.support_session to ops_account;
grant select on console.staff, console.staff_role, console.sign_in, console.support_session, console.rehearsal to ops_definer;
grant insert on console.rehearsal to ops_rw;
