-- Operations: deeds that go on after their request. A start writes the operation and its frozen set of items; the runner
-- (role ops_hand) carries them out. It has no sign-in: what lets it see and change a tenant's rows is the lease it holds
-- on one operation of that tenant, looked up by hash at the clock's time, and it ends with the lease.
set local lock_timeout = '2s';

create table console.operation (
  tenant_id      uuid not null references console.tenant (id),
  id             uuid not null default gen_random_uuid(),
  -- name of the action that started it
  action         text not null check (length(action) between 1 and 60),
  staff_id       uuid not null,
  staff_name     text not null,
  -- the entry of the start; entries of its rows name the operation
  audit_id       bigint not null,
  -- hash of the preview it was started from: each preview starts one operation
  preview        bytea not null,
  -- what was filtered by; codes and types, nothing of a customer's
  filter         jsonb not null,
  rate           int not null check (rate between 1 and 10000),
  canary         boolean not null,
  halt_percent   int not null check (halt_percent between 0 and 100),
  state          text not null check (state in ('CANARY', 'RAMPING', 'PAUSED', 'HALTED', 'CANCELED', 'FINISHED')),
  -- why it stands where it stands, as a sentence
  note           text,
  total          int not null default 0,
  waiting        int not null default 0 check (waiting >= 0),
  sent           int not null default 0 check (sent >= 0),
  succeeded      int not null default 0 check (succeeded >= 0),
  failed         int not null default 0 check (failed >= 0),
  skipped        int not null default 0 check (skipped >= 0),
  gone           int not null default 0 check (gone >= 0),
  -- items up to this one have had their turn
  reached        int not null default 0,
  -- where counting began anew when a person let it go on after a halt
  base_attempted int not null default 0,
  base_succeeded int not null default 0,
  base_failed    int not null default 0,
  -- what was due up to this moment has been sent
  paced_at       timestamptz not null default clock_timestamp(),
  created_at     timestamptz not null default clock_timestamp(),
  changed_at     timestamptz not null default clock_timestamp(),
  -- when every item had its outcome
  finished_at    timestamptz,
  runner         text,
  lease_hash     bytea,
  lease_until    timestamptz,
  primary key (tenant_id, id),
  unique (tenant_id, preview),
  check (total = waiting + sent + succeeded + failed + skipped + gone),
  check (finished_at is null or (waiting = 0 and sent = 0)),
  check ((state = 'FINISHED') <= (finished_at is not null))
);
create index operation_by_id on console.operation (id);
create index operation_by_time on console.operation (created_at desc, id desc);
-- Not by its lease: that changes all the time, and an index on it would make every renewal a new entry.
create index operation_open on console.operation (created_at) where finished_at is null;
call console.protect('console.operation', 'overview');

create table console.operation_item (
  tenant_id    uuid not null,
  operation_id uuid not null,
  seq          int not null check (seq >= 1),
  command_id   uuid not null,
  state        text not null check (state in ('WAITING', 'SENT', 'SUCCEEDED', 'FAILED', 'SKIPPED', 'GONE')),
  reason       text check (reason in ('NOT_WAITING', 'NO_PAYLOAD', 'ELSEWHERE', 'CANCELED')),
  msg_id       bigint,
  -- the entry of this row's deed
  audit_id     bigint,
  sent_at      timestamptz,
  settled_at   timestamptz,
  primary key (tenant_id, operation_id, seq),
  foreign key (tenant_id, operation_id) references console.operation (tenant_id, id) on delete cascade,
  check ((state = 'SKIPPED') = (reason is not null))
);
-- Rows come and go from these: each is as long as what waits, travels or needs a look.
create index item_waiting on console.operation_item (tenant_id, command_id) where state = 'WAITING';
create index item_sent on console.operation_item (tenant_id, operation_id, seq) where state = 'SENT';
create index item_failed on console.operation_item (tenant_id, operation_id, seq) where state in ('FAILED', 'SKIPPED', 'GONE');
call console.protect('console.operation_item', 'overview');

-- Hosts have no part in operations.
revoke all on console.operation, console.operation_item from ops_bus;
grant insert (tenant_id, action, staff_id, staff_name, audit_id, preview, filter, rate, canary, halt_percent, state),
      update (state, note, total, waiting, skipped, base_attempted, base_succeeded, base_failed, paced_at, changed_at, finished_at)
   on console.operation to ops_rw;
