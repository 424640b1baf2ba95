//! How the dashboard is read: a handful of indexed counts, no scan of a queue.

use super::{Component, Dashboard, DashboardOutput, Health, Issue, IssueSource, Stat};
use crate::views::slices::spark;
use domain::{At, GroupState, human_millis};
use gate::{Failed, Look, Show};
use sqlx::types::time::OffsetDateTime;
use uuid::Uuid;

impl Show for Dashboard {
    async fn show(self, look: &mut Look) -> Result<DashboardOutput, Failed> {
        Ok(DashboardOutput {
            now: look.now(),
            troubleshooting: troubleshooting(look).await?,
            failed_jobs: failed_jobs(look).await?,
            stuck_jobs: stuck_jobs(look).await?,
            frontend_errors: frontend_errors(look).await?,
            top_issues: top_issues(look).await?,
            components: components(look).await?,
        })
    }
}

/// From the counts that are kept: all tenants' for those who see all, else those of the person's tenants added up.
async fn troubleshooting(look: &mut Look) -> Result<Stat, Failed> {
    let all = look.actor().sees_all_tenants();
    let (value, tenants): (i64, i64) =
        sqlx::query_as("select coalesce(sum(open), 0)::int8, count(*) from triage.queue_count where scope <> $1 and open > 0")
            .bind(Uuid::nil())
            .fetch_one(look.conn())
            .await?;
    let (groups,): (i64,) =
        sqlx::query_as("select count(distinct group_id) from triage.group_count where open > 0 and (not $2 or scope = $1)")
            .bind(Uuid::nil())
            .bind(all)
            .fetch_one(look.conn())
            .await?;
    let slices: Vec<(i32, i64)> = sqlx::query_as(
        "select floor(extract(epoch from statement_timestamp() - slice) / 300)::int, sum(count)::int8 from triage.queue_slice
         where slice > statement_timestamp() - interval '1 hour' and (not $2 or scope = $1) group by 1",
    )
    .bind(Uuid::nil())
    .bind(all)
    .fetch_all(look.conn())
    .await?;
    Ok(Stat { value, spark: spark(&slices), note: format!("{}, {}", plural(groups, "group"), plural(tenants, "tenant")) })
}

async fn failed_jobs(look: &mut Look) -> Result<Stat, Failed> {
    let (value, step): (i64, Option<String>) = sqlx::query_as(
        "select coalesce(sum(n), 0)::int8, (array_agg(current_step order by n desc) filter (where current_step is not null))[1]
         from (select current_step, count(*) as n from pipeline.job
               where status = 'FAILED' and updated_at > statement_timestamp() - interval '24 hours' group by 1) steps",
    )
    .fetch_one(look.conn())
    .await?;
    let slices: Vec<(i32, i64)> = sqlx::query_as(
        "select floor(extract(epoch from statement_timestamp() - updated_at) / 300)::int, count(*) from pipeline.job
         where status = 'FAILED' and updated_at > statement_timestamp() - interval '1 hour' group by 1",
    )
    .fetch_all(look.conn())
    .await?;
    let note = step.map_or_else(|| "in the last 24 hours".to_owned(), |step| format!("in 24 hours, most at {step}"));
    Ok(Stat { value, spark: spark(&slices), note })
}

async fn stuck_jobs(look: &mut Look) -> Result<Stat, Failed> {
    let (value, oldest): (i64, Option<f64>) = sqlx::query_as(
        "select count(*), extract(epoch from max(statement_timestamp() - updated_at))::float8 from pipeline.job
         where status in ('WAITING', 'RUNNING') and updated_at < statement_timestamp() - interval '10 minutes'",
    )
    .fetch_one(look.conn())
    .await?;
    let note = match oldest {
        Some(secs) => format!("the oldest for {}", human_millis((secs * 1000.0) as i64)),
        None => "nothing waits longer than ten minutes".to_owned(),
    };
    Ok(Stat { value, spark: Vec::new(), note })
}

async fn frontend_errors(look: &mut Look) -> Result<Stat, Failed> {
    let slices: Vec<(i32, i64)> = sqlx::query_as(
        "select floor(extract(epoch from statement_timestamp() - slice) / 300)::int, sum(count)::int8 from telemetry.tenant_slice
         where slice > statement_timestamp() - interval '1 hour' group by 1",
    )
    .fetch_all(look.conn())
    .await?;
    let (groups, build): (i64, Option<String>) = sqlx::query_as(
        "select count(*), (array_agg(last_build order by last_seen desc))[1] from (
           select last_build, last_seen from telemetry.error_group where last_seen > statement_timestamp() - interval '1 hour' order by last_seen desc, id desc limit $1) seen",
    )
    .bind(MOST_COUNTED)
    .fetch_one(look.conn())
    .await?;
    let groups = if groups < MOST_COUNTED { plural(groups, "group") } else { format!("{MOST_COUNTED} groups or more") };
    let note = match build.filter(|build| !build.is_empty()) {
        Some(build) => format!("{groups} in an hour, newest build {build}"),
        None => format!("{groups} in an hour"),
    };
    Ok(Stat { value: slices.iter().map(|(_, count)| count).sum(), spark: spark(&slices), note })
}

/// Groups of frontend errors that are counted one by one, and among which the most frequent is looked for: those seen last.
const MOST_COUNTED: i64 = 1_000;

type IssueRow = (String, String, String, String, i64, i64, OffsetDateTime, i64, bool);

