-- What a page's batches arrived of: each counts once, also when it comes twice, and what never came is told.
set local lock_timeout = '2s';

-- One for each tab of a customer's page that reported anything. Nothing in it says whose tab it was.
create table telemetry.page_session (
  tenant_id    uuid not null references console.tenant (id),
  id           text not null check (length(id) between 1 and 64),
  first_seen   timestamptz not null default clock_timestamp(),
  last_seen    timestamptz not null default clock_timestamp(),
  build        text not null,
  browser      text not null,
  -- the number of the batch after the last that came
  next         bigint not null check (next >= 0),
  -- those before it that have not come
  missing      bigint[] not null default '{}' check (cardinality(missing) <= 200),
  -- so many more were not even noted: the page was away for long, or its numbers are made up
  unnoted      bigint not null default 0,
  primary key (tenant_id, id)
);
create index page_session_by_time on telemetry.page_session (last_seen);
create index page_session_with_gaps on telemetry.page_session (tenant_id, last_seen) where missing <> '{}' or unnoted > 0;
call console.protect('telemetry.page_session', 'overview');
create policy intake on telemetry.page_session for all to ops_beacon using (tenant_id is not null) with check (tenant_id is not null);
grant select, insert, update, delete on telemetry.page_session to ops_beacon;

-- Notes that a batch came; false when it had come before. Whoever is second waits here for the first.
create function telemetry.arrived(p_tenant uuid, p_session text, p_number bigint, p_build text, p_browser text) returns boolean
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
  update telemetry.page_session set next = p_number + 1, unnoted = unnoted + gap - noted,
    missing = missing || array(select pg_catalog.generate_series(p_number - noted, p_number - 1))
    where tenant_id = p_tenant and id = p_session;
  return true;
end $$;
revoke all on function telemetry.arrived(uuid, text, bigint, text, text) from public;
grant execute on function telemetry.arrived(uuid, text, bigint, text, text) to ops_beacon;

-- What browsers report by themselves: that a page crashed, that a policy kept it from something, that it uses what will go away.
alter table telemetry.error_group drop constraint error_group_kind_check;
alter table telemetry.error_group add constraint error_group_kind_check
  check (kind in ('error', 'rejection', 'console', 'resource', 'crash', 'policy', 'deprecation'));
