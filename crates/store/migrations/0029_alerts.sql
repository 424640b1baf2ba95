-- Alerts: rules over counts that are kept anyway, one open alert for a rule and a subject, and what is told of it by webhook. What is told
-- is a row in the transaction of the change (the outbox); a sender takes it from there until it is delivered or dead.
set local lock_timeout = '2s';

create table ops.alert_rule (
  id             bigint generated always as identity primary key,
  name           text not null unique check (length(name) between 1 and 80),
  source         text not null check (source in ('WAITING', 'ARRIVALS', 'GROUP', 'FRONTEND', 'CHECK', 'WORKER', 'QUEUE', 'AUDIT')),
  condition      text not null check (condition in ('ABOVE', 'ABSENT', 'TIMES')),
  threshold      bigint not null default 0 check (threshold >= 0),
  -- for TIMES: so many times what the window before had
  factor         int not null default 1 check (factor between 1 and 1000),
  window_secs    int not null default 300 check (window_secs between 5 and 86400),
  -- the condition has to be gone for so long before the alert closes
  hold_secs      int not null default 60 check (hold_secs between 0 and 86400),
  severity       text not null check (severity in ('INFO', 'WARNING', 'CRITICAL')),
  -- for GROUP: which
  group_id       bigint,
  enabled        boolean not null default true,
  silenced_until timestamptz,
  silenced_by    text check (length(silenced_by) <= 120),
  saved_by       text not null check (length(saved_by) <= 120),
  created_at     timestamptz not null default clock_timestamp(),
  check ((source = 'GROUP') = (group_id is not null))
);

-- Sensible to begin with; each can be changed, silenced or taken away.
insert into ops.alert_rule (name, source, condition, threshold, window_secs, hold_secs, severity, saved_by) values
  ('A queue does not move', 'QUEUE', 'ABOVE', 0, 300, 60, 'CRITICAL', 'the console'),
  ('No worker', 'WORKER', 'ABOVE', 0, 60, 30, 'CRITICAL', 'the console'),
  ('A check is down', 'CHECK', 'ABOVE', 0, 60, 0, 'WARNING', 'the console'),
  ('The audit chain is broken', 'AUDIT', 'ABOVE', 0, 60, 0, 'CRITICAL', 'the console');

create table ops.alert (
  id          bigint generated always as identity primary key,
  -- its rule may go; what was raised stays
  rule_id     bigint references ops.alert_rule (id) on delete set null,
  rule_name   text not null,
  severity    text not null check (severity in ('INFO', 'WARNING', 'CRITICAL')),
  subject     text not null check (length(subject) <= 200),
  title       text not null check (length(title) <= 300),
  state       text not null default 'OPEN' check (state in ('OPEN', 'ACKNOWLEDGED', 'CLOSED')),
  value       bigint not null,
  -- times it was found to hold
  seen        bigint not null default 1,
  opened_at   timestamptz not null default clock_timestamp(),
  last_seen   timestamptz not null default clock_timestamp(),
  -- since when the condition is gone, while the alert is held
  quiet_since timestamptz,
  acked_at    timestamptz,
  acked_by    text check (length(acked_by) <= 120),
  note        text check (length(note) <= 500),
  closed_at   timestamptz,
  check ((state = 'CLOSED') = (closed_at is not null)),
  check (state <> 'ACKNOWLEDGED' or acked_at is not null)
);
create unique index one_open_alert on ops.alert (rule_id, subject) where state <> 'CLOSED';
create index alert_by_time on ops.alert (opened_at desc, id desc);

create table ops.webhook (
  id            bigint generated always as identity primary key,
  name          text not null unique check (length(name) between 1 and 80),
  form          text not null check (form in ('STANDARD', 'DISCORD')),
  -- encrypted by the server with its own key: an address may be a secret, and a secret is one
  url_sealed    bytea not null,
  secret_sealed bytea not null,
  -- the only part of the address that is shown
  host          text not null check (length(host) <= 300),
  least         text not null default 'INFO' check (least in ('INFO', 'WARNING', 'CRITICAL')),
  enabled       boolean not null default true,
  saved_by      text not null check (length(saved_by) <= 120),
  created_at    timestamptz not null default clock_timestamp()
);

