-- Synthetic checks and heartbeats: what is asked from outside again and again, what came of it, and when it was down. All of it is the
-- console's own: no table here holds anything of a customer's. The role ops_watch runs checks; which of several servers runs one is
-- decided by a lease, and what one run may write is fenced by the slot it was claimed for.
set local lock_timeout = '2s';

create schema if not exists ops;
grant usage on schema ops to ops_ro, ops_rw, ops_watch, ops_definer;
grant create on schema ops to ops_definer;
grant usage on schema console, commandbus, audit to ops_watch;

-- Whether the person holds one of these roles over all tenants: what is everybody's is changed by nobody else.
create function ops.holds(roles text[]) returns boolean
  language plpgsql stable security definer set search_path = '' as $$
begin
  return exists (select from console.staff_role r where r.staff_id = (select console.me()) and r.role = any (roles) and r.only_tenant is null);
end $$;
revoke all on function ops.holds(text[]) from public;
grant execute on function ops.holds(text[]) to ops_ro, ops_rw, ops_definer;
alter function ops.holds(text[]) owner to ops_definer;

create table ops.check (
  id           bigint generated always as identity primary key,
  name         text not null unique check (length(name) between 1 and 80),
  kind         text not null check (kind in ('HTTP', 'TCP', 'DNS', 'CERTIFICATE', 'BEACON', 'HEARTBEAT')),
  -- what is asked and what is expected of it, as `domain::CheckSpec`
  spec         jsonb not null,
  every_secs   int not null default 60 check (every_secs between 1 and 86400),
  timeout_secs int not null default 10 check (timeout_secs between 1 and 60),
  fail_after   int not null default 3 check (fail_after between 1 and 100),
  pass_after   int not null default 2 check (pass_after between 1 and 100),
  paused       boolean not null default false,
  state        text not null default 'NEW' check (state in ('NEW', 'UP', 'DOWN')),
  state_at     timestamptz not null default clock_timestamp(),
  -- in a row, so far
  fails        int not null default 0,
  passes       int not null default 0,
  last_at      timestamptz,
  last_ok      boolean,
  last_ms      int,
  last_error   text check (length(last_error) <= 500),
  -- the slot that is run next; a run writes only into the slot it was claimed for
  next_run_at  timestamptz not null default clock_timestamp(),
  lease_by     text,
  lease_until  timestamptz,
  -- heartbeats: sha256 of the token, what started, and until when it has to be heard from again
  token_hash   bytea unique check (length(token_hash) = 32),
  started_at   timestamptz,
  due_by       timestamptz,
  saved_by     text not null check (length(saved_by) <= 120),
  created_at   timestamptz not null default clock_timestamp(),
  check ((kind = 'HEARTBEAT') = (token_hash is not null)),
  check ((lease_by is null) = (lease_until is null))
);
create index check_due on ops.check (next_run_at) where not paused and kind <> 'HEARTBEAT';
create index heartbeat_due on ops.check (due_by) where not paused and kind = 'HEARTBEAT' and due_by is not null;

-- The newest 500 of each check.
create table ops.check_result (
  check_id bigint not null references ops.check (id) on delete cascade,
  id       bigint generated always as identity,
  at       timestamptz not null default clock_timestamp(),
  slot     timestamptz not null,
  ok       boolean not null,
  took_ms  int check (took_ms >= 0),
  error    text check (length(error) <= 500),
  -- the last of what a job printed, scrubbed
  output   text check (octet_length(output) <= 12000),
  -- a maintenance window was open: it is kept, and counts for nothing
  excused  boolean not null default false,
  -- who ran it
  runner   text not null check (length(runner) <= 200),
  primary key (check_id, id),
  -- no slot twice
  unique (check_id, slot)
);

-- Results by hour, for thirty days.
create table ops.check_hour (
  check_id bigint not null references ops.check (id) on delete cascade,
  hour     timestamptz not null,
  ok       int not null default 0,
  failed   int not null default 0,
  ms_sum   bigint not null default 0,
  ms_most  int not null default 0,
  primary key (check_id, hour)
);
create index check_hour_by_time on ops.check_hour (hour);

-- When nobody checked although it was due: no server ran, or it slept. Never shown as up.
create table ops.check_gap (
  check_id bigint not null references ops.check (id) on delete cascade,
  from_at  timestamptz not null,
  to_at    timestamptz not null,
  primary key (check_id, from_at),
  check (to_at > from_at)
);

