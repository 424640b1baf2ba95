-- Groups of failures: commands in the troubleshooting queue that failed alike. What comes to the queue and what leaves it is
-- noted as a row of `triage.delta` in the same transaction; `triage.fold()` takes these rows, a moment later, into counts that
-- lists read as they are. So a busy group is no row that all workers wait for, and no view ever counts the queue.
set local lock_timeout = '2s';

create schema triage;
grant usage on schema triage to ops_ro, ops_rw, ops_account, ops_bus, ops_hand, ops_definer;
grant create on schema triage to ops_definer;

-- Code, message without its particulars, frames on top; the first byte is the version of the rule. A host that gives none is
-- grouped by code and title, under version 0.
alter table commandbus.command add column last_fingerprint text check (last_fingerprint ~ '^[0-9a-f]{16}$');
-- One index for each way to look at the queue, over all tenants and within one: a page is then read where it stands, whatever
-- its depth. With the tenant in the index, row-level security needs no row to count.
drop index commandbus.command_waiting_for_a_person, commandbus.command_waiting_by_type;
create index command_waiting_for_a_person on commandbus.command (updated_at desc, command_id desc) include (tenant_id) where status = 'IN_TROUBLESHOOTING_QUEUE';
create index command_waiting_by_type on commandbus.command (domain, command_type, updated_at desc, command_id desc) include (tenant_id) where status = 'IN_TROUBLESHOOTING_QUEUE';
create index command_waiting_by_code on commandbus.command (last_error_code, updated_at desc, command_id desc) include (tenant_id) where status = 'IN_TROUBLESHOOTING_QUEUE';
create index command_waiting_by_group on commandbus.command (last_fingerprint, updated_at desc, command_id desc) include (tenant_id) where status = 'IN_TROUBLESHOOTING_QUEUE';
create index command_waiting_by_tenant_type on commandbus.command (tenant_id, domain, command_type, updated_at desc, command_id desc) where status = 'IN_TROUBLESHOOTING_QUEUE';
create index command_waiting_by_tenant_code on commandbus.command (tenant_id, last_error_code, updated_at desc, command_id desc) where status = 'IN_TROUBLESHOOTING_QUEUE';
create index command_waiting_by_tenant_group on commandbus.command (tenant_id, last_fingerprint, updated_at desc, command_id desc) where status = 'IN_TROUBLESHOOTING_QUEUE';

create function triage.plain_fingerprint(p_code text, p_title text) returns text
  language sql immutable set search_path = '' as $$
  select '00' || pg_catalog.substr(pg_catalog.encode(pg_catalog.sha256(pg_catalog.convert_to(coalesce(p_code, '') || ' ' || coalesce(p_title, ''), 'UTF8')), 'hex'), 1, 14)
$$;
create function triage.mark() returns trigger language plpgsql set search_path = '' as $$
begin
  new.last_fingerprint := triage.plain_fingerprint(new.last_error_code, new.last_error_title);
  return new;
end $$;
create trigger mark before insert on commandbus.command for each row
  when (new.status = 'IN_TROUBLESHOOTING_QUEUE' and new.last_fingerprint is null) execute function triage.mark();
-- Also where the one it has is of the failure before: of ours, made anew each time, or of a host that gives none any more.
create trigger mark_again before update of status on commandbus.command for each row
  when (new.status = 'IN_TROUBLESHOOTING_QUEUE' and (new.last_fingerprint is null or new.last_fingerprint like '00%'
        or (new.last_fingerprint = old.last_fingerprint and new.last_error_code is distinct from old.last_error_code)))
  execute function triage.mark();

create table triage.delta (
  id           bigint generated always as identity,
  tenant_id    uuid not null,
  command_id   uuid not null,
  fingerprint  text not null,
  error_code   text,
  title        text,
  command_type text not null,
  -- build of the worker that failed
  release      text,
  -- 1 came, -1 left
  moved        int not null check (moved in (-1, 1)),
  at           timestamptz not null default clock_timestamp(),
  primary key (id, tenant_id)
);
call console.protect('triage.delta', 'overview');

