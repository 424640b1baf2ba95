-- The audit: one entry a deed, opened before anything is decided and closed in the transaction of
-- the change; and a chain of hashes over both halves of every entry.
set local lock_timeout = '2s';

create schema audit;
grant usage on schema audit to ops_ro, ops_rw, ops_account, ops_definer;
grant create on schema audit to ops_definer;

create table audit.entry (
  id                 bigint generated always as identity primary key,
  opened_at          timestamptz not null default clock_timestamp(),
  closed_at          timestamptz,
  staff_id           uuid,
  staff_name         text not null,
  sign_in_id         uuid,
  support_session_id uuid,
  tenant_id          uuid,
  ticket             text,
  reason             text,
  action             text not null,
  title              text not null,
  subject            text not null,
  input              jsonb not null default '{}',
  outcome            text not null default 'open' check (outcome in ('open', 'done', 'viewed', 'rehearsed', 'refused', 'failed', 'unknown')),
  note               text,
  missing            jsonb not null default '[]',
  changes            jsonb not null default '[]',
  effects            jsonb not null default '[]',
  -- the transaction that closed it: for `done`, the transaction of the change itself
  xid                xid8,
  check ((outcome = 'open') = (closed_at is null))
);
create index entry_of_staff on audit.entry (staff_id, id desc);
create index entry_of_tenant on audit.entry (tenant_id, id desc);
create index entry_open on audit.entry (opened_at) where closed_at is null;

create table audit.link (
  seq      bigint primary key,
  entry_id bigint not null references audit.entry (id),
  phase    text not null check (phase in ('opened', 'closed')),
  -- what was hashed, letter by letter
  body     text not null,
  prev     bytea not null check (length(prev) = 32),
  hash     bytea not null check (length(hash) = 32),
  unique (entry_id, phase)
);
create table audit.head (
  one  boolean primary key default true check (one),
  seq  bigint not null,
  hash bytea not null
);
insert into audit.head (seq, hash) values (0, sha256('support operations console: genesis'));

alter table audit.entry enable row level security;
alter table audit.entry force row level security;
create policy mine_or_auditor on audit.entry for select to ops_ro, ops_rw using (
  staff_id = (select console.me()) or (select console.reads_audit()) or tenant_id in (select console.audited_tenants()));
create policy house on audit.entry for all to ops_definer using (id is not null) with check (id is not null);
grant select on audit.entry, audit.link, audit.head to ops_ro, ops_rw, ops_definer;
grant insert, update on audit.entry, audit.head to ops_definer;
grant insert on audit.link to ops_definer;
-- Nobody rewrites a link, not even the owner by mistake.
create function audit.refuse_rewrite() returns trigger language plpgsql set search_path = '' as $$
begin
  raise exception 'audit links are only ever added' using errcode = 'OPS02';
end $$;
create trigger never_rewritten before update or delete or truncate on audit.link for each statement execute function audit.refuse_rewrite();
create trigger never_truncated before delete or truncate on audit.entry for each statement execute function audit.refuse_rewrite();

-- The text that is hashed for one half of an entry. Times as microseconds, so that no setting of a
-- session changes it.
create function audit.body(e audit.entry, phase text) returns text language sql immutable set search_path = '' as $$
  select case phase
    when 'opened' then jsonb_build_object('entry', e.id, 'at', (extract(epoch from e.opened_at) * 1000000)::bigint,
      'staff', e.staff_id, 'staff_name', e.staff_name, 'sign_in', e.sign_in_id, 'session', e.support_session_id,
      'ticket', e.ticket, 'reason', e.reason, 'action', e.action, 'title', e.title, 'input', e.input)::text
    else jsonb_build_object('entry', e.id, 'at', (extract(epoch from e.closed_at) * 1000000)::bigint,
      'outcome', e.outcome, 'tenant', e.tenant_id, 'subject', e.subject, 'note', e.note, 'missing', e.missing,
      'changes', e.changes, 'effects', e.effects, 'xid', e.xid::text)::text
  end
$$;

create function audit.append(e audit.entry, phase text) returns void
  language plpgsql volatile security definer set search_path = '' as $$
declare h audit.head; b text := audit.body(e, phase); n bytea;
begin
  select * into h from audit.head where one for update;
  n := pg_catalog.sha256(h.hash || pg_catalog.convert_to(b, 'UTF8'));
  insert into audit.link (seq, entry_id, phase, body, prev, hash) values (h.seq + 1, e.id, phase, b, h.hash, n);
  update audit.head set seq = h.seq + 1, hash = n where one;
end $$;

