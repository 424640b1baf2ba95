-- Frontend errors at the rate of a storm: groups people triage, the page sessions they happen to, and a ring of events in which many of
-- one kind do not push out the few of another. What one transaction holds of many batches is written a statement a table.
set local lock_timeout = '2s';
grant create on schema telemetry to ops_definer;

-- What people made of a group: the same states as of a group of failures.
alter table telemetry.error_group
  add column state           text not null default 'NEW' check (state in ('NEW', 'INVESTIGATING', 'KNOWN', 'SNOOZED', 'RESOLVED', 'REGRESSED')),
  add column state_at        timestamptz not null default clock_timestamp(),
  add column state_by        text check (length(state_by) <= 120),
  add column why             text check (length(why) <= 500),
  add column ticket          text check (length(ticket) between 1 and 60),
  add column snooze_until    timestamptz,
  add column snooze_total    bigint,
  add column snooze_per_hour int check (snooze_per_hour >= 1),
  add column snooze_base     bigint not null default 0,
  add column resolved_in     text check (length(resolved_in) between 1 and 120),
  -- tabs it ever happened to
  add column sessions        bigint not null default 0,
  add constraint known_by_a_ticket check (state <> 'KNOWN' or ticket is not null),
  add constraint snoozed_until_something check ((state = 'SNOOZED') = (snooze_until is not null or snooze_total is not null or snooze_per_hour is not null)),
  add constraint resolved_in_a_build check (resolved_in is null or state in ('RESOLVED', 'REGRESSED'));
-- Every event of a group changes its row.
alter table telemetry.error_group set (fillfactor = 70);
alter table telemetry.error_slice set (fillfactor = 70);
create index error_group_snoozed on telemetry.error_group (snooze_until) where state = 'SNOOZED';

-- Who may say where a group of a page's errors stands, may say it of all groups: nothing of a customer's is touched by it.
create policy staff_triage on telemetry.error_group for update to ops_rw using ((select triage.may_triage())) with check ((select triage.may_triage()));
grant update (state, state_at, state_by, why, ticket, snooze_until, snooze_total, snooze_per_hour, snooze_base, resolved_in) on telemetry.error_group to ops_rw;

create table telemetry.group_note (
  tenant_id uuid not null,
  group_id  bigint not null,
  id        bigint generated always as identity,
  at        timestamptz not null default clock_timestamp(),
  who       text not null check (length(who) <= 120),
  note      text not null check (length(note) between 1 and 2000),
  primary key (tenant_id, group_id, id),
  foreign key (tenant_id, group_id) references telemetry.error_group (tenant_id, id) on delete cascade
);
call console.protect('telemetry.group_note', 'overview');
create policy staff_note on telemetry.group_note for insert to ops_rw with check ((select triage.may_triage()));
grant insert (tenant_id, group_id, who, note) on telemetry.group_note to ops_rw;

-- In which tabs, builds, browsers and routes a group happened: a row for the first time in a tab. Reports of no page session have a row for
-- each browser, build and route; those are not counted as tabs.
create table telemetry.group_session (
  tenant_id    uuid not null,
  group_id     bigint not null,
  page_session text not null check (length(page_session) between 1 and 500),
  at           timestamptz not null default clock_timestamp(),
  build        text not null,
  browser      text not null,
  route        text not null,
  primary key (tenant_id, group_id, page_session)
);
create index group_session_by_build on telemetry.group_session (tenant_id, group_id, build);
create index group_session_by_time on telemetry.group_session using brin (at);
call console.protect('telemetry.group_session', 'overview');
create policy intake on telemetry.group_session for all to ops_beacon using (tenant_id is not null) with check (tenant_id is not null);
grant select, insert, delete on telemetry.group_session to ops_beacon;

-- Looking for the parent of each event costs more than writing it. What goes with a group goes by this trigger.
alter table telemetry.event drop constraint event_tenant_id_group_id_fkey;
alter table telemetry.error_slice drop constraint error_slice_tenant_id_group_id_fkey;
create function telemetry.forget_parts() returns trigger language plpgsql security definer set search_path = '' as $$
begin
  delete from telemetry.event e using gone g where e.tenant_id = g.tenant_id and e.group_id = g.id;
  delete from telemetry.error_slice s using gone g where s.tenant_id = g.tenant_id and s.group_id = g.id;
  delete from telemetry.group_session s using gone g where s.tenant_id = g.tenant_id and s.group_id = g.id;
  return null;