create function triage.note() returns trigger language plpgsql security definer set search_path = '' as $$
begin
  if tg_op <> 'INSERT' and old.status = 'IN_TROUBLESHOOTING_QUEUE' then
    insert into triage.delta (tenant_id, command_id, fingerprint, command_type, moved)
      values (old.tenant_id, old.command_id, old.last_fingerprint, old.domain || '/' || old.command_type, -1);
  end if;
  if tg_op <> 'DELETE' and new.status = 'IN_TROUBLESHOOTING_QUEUE' then
    insert into triage.delta (tenant_id, command_id, fingerprint, error_code, title, command_type, release, moved)
      values (new.tenant_id, new.command_id, new.last_fingerprint, new.last_error_code, new.last_error_title, new.domain || '/' || new.command_type,
              (select left(w.build, 120) from commandbus.worker w where w.name = new.worker), 1);
  end if;
  return null;
end $$;
alter function triage.note() owner to ops_definer;

-- What a group is, and what people made of it. Nothing of a customer's: the title is the error's class.
create table triage.failure_group (
  id                  bigint generated always as identity primary key,
  fingerprint         text not null unique check (fingerprint ~ '^[0-9a-f]{16}$'),
  fingerprint_version int not null generated always as (('x' || substr(fingerprint, 1, 2))::bit(8)::int) stored,
  error_code          text not null,
  title               text not null,
  state               text not null default 'NEW' check (state in ('NEW', 'INVESTIGATING', 'KNOWN', 'SNOOZED', 'RESOLVED', 'REGRESSED')),
  state_at            timestamptz not null default clock_timestamp(),
  state_by            text check (length(state_by) <= 120),
  -- why it stands there: what somebody wrote, or what woke it
  why                 text check (length(why) <= 500),
  ticket              text check (length(ticket) between 1 and 60),
  snooze_until        timestamptz,
  -- wakes when so many have failed altogether
  snooze_total        bigint,
  -- wakes when so many fail within an hour
  snooze_per_hour     int check (snooze_per_hour >= 1),
  -- what had failed in the hour of the snooze before it
  snooze_base         bigint not null default 0,
  -- build from which on it should not happen any more
  resolved_in         text check (length(resolved_in) between 1 and 120),
  check (state <> 'KNOWN' or ticket is not null),
  check ((state = 'SNOOZED') = (snooze_until is not null or snooze_total is not null or snooze_per_hour is not null)),
  check (resolved_in is null or state in ('RESOLVED', 'REGRESSED'))
);
create index group_snoozed on triage.failure_group (snooze_until) where state = 'SNOOZED';

-- Counts of a group by scope: one tenant's, or all tenants' together (the nil id), which only those see who see all tenants.
create table triage.group_count (
  group_id   bigint not null references triage.failure_group (id) on delete cascade,
  scope      uuid not null,
  -- of the group, kept with it: what a list is filtered by is in the rows it walks
  state      text not null,
  error_code text not null,
  -- waiting now
  open       bigint not null default 0,
  -- ever
  total      bigint not null default 0,
  -- tenants it ever happened to; for all tenants' row
  tenants    int not null default 0,
  first_seen timestamptz not null,
  last_seen  timestamptz not null,
  -- the newest command of it
  sample     uuid,
  primary key (group_id, scope)
);
create index group_count_by_time on triage.group_count (scope, last_seen desc, group_id desc);
create index group_count_by_size on triage.group_count (scope, open desc, group_id desc) include (state, error_code);
create function triage.keep_state() returns trigger language plpgsql security definer set search_path = '' as $$
begin
  update triage.group_count set state = new.state where group_id = new.id;
  return null;
end $$;
alter function triage.keep_state() owner to ops_definer;
create trigger keep_state after update of state on triage.failure_group for each row
  when (old.state is distinct from new.state) execute function triage.keep_state();

-- What came to the queue, by hour; for sparklines and for waking by rate.
create table triage.group_slice (
  group_id bigint not null references triage.failure_group (id) on delete cascade,
  scope    uuid not null,
  slice    timestamptz not null,
  count    bigint not null,
  primary key (group_id, scope, slice)
);
create index group_slice_by_time on triage.group_slice (slice);

-- Command types a group happens in, and builds it happened with.
create table triage.group_facet (
  group_id   bigint not null references triage.failure_group (id) on delete cascade,
  kind       text not null check (kind in ('type', 'release')),
  value      text not null,
  count      bigint not null,
  first_seen timestamptz not null,
  last_seen  timestamptz not null,
  primary key (group_id, kind, value)
);