grant insert on console.operation_item to ops_rw;

-- The lease of the present connection: its operation, and the tenant that may be seen or also changed through it. Changing
-- ends the moment the operation is paused, halted or cancelled; following outcomes does not.
create function console.handed_operation() returns uuid
  language sql stable security definer set search_path = '' as $$
  select o.id from console.operation o
  where o.id::text = pg_catalog.current_setting('ops.operation', true) and o.lease_until > pg_catalog.clock_timestamp()
    and o.lease_hash = pg_catalog.sha256(pg_catalog.convert_to(pg_catalog.current_setting('ops.lease', true), 'UTF8'))
$$;
create function console.handed_tenant() returns uuid
  language sql stable security definer set search_path = '' as $$
  select o.tenant_id from console.operation o where o.id = console.handed_operation()
$$;
create function console.sending_tenant() returns uuid
  language sql stable security definer set search_path = '' as $$
  select o.tenant_id from console.operation o where o.id = console.handed_operation() and o.state in ('CANARY', 'RAMPING')
$$;
do $$
declare f text;
begin
  foreach f in array array['handed_operation', 'handed_tenant', 'sending_tenant'] loop
    execute format('revoke all on function console.%I() from public', f);
    execute format('grant execute on function console.%I() to ops_rw, ops_hand, ops_definer', f);
    execute format('alter function console.%I() owner to ops_definer', f);
  end loop;
end $$;

grant usage on schema console, commandbus, pipeline, audit to ops_hand;
-- Who claims has to find what is open; what is deleted has been kept for 90 days.
create policy hand on console.operation for select to ops_hand using (tenant_id is not null);
create policy hand_lease on console.operation for update to ops_hand using (tenant_id is not null) with check (tenant_id is not null);
create policy hand_prune on console.operation for delete to ops_hand using (finished_at < clock_timestamp() - interval '90 days');
create policy hand on console.operation_item for all to ops_hand
  using (tenant_id = (select console.handed_tenant())) with check (tenant_id = (select console.handed_tenant()));
grant select, delete, update (state, note, waiting, sent, succeeded, failed, skipped, gone, reached, paced_at, changed_at, finished_at, runner, lease_hash, lease_until)
   on console.operation to ops_hand;
grant select, update (state, reason, msg_id, audit_id, sent_at, settled_at) on console.operation_item to ops_hand;

create policy hand_read on commandbus.command for select to ops_hand using (tenant_id = (select console.handed_tenant()));
create policy hand_send on commandbus.command for update to ops_hand
  using (tenant_id = (select console.sending_tenant())) with check (tenant_id = (select console.sending_tenant()));
create policy hand_read on commandbus.audit for select to ops_hand using (tenant_id = (select console.handed_tenant()));
create policy hand_write on commandbus.audit for insert to ops_hand with check (tenant_id = (select console.sending_tenant()));
grant select, update (msg_id, status, attempts, epoch, lease_until, worker, visible_at, updated_at, finished_at) on commandbus.command to ops_hand;
grant select, insert on commandbus.audit to ops_hand;
do $$
declare t text;
begin
  foreach t in array array['job', 'step'] loop
    execute format('create policy hand_send on pipeline.%I for all to ops_hand using (tenant_id = (select console.sending_tenant())) with check (tenant_id = (select console.sending_tenant()))', t);
  end loop;
end $$;
grant select, update (status, run, current_step, error_code, error_title, updated_at, started_at, finished_at) on pipeline.job to ops_hand;
grant select, update (status, started_at, finished_at, error_code, error_title) on pipeline.step to ops_hand;

-- Sends the messages of commands anew: same command ids, new msg_ids. By a person in a writing support session, or by the
-- runner under its lease. A command whose payload is nowhere to be found has no row in the answer. The caller sets the status.
create function commandbus.transport_send_many(p_commands uuid[]) returns table (command_id uuid, msg_id bigint)
  language plpgsql volatile security definer set search_path = '' as $$
