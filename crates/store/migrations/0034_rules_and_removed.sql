-- Rules over runs, budgets and deploys too; and of an event which rules of scrubbing took how much out of it, never what.
set local lock_timeout = '2s';
grant create on schema ops to ops_definer;

alter table ops.alert_rule drop constraint alert_rule_source_check;
alter table ops.alert_rule add constraint alert_rule_source_check check (source in
  ('WAITING', 'ARRIVALS', 'GROUP', 'FRONTEND', 'CHECK', 'WORKER', 'QUEUE', 'AUDIT', 'RUN', 'BUDGET', 'DEPLOY'));
create policy house on ops.part for select to ops_definer using (true);
grant select on ops.part to ops_definer;

-- Each rule with how often it removed something, such as `email:2 jwt:1`; empty: nothing, or from before this was kept.
alter table telemetry.event add column removed text not null default '' check (length(removed) <= 200);

set local role ops_definer;
-- What a rule measures, one row a subject: what it is about, in words, how much now and in the window before. Reads counts that are kept,
-- a handful of rows, or an index at one place; never a queue.
create or replace function ops.measure(p_source text, p_group bigint, p_window int)
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
    when 'RUN' then
      return query select ''::text, 'Runs of pipelines fail'::text,
        (select count(*) from (select from pipeline.job j where j.status = 'FAILED' and j.updated_at >= now_at - span limit 100000) n),
        (select count(*) from (select from pipeline.job j where j.status = 'FAILED' and j.updated_at >= now_at - span * 2 and j.updated_at < now_at - span limit 100000) n);
    when 'BUDGET' then
      -- One that is used up makes people wait, so it is a warning there; here it is what was asked for.
      return query select 'budget:' || p.name, pg_catalog.left('A budget is used up: ' || coalesce(max(p.why) filter (where p.status <> 'pass'), p.name), 300),
        bool_or(p.status <> 'pass')::int::bigint, 0::bigint from ops.part p where p.section = 'budgets' and p.at > now_at - interval '5 minutes' group by p.name;
    when 'DEPLOY' then
      -- One subject each: people are told what was deployed.
      return query select 'deploy:' || d.id, pg_catalog.left(d.service || ' ' || d.build || ' was deployed'
          || case when d.environment = '' then '' else ' to ' || d.environment end || case d.source when 'recorded' then ' by ' || d.said_by else ', as it seems' end, 300),
        1::bigint, 0::bigint from ops.deploy d where d.at >= now_at - span and d.at <= now_at order by d.at desc limit 100;
    else
      raise exception 'no source %', p_source;
  end case;
end $$;
set local role ops_owner;
