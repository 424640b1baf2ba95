-- What is masked cannot be found either: a search that finds a hidden value tells it, letter by letter. The index narrows by the
-- payload as it is; what is shown of it decides.
set local lock_timeout = '2s';
set local role ops_definer;

create or replace function commandbus.found_in_payloads(p_pattern text, p_most int) returns setof uuid
  language plpgsql stable security definer set search_path = '' as $$
declare mine uuid := console.inside_tenant();
begin
  if mine is null then return; end if;
  return query execute 'select p.command_id from commandbus.payload_archive p
      join commandbus.command c on c.tenant_id = p.tenant_id and c.command_id = p.command_id
    where p.tenant_id = $1 and p.payload::text ilike $2
      and commandbus.shown(c.domain, c.command_type, p.payload)::text ilike $2 limit $3'
    using mine, p_pattern, p_most;
end $$;
create or replace function commandbus.found_at_place(p_one jsonb, p_other jsonb, p_most int) returns setof uuid
  language plpgsql stable security definer set search_path = '' as $$
declare mine uuid := console.inside_tenant();
begin
  if mine is null then return; end if;
  return query execute 'select f.command_id from (
      select p.command_id, commandbus.shown(c.domain, c.command_type, p.payload) as shown from commandbus.payload_archive p
        join commandbus.command c on c.tenant_id = p.tenant_id and c.command_id = p.command_id
      where p.tenant_id = $1 and (p.payload @> $2 or p.payload @> $3)) f
    where f.shown @> $2 or f.shown @> $3 limit $4'
    using mine, p_one, p_other, p_most;
end $$;
set local role ops_owner;
