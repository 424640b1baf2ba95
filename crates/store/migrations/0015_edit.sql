-- Edit and retry. A worker's host says by a contract what a payload of its type looks like and what of it may be edited; an edit
-- keeps the payload it replaces, and everything sent later is the newest one; and before it is sent, a worker may be asked.
set local lock_timeout = '2s';

-- One for each type of command, as the worker that started last has it. Nothing of a customer's, so no tenant.
create table commandbus.contract (
  domain       text not null,
  command_type text not null,
  schema       jsonb not null,
  -- paths of sensitive fields, each an array of keys
  sensitive    jsonb not null default '[]',
  worker       text not null,
  build        text not null,
  at           timestamptz not null default clock_timestamp(),
  primary key (domain, command_type)
);
grant select on commandbus.contract to ops_ro, ops_rw, ops_hand, ops_definer;
grant select, insert, update, delete on commandbus.contract to ops_bus;
-- Types of commands whose payloads this worker checks when asked.
alter table commandbus.worker add column checks text[] not null default '{}';

-- What an edit replaced: the first of a command is the payload as it was sent. The present one is in the payload archive.
create table commandbus.payload_revision (
  tenant_id    uuid not null,
  command_id   uuid not null,
  number       int not null check (number >= 1),
  payload      jsonb not null,
  who          text not null,
  at           timestamptz not null default clock_timestamp(),
  -- the entry of the edit, or the operation it was a row of
  audit_id     bigint,
  operation_id uuid,
  primary key (tenant_id, command_id, number),
  foreign key (tenant_id, command_id) references commandbus.command (tenant_id, command_id) on delete cascade,
  check (audit_id is not null or operation_id is not null)
);
call console.protect('commandbus.payload_revision', 'inside');

alter table commandbus.audit drop constraint audit_event_type_check;
alter table commandbus.audit add constraint audit_event_type_check
  check (event_type in ('SENT', 'RECEIVED', 'COMPLETED', 'FAILED', 'RETRY_SCHEDULED', 'RETRY_EXHAUSTED', 'MOVED_TO_TSQ', 'BUSINESS_RULE_FAILED',
                        'LEASE_EXPIRED', 'OPERATOR_RETRY', 'OPERATOR_CANCEL', 'OPERATOR_COMPLETE', 'OPERATOR_EDIT'));

-- A question to the workers of a type: would you take this payload? Whoever has a check answers within its time.
create table commandbus.check_request (
  tenant_id    uuid not null,
  id           uuid not null default gen_random_uuid(),
  command_id   uuid not null,
  domain       text not null,
  command_type text not null,
  payload      jsonb not null,
  asked_at     timestamptz not null default clock_timestamp(),
  expires_at   timestamptz not null default clock_timestamp() + interval '15 seconds',
  worker       text,
  answered_at  timestamptz,
  -- what is against it: path and sentence of each; empty is a yes
  said         jsonb,
  -- the check itself failed: why
  broken       text,
  primary key (tenant_id, id),
  foreign key (tenant_id, command_id) references commandbus.command (tenant_id, command_id) on delete cascade,
  check ((answered_at is null) = (said is null and broken is null)),
  check (answered_at is null or worker is not null)
);
create index check_open on commandbus.check_request (domain, asked_at) where answered_at is null;
create index check_of_command on commandbus.check_request (tenant_id, command_id, asked_at desc);
call console.protect('commandbus.check_request', 'inside');
revoke insert, update on commandbus.check_request from ops_rw;

-- A payload as it is shown: what its contract calls sensitive is not.
create function commandbus.shown(p_domain text, p_type text, p_payload jsonb) returns jsonb
  language plpgsql stable set search_path = '' as $$