-- The queue as a whole by scope, and what came to it by five minutes.
create table triage.queue_count (
  scope uuid primary key,
  open  bigint not null
);
create table triage.queue_slice (
  scope uuid not null,
  slice timestamptz not null,
  count bigint not null,
  primary key (scope, slice)
);

create table triage.group_note (
  group_id bigint not null references triage.failure_group (id) on delete cascade,
  id       bigint generated always as identity,
  at       timestamptz not null default clock_timestamp(),
  who      text not null check (length(who) <= 120),
  note     text not null check (length(note) between 1 and 2000),
  primary key (group_id, id)
);

-- Who may triage groups for all: a group is everybody's, so it takes a role over everybody.
create function triage.may_triage() returns boolean
  language plpgsql stable security definer set search_path = '' as $$
begin
  return exists (select from console.staff_role r where r.staff_id = (select console.me())
    and r.role in ('support', 'lead', 'admin') and r.only_tenant is null);
end $$;
revoke all on function triage.may_triage() from public;
grant execute on function triage.may_triage() to ops_ro, ops_rw, ops_definer;
alter function triage.may_triage() owner to ops_definer;

do $$
declare t text;
begin
  foreach t in array array['failure_group', 'group_count', 'group_slice', 'group_facet', 'queue_count', 'queue_slice', 'group_note'] loop
    execute format('alter table triage.%I enable row level security', t);
    execute format('alter table triage.%I force row level security', t);
    execute format('create policy house on triage.%I for all to ops_definer using (true) with check (true)', t);
    execute format('grant select on triage.%I to ops_ro, ops_rw', t);
    execute format('grant select, insert, update, delete on triage.%I to ops_definer', t);
  end loop;
  foreach t in array array['group_count', 'group_slice', 'queue_count', 'queue_slice'] loop
    execute format('create policy staff_read on triage.%I for select to ops_ro, ops_rw
      using (scope in (select console.visible_tenants()) or (scope = ''00000000-0000-0000-0000-000000000000'' and (select console.sees_all_tenants())))', t);
  end loop;
end $$;
-- Types and builds are counted over all tenants together, so only those see them who see all.
create policy staff_read on triage.group_facet for select to ops_ro, ops_rw using ((select console.sees_all_tenants()));
create policy staff_read on triage.group_note for select to ops_ro, ops_rw
  using ((select console.sees_all_tenants()) or exists (select from triage.group_count c where c.group_id = group_note.group_id));
create policy staff_read on triage.failure_group for select to ops_ro, ops_rw
  using ((select console.sees_all_tenants()) or exists (select from triage.group_count c where c.group_id = id));
create policy staff_triage on triage.failure_group for update to ops_rw using ((select triage.may_triage())) with check ((select triage.may_triage()));
create policy staff_note on triage.group_note for insert to ops_rw with check ((select triage.may_triage()));
grant update (state, state_at, state_by, why, ticket, snooze_until, snooze_total, snooze_per_hour, snooze_base, resolved_in) on triage.failure_group to ops_rw;
grant insert (group_id, who, note) on triage.group_note to ops_rw;

-- Whoever has groups on screen hears of what others say of them.
create function triage.tell() returns trigger language plpgsql security definer set search_path = '' as $$
begin
  insert into live.event (kind, tenant_id, subject) values ('group', null, 'all');
  return null;
end $$;
alter function triage.tell() owner to ops_definer;
create trigger tell after update on triage.failure_group for each row execute function triage.tell();
create trigger tell after insert on triage.group_note for each row execute function triage.tell();

-- Takes up to so many notes of what moved into the counts, and says how many it took. One at a time, whoever calls.
create function triage.fold(p_most int) returns int language plpgsql volatile security definer set search_path = '' as $$
declare
  nil constant uuid := '00000000-0000-0000-0000-000000000000';
  taken triage.delta[]; fresh bigint[];
begin
  if not pg_catalog.pg_try_advisory_xact_lock(pg_catalog.hashtext('ops triage fold')) then return 0; end if;
  with gone as (
    delete from triage.delta d where d.id <= (select max(n.id) from (select x.id from triage.delta x order by x.id limit p_most) n) returning d)
  select pg_catalog.array_agg(g.d) into taken from gone g;
  if taken is null then
    perform triage.wake();
    return 0;
  end if;

  insert into triage.failure_group (fingerprint, error_code, title)
    select distinct on (d.fingerprint) d.fingerprint, coalesce(d.error_code, 'UNKNOWN'), coalesce(d.title, 'no error was recorded')
    from unnest(taken) d where d.moved = 1 order by d.fingerprint, d.id desc
    on conflict (fingerprint) do nothing;
  -- Groups before their counts, as a deed holds them: what somebody says of one meanwhile waits, and reaches the rows made here.
  perform from triage.failure_group g where g.fingerprint in (select d.fingerprint from unnest(taken) d) order by g.id for update;

  with moved as (
    select g.id as group_id, s.scope, g.state, g.error_code, sum(d.moved) as open, count(*) filter (where d.moved = 1) as total,
           min(d.at) as first_seen, max(d.at) filter (where d.moved = 1) as last_seen,
           (array_agg(d.command_id order by d.id desc) filter (where d.moved = 1))[1] as sample
    from unnest(taken) d join triage.failure_group g using (fingerprint) cross join lateral (values (d.tenant_id), (nil)) s (scope)
    group by 1, 2, 3, 4),
  kept as (
    insert into triage.group_count as c (group_id, scope, state, error_code, open, total, first_seen, last_seen, sample)
    select m.group_id, m.scope, m.state, m.error_code, m.open, m.total, m.first_seen, coalesce(m.last_seen, m.first_seen), m.sample from moved m
    on conflict (group_id, scope) do update set open = c.open + excluded.open, total = c.total + excluded.total,
      last_seen = case when excluded.total > 0 then greatest(c.last_seen, excluded.last_seen) else c.last_seen end,
      sample = coalesce(excluded.sample, c.sample)
    returning c.group_id, c.scope, c.xmax = 0 as is_new)
  select pg_catalog.array_agg(k.group_id) into fresh from kept k where k.is_new and k.scope <> nil;
  update triage.group_count c set tenants = c.tenants + n.tenants
    from (select f as group_id, count(*)::int as tenants from unnest(fresh) f group by 1) n where c.group_id = n.group_id and c.scope = nil;

  insert into triage.group_slice as c (group_id, scope, slice, count)
    select g.id, s.scope, pg_catalog.date_trunc('hour', d.at), count(*)
    from unnest(taken) d join triage.failure_group g using (fingerprint) cross join lateral (values (d.tenant_id), (nil)) s (scope)
    where d.moved = 1 group by 1, 2, 3
    on conflict (group_id, scope, slice) do update set count = c.count + excluded.count;
  insert into triage.group_facet as c (group_id, kind, value, count, first_seen, last_seen)
    select g.id, f.kind, f.value, count(*), min(d.at), max(d.at)
    from unnest(taken) d join triage.failure_group g using (fingerprint) cross join lateral (values ('type', d.command_type), ('release', d.release)) f (kind, value)
    where d.moved = 1 and f.value is not null group by 1, 2, 3
    on conflict (group_id, kind, value) do update set count = c.count + excluded.count, last_seen = greatest(c.last_seen, excluded.last_seen);
  insert into triage.queue_count as c (scope, open)
    select s.scope, sum(d.moved) from unnest(taken) d cross join lateral (values (d.tenant_id), (nil)) s (scope) group by 1
    on conflict (scope) do update set open = c.open + excluded.open;
  insert into triage.queue_slice as c (scope, slice, count)
    select s.scope, pg_catalog.date_bin('5 minutes', d.at, 'epoch'), count(*)
    from unnest(taken) d cross join lateral (values (d.tenant_id), (nil)) s (scope) where d.moved = 1 group by 1, 2
    on conflict (scope, slice) do update set count = c.count + excluded.count;

  perform triage.regress(taken);
  perform triage.wake();
  insert into live.event (kind, tenant_id, subject) values ('group', null, 'all');
  return pg_catalog.array_length(taken, 1);
end $$;

-- A resolved group comes back when it fails again; but not for the echo of a build that was there before it was mended.
create function triage.regress(p_taken triage.delta[]) returns void language sql volatile set search_path = '' as $$
  update triage.failure_group g set state = 'REGRESSED', state_at = pg_catalog.clock_timestamp(), state_by = null,
    why = case when n.release is null then 'It failed again after it was resolved.' else 'It failed again with build ' || n.release || '.' end
  from (select distinct on (d.fingerprint) d.fingerprint, d.release from unnest(p_taken) d
          join triage.failure_group r on r.fingerprint = d.fingerprint and r.state = 'RESOLVED' and d.at > r.state_at
          left join triage.group_facet f on f.group_id = r.id and f.kind = 'release' and f.value = d.release
        where d.moved = 1 and (r.resolved_in is null or d.release is null or d.release = r.resolved_in or f.first_seen > r.state_at)
        order by d.fingerprint, d.id desc) n
  where g.fingerprint = n.fingerprint and g.state = 'RESOLVED'
$$;
-- A snoozed group wakes at its time, at its count or at its rate.
create function triage.wake() returns void language sql volatile set search_path = '' as $$
  update triage.failure_group g set state = 'NEW', state_at = pg_catalog.clock_timestamp(), state_by = null, snooze_until = null, snooze_total = null,
    snooze_per_hour = null, why = case when g.snooze_until <= pg_catalog.clock_timestamp() then 'It was snoozed until now.'
      when c.total >= g.snooze_total then 'It woke: it has failed as often as it was snoozed for.'
      else 'It woke: more than ' || g.snooze_per_hour || ' failed within an hour.' end
  from triage.group_count c
  where g.state = 'SNOOZED' and c.group_id = g.id and c.scope = '00000000-0000-0000-0000-000000000000'
    and (g.snooze_until <= pg_catalog.clock_timestamp() or c.total >= g.snooze_total
         or g.snooze_per_hour < (select s.count - case when pg_catalog.date_trunc('hour', g.state_at) = s.slice then g.snooze_base else 0 end
                                 from triage.group_slice s where s.group_id = g.id and s.scope = c.scope
                                   and s.slice = pg_catalog.date_trunc('hour', pg_catalog.clock_timestamp())))
$$;
-- Sparklines show a day; the rate that wakes is the present hour's.
create function triage.prune() returns void language sql volatile security definer set search_path = '' as $$
  delete from triage.group_slice where slice < pg_catalog.clock_timestamp() - interval '8 days';
  delete from triage.queue_slice where slice < pg_catalog.clock_timestamp() - interval '1 day';
  -- What nobody waits for and nobody works on is forgotten after 90 days, as operations are.
  delete from triage.failure_group g using triage.group_count c
    where c.group_id = g.id and c.scope = '00000000-0000-0000-0000-000000000000' and c.open = 0
      and c.last_seen < pg_catalog.clock_timestamp() - interval '90 days' and g.state in ('NEW', 'RESOLVED', 'REGRESSED');
  delete from triage.group_facet where kind = 'release' and last_seen < pg_catalog.clock_timestamp() - interval '90 days'
$$;
revoke all on function triage.fold(int), triage.regress(triage.delta[]), triage.wake(), triage.prune() from public;
grant execute on function triage.fold(int), triage.prune() to ops_account;
grant execute on function triage.regress(triage.delta[]), triage.wake() to ops_definer;
alter function triage.fold(int) owner to ops_definer;
alter function triage.prune() owner to ops_definer;

alter table live.event drop constraint event_kind_check;
alter table live.event add constraint event_kind_check
  check (kind in ('command', 'job', 'frontend', 'audit', 'session', 'operation', 'group'));

-- What waits already: row-level security binds the owner too, so as the one who may.
set local role ops_definer;
update commandbus.command set last_fingerprint = triage.plain_fingerprint(last_error_code, last_error_title) where status = 'IN_TROUBLESHOOTING_QUEUE';
insert into triage.delta (tenant_id, command_id, fingerprint, error_code, title, command_type, moved, at)
  select tenant_id, command_id, last_fingerprint, last_error_code, last_error_title, domain || '/' || command_type, 1, updated_at
  from commandbus.command where status = 'IN_TROUBLESHOOTING_QUEUE' order by updated_at;
set local role ops_owner;

create trigger note_came after insert on commandbus.command for each row
  when (new.status = 'IN_TROUBLESHOOTING_QUEUE') execute function triage.note();
create trigger note_moved after update on commandbus.command for each row
  when ((old.status = 'IN_TROUBLESHOOTING_QUEUE') <> (new.status = 'IN_TROUBLESHOOTING_QUEUE')
        or (new.status = 'IN_TROUBLESHOOTING_QUEUE' and old.last_fingerprint is distinct from new.last_fingerprint))
  execute function triage.note();
create trigger note_gone after delete on commandbus.command for each row
  when (old.status = 'IN_TROUBLESHOOTING_QUEUE') execute function triage.note();