create table ops.delivery (
  id           uuid primary key default gen_random_uuid(),
  webhook_id   bigint not null references ops.webhook (id) on delete cascade,
  alert_id     bigint references ops.alert (id) on delete cascade,
  event        text not null check (event in ('alert.opened', 'alert.acknowledged', 'alert.closed', 'test')),
  -- letter by letter what is sent, however often
  body         text not null check (octet_length(body) <= 16000),
  state        text not null default 'WAITING' check (state in ('WAITING', 'DELIVERED', 'DEAD')),
  attempts     int not null default 0,
  created_at   timestamptz not null default clock_timestamp(),
  next_at      timestamptz not null default clock_timestamp(),
  lease_by     text,
  lease_until  timestamptz,
  last_status  int,
  last_error   text check (length(last_error) <= 500),
  delivered_at timestamptz,
  check ((state = 'DELIVERED') = (delivered_at is not null))
);
create index delivery_waiting on ops.delivery (next_at) where state = 'WAITING';
create index delivery_of_webhook on ops.delivery (webhook_id, created_at desc);

do $$
declare t text;
begin
  foreach t in array array['alert_rule', 'alert', 'webhook', 'delivery'] loop
    execute format('alter table ops.%I enable row level security', t);
    execute format('alter table ops.%I force row level security', t);
    execute format('create policy staff_read on ops.%I for select to ops_ro, ops_rw using ((select console.sees_all_tenants()))', t);
    execute format('create policy runner on ops.%I for all to ops_watch using (true) with check (true)', t);
    execute format('grant select, insert, update, delete on ops.%I to ops_watch', t);
  end loop;
end $$;
grant select on ops.alert_rule, ops.alert, ops.delivery to ops_ro, ops_rw;
grant select (id, name, form, host, least, enabled, saved_by, created_at) on ops.webhook to ops_ro, ops_rw;
create policy staff_write on ops.alert_rule for all to ops_rw using ((select ops.holds(array['lead', 'admin']))) with check ((select ops.holds(array['lead', 'admin'])));
grant insert, update, delete on ops.alert_rule to ops_rw;
create policy staff_acknowledge on ops.alert for update to ops_rw
  using ((select ops.holds(array['support', 'lead', 'admin']))) with check ((select ops.holds(array['support', 'lead', 'admin'])));
grant update (state, acked_at, acked_by, note, closed_at) on ops.alert to ops_rw;
create policy staff_write on ops.webhook for all to ops_rw using ((select ops.holds(array['admin']))) with check ((select ops.holds(array['admin'])));
grant insert, delete, update on ops.webhook to ops_rw;
-- Whoever may acknowledge tells of it; whoever keeps webhooks tests them and sends again.
create policy staff_tell on ops.delivery for insert to ops_rw with check ((select ops.holds(array['support', 'lead', 'admin'])));
create policy staff_again on ops.delivery for update to ops_rw using ((select ops.holds(array['admin']))) with check ((select ops.holds(array['admin'])));
grant insert (webhook_id, alert_id, event, body), update (state, attempts, next_at, lease_by, lease_until, delivered_at, last_error, last_status) on ops.delivery to ops_rw;

create trigger announce after insert or delete on ops.alert for each row execute function ops.announce('alert', 'id');
create trigger announce_change after update on ops.alert for each row when (old.state <> new.state) execute function ops.announce('alert', 'id');
create trigger announce_rule after insert or update or delete on ops.alert_rule for each row execute function ops.announce('alert', 'name');
create trigger announce after insert or update or delete on ops.webhook for each row execute function ops.announce('webhook', 'id');
create trigger announce after insert on ops.delivery for each row execute function ops.announce('webhook', 'webhook_id');
create trigger announce_change after update on ops.delivery for each row
  when (old.state <> new.state or old.attempts <> new.attempts) execute function ops.announce('webhook', 'webhook_id');

-- Domains that concern somebody: worked for within a day, or once worked for and with commands that wait.
create function ops.domains() returns setof text language sql stable security definer set search_path = '' as $$
  select w.domain from commandbus.worker w group by w.domain
  having max(w.heartbeat_at) > pg_catalog.clock_timestamp() - interval '1 day'
    or exists (select from commandbus.command c where c.queue_name = w.domain || '__commands' and c.status = 'PENDING')
