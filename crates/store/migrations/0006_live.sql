-- What changed, for open tabs: ids only, never content. Readers order by (xid, seq) and read up to
-- the oldest transaction still running, so that no late commit is ever passed over.
set local lock_timeout = '2s';

create schema live;
grant usage on schema live to ops_live, ops_definer;
grant create on schema live to ops_definer;

create table live.event (
  xid       xid8 not null default pg_current_xact_id(),
  seq       bigint generated always as identity,
  at        timestamptz not null default clock_timestamp(),
  kind      text not null check (kind in ('command', 'job', 'frontend', 'audit', 'session')),
  tenant_id uuid,
  subject   text not null,
  primary key (xid, seq)
);
create index event_by_time on live.event (at);
alter table live.event enable row level security;
alter table live.event force row level security;
create policy feed on live.event for select to ops_live using (seq is not null);
create policy prune on live.event for delete to ops_live using (at < clock_timestamp() - interval '10 minutes');
create policy house on live.event for insert to ops_definer with check (seq is not null);
grant select, delete on live.event to ops_live;
grant insert on live.event to ops_definer;

create function live.announce() returns trigger language plpgsql security definer set search_path = '' as $$
begin
  insert into live.event (kind, tenant_id, subject) values (tg_argv[0], new.tenant_id,
    case tg_argv[1] when 'command_id' then to_jsonb(new) ->> 'command_id' when 'job_id' then to_jsonb(new) ->> 'job_id'
                    when 'sign_in_id' then to_jsonb(new) ->> 'sign_in_id' else to_jsonb(new) ->> 'id' end);
  return null;
end $$;
alter function live.announce() owner to ops_definer;

-- Commands: only what a person would notice, so that a busy bus does not pay for tabs.
create trigger announce after update of status on commandbus.command for each row
  when (old.status is distinct from new.status and (old.status = 'IN_TROUBLESHOOTING_QUEUE' or new.status = 'IN_TROUBLESHOOTING_QUEUE'))
  execute function live.announce('command', 'command_id');
create trigger announce_job after insert or update on pipeline.job for each row execute function live.announce('job', 'job_id');
create trigger announce_step after update of status on pipeline.step for each row
  when (old.status is distinct from new.status) execute function live.announce('job', 'job_id');
create trigger announce_group after insert or update on telemetry.error_group for each row execute function live.announce('frontend', 'id');
create trigger announce_entry after update on audit.entry for each row execute function live.announce('audit', 'id');
create trigger announce_session after insert or update on console.support_session for each row execute function live.announce('session', 'sign_in_id');