create table ops.incident (
  check_id   bigint not null references ops.check (id) on delete cascade,
  id         bigint generated always as identity,
  down_since timestamptz not null,
  up_at      timestamptz,
  error      text not null check (length(error) <= 500),
  primary key (check_id, id),
  check (up_at >= down_since)
);
create unique index one_open_incident on ops.incident (check_id) where up_at is null;
create index incident_by_time on ops.incident (down_since desc);

-- While one is open, failures open no incident.
create table ops.maintenance (
  id         bigint generated always as identity primary key,
  -- null: all checks
  check_id   bigint references ops.check (id) on delete cascade,
  starts_at  timestamptz not null,
  ends_at    timestamptz not null,
  reason     text not null check (length(reason) between 1 and 300),
  saved_by   text not null check (length(saved_by) <= 120),
  ended_at   timestamptz,
  check (ends_at > starts_at and ends_at <= starts_at + interval '14 days')
);
create index maintenance_by_end on ops.maintenance (ends_at desc);
create function ops.excused(p_check bigint) returns boolean language sql stable set search_path = '' as $$
  select exists (select from ops.maintenance m where (m.check_id = p_check or m.check_id is null) and m.ended_at is null
    and pg_catalog.clock_timestamp() >= m.starts_at and pg_catalog.clock_timestamp() < m.ends_at)
$$;
revoke all on function ops.excused(bigint) from public;
grant execute on function ops.excused(bigint) to ops_ro, ops_rw, ops_watch;

do $$
declare t text;
begin
  foreach t in array array['check', 'check_result', 'check_hour', 'check_gap', 'incident', 'maintenance'] loop
    execute format('alter table ops.%I enable row level security', t);
    execute format('alter table ops.%I force row level security', t);
    execute format('create policy staff_read on ops.%I for select to ops_ro, ops_rw using ((select console.sees_all_tenants()))', t);
    execute format('create policy runner on ops.%I for all to ops_watch using (true) with check (true)', t);
    execute format('create policy house on ops.%I for select to ops_definer using (true)', t);
    execute format('grant select on ops.%I to ops_ro, ops_rw, ops_definer', t);
    execute format('grant select, insert, update, delete on ops.%I to ops_watch', t);
  end loop;
  foreach t in array array['check', 'maintenance'] loop
    execute format('create policy staff_write on ops.%I for all to ops_rw using ((select ops.holds(array[''lead'', ''admin'']))) with check ((select ops.holds(array[''lead'', ''admin''])))', t);
    execute format('grant insert, update, delete on ops.%I to ops_rw', t);
  end loop;
end $$;
-- Pausing a check ends its incident.
create policy staff_end on ops.incident for update to ops_rw using ((select ops.holds(array['lead', 'admin']))) with check ((select ops.holds(array['lead', 'admin'])));
grant update (up_at) on ops.incident to ops_rw;

-- What changed, for open tabs and for whoever follows the events of operations.
alter table live.event drop constraint event_kind_check;
alter table live.event add constraint event_kind_check
  check (kind in ('command', 'job', 'frontend', 'audit', 'session', 'operation', 'group', 'check', 'alert', 'webhook', 'worker', 'deploy', 'budget'));
create function ops.announce() returns trigger language plpgsql security definer set search_path = '' as $$
begin
  insert into live.event (kind, tenant_id, subject) values (tg_argv[0], null,
    case when tg_op = 'DELETE' then to_jsonb(old) ->> tg_argv[1] else to_jsonb(new) ->> tg_argv[1] end);
  return null;
end $$;
alter function ops.announce() owner to ops_definer;
create trigger announce after insert or delete on ops.check for each row execute function ops.announce('check', 'id');
-- A lease taken is no news.
create trigger announce_change after update on ops.check for each row
  when (old.last_at is distinct from new.last_at or old.state <> new.state or old.paused <> new.paused or old.spec <> new.spec or old.name <> new.name)
  execute function ops.announce('check', 'id');
create trigger announce_worker after insert on commandbus.worker for each row execute function ops.announce('worker', 'name');
create trigger announce_worker_change after update on commandbus.worker for each row
  when (old.stopped_at is distinct from new.stopped_at or old.build <> new.build) execute function ops.announce('worker', 'name');
