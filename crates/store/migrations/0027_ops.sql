-- The control plane: what each part of the console was last read as, a ring of these readings, and deploys between them. Nothing here
-- is content of a customer's: names, states, counts. A row that counts one tenant's things, or all tenants' together, names its scope as
-- the groups of failures do, and row-level security shows each person the scopes of their roles.
set local lock_timeout = '2s';

create schema if not exists ops;
grant usage on schema ops to ops_ro, ops_rw, ops_account, ops_beacon, ops_collector, ops_definer;
grant create on schema ops to ops_definer;

-- Whether the person reads anything at all: what is nobody's is for all of these.
create function ops.reads() returns boolean
  language plpgsql stable security definer set search_path = '' as $$
begin
  return exists (select from console.visible_tenants());
end $$;
-- Who may say for everybody that something was deployed.
create function ops.may_record() returns boolean
  language plpgsql stable security definer set search_path = '' as $$
begin
  return exists (select from console.staff_role r where r.staff_id = (select console.me())
    and r.role in ('lead', 'admin') and r.only_tenant is null);
end $$;
revoke all on function ops.reads(), ops.may_record() from public;
grant execute on function ops.reads(), ops.may_record() to ops_ro, ops_rw, ops_definer;
alter function ops.reads() owner to ops_definer;
alter function ops.may_record() owner to ops_definer;

create table ops.deploy (
  id          bigint generated always as identity primary key,
  -- the tenant it is for, or nil: for all of them
  scope       uuid not null default '00000000-0000-0000-0000-000000000000',
  service     text not null check (service ~ '^[a-z0-9][a-z0-9._:-]{0,62}$'),
  build       text not null check (length(build) between 1 and 120),
  -- what ran before, where that was seen
  build_before text,
  git_sha     text check (git_sha ~ '^[0-9a-f]{7,64}$'),
  environment text not null default '' check (length(environment) <= 60),
  url         text check (length(url) <= 500 and url ~ '^https?://'),
  at          timestamptz not null,
  -- said by somebody, or seen because a build changed
  source      text not null check (source in ('recorded', 'noticed')),
  said_by     text not null check (length(said_by) <= 120),
  -- what the caller names it by, so that saying it again changes nothing
  key         text check (length(key) between 1 and 120),
  created_at  timestamptz not null default clock_timestamp(),
  -- readings of the ring it is judged by; null until taken
  earlier     timestamptz,
  before      timestamptz,
  after       timestamptz,
  unique (scope, service, build, at),
  unique (scope, service, build, key)
);
create index deploy_by_time on ops.deploy (at desc, id desc);
create index deploy_of_service on ops.deploy (scope, service, at desc, id desc);
create index deploy_unsettled on ops.deploy (at) where after is null;
alter table ops.deploy enable row level security;
alter table ops.deploy force row level security;
create policy staff_read on ops.deploy for select to ops_ro, ops_rw
  using (scope in (select console.visible_tenants()) or (scope = '00000000-0000-0000-0000-000000000000' and (select ops.reads())));
create policy staff_record on ops.deploy for insert to ops_rw with check ((select ops.may_record()) and source = 'recorded');
create policy staff_take_over on ops.deploy for update to ops_rw using ((select ops.may_record())) with check ((select ops.may_record()) and source = 'recorded');
create policy collector on ops.deploy for all to ops_collector using (true) with check (true);
create policy builds on ops.deploy for select to ops_beacon, ops_definer using (true);
grant select on ops.deploy to ops_ro, ops_rw, ops_collector, ops_definer;
grant insert (scope, service, build, git_sha, environment, url, at, source, said_by, key), update (git_sha, environment, url, source, said_by, key) on ops.deploy to ops_rw;
grant insert, update, delete on ops.deploy to ops_collector;
grant select (id, scope, service, build, environment, at, source) on ops.deploy to ops_beacon;

-- The build of a customer's page that is the present one: of the newest deploy of `frontend` that somebody recorded, for the tenant or for
-- all; null where nobody ever did. What was only noticed does not count: whoever has a page's public key can report any build. Nor does
-- what was deployed elsewhere than to production.
create function ops.current_build(p_tenant uuid) returns text
  language sql stable set search_path = '' as $$
  select d.build from ops.deploy d
  where d.scope in (p_tenant, '00000000-0000-0000-0000-000000000000') and d.service = 'frontend' and d.source = 'recorded'
    and d.environment in ('', 'production')
  order by d.at desc, d.id desc limit 1
$$;
revoke all on function ops.current_build(uuid) from public;
grant execute on function ops.current_build(uuid) to ops_ro, ops_rw, ops_account, ops_beacon, ops_collector, ops_definer;