end $$;
alter function telemetry.forget_parts() owner to ops_definer;
create trigger forget_parts after delete on telemetry.error_group referencing old table as gone for each statement execute function telemetry.forget_parts();
grant delete on telemetry.error_group to ops_beacon;

create index event_of_page_session on telemetry.event (tenant_id, page_session, id desc);

-- One announcement for a tenant and transaction, not one for each group: a storm would be as loud as it is large.
drop trigger announce_group on telemetry.error_group;
create function telemetry.tell(p_tenants uuid[]) returns void language sql volatile security definer set search_path = '' as $$
  insert into live.event (kind, tenant_id, subject) select distinct 'frontend', t, 'all' from pg_catalog.unnest(p_tenants) t
$$;
revoke all on function telemetry.tell(uuid[]) from public;
grant execute on function telemetry.tell(uuid[]) to ops_beacon, ops_definer;
alter function telemetry.tell(uuid[]) owner to ops_definer;
create function telemetry.tell_triage() returns trigger language plpgsql security definer set search_path = '' as $$
begin
  perform telemetry.tell(array[new.tenant_id]);
  return null;
end $$;
alter function telemetry.tell_triage() owner to ops_definer;
create trigger tell_state after update of state on telemetry.error_group for each row when (old.state is distinct from new.state) execute function telemetry.tell_triage();
create trigger tell_note after insert on telemetry.group_note for each row execute function telemetry.tell_triage();

-- A resolved group comes back when it happens again; but not for the echo of a build that was there before it was mended, which tabs keep
-- for days.
create function telemetry.regress(p_tenants uuid[], p_groups bigint[], p_builds text[]) returns void language sql volatile set search_path = '' as $$
  update telemetry.error_group g set state = 'REGRESSED', state_at = pg_catalog.clock_timestamp(), state_by = null,
    why = case when n.build = '' then 'It happened again after it was resolved.' else 'It happened again with build ' || n.build || '.' end
  from (select distinct on (h.tenant_id, h.group_id) h.tenant_id, h.group_id, h.build
          from unnest(p_tenants, p_groups, p_builds) h (tenant_id, group_id, build)
          join telemetry.error_group r on r.tenant_id = h.tenant_id and r.id = h.group_id and r.state = 'RESOLVED'
        where h.build = '' or r.resolved_in is null or h.build = r.resolved_in
           or not exists (select from telemetry.page_session p where p.tenant_id = h.tenant_id and p.build = h.build and p.first_seen <= r.state_at)
        order by h.tenant_id, h.group_id, h.build desc) n
  where g.tenant_id = n.tenant_id and g.id = n.group_id and g.state = 'RESOLVED'
$$;
-- A snoozed group wakes at its time, at its count or at its rate.
create function telemetry.wake() returns bigint language sql volatile set search_path = '' as $$
  with woken as (
    update telemetry.error_group g set state = 'NEW', state_at = pg_catalog.clock_timestamp(), state_by = null, snooze_until = null, snooze_total = null,
      snooze_per_hour = null, why = case when g.snooze_until <= pg_catalog.clock_timestamp() then 'It was snoozed until now.'
        when g.count >= g.snooze_total then 'It woke: it has happened as often as it was snoozed for.'
        else 'It woke: more than ' || g.snooze_per_hour || ' happened within an hour.' end
    where g.state = 'SNOOZED'
      and (g.snooze_until <= pg_catalog.clock_timestamp() or g.count >= g.snooze_total
           or g.snooze_per_hour < (select sum(s.count) from telemetry.error_slice s where s.tenant_id = g.tenant_id and s.group_id = g.id
                                     and s.slice >= pg_catalog.date_trunc('hour', pg_catalog.clock_timestamp()))
                                  - case when pg_catalog.date_trunc('hour', g.state_at) = pg_catalog.date_trunc('hour', pg_catalog.clock_timestamp())
                                      then g.snooze_base else 0 end)
    returning 1)
  select count(*) from woken