declare hidden jsonb; path jsonb; keys text[];
begin
  select c.sensitive into hidden from commandbus.contract c where c.domain = p_domain and c.command_type = p_type;
  for path in select value from pg_catalog.jsonb_array_elements(hidden) loop
    keys := array(select pg_catalog.jsonb_array_elements_text(path));
    if pg_catalog.jsonb_typeof(p_payload #> keys) <> 'null' then
      p_payload := pg_catalog.jsonb_set(p_payload, keys, '"\u2022\u2022\u2022\u2022\u2022\u2022"', false);
    end if;
  end loop;
  return p_payload;
end $$;
-- Its beginning, for a list; what is large is not written out for that.
create function commandbus.excerpt(p_domain text, p_type text, p_payload jsonb) returns text
  language plpgsql stable set search_path = '' as $$
begin
  if pg_catalog.pg_column_size(p_payload) > 20000 then return '"a large payload"'; end if;
  return pg_catalog.left(commandbus.shown(p_domain, p_type, p_payload)::text, 1000);
end $$;

set local role ops_definer;
-- Present payloads of commands, and their versions, which are keyed: from a plain hash what is masked could be guessed. Given within the caller's support session, or under the runner's lease.
create function commandbus.payloads(p_commands uuid[]) returns table (command_id uuid, payload jsonb, version text)
  language plpgsql stable security definer set search_path = '' as $$
#variable_conflict use_column
declare q text; mine uuid := coalesce(console.inside_tenant(), console.handed_tenant());
begin
  for q in select distinct c.queue_name from commandbus.command c join pgmq.meta m on m.queue_name = c.queue_name
           where c.tenant_id = mine and c.command_id = any (p_commands) loop
    return query execute format($q$
      select f.command_id, f.payload, encode(sha256((select k.key from console.seal_key k) || convert_to(f.payload::text, 'UTF8')), 'hex') from (
        select c.command_id, coalesce(p.payload, l.message -> 'data', a.message -> 'data') as payload
        from commandbus.command c
          left join commandbus.payload_archive p on p.tenant_id = c.tenant_id and p.command_id = c.command_id
          left join pgmq.%I l on l.msg_id = c.msg_id left join pgmq.%I a on a.msg_id = c.msg_id
        where c.tenant_id = $1 and c.command_id = any ($2) and c.queue_name = $3) f
      where f.payload is not null $q$, 'q_' || q, 'a_' || q) using mine, p_commands, q;
  end loop;
end $$;

-- Gives commands other payloads and keeps the former ones. Where it would be the same, nothing happens. Returns what changed.
-- The caller holds the commands, and sends them.
create function commandbus.revise(p_commands uuid[], p_payloads jsonb[], p_who text, p_audit bigint) returns setof uuid
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
      where w.payload::text <> g.payload::text),
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

-- As before, but the payload archive comes first: after an edit it is newer than the message that was sent before it.
create or replace function commandbus.transport_send_many(p_commands uuid[]) returns table (command_id uuid, msg_id bigint)
  language plpgsql volatile security definer set search_path = '' as $$
#variable_conflict use_column
declare mine uuid := coalesce(console.writing_tenant(), console.sending_tenant()); q text; bodies jsonb[]; heads jsonb[]; ids bigint[];
begin
  if mine is null then raise exception 'nobody may send here: no writing support session and no lease' using errcode = '42501'; end if;
  for q in select distinct c.queue_name from commandbus.command c join pgmq.meta m on m.queue_name = c.queue_name
           where c.tenant_id = mine and c.command_id = any (p_commands) loop
    execute format($q$
      select array_agg(jsonb_build_object('domain', c.domain, 'command_type', c.command_type, 'command_id', c.command_id,
               'correlation_id', c.correlation_id, 'data', coalesce(p.payload, l.message -> 'data', a.message -> 'data'), 'reply_to', c.reply_to) order by c.command_id),
             array_agg(jsonb_build_object('tenant_id', c.tenant_id))
      from commandbus.command c
        left join pgmq.%I l on l.msg_id = c.msg_id left join pgmq.%I a on a.msg_id = c.msg_id
        left join commandbus.payload_archive p on p.tenant_id = c.tenant_id and p.command_id = c.command_id
      where c.tenant_id = $1 and c.command_id = any ($2) and c.queue_name = $3
        and coalesce(p.payload, l.message -> 'data', a.message -> 'data') is not null $q$, 'q_' || q, 'a_' || q)
      into bodies, heads using mine, p_commands, q;
    if bodies is not null then
      select array_agg(s) into ids from pgmq.send_batch(q, bodies, heads) s;
      return query execute format('select (m.message ->> ''command_id'')::uuid, m.msg_id from pgmq.%I m where m.msg_id = any ($1)', 'q_' || q) using ids;
    end if;
  end loop;
end $$;

-- Asks the workers about a payload for a command of the support session; looking is enough for that. Returns the question's id.
create function commandbus.ask_check(p_command uuid, p_payload jsonb) returns uuid
  language plpgsql volatile security definer set search_path = '' as $$
declare c commandbus.command; asked uuid;
begin
  select * into c from commandbus.command t where t.command_id = p_command and t.tenant_id = console.inside_tenant();
  if not found then raise exception 'no such command in a support session' using errcode = '42501'; end if;
  delete from commandbus.check_request r where r.tenant_id = c.tenant_id and r.expires_at < pg_catalog.clock_timestamp() - interval '1 day';
  insert into commandbus.check_request (tenant_id, command_id, domain, command_type, payload)
    values (c.tenant_id, c.command_id, c.domain, c.command_type, p_payload) returning id into asked;
  return asked;
end $$;
revoke all on function commandbus.payloads(uuid[]), commandbus.revise(uuid[], jsonb[], text, bigint), commandbus.ask_check(uuid, jsonb) from public;
grant execute on function commandbus.payloads(uuid[]) to ops_ro, ops_rw, ops_hand;
grant execute on function commandbus.revise(uuid[], jsonb[], text, bigint) to ops_rw, ops_hand;
grant execute on function commandbus.ask_check(uuid, jsonb) to ops_rw;
set local role ops_owner;
