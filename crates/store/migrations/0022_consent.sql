-- Classes of what a contract calls sensitive, and the consent some of them take. The customer gives it in the host's product, never
-- staff: only the host's role writes here.
set local lock_timeout = '2s';

-- A class that is not here takes consent.
create table console.data_class (
  name          text primary key check (name ~ '^[a-z][a-z0-9_-]{0,39}$'),
  about         text not null,
  needs_consent boolean not null
);
insert into console.data_class (name, about, needs_consent) values
  ('personal', 'who somebody is and how to reach them', false),
  ('internal', 'the customer''s own business', false),
  ('payment', 'accounts, cards, what was paid', true),
  ('health', 'anything about somebody''s health', true),
  ('private', 'what somebody wrote or said in private', true);
grant select on console.data_class to ops_ro, ops_rw, ops_bus, ops_definer;

-- The classes of `sensitive`, in its order.
alter table commandbus.contract add column classes text[] not null default '{}';

create table console.consent (
  tenant_id    uuid not null references console.tenant (id) on delete cascade,
  id           bigint generated always as identity,
  class        text not null check (class ~ '^[a-z][a-z0-9_-]{0,39}$'),
  -- who of the customer's side gave it, as the host knows them
  given_by     text not null check (length(given_by) between 1 and 200),
  given_at     timestamptz not null default clock_timestamp(),
  ends_at      timestamptz not null,
  withdrawn_at timestamptz,
  withdrawn_by text check (length(withdrawn_by) between 1 and 200),
  primary key (tenant_id, id),
  check (ends_at > given_at and ends_at <= given_at + interval '30 days'),
  check ((withdrawn_at is null) = (withdrawn_by is null))
);
create index consent_of_class on console.consent (tenant_id, class, ends_at desc) where withdrawn_at is null;
call console.protect('console.consent', 'inside');

-- Where in a payload a value lies; where something else than an object is on the way there, that: the payload is not what its contract
-- says, and what is meant may be anywhere in it. Null: nothing is there.
create function commandbus.place(p_payload jsonb, p_keys text[]) returns text[]
  language plpgsql immutable set search_path = '' as $$