#variable_conflict use_column
declare mine uuid := coalesce(console.writing_tenant(), console.sending_tenant()); q text; bodies jsonb[]; heads jsonb[]; ids bigint[];
begin
  if mine is null then raise exception 'nobody may send here: no writing support session and no lease' using errcode = '42501'; end if;
  for q in select distinct c.queue_name from commandbus.command c join pgmq.meta m on m.queue_name = c.queue_name
           where c.tenant_id = mine and c.command_id = any (p_commands) loop
    execute format($q$
      select array_agg(jsonb_build_object('domain', c.domain, 'command_type', c.command_type, 'command_id', c.command_id,
               'correlation_id', c.correlation_id, 'data', coalesce(l.message -> 'data', a.message -> 'data', p.payload), 'reply_to', c.reply_to) order by c.command_id),
             array_agg(jsonb_build_object('tenant_id', c.tenant_id))
      from commandbus.command c
        left join pgmq.%I l on l.msg_id = c.msg_id left join pgmq.%I a on a.msg_id = c.msg_id
        left join commandbus.payload_archive p on p.tenant_id = c.tenant_id and p.command_id = c.command_id
      where c.tenant_id = $1 and c.command_id = any ($2) and c.queue_name = $3
        and coalesce(l.message -> 'data', a.message -> 'data', p.payload) is not null $q$, 'q_' || q, 'a_' || q)
      into bodies, heads using mine, p_commands, q;
    if bodies is not null then
      select array_agg(s) into ids from pgmq.send_batch(q, bodies, heads) s;
      return query execute format('select (m.message ->> ''command_id'')::uuid, m.msg_id from pgmq.%I m where m.msg_id = any ($1)', 'q_' || q) using ids;
    end if;
  end loop;
end $$;
-- Which of these commands could not be sent again, within the caller's support session.
create function commandbus.without_payload(p_commands uuid[]) returns setof uuid
  language plpgsql stable security definer set search_path = '' as $$
#variable_conflict use_column
declare q text; mine uuid := console.inside_tenant();
begin
  return query select c.command_id from commandbus.command c where c.tenant_id = mine and c.command_id = any (p_commands)
    and not exists (select from pgmq.meta m where m.queue_name = c.queue_name);
  for q in select distinct c.queue_name from commandbus.command c join pgmq.meta m on m.queue_name = c.queue_name
           where c.tenant_id = mine and c.command_id = any (p_commands) loop
    return query execute format($q$
      select c.command_id from commandbus.command c where c.tenant_id = $1 and c.command_id = any ($2) and c.queue_name = $3
        and not exists (select from pgmq.%I l where l.msg_id = c.msg_id and l.message -> 'data' is not null)
        and not exists (select from pgmq.%I a where a.msg_id = c.msg_id and a.message -> 'data' is not null)
        and not exists (select from commandbus.payload_archive p where p.tenant_id = c.tenant_id and p.command_id = c.command_id) $q$,
      'q_' || q, 'a_' || q) using mine, p_commands, q;
  end loop;
end $$;
revoke all on function commandbus.transport_send_many(uuid[]), commandbus.without_payload(uuid[]) from public;
grant execute on function commandbus.transport_send_many(uuid[]) to ops_rw, ops_hand;
grant execute on function commandbus.without_payload(uuid[]) to ops_ro, ops_rw;
alter function commandbus.transport_send_many(uuid[]) owner to ops_definer;
alter function commandbus.without_payload(uuid[]) owner to ops_definer;

-- Seals what a preview said, for the person who saw it: a start hands it back, and nobody else could have written it. A
-- preview is read only, so it cannot leave a row of its own. Nested, so that nothing can be appended to what was sealed.
create table console.seal_key (
  one boolean primary key default true check (one),
  key bytea not null
);
insert into console.seal_key (key) values (sha256(convert_to(gen_random_uuid()::text || gen_random_uuid()::text || gen_random_uuid()::text, 'UTF8')));
grant select on console.seal_key to ops_definer;
create function console.seal(p_text text) returns text
  language sql stable security definer set search_path = '' as $$
  select pg_catalog.encode(pg_catalog.sha256(k.key || pg_catalog.sha256(k.key || pg_catalog.convert_to(console.me()::text || ' ' || p_text, 'UTF8'))), 'hex')
  from console.seal_key k
$$;
revoke all on function console.seal(text) from public;
grant execute on function console.seal(text) to ops_ro, ops_rw;
alter function console.seal(text) owner to ops_definer;