-- Opens an entry. Who it is comes from the connection's sign-in; `p_name` only counts without one
-- (somebody trying to sign in).
create function audit.open(p_action text, p_title text, p_subject text, p_reason text, p_input jsonb, p_name text) returns bigint
  language plpgsql volatile security definer set search_path = '' as $$
declare e audit.entry; me uuid := console.me();
begin
  insert into audit.entry (staff_id, staff_name, sign_in_id, support_session_id, tenant_id, ticket, reason, action, title, subject, input)
  select me, coalesce((select s.name from console.staff s where s.id = me), p_name), console.my_sign_in(), s.id, s.tenant_id, s.ticket,
         coalesce(nullif(btrim(p_reason), ''), s.reason), p_action, p_title, p_subject, p_input
  from (select 1) one left join console.support_session s
    on s.sign_in_id = console.my_sign_in() and s.ended_at is null and s.expires_at > pg_catalog.clock_timestamp()
  returning * into e;
  perform audit.append(e, 'opened');
  return e.id;
end $$;

-- Closes an open entry; does nothing to one that is closed. Returns whether it was open.
create function audit.close(p_entry bigint, p_outcome text, p_tenant uuid, p_subject text, p_note text, p_missing jsonb, p_changes jsonb, p_effects jsonb) returns boolean
  language plpgsql volatile security definer set search_path = '' as $$
declare e audit.entry;
begin
  update audit.entry set closed_at = pg_catalog.clock_timestamp(), outcome = p_outcome, note = p_note,
    tenant_id = coalesce(p_tenant, tenant_id), subject = coalesce(p_subject, subject),
    missing = p_missing, changes = p_changes, effects = p_effects, xid = pg_catalog.pg_current_xact_id()
  where id = p_entry and closed_at is null returning * into e;
  if not found then return false; end if;
  perform audit.append(e, 'closed');
  return true;
end $$;

-- Entries whose process vanished. Closing is in the transaction of the change, so what was left
-- open did not happen.
create function audit.sweep(p_older_than interval) returns bigint
  language plpgsql volatile security definer set search_path = '' as $$
declare n bigint := 0; r record;
begin
  for r in select id from audit.entry where closed_at is null and opened_at < pg_catalog.clock_timestamp() - p_older_than for update skip locked loop
    if audit.close(r.id, 'failed', null, null, 'The console stopped before this was done; nothing was changed.', '[]', '[]', '[]') then n := n + 1; end if;
  end loop;
  return n;
end $$;

do $$
declare f text;
begin
  foreach f in array array['audit.append(audit.entry, text)', 'audit.open(text, text, text, text, jsonb, text)',
    'audit.close(bigint, text, uuid, text, text, jsonb, jsonb, jsonb)', 'audit.sweep(interval)'] loop
    execute 'revoke all on function ' || f || ' from public';
    execute 'grant execute on function ' || f || ' to ops_definer';
    if f like 'audit.open%' or f like 'audit.close%' then execute 'grant execute on function ' || f || ' to ops_rw, ops_account'; end if;
    if f like 'audit.sweep%' then execute 'grant execute on function ' || f || ' to ops_account'; end if;
    execute 'alter function ' || f || ' owner to ops_definer';
  end loop;
end $$;

-- The first link whose entry no longer says what was hashed, or the first entry without its link.
create function audit.first_mismatch() returns table (seq bigint, entry_id bigint, what text)
  language sql stable security definer set search_path = '' as $$
  (select l.seq, l.entry_id, 'the ' || l.phase || ' half of entry #' || l.entry_id || ' was changed after it was written'
     from audit.link l join audit.entry e on e.id = l.entry_id where l.body <> audit.body(e, l.phase) order by l.seq limit 1)
  union all
  (select (select h.seq + 1 from audit.head h), e.id, 'entry #' || e.id || ' has no link in the chain' from audit.entry e
     where not exists (select from audit.link l where l.entry_id = e.id and l.phase = 'opened')
        or (e.closed_at is not null and not exists (select from audit.link l where l.entry_id = e.id and l.phase = 'closed')) order by e.id limit 1)
  order by 1 limit 1
$$;
revoke all on function audit.first_mismatch() from public;
grant execute on function audit.first_mismatch() to ops_ro, ops_account;
alter function audit.first_mismatch() owner to ops_definer;
grant select on audit.link, audit.head to ops_account;

-- Results of recomputing the chain, newest shown with the timeline.
create table audit.verification (
  at        timestamptz primary key default clock_timestamp(),
  links     bigint not null,
  took_ms   bigint not null,
  bad_seq   bigint,
  bad_entry bigint,
  bad_what  text
);
grant select on audit.verification to ops_ro;
grant select, insert on audit.verification to ops_account;