async fn top_issues(look: &mut Look) -> Result<Vec<Issue>, Failed> {
    let all = look.actor().sees_all_tenants();
    let rows: Vec<IssueRow> = sqlx::query_as(
        "(select g.error_code, g.title, coalesce(t.domain, ''), coalesce(t.command_type, ''), c.open, c.tenants, c.last_seen, g.id, false
          from (select group_id, sum(open)::int8 as open, case when $2 then max(tenants)::int8 else count(*) end as tenants, max(last_seen) as last_seen
                from triage.group_count where (not $2 or scope = $1) and open > 0 group by 1
                having max(last_seen) > statement_timestamp() - interval '1 hour') c
            join triage.failure_group g on g.id = c.group_id
            left join lateral (select split_part(f.value, '/', 1) as domain, substr(f.value, strpos(f.value, '/') + 1) as command_type from triage.group_facet f
                               where f.group_id = g.id and f.kind = 'type' order by f.count desc limit 1) t on true
          where g.state not in ($3, $4) order by 5 desc limit 8)
         union all
         (select upper(g.kind), g.title, coalesce((select t.name from console.tenant t where t.id = g.tenant_id), ''), g.route, s.count, 1, g.last_seen, g.id, true
          from (select * from telemetry.error_group order by last_seen desc, id desc limit $5) g
            -- Of each group its own: joined, all slices of the hour would be read whatever the number of groups.
            cross join lateral (select sum(count)::int8 as count from telemetry.error_slice
              where tenant_id = g.tenant_id and group_id = g.id and slice > statement_timestamp() - interval '1 hour') s
          where g.state not in ($3, $4) and s.count > 0 order by 5 desc limit 8)
         order by 5 desc limit 8",
    )
    .bind(Uuid::nil())
    .bind(all)
    .bind(GroupState::Snoozed.word())
    .bind(GroupState::Resolved.word())
    .bind(MOST_COUNTED)
    .fetch_all(look.conn())
    .await?;
    Ok(rows
        .into_iter()
        .map(|(code, title, area, command_type, count, tenants, last, group, frontend)| Issue {
            source: if frontend { IssueSource::Frontend } else { IssueSource::Command },
            code,
            title,
            count,
            tenants,
            last_seen: At::from(last),
            area,
            command_type,
            group,
        })
        .collect())
}

async fn components(look: &mut Look) -> Result<Vec<Component>, Failed> {
    let (version, number, oldest, live, silent): (String, i32, Option<f64>, i64, i64) = sqlx::query_as(
        "select current_setting('server_version'), current_setting('server_version_num')::int,
                (select extract(epoch from max(statement_timestamp() - visible_at))::float8 from commandbus.command where status = 'PENDING' and visible_at < statement_timestamp()),
                count(*) filter (where heartbeat_at > statement_timestamp() - interval '30 seconds'),
                count(*) filter (where heartbeat_at <= statement_timestamp() - interval '30 seconds')
         from commandbus.worker where stopped_at is null and heartbeat_at > statement_timestamp() - interval '1 day'",
    )
    .fetch_one(look.conn())
    .await?;
    let (last_event, links, bad): (Option<f64>, i64, bool) = sqlx::query_as(
        "select (select extract(epoch from statement_timestamp() - max(last_seen))::float8 from telemetry.error_group), (select seq from audit.head),
                coalesce((select bad_seq is not null from audit.verification order by at desc limit 1), false)",
    )
    .fetch_one(look.conn())
    .await?;
    let waiting = oldest.map(|secs| (secs * 1000.0) as i64);
    Ok(vec![
        database(version.split_whitespace().next().unwrap_or_default(), number),
        match waiting {
            None => part("Bus, oldest waiting", Health::Pass, "nothing waits".to_owned()),
            Some(ms) => part("Bus, oldest waiting", if ms > 60_000 { Health::Warn } else { Health::Pass }, human_millis(ms)),
        },
        match (live, silent) {
            (0, 0) => part("Workers", Health::Warn, "none has reported yet".to_owned()),
            (0, n) => part("Workers", Health::Fail, format!("none of {n} heard from in 30 s")),
            (n, 0) => part("Workers", Health::Pass, format!("{n} of {n}")),
            (n, m) => part("Workers", Health::Warn, format!("{n} of {} heard from in 30 s", n + m)),
        },
        part(
            "Beacon",
            Health::Pass,
            last_event.map_or_else(
                || "no error reported yet".to_owned(),
                |secs| format!("last error {} ago", human_millis((secs * 1000.0) as i64)),
            ),
        ),
        part(
            "Audit chain",
            if bad { Health::Fail } else { Health::Pass },
            if bad { "a link does not fit: verify".to_owned() } else { plural(links, "link") },
        ),
    ])
}

/// 15.20 of 2026-11-12 mends five faults of row-level security, by which tenants are kept apart; the other lines' numbers
/// are not known here.
fn database(version: &str, number: i32) -> Component {
    if (150_000..150_020).contains(&number) {
        return part("Database", Health::Warn, format!("PostgreSQL {version}, update to 15.20"));
    }
    part("Database", Health::Pass, format!("PostgreSQL {version}"))
}

fn part(name: &str, health: Health, detail: String) -> Component {
    Component { name: name.to_owned(), health, detail }
}

fn plural(n: i64, word: &str) -> String {
    if n == 1 { format!("1 {word}") } else { format!("{n} {word}s") }
}