-- What each server last read of each part. A failed reading leaves the last good one and says since when it fails.
create table ops.part (
  server     text not null check (length(server) between 1 and 200),
  name       text not null check (name ~ '^[a-z][a-z_]{0,40}$'),
  section    text not null check (section in ('deploy', 'components', 'budgets', 'latency', 'alerts', 'frontend')),
  -- null: never read well yet
  at         timestamptz,
  took_ms    int not null default 0,
  period_ms  int not null check (period_ms > 0),
  status     text not null check (status in ('pass', 'warn', 'fail')),
  why        text not null default '' check (length(why) <= 500),
  source     text not null default '' check (length(source) <= 200),
  facts      jsonb not null default '[]',
  failed_at  timestamptz,
  failure    text check (length(failure) <= 500),
  primary key (server, name),
  check ((failed_at is null) = (failure is null))
);
-- The same for what is counted by tenant: a scope that has nothing has no row.
create table ops.part_figure (
  server text not null,
  name   text not null,
  scope  uuid not null,
  status text not null check (status in ('pass', 'warn', 'fail')),
  why    text not null default '' check (length(why) <= 500),
  facts  jsonb not null default '[]',
  primary key (server, name, scope),
  foreign key (server, name) references ops.part (server, name) on delete cascade
);

-- Readings kept for a day, one a minute, by whichever server comes first; longer where a deploy is judged by them.
create table ops.ring (
  at    timestamptz primary key,
  -- {part: [fact]}: what is nobody's
  facts jsonb not null
);
create table ops.ring_scope (
  at     timestamptz not null references ops.ring (at) on delete cascade on update cascade,
  scope  uuid not null,
  facts  jsonb not null,
  -- [{side, id, code, title, total}]: groups of errors seen within a day and how often they ever happened
  groups jsonb not null,
  primary key (at, scope)
);

-- The build of each service as it was last seen, so that another one is noticed.
create table ops.build (
  scope   uuid not null default '00000000-0000-0000-0000-000000000000',
  service text not null,
  build   text not null,
  since   timestamptz not null default clock_timestamp(),
  primary key (scope, service)
);

-- How the ring turns. One row.
create table ops.ring_setting (
  one            boolean primary key default true check (one),
  ring_seconds   int not null default 60 check (ring_seconds between 1 and 3600),
  -- how long after a deploy the console looks at what it did
  settle_seconds int not null default 300 check (settle_seconds between 1 and 86400)
);
insert into ops.ring_setting default values;

do $$
declare t text;
begin
  foreach t in array array['part', 'part_figure', 'ring', 'ring_scope', 'build'] loop
    execute format('alter table ops.%I enable row level security', t);
    execute format('alter table ops.%I force row level security', t);
    execute format('create policy collector on ops.%I for all to ops_collector using (true) with check (true)', t);
    execute format('grant select, insert, update, delete on ops.%I to ops_collector', t);
  end loop;
  foreach t in array array['part', 'ring'] loop
    execute format('create policy staff_read on ops.%I for select to ops_ro, ops_rw using ((select ops.reads()))', t);
  end loop;
  foreach t in array array['part_figure', 'ring_scope'] loop
    execute format('create policy staff_read on ops.%I for select to ops_ro, ops_rw
      using (scope in (select console.visible_tenants()) or (scope = ''00000000-0000-0000-0000-000000000000'' and (select console.sees_all_tenants())))', t);
  end loop;
end $$;
grant select on ops.part, ops.part_figure, ops.ring, ops.ring_scope to ops_ro, ops_rw;
grant select on ops.ring_setting to ops_ro, ops_rw, ops_collector;

-- What the collector counts: columns without anything of a customer's, of every tenant.
do $$
declare t text;
begin
  foreach t in array array['console.tenant', 'commandbus.command', 'telemetry.error_group', 'telemetry.error_slice', 'telemetry.loss',
                           'telemetry.page_session', 'triage.failure_group', 'triage.group_count'] loop
    execute format('create policy collector on %s for select to ops_collector using (true)', t);
  end loop;
end $$;
grant usage on schema console, commandbus, telemetry, triage to ops_collector;
grant select (id, slug) on console.tenant to ops_collector;
grant select on console.setting, commandbus.worker to ops_collector;
grant select (tenant_id, queue_name, status, visible_at, lease_until) on commandbus.command to ops_collector;
grant select (tenant_id, id, kind, title, count, first_seen, last_seen, last_build) on telemetry.error_group to ops_collector;
grant select on telemetry.error_slice, telemetry.loss to ops_collector;
grant select (tenant_id, id, build, first_seen, last_seen, missing, unnoted) on telemetry.page_session to ops_collector;
grant select (id, error_code, title, state) on triage.failure_group to ops_collector;
grant select (group_id, scope, open, total, first_seen, last_seen) on triage.group_count to ops_collector;
grant select (version, description, success) on public._sqlx_migrations to ops_collector;
