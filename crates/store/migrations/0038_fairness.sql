-- What of a tenant is kept when its pages say more than anybody can read: the rare before the frequent, what people work on before what nobody
-- looked at, and what was said besides of an event only as far as there is room.
set local lock_timeout = '2s';

-- A resolved group comes back when it happens again; but not for the echo of a build that was there before it was mended, which tabs keep
-- for days. Clients without a page session are known by the group's own places: a build that it had before.
create or replace function telemetry.regress(p_tenants uuid[], p_groups bigint[], p_builds text[]) returns void language sql volatile set search_path = '' as $$
  update telemetry.error_group g set state = 'REGRESSED', state_at = pg_catalog.clock_timestamp(), state_by = null,
    why = case when n.build = '' then 'It happened again after it was resolved.' else 'It happened again with build ' || n.build || '.' end
  from (select distinct on (h.tenant_id, h.group_id) h.tenant_id, h.group_id, h.build
          from unnest(p_tenants, p_groups, p_builds) h (tenant_id, group_id, build)
          join telemetry.error_group r on r.tenant_id = h.tenant_id and r.id = h.group_id and r.state = 'RESOLVED'
        where h.build = '' or r.resolved_in is null or h.build = r.resolved_in
           or not (exists (select from telemetry.page_session p where p.tenant_id = h.tenant_id and p.build = h.build and p.first_seen <= r.state_at)
             or exists (select from telemetry.group_session s where s.group_id = h.group_id and s.tenant_id = h.tenant_id and s.build = h.build
                          and s.at <= r.state_at))
        order by h.tenant_id, h.group_id, h.build desc) n
  where g.tenant_id = n.tenant_id and g.id = n.group_id and g.state = 'RESOLVED'
$$;

-- Leaves a tenant so many events, in the order of `telemetry.trim_route`: however many routes a storm has, it is one group and takes its turns.
create function telemetry.trim_tenant(p_tenant uuid, p_most bigint, p_at_once int) returns bigint language sql volatile set search_path = '' as $$
  with gone as (
    delete from telemetry.event e using (
      select o.id from (
        select n.id, least(2 * n.newest, case when n.oldest <= 5 then 2 * n.oldest + 1 end) as turn from (
          select x.id, row_number() over (partition by x.group_id order by x.id desc) as newest,
                 row_number() over (partition by x.group_id order by x.id) as oldest
          from telemetry.event x where x.tenant_id = p_tenant) n) o
      order by o.turn, o.id desc offset p_most limit p_at_once) old
    where e.tenant_id = p_tenant and e.id = old.id returning 1)
  select count(*) from gone
$$;
revoke all on function telemetry.trim_tenant(uuid, bigint, int) from public;
grant execute on function telemetry.trim_tenant(uuid, bigint, int) to ops_beacon;

-- Leaves a tenant so many bytes of what clients of another make said besides, as they are stored: that of its newest events.
create function telemetry.forget_raw(p_most bigint, p_at_once int) returns bigint language sql volatile set search_path = '' as $$
  with gone as (
    update telemetry.event e set raw = null from (
      select x.tenant_id, x.id from (
        select r.tenant_id, r.id, sum(pg_catalog.pg_column_size(r.raw)) over (partition by r.tenant_id order by r.id desc) as bytes
        from telemetry.event r where r.raw is not null) x
      where x.bytes > p_most limit p_at_once) old
    where e.tenant_id = old.tenant_id and e.id = old.id returning 1)
  select count(*) from gone
$$;
revoke all on function telemetry.forget_raw(bigint, int) from public;
grant execute on function telemetry.forget_raw(bigint, int) to ops_beacon;

create policy intake on telemetry.group_note for select to ops_beacon using (tenant_id is not null);
grant select (tenant_id, group_id) on telemetry.group_note to ops_beacon;
-- What nobody works on is forgotten, so many at a time: a page that makes errors up does not fill the house. What somebody decided or noted
-- is the last to go, whatever came after it.
create or replace function telemetry.forget_groups(p_most int, p_at_once int) returns bigint language sql volatile set search_path = '' as $$
  with gone as (
    delete from telemetry.error_group g using (
      select o.tenant_id, o.id from (
        select x.tenant_id, x.id, x.last_seen, row_number() over (partition by x.tenant_id order by
            x.state <> 'NEW' or exists (select from telemetry.group_note n where n.tenant_id = x.tenant_id and n.group_id = x.id) desc, x.last_seen desc) as nth
        from telemetry.error_group x where x.state in ('NEW', 'RESOLVED', 'REGRESSED')) o
      where o.nth > p_most or o.last_seen < pg_catalog.clock_timestamp() - interval '90 days'
      limit p_at_once) old
    where g.tenant_id = old.tenant_id and g.id = old.id
    returning 1)
  select count(*) from gone
$$;

-- A page can name any number: the batches that are missing before one are believed up to a bound, so that no page tells of losses it made up.
create or replace function telemetry.arrived(p_tenant uuid, p_session text, p_number bigint, p_build text, p_browser text) returns boolean
  language plpgsql volatile set search_path = '' as $$
declare s telemetry.page_session; gap bigint; noted bigint;
begin
  insert into telemetry.page_session as p (tenant_id, id, build, browser, next) values (p_tenant, p_session, p_build, p_browser, 0)
    on conflict (tenant_id, id) do update set last_seen = pg_catalog.clock_timestamp(), build = excluded.build returning * into s;
  if p_number < s.next then
    if not p_number = any (s.missing) then return false; end if;
    update telemetry.page_session set missing = pg_catalog.array_remove(missing, p_number) where tenant_id = p_tenant and id = p_session;
    return true;
  end if;
  gap := p_number - s.next;
  noted := least(gap, 200 - pg_catalog.cardinality(s.missing));
  update telemetry.page_session set next = p_number + 1, unnoted = least(unnoted + gap - noted, 10000),
    missing = missing || array(select pg_catalog.generate_series(p_number - noted, p_number - 1))
    where tenant_id = p_tenant and id = p_session;
  return true;
end $$;
