-- The command bus: commands are the truth, PGMQ is the transport. Content (payloads, messages of
-- errors, replies, notes) lives in tables of its own, because row-level security hides rows, not columns.
set local lock_timeout = '2s';

create schema commandbus;
grant usage on schema commandbus to ops_ro, ops_rw, ops_bus, ops_definer;
grant create on schema commandbus to ops_definer;

create table commandbus.command (
  tenant_id        uuid not null references console.tenant (id),
  command_id       uuid not null,
  domain           text not null check (domain ~ '^[a-z][a-z0-9_]{0,30}$'),
  command_type     text not null check (length(command_type) between 1 and 120),
  queue_name       text not null,
  -- the message that carries it now; changes with every send
  msg_id           bigint,
  status           text not null check (status in ('PENDING', 'IN_PROGRESS', 'COMPLETED', 'FAILED', 'CANCELED', 'IN_TROUBLESHOOTING_QUEUE')),
  attempts         int not null default 0 check (attempts >= 0),
  max_attempts     int not null check (max_attempts between 1 and 100),
  -- raised by every claim; whoever completes must name it
  epoch            bigint not null default 0,
  lease_until      timestamptz,
  worker           text,
  visible_at       timestamptz not null default clock_timestamp(),
  reply_to         text,
  correlation_id   uuid not null,
  last_error_type  text check (last_error_type in ('TRANSIENT', 'PERMANENT', 'BUSINESS_RULE')),
  last_error_code  text,
  -- the class of the error as a sentence; nothing of a customer's
  last_error_title text,
  batch_id         uuid,
  created_at       timestamptz not null default clock_timestamp(),
  updated_at       timestamptz not null default clock_timestamp(),
  finished_at      timestamptz,
  primary key (tenant_id, command_id),
  check ((status = 'IN_PROGRESS') = (lease_until is not null)),
  check ((status in ('COMPLETED', 'FAILED', 'CANCELED')) = (finished_at is not null))
);
create index command_by_id on commandbus.command (command_id);
create index command_waiting_for_a_person on commandbus.command (updated_at desc, command_id desc) where status = 'IN_TROUBLESHOOTING_QUEUE';
create index command_waiting_by_tenant on commandbus.command (tenant_id, updated_at desc, command_id desc) where status = 'IN_TROUBLESHOOTING_QUEUE';
create index command_waiting_by_type on commandbus.command (domain, command_type, updated_at desc, command_id desc) where status = 'IN_TROUBLESHOOTING_QUEUE';
create index command_leased on commandbus.command (lease_until) where status = 'IN_PROGRESS';
create index command_pending on commandbus.command (queue_name, visible_at) where status = 'PENDING';
call console.protect('commandbus.command', 'overview');
-- What an operator's deed may touch, and no more.
grant update (msg_id, status, attempts, epoch, lease_until, worker, visible_at, updated_at, finished_at) on commandbus.command to ops_rw;

-- What happened to a command, in order.
create table commandbus.audit (
  id         bigint generated always as identity,
  tenant_id  uuid not null,
  command_id uuid not null,
  domain     text not null,
  event_type text not null check (event_type in ('SENT', 'RECEIVED', 'COMPLETED', 'FAILED', 'RETRY_SCHEDULED', 'RETRY_EXHAUSTED', 'MOVED_TO_TSQ', 'BUSINESS_RULE_FAILED', 'LEASE_EXPIRED', 'OPERATOR_RETRY', 'OPERATOR_CANCEL', 'OPERATOR_COMPLETE')),
  -- operator, worker or sender
  who        text,
  code       text,
  attempt    int,
  at         timestamptz not null default clock_timestamp(),
  primary key (tenant_id, id),
  foreign key (tenant_id, command_id) references commandbus.command (tenant_id, command_id) on delete cascade
);
create index audit_of_command on commandbus.audit (tenant_id, command_id, id);
call console.protect('commandbus.audit', 'overview');
grant insert on commandbus.audit to ops_rw;

-- Free text of an event: the message of an error, the reason of an operator.
create table commandbus.audit_note (
  tenant_id uuid not null,
  audit_id  bigint not null,
  note      text not null check (length(note) <= 65536),
  primary key (tenant_id, audit_id),
  foreign key (tenant_id, audit_id) references commandbus.audit (tenant_id, id) on delete cascade
);
call console.protect('commandbus.audit_note', 'inside');
grant insert on commandbus.audit_note to ops_rw;

-- The message of the last error.
create table commandbus.command_error (
  tenant_id  uuid not null,
  command_id uuid not null,
  message    text not null check (length(message) <= 65536),
  at         timestamptz not null default clock_timestamp(),
  primary key (tenant_id, command_id),
  foreign key (tenant_id, command_id) references commandbus.command (tenant_id, command_id) on delete cascade
);
call console.protect('commandbus.command_error', 'inside');

-- Payloads kept besides PGMQ's own archive, for when that has been emptied.
create table commandbus.payload_archive (
  tenant_id   uuid not null,
  command_id  uuid not null,
  payload     jsonb not null,
  archived_at timestamptz not null default clock_timestamp(),
  primary key (tenant_id, command_id),
  foreign key (tenant_id, command_id) references commandbus.command (tenant_id, command_id) on delete cascade
);
call console.protect('commandbus.payload_archive', 'inside');

-- One reply a command, written in the transaction that ends it.
create table commandbus.reply (
  tenant_id  uuid not null,
  command_id uuid not null,
  outcome    text not null check (outcome in ('SUCCESS', 'FAILED', 'CANCELED')),
  body       jsonb not null,
  queue_name text,
  at         timestamptz not null default clock_timestamp(),
  primary key (tenant_id, command_id),
  foreign key (tenant_id, command_id) references commandbus.command (tenant_id, command_id) on delete cascade
);
call console.protect('commandbus.reply', 'inside');
grant insert on commandbus.reply to ops_rw;

