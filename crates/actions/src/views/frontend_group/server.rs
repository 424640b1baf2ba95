//! How one group of frontend errors is read.

use super::{Beside, FrontendGroup, FrontendGroupOutput, SeenIn, TabCommand};
use crate::views::{
    frontend_logs::{
        FrontendLogs,
        server::{events, groups},
    },
    group::NoteRow,
    rows::word,
};
use domain::{At, CommandId, JobId};
use gate::{Failed, Look, Show};
use sqlx::types::time::OffsetDateTime;
use uuid::Uuid;

/// Tabs that are looked at for what they have in common.
const TABS: i64 = 10_000;

impl Show for FrontendGroup {
    async fn show(self, look: &mut Look) -> Result<FrontendGroupOutput, Failed> {
        let filter = FrontendLogs { group: Some(self.group), ..FrontendLogs::default() };
        let group = groups(&filter, look, 1).await?.0.pop().ok_or(Failed::NotFound)?;
        let (tenant, inside) = (group.tenant.0, look.inside() == Some(group.tenant));
        Ok(FrontendGroupOutput {
            now: look.now(),
            builds: seen_in(look, tenant, self.group, "build").await?,
            browsers: seen_in(look, tenant, self.group, "browser").await?,
            routes: seen_in(look, tenant, self.group, "route").await?,
            tabs_told: tabs(look, tenant, self.group).await?,
            notes: notes(look, tenant, self.group).await?,
            beside: beside(look, tenant, self.group).await?,
            events: if inside { events(look, self.group).await? } else { Vec::new() },
            commands: if inside { commands(look, tenant, self.group).await? } else { Vec::new() },
            inside,
            group,
        })
    }
}

async fn seen_in(look: &mut Look, tenant: Uuid, group: i64, column: &str) -> Result<Vec<SeenIn>, Failed> {
    let rows: Vec<(String, i64, OffsetDateTime)> = sqlx::query_as(
        "select value, count(*), min(at) from (
           select case $3 when 'build' then build when 'browser' then browser else route end as value, at from telemetry.group_session
           where tenant_id = $1 and group_id = $2 order by at desc limit $4) s
         group by value order by 2 desc, 1 limit 20",
    )
    .bind(tenant)
    .bind(group)
    .bind(column)
    .bind(TABS)
    .fetch_all(look.conn())
    .await?;
    Ok(rows.into_iter().map(|(value, tabs, first)| SeenIn { value, tabs, first_seen: At::from(first) }).collect())
}

async fn tabs(look: &mut Look, tenant: Uuid, group: i64) -> Result<i64, Failed> {
    let sql = "select count(*) from (select from telemetry.group_session where tenant_id = $1 and group_id = $2 limit $3) s";
    Ok(sqlx::query_scalar(sql).bind(tenant).bind(group).bind(TABS).fetch_one(look.conn()).await?)
}

async fn notes(look: &mut Look, tenant: Uuid, group: i64) -> Result<Vec<NoteRow>, Failed> {
    let rows: Vec<(OffsetDateTime, String, String)> =
        sqlx::query_as("select at, who, note from telemetry.group_note where tenant_id = $1 and group_id = $2 order by id desc limit 100")
            .bind(tenant)
            .bind(group)
            .fetch_all(look.conn())
            .await?;
    Ok(rows.into_iter().map(|(at, who, note)| NoteRow { at: At::from(at), who, note }).collect())
}

/// Over the newest hundred tabs: enough to see what comes with it.
async fn beside(look: &mut Look, tenant: Uuid, group: i64) -> Result<Vec<Beside>, Failed> {
    let rows: Vec<(i64, String, i64)> = sqlx::query_as(
        "select g.id, g.title, o.tabs from (
           select e.group_id, count(distinct e.page_session) as tabs from telemetry.event e
           where e.tenant_id = $1 and e.group_id <> $2 and e.page_session in (
             select s.page_session from telemetry.group_session s where s.tenant_id = $1 and s.group_id = $2 order by s.at desc limit 100)
           group by 1 order by 2 desc, 1 limit 5) o
         join telemetry.error_group g on g.tenant_id = $1 and g.id = o.group_id order by o.tabs desc, g.id",
    )
    .bind(tenant)
    .bind(group)
    .fetch_all(look.conn())
    .await?;
    Ok(rows.into_iter().map(|(group, title, tabs)| Beside { group, title, tabs }).collect())
}

#[derive(sqlx::FromRow)]
struct CommandRecord {
    command_id: Uuid,
    domain: String,
    command_type: String,
    status: String,
    updated_at: OffsetDateTime,
    page_session: String,
    job_id: Option<Uuid>,
}

async fn commands(look: &mut Look, tenant: Uuid, group: i64) -> Result<Vec<TabCommand>, Failed> {
    let rows: Vec<CommandRecord> = sqlx::query_as(
        "select c.command_id, c.domain, c.command_type, c.status, c.updated_at, s.page_session, j.job_id from (
           select e.command_id, min(e.page_session) as page_session from telemetry.event e
           where e.tenant_id = $1 and e.command_id is not null and e.page_session in (
             select g.page_session from telemetry.group_session g where g.tenant_id = $1 and g.group_id = $2 order by g.at desc limit 500)
           group by 1) s
         join commandbus.command c on c.tenant_id = $1 and c.command_id = s.command_id
         left join pipeline.job j on j.tenant_id = c.tenant_id and j.command_id = c.command_id
         order by c.updated_at desc limit 50",
    )
    .bind(tenant)
    .bind(group)
    .fetch_all(look.conn())
    .await?;
    let row = |r: CommandRecord| {
        Ok(TabCommand {
            command: CommandId(r.command_id),
            domain: r.domain,
            command_type: r.command_type,
            status: word(&r.status)?,
            updated_at: At::from(r.updated_at),
            page_session: r.page_session,
            job: r.job_id.map(JobId),
        })
    };
    rows.into_iter().map(row).collect()
}
