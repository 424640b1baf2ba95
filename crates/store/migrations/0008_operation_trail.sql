-- The trail of operations: the audit's outcome `accepted`, the link from entries to their operation, entries written by the
-- chunk; and the live events.
set local lock_timeout = '2s';

alter table audit.entry drop constraint entry_outcome_check;
alter table audit.entry add constraint entry_outcome_check
  check (outcome in ('open', 'done', 'accepted', 'viewed', 'rehearsed', 'refused', 'failed', 'unknown'));
alter table audit.entry add column operation_id uuid;
create index entry_of_operation on audit.entry (operation_id, id desc) where operation_id is not null;

-- As before, and the operation with the closing half; entries without one read letter by letter as they did.
create or replace function audit.body(e audit.entry, phase text) returns text language sql immutable set search_path = '' as $$
  select case phase
    when 'opened' then jsonb_build_object('entry', e.id, 'at', (extract(epoch from e.opened_at) * 1000000)::bigint,
      'staff', e.staff_id, 'staff_name', e.staff_name, 'sign_in', e.sign_in_id, 'session', e.support_session_id,
      'ticket', e.ticket, 'reason', e.reason, 'action', e.action, 'title', e.title, 'input', e.input)::text
    else (jsonb_build_object('entry', e.id, 'at', (extract(epoch from e.closed_at) * 1000000)::bigint,
      'outcome', e.outcome, 'tenant', e.tenant_id, 'subject', e.subject, 'note', e.note, 'missing', e.missing,
      'changes', e.changes, 'effects', e.effects, 'xid', e.xid::text)
      || case when e.operation_id is null then '{}'::jsonb else jsonb_build_object('operation', e.operation_id) end)::text
  end
$$;

-- Says which operation an open entry is about.
create function audit.concerns(p_entry bigint, p_operation uuid) returns void
  language sql volatile security definer set search_path = '' as $$
  update audit.entry set operation_id = p_operation where id = p_entry and closed_at is null
$$;

-- One closed entry for each row of a chunk, in the name of who started the operation of the present lease. Both halves of
-- all of them go into the chain at once: whoever waits for its head waits once a chunk, not once a row.
create function audit.write_chunk(p_action text, p_title text, p_subjects text[], p_inputs jsonb[], p_changes jsonb[], p_effects jsonb[])
  returns table (subject text, entry_id bigint) language plpgsql volatile security definer set search_path = '' as $$
#variable_conflict use_column
declare h audit.head; e audit.entry; phase text; seqs bigint[]; entries bigint[]; phases text[]; bodies text[]; prevs bytea[]; hashes bytea[];
begin
  if console.sending_tenant() is null then raise exception 'no lease to write under' using errcode = '42501'; end if;
  select * into h from audit.head where one for update;
  for e in
    insert into audit.entry (closed_at, staff_id, staff_name, sign_in_id, support_session_id, tenant_id, ticket, reason, action, title,
                             subject, input, outcome, changes, effects, xid, operation_id)
    select pg_catalog.clock_timestamp(), s.staff_id, s.staff_name, s.sign_in_id, s.support_session_id, o.tenant_id, s.ticket, s.reason,
           p_action, p_title, r.subject, r.input, 'done', r.changes, r.effects, pg_catalog.pg_current_xact_id(), o.id
    from console.operation o join audit.entry s on s.id = o.audit_id,
         unnest(p_subjects, p_inputs, p_changes, p_effects) as r (subject, input, changes, effects)
    where o.id = console.handed_operation()
    returning *
  loop
    foreach phase in array array['opened', 'closed'] loop
      seqs := array_append(seqs, h.seq + 1);
      entries := array_append(entries, e.id);
      phases := array_append(phases, phase);
      bodies := array_append(bodies, audit.body(e, phase));
      prevs := array_append(prevs, h.hash);
      h.hash := pg_catalog.sha256(h.hash || pg_catalog.convert_to(bodies[array_length(bodies, 1)], 'UTF8'));
      h.seq := h.seq + 1;
      hashes := array_append(hashes, h.hash);
    end loop;
    subject := e.subject; entry_id := e.id;
    return next;
  end loop;
  insert into audit.link (seq, entry_id, phase, body, prev, hash)
    select * from unnest(seqs, entries, phases, bodies, prevs, hashes);
  update audit.head set seq = h.seq, hash = h.hash where one;
end $$;
revoke all on function audit.concerns(bigint, uuid), audit.write_chunk(text, text, text[], jsonb[], jsonb[], jsonb[]) from public;
grant execute on function audit.concerns(bigint, uuid) to ops_rw;
grant execute on function audit.write_chunk(text, text, text[], jsonb[], jsonb[], jsonb[]) to ops_hand;
alter function audit.concerns(bigint, uuid) owner to ops_definer;
alter function audit.write_chunk(text, text, text[], jsonb[], jsonb[], jsonb[]) owner to ops_definer;

alter table live.event drop constraint event_kind_check;
alter table live.event add constraint event_kind_check
  check (kind in ('command', 'job', 'frontend', 'audit', 'session', 'operation'));
-- A lease renewed is no news.
create trigger announce_operation after insert on console.operation for each row execute function live.announce('operation', 'id');
create trigger announce_operation_change after update on console.operation for each row
  when (old.changed_at is distinct from new.changed_at) execute function live.announce('operation', 'id');