$$;
revoke all on function telemetry.regress(uuid[], bigint[], text[]), telemetry.wake() from public;
grant execute on function telemetry.regress(uuid[], bigint[], text[]), telemetry.wake() to ops_beacon;

-- Leaves a route's ring of events as it should be: of each group the newest first, and its first ones, then the next of each, and so on.
-- So what happened once stays while what happens a thousand times fills the rest.
create function telemetry.trim_route(p_tenant uuid, p_route text, p_most int) returns bigint language sql volatile set search_path = '' as $$
  with gone as (
    delete from telemetry.event e using (
      select o.id from (
        select n.id, least(2 * n.newest, case when n.oldest <= 5 then 2 * n.oldest + 1 end) as turn from (
          select x.id, row_number() over (partition by x.group_id order by x.id desc) as newest,
                 row_number() over (partition by x.group_id order by x.id) as oldest
          from telemetry.event x where x.tenant_id = p_tenant and x.route = p_route) n) o
      order by o.turn, o.id desc offset p_most) old
    where e.tenant_id = p_tenant and e.id = old.id returning 1)
  select count(*) from gone
$$;
revoke all on function telemetry.trim_route(uuid, text, int) from public;
grant execute on function telemetry.trim_route(uuid, text, int) to ops_beacon;

-- What nobody works on is forgotten, so many at a time: a page that makes errors up does not fill the house.
create function telemetry.forget_groups(p_most int, p_at_once int) returns bigint language sql volatile set search_path = '' as $$
  with gone as (
    delete from telemetry.error_group g using (
      select o.tenant_id, o.id from (
        select x.tenant_id, x.id, x.last_seen, row_number() over (partition by x.tenant_id order by x.last_seen desc) as nth
        from telemetry.error_group x where x.state in ('NEW', 'RESOLVED', 'REGRESSED')) o
      where o.nth > p_most or o.last_seen < pg_catalog.clock_timestamp() - interval '90 days'
      limit p_at_once) old
    where g.tenant_id = old.tenant_id and g.id = old.id
    returning 1)
  select count(*) from gone
$$;
revoke all on function telemetry.forget_groups(int, int) from public;
grant execute on function telemetry.forget_groups(int, int) to ops_beacon;

-- What pages say they lost is kept for a day, like the slices it is set beside.
create index loss_by_time on telemetry.loss (slice);
grant delete on telemetry.loss to ops_beacon;

-- Of clients of another make: all that was said of an event, compressed by the database, and the ids that came, so that each counts once.
alter table telemetry.event add column raw text check (length(raw) <= 2000000);
create table telemetry.remote_event (
  tenant_id uuid not null,
  id        uuid not null,
  at        timestamptz not null default clock_timestamp(),
  primary key (tenant_id, id)
);
create index remote_event_by_time on telemetry.remote_event using brin (at);
call console.protect('telemetry.remote_event', 'overview');
create policy intake on telemetry.remote_event for all to ops_beacon using (tenant_id is not null) with check (tenant_id is not null);
grant select, insert, delete on telemetry.remote_event to ops_beacon;
do $$
begin
  -- Several times as fast as the database's own way, where it was built with it.
  alter table telemetry.event alter column raw set compression lz4;
exception when feature_not_supported then null;
end $$;

-- Events of a tenant by five minutes: what a dashboard shows of all groups together is kept, not counted.
create table telemetry.tenant_slice (
  tenant_id uuid not null references console.tenant (id),
  slice     timestamptz not null,
  count     bigint not null,
  primary key (tenant_id, slice)
);
create index tenant_slice_by_time on telemetry.tenant_slice (slice);
call console.protect('telemetry.tenant_slice', 'overview');
create policy intake on telemetry.tenant_slice for all to ops_beacon using (tenant_id is not null) with check (tenant_id is not null);
grant select, insert, update, delete on telemetry.tenant_slice to ops_beacon;
set local role ops_definer;
insert into telemetry.tenant_slice (tenant_id, slice, count) select tenant_id, slice, sum(count) from telemetry.error_slice group by 1, 2;
set local role ops_owner;