-- Workers and when they were last heard from.
create table commandbus.worker (
  name         text primary key,
  domain       text not null,
  build        text not null,
  started_at   timestamptz not null default clock_timestamp(),
  heartbeat_at timestamptz not null default clock_timestamp(),
  stopped_at   timestamptz
);
grant select on commandbus.worker to ops_ro, ops_rw, ops_definer;
grant select, insert, update, delete on commandbus.worker to ops_bus;

-- PGMQ: the bus works on its tables, nobody else. Its grant to pg_monitor would open every payload
-- to monitoring roles.
grant usage on schema pgmq to ops_bus, ops_definer;
alter default privileges in schema pgmq revoke all on tables from pg_monitor;
alter default privileges in schema pgmq grant select, insert, update, delete on tables to ops_bus, ops_definer;
alter default privileges in schema pgmq grant usage, select on sequences to ops_bus, ops_definer;
revoke all on all tables in schema pgmq from pg_monitor;
grant select, insert, update, delete on all tables in schema pgmq to ops_bus, ops_definer;
grant usage, select on all sequences in schema pgmq to ops_bus, ops_definer;
grant execute on all functions in schema pgmq to ops_bus, ops_definer;

-- Makes the queue of a name if it is not there; creating needs the owner of the schema.
create function commandbus.ensure_queue(p_queue text) returns void
  language plpgsql security definer set search_path = '' as $$
begin
  if p_queue !~ '^[a-z][a-z0-9_]{0,46}$' then
    raise exception 'a queue is named with a-z, 0-9 and _, at most 47 characters, not "%"', p_queue using errcode = '22023';
  end if;
  perform pg_catalog.pg_advisory_xact_lock(pg_catalog.hashtext('ops queue ' || p_queue));
  if not exists (select from pgmq.meta where queue_name = p_queue) then
    perform pgmq.create(p_queue);
  end if;
end $$;
revoke all on function commandbus.ensure_queue(text) from public;
grant execute on function commandbus.ensure_queue(text) to ops_bus;

-- The payload of a command within the caller's support session: from the queue, its archive, or the
-- payload archive; no row outside a session, `lost` where none is left.
create function commandbus.payload(p_command uuid) returns table (payload jsonb, source text)
  language plpgsql stable security definer set search_path = '' as $$
declare c record; m jsonb;
begin
  select t.tenant_id, t.queue_name, t.msg_id into c from commandbus.command t
  where t.command_id = p_command and t.tenant_id = console.inside_tenant();
  if not found then return; end if;
  if exists (select from pgmq.meta q where q.queue_name = c.queue_name) then
    execute format('select message -> ''data'' from pgmq.%I where msg_id = $1', 'q_' || c.queue_name) into m using c.msg_id;
    if m is not null then return query select m, 'queue'; return; end if;
    execute format('select message -> ''data'' from pgmq.%I where msg_id = $1', 'a_' || c.queue_name) into m using c.msg_id;
    if m is not null then return query select m, 'archive'; return; end if;
  end if;
  select a.payload into m from commandbus.payload_archive a where a.tenant_id = c.tenant_id and a.command_id = p_command;
  if m is not null then return query select m, 'payload_archive'; return; end if;
  return query select null::jsonb, 'lost';
end $$;

-- Sends the message of a command anew within a writing support session: same command id, new msg_id.
-- Returns null when the payload is nowhere to be found. The caller sets the status.
create function commandbus.transport_send(p_command uuid) returns bigint
  language plpgsql volatile security definer set search_path = '' as $$
declare c commandbus.command; m jsonb; sent bigint;
begin
  select * into c from commandbus.command t where t.command_id = p_command and t.tenant_id = console.writing_tenant();
  if not found then raise exception 'no such command in a writing support session' using errcode = '42501'; end if;
  select p.payload into m from commandbus.payload(p_command) p;
  if m is null then return null; end if;
  select pgmq.send(c.queue_name, jsonb_build_object('domain', c.domain, 'command_type', c.command_type,
      'command_id', c.command_id, 'correlation_id', c.correlation_id, 'data', m, 'reply_to', c.reply_to),
      jsonb_build_object('tenant_id', c.tenant_id)) into sent;
  return sent;
end $$;

-- Sends the reply row just written for a command to the sender's queue, if it asked for one.
create function commandbus.transport_reply(p_command uuid) returns boolean
  language plpgsql volatile security definer set search_path = '' as $$
declare r record;
begin
  select t.reply_to, p.body into r from commandbus.command t
    join commandbus.reply p on p.tenant_id = t.tenant_id and p.command_id = t.command_id
  where t.command_id = p_command and t.tenant_id = console.writing_tenant();
  if not found then raise exception 'no reply to send in a writing support session' using errcode = '42501'; end if;
  if r.reply_to is null then return false; end if;
  perform pgmq.send(r.reply_to, r.body);
  return true;
end $$;
revoke all on function commandbus.payload(uuid), commandbus.transport_send(uuid), commandbus.transport_reply(uuid) from public;
grant execute on function commandbus.payload(uuid) to ops_ro, ops_rw, ops_definer;
grant execute on function commandbus.transport_send(uuid), commandbus.transport_reply(uuid) to ops_rw;
alter function commandbus.payload(uuid) owner to ops_definer;
alter function commandbus.transport_send(uuid) owner to ops_definer;
alter function commandbus.transport_reply(uuid) owner to ops_definer;
