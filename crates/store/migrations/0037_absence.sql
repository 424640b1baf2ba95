-- A rule over what stays away counts what should come, not what fails: without failures all is well, and nothing is missing.
set local lock_timeout = '2s';

set local role ops_definer;
-- What should come within a window: what is missing if the value is nought, in words, and 1 if anything came. Looks for one row by an index.
create function ops.came(p_source text, p_window int) returns table (subject text, title text, value bigint, before bigint)
  language plpgsql stable security definer set search_path = '' as $$
declare
  now_at constant timestamptz := pg_catalog.clock_timestamp();
  since constant timestamptz := now_at - pg_catalog.make_interval(secs => p_window);
begin
  -- A subject of its own: what a rule raised before it looked for what is missing is another alert, with other words.
  case p_source
    when 'RUN' then
      return query select 'absence'::text, 'No run of a pipeline has ended'::text,
        (exists (select from pipeline.job j where j.status in ('SUCCEEDED', 'FAILED', 'CANCELED') and j.updated_at >= since))::int::bigint, 0::bigint;
    when 'FRONTEND' then
      -- What has no page session, such as a report of a browser, is counted by five minutes: those that reach into the window.
      return query select 'absence'::text, 'No page is heard from'::text,
        (exists (select from telemetry.page_session p where p.last_seen >= since)
          or exists (select from telemetry.tenant_slice s where s.slice > since - interval '5 minutes'))::int::bigint, 0::bigint;
    when 'DEPLOY' then
      return query select 'absence'::text, 'Nothing was deployed'::text,
        (exists (select from ops.deploy d where d.at >= since and d.at <= now_at))::int::bigint, 0::bigint;
    else
      raise exception 'nothing comes of %', p_source;
  end case;
end $$;
revoke all on function ops.came(text, int) from public;
grant execute on function ops.came(text, int) to ops_watch;
set local role ops_owner;

-- Rules that could be saved and said what is not so: that no command fails is no absence, and of these counts only a day is kept.
alter table ops.alert_rule no force row level security;
update ops.alert_rule set enabled = false where condition = 'ABSENT' and source = 'ARRIVALS';
update ops.alert_rule set window_secs = 43200 where condition = 'TIMES' and source in ('ARRIVALS', 'FRONTEND') and window_secs > 43200;
alter table ops.alert_rule force row level security;