$$;
revoke all on function ops.domains() from public;
grant execute on function ops.domains() to ops_definer;
alter function ops.domains() owner to ops_definer;

-- What a rule measures, one row a subject: what it is about, in words, how much now and in the window before. Reads counts that are kept,
-- a handful of rows, or an index at one place; never a queue.
create function ops.measure(p_source text, p_group bigint, p_window int)
  returns table (subject text, title text, value bigint, before bigint)
  language plpgsql stable security definer set search_path = '' as $$
declare
  all_tenants constant uuid := '00000000-0000-0000-0000-000000000000';
  now_at constant timestamptz := pg_catalog.clock_timestamp();
  span constant interval := pg_catalog.make_interval(secs => p_window);
  -- Counts are kept by five minutes: only whole ones are compared, as many as the window has.
  upto constant timestamptz := pg_catalog.date_bin('5 minutes', now_at, 'epoch');
  whole constant interval := pg_catalog.make_interval(secs => 300 * pg_catalog.ceil(p_window / 300.0));
begin
  case p_source
    when 'WAITING' then
      return query select ''::text, 'Commands wait for a person'::text,
        coalesce((select q.open from triage.queue_count q where q.scope = all_tenants), 0)::bigint, 0::bigint;
    when 'ARRIVALS' then
      return query select ''::text, 'Commands fail'::text,
        coalesce(sum(s.count) filter (where s.slice >= upto - whole), 0)::bigint,
        coalesce(sum(s.count) filter (where s.slice < upto - whole), 0)::bigint
        from triage.queue_slice s where s.scope = all_tenants and s.slice >= upto - whole * 2 and s.slice < upto;
    when 'GROUP' then
      return query select 'group:' || p_group, pg_catalog.left('Failures of ' || g.error_code || ' wait: ' || g.title, 300),
        coalesce(c.open, 0)::bigint, 0::bigint
        from triage.failure_group g left join triage.group_count c on c.group_id = g.id and c.scope = all_tenants where g.id = p_group;
    when 'FRONTEND' then
      return query select ''::text, 'Pages report errors'::text,
        coalesce(sum(s.count) filter (where s.slice >= upto - whole), 0)::bigint,
        coalesce(sum(s.count) filter (where s.slice < upto - whole), 0)::bigint
        from telemetry.tenant_slice s where s.slice >= upto - whole * 2 and s.slice < upto;
    when 'CHECK' then
      return query select 'check:' || c.id, pg_catalog.left(c.name || ' is down: ' || coalesce(c.last_error, 'it failed'), 300),
        (c.state = 'DOWN')::int::bigint, 0::bigint from ops.check c where not c.paused and not ops.excused(c.id);
    when 'WORKER' then
      -- Domains that somebody worked for within a day, or whose commands wait: whether anybody works for them now.
      return query select 'domain:' || w.domain, 'No worker of ' || w.domain || ' is heard from',
        (not bool_or(w.stopped_at is null and w.heartbeat_at > now_at - span))::int::bigint, 0::bigint
        from commandbus.worker w where w.domain in (select ops.domains()) group by w.domain;
    when 'QUEUE' then
      return query select 'domain:' || d.domain, 'Commands of ' || d.domain || ' wait and nobody takes them',
        coalesce(extract(epoch from now_at - (select min(c.visible_at) from commandbus.command c
          where c.queue_name = d.domain || '__commands' and c.status = 'PENDING' and c.visible_at < now_at - span)), 0)::bigint, 0::bigint
        from ops.domains() d (domain);
    when 'AUDIT' then
      return query select ''::text, coalesce('The audit chain is broken at link ' || v.bad_seq, 'The audit chain is whole'),
        (v.bad_seq is not null)::int::bigint, 0::bigint from audit.verification v order by v.at desc limit 1;
    else
      raise exception 'no source %', p_source;
  end case;
end $$;
revoke all on function ops.measure(text, bigint, int) from public;
grant execute on function ops.measure(text, bigint, int) to ops_watch;
grant execute on function ops.excused(bigint) to ops_definer;
grant select on commandbus.worker, audit.verification, triage.queue_count, triage.queue_slice, triage.failure_group, triage.group_count to ops_definer;
alter function ops.measure(text, bigint, int) owner to ops_definer;
