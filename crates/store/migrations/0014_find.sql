-- Finding commands by what their errors and payloads say. Row-level security keeps an index of texts from being used: the
-- comparison might leak what a policy hides, so the policy has to be asked first, for each row. So those who search do it through
-- functions that take the tenant from the caller's support session themselves.
set local lock_timeout = '2s';

-- Both are trusted: they come with Postgres and need no superuser.
create schema contrib;
grant usage on schema contrib to ops_definer;
create extension if not exists pg_trgm with schema contrib;
create extension if not exists btree_gin with schema contrib;

create index error_by_text on commandbus.command_error using gin (tenant_id, message contrib.gin_trgm_ops);
create index payload_by_text on commandbus.payload_archive using gin (tenant_id, (payload::text) contrib.gin_trgm_ops);
create index payload_by_place on commandbus.payload_archive using gin (tenant_id, payload jsonb_path_ops);

-- No condition at all, so that the one of the function is the first asked. It always names the tenant.
create policy search on commandbus.command_error for select to ops_definer using (true);
create policy search on commandbus.payload_archive for select to ops_definer using (true);

-- Commands of the caller's support session whose error, or payload, says something; no more than so many, in no order. Planned
-- anew for each text: whether an index helps depends on it.
create function commandbus.found_in_errors(p_pattern text, p_most int) returns setof uuid
  language plpgsql stable security definer set search_path = '' as $$
declare mine uuid := console.inside_tenant();
begin
  if mine is null then return; end if;
  return query execute 'select e.command_id from commandbus.command_error e where e.tenant_id = $1 and e.message ilike $2 limit $3'
    using mine, p_pattern, p_most;
end $$;
create function commandbus.found_in_payloads(p_pattern text, p_most int) returns setof uuid
  language plpgsql stable security definer set search_path = '' as $$
declare mine uuid := console.inside_tenant();
begin
  if mine is null then return; end if;
  return query execute 'select p.command_id from commandbus.payload_archive p where p.tenant_id = $1 and p.payload::text ilike $2 limit $3'
    using mine, p_pattern, p_most;
end $$;
-- Those whose payload holds one of two values at a place: `42` is a number in one payload and a text in another.
create function commandbus.found_at_place(p_one jsonb, p_other jsonb, p_most int) returns setof uuid
  language plpgsql stable security definer set search_path = '' as $$
declare mine uuid := console.inside_tenant();
begin
  if mine is null then return; end if;
  return query execute 'select p.command_id from commandbus.payload_archive p where p.tenant_id = $1 and (p.payload @> $2 or p.payload @> $3) limit $4'
    using mine, p_one, p_other, p_most;
end $$;
do $$
declare f text;
begin
  foreach f in array array['found_in_errors(text, int)', 'found_in_payloads(text, int)', 'found_at_place(jsonb, jsonb, int)'] loop
    execute format('revoke all on function commandbus.%s from public', f);
    execute format('grant execute on function commandbus.%s to ops_ro, ops_rw', f);
    execute format('alter function commandbus.%s owner to ops_definer', f);
  end loop;
end $$;

-- Filters of lists kept under a name, for oneself or for all staff.
create table console.saved_view (
  id         bigint generated always as identity primary key,
  staff_id   uuid not null references console.staff (id),
  staff_name text not null,
  place      text not null check (place in ('troubleshooting', 'groups', 'jobs', 'operations', 'frontend-errors')),
  name       text not null check (length(name) between 1 and 60),
  query      text not null check (length(query) <= 4000),
  shared     boolean not null default false,
  created_at timestamptz not null default clock_timestamp(),
  unique (staff_id, place, name)
);
alter table console.saved_view enable row level security;
alter table console.saved_view force row level security;
create policy staff_read on console.saved_view for select to ops_ro, ops_rw using (shared or staff_id = (select console.me()));
create policy staff_write on console.saved_view for all to ops_rw using (staff_id = (select console.me())) with check (staff_id = (select console.me()));
grant select on console.saved_view to ops_ro;
grant select, insert (staff_id, staff_name, place, name, query, shared), update (query, shared, staff_name), delete on console.saved_view to ops_rw;