declare kind text;
begin
  for depth in 0 .. pg_catalog.cardinality(p_keys) loop
    kind := pg_catalog.jsonb_typeof(p_payload #> p_keys[1:depth]);
    if kind is null or kind = 'null' then return null; end if;
    if kind <> 'object' or depth = pg_catalog.cardinality(p_keys) then return p_keys[1:depth]; end if;
  end loop;
end $$;
create function commandbus.hide(p_payload jsonb, p_place text[]) returns jsonb
  language sql immutable set search_path = '' as $$
  select case when p_place = '{}' then '"\u2022\u2022\u2022\u2022\u2022\u2022"'::jsonb
    else pg_catalog.jsonb_set(p_payload, p_place, '"\u2022\u2022\u2022\u2022\u2022\u2022"', false) end
$$;
-- A payload without what is sensitive in it, given the paths: a list looks the contract of a type up once, not for each row.
create function commandbus.masked(p_hidden jsonb, p_payload jsonb) returns jsonb
  language plpgsql immutable set search_path = '' as $$
declare path jsonb; place text[];
begin
  for path in select value from pg_catalog.jsonb_array_elements(p_hidden) loop
    place := commandbus.place(p_payload, array(select pg_catalog.jsonb_array_elements_text(path)));
    if place is not null then p_payload := commandbus.hide(p_payload, place); end if;
  end loop;
  return p_payload;
end $$;
create or replace function commandbus.shown(p_domain text, p_type text, p_payload jsonb) returns jsonb
  language plpgsql stable set search_path = '' as $$
declare hidden jsonb;
begin
  select c.sensitive into hidden from commandbus.contract c where c.domain = p_domain and c.command_type = p_type;
  return commandbus.masked(hidden, p_payload);
end $$;
drop function commandbus.excerpt(text, text, jsonb);

-- Gives commands other payloads and keeps the former ones. Where it would be the same, nothing happens, but for what may not be told to be
-- the same: somebody has written over a mask. Returns what changed. The caller holds the commands, and sends them.
set local role ops_definer;
drop function commandbus.revise(uuid[], jsonb[], text, bigint);
create function commandbus.revise(p_commands uuid[], p_payloads jsonb[], p_who text, p_audit bigint, p_even_if_same boolean) returns setof uuid
  language plpgsql volatile security definer set search_path = '' as $$
#variable_conflict use_column
declare mine uuid := coalesce(console.writing_tenant(), console.sending_tenant());
begin
  if mine is null then raise exception 'nobody may edit here: no writing support session and no lease' using errcode = '42501'; end if;
  return query
    with given as (
      select g.command_id, g.payload, w.payload as was from unnest(p_commands, p_payloads) as g (command_id, payload)
        join commandbus.payloads(p_commands) w on w.command_id = g.command_id
        join commandbus.command c on c.tenant_id = mine and c.command_id = g.command_id
      -- Letter by letter: 1.0 and 1.00 are equal, and not the same.
      where p_even_if_same or w.payload::text <> g.payload::text),
    kept as (
      insert into commandbus.payload_revision (tenant_id, command_id, number, payload, who, audit_id, operation_id)
      select mine, g.command_id,
             1 + coalesce((select max(r.number) from commandbus.payload_revision r where r.tenant_id = mine and r.command_id = g.command_id), 0),
             g.was, p_who, p_audit, console.handed_operation()
      from given g)
    insert into commandbus.payload_archive as a (tenant_id, command_id, payload)
      select mine, g.command_id, g.payload from given g
      on conflict (tenant_id, command_id) do update set payload = excluded.payload, archived_at = pg_catalog.clock_timestamp()
      returning a.command_id;
end $$;
revoke all on function commandbus.revise(uuid[], jsonb[], text, bigint, boolean) from public;
grant execute on function commandbus.revise(uuid[], jsonb[], text, bigint, boolean) to ops_rw, ops_hand;
set local role ops_owner;

set local role ops_definer;
-- A payload as it may be revealed: what takes a consent that is not there stays masked. `opened` and `closed` are the classes of either,
-- `agreed` names the consents, whose rows say who gave them. Within the caller's support session only.
create function commandbus.revealed(p_command uuid)
  returns table (payload jsonb, opened text[], closed text[], agreed text[])
  language plpgsql stable security definer set search_path = '' as $$
#variable_conflict use_column
declare
  mine uuid := console.inside_tenant(); told jsonb; contract commandbus.contract; at bigint; path jsonb; place text[]; kind text;
  consent console.consent; open_ones text[] := '{}'; closed_ones text[] := '{}'; by_whom text[] := '{}';
begin
  select p.payload into told from commandbus.payloads(array[p_command]) p;
  if not found then return; end if;
  select t.* into contract from commandbus.contract t join commandbus.command c on c.domain = t.domain and c.command_type = t.command_type
    where c.tenant_id = mine and c.command_id = p_command;
  for path, at in select value, ordinality from pg_catalog.jsonb_array_elements(contract.sensitive) with ordinality loop
    place := commandbus.place(told, array(select pg_catalog.jsonb_array_elements_text(path)));
    continue when place is null;
    kind := coalesce(contract.classes[at], 'personal');
    if coalesce((select d.needs_consent from console.data_class d where d.name = kind), true) then
      select g.* into consent from console.consent g
        where g.tenant_id = mine and g.class = kind and g.withdrawn_at is null and g.ends_at > pg_catalog.clock_timestamp()
        order by g.ends_at desc limit 1;
      if not found then
        told := commandbus.hide(told, place);
        closed_ones := closed_ones || kind;
        continue;
      end if;
      by_whom := by_whom || pg_catalog.format('%s by consent %s, until %s UTC', kind, consent.id,
        pg_catalog.to_char(consent.ends_at at time zone 'UTC', 'YYYY-MM-DD HH24:MI'));
    end if;
    open_ones := open_ones || kind;
  end loop;
  return query select told, array(select distinct unnest(open_ones) order by 1), array(select distinct unnest(closed_ones) order by 1),
    array(select distinct unnest(by_whom) order by 1);
end $$;
revoke all on function commandbus.revealed(uuid) from public;
grant execute on function commandbus.revealed(uuid) to ops_rw;
set local role ops_owner;

