//! How frontend errors are read: groups with their sparklines, and the events of a chosen one.

use super::{EventRow, FrontendKind, FrontendLogs, FrontendLogsOutput, GroupRow, IN_TRANSIT, Loss};
use crate::views::{
    rows::{bad, push_tenant, push_until},
    slices::{SLICES, spark},
};
use domain::{At, CommandId, TenantId};
use gate::{Failed, Look, Show};
use sqlx::{Postgres, QueryBuilder, types::time::OffsetDateTime};
use store::page::{moment, page_size};
use uuid::Uuid;

impl Show for FrontendLogs {
    async fn show(self, look: &mut Look) -> Result<FrontendLogsOutput, Failed> {
        let size = page_size(self.limit).map_err(bad)?;
        let mut records = records(&self, look, size).await?;
        let more = i64::try_from(records.len()).unwrap_or(0) > size;
        records.truncate(usize::try_from(size).unwrap_or(50));
        let next = records.last().filter(|_| more).map(|last| format!("{}.{}", crate::views::rows::micros(last.last_seen), last.id));
        let mut groups = Vec::with_capacity(records.len());
        for record in records {
            groups.push(record.group(look).await?);
        }
        let events = match self.group {
            Some(group) => events(look, group).await?,
            None => Vec::new(),
        };
        let inside = groups.iter().any(|group| self.group == Some(group.id) && look.inside() == Some(group.tenant));
        let losses = losses(look, self.tenant.as_deref()).await?;
        Ok(FrontendLogsOutput { now: look.now(), groups, next, events, inside, losses })
    }
}

/// What pages say they could not deliver, and the batches whose numbers are missing: not those of a page that was heard only now, whose
/// batches may still be on their way.
async fn losses(look: &mut Look, tenant: Option<&str>) -> Result<Vec<Loss>, Failed> {
    let mut sql = QueryBuilder::<Postgres>::new(
        "select reason, sum(count)::int8, '{}'::text[] from telemetry.loss where slice > statement_timestamp() - interval '1 day'",
    );
    push_tenant(&mut sql, "tenant_id", tenant);
    sql.push(" group by reason union all select ").push_bind(IN_TRANSIT);
    sql.push(
        ", sum(cardinality(missing) + unnoted)::int8, array_agg(distinct browser) from telemetry.page_session
         where (missing <> '{}' or unnoted > 0) and last_seen between statement_timestamp() - interval '1 day' and statement_timestamp() - interval '1 minute'",
    );
    push_tenant(&mut sql, "tenant_id", tenant);
    sql.push(" having count(*) > 0 order by 2 desc limit 20");
    let rows: Vec<(String, i64, Vec<String>)> = sql.build_query_as().fetch_all(look.conn()).await?;
    Ok(rows.into_iter().map(|(reason, count, browsers)| Loss { reason, count, browsers }).collect())
}

#[derive(sqlx::FromRow)]
struct Record {
    id: i64,
    tenant_id: Uuid,
    tenant_name: String,
    fingerprint: String,
    kind: String,
    title: String,
    route: String,
    count: i64,
    first_seen: OffsetDateTime,
    last_seen: OffsetDateTime,
    first_build: String,
    last_build: String,
}

async fn records(filter: &FrontendLogs, look: &mut Look, size: i64) -> Result<Vec<Record>, Failed> {
    let mut sql = QueryBuilder::<Postgres>::new(
        "select g.id, g.tenant_id, t.name as tenant_name, g.fingerprint, g.kind, g.title, g.route, g.count, g.first_seen, g.last_seen, g.first_build, g.last_build
         from telemetry.error_group g join console.tenant t on t.id = g.tenant_id where true",
    );
    for (column, value) in [("g.route", &filter.route), ("g.last_build", &filter.build)] {
        if let Some(value) = value.as_ref().filter(|v| !v.is_empty()) {
            sql.push(format!(" and {column} = ")).push_bind(value.clone());
        }
    }
    if let Some(since) = filter.since.as_ref().filter(|s| !s.is_empty()) {
        push_until(&mut sql, "g.last_seen", ">=", moment(since, look.now()).map_err(bad)?);
    }
    push_tenant(&mut sql, "g.tenant_id", filter.tenant.as_deref());
    if let Some(group) = filter.group {
        sql.push(" and g.id = ").push_bind(group);
    }
    if let Some(cursor) = &filter.cursor {
        let parts = cursor.split_once('.').and_then(|(micros, id)| Some((micros.parse::<i64>().ok()?, id.parse::<i64>().ok()?)));
        let (micros, id) = parts.ok_or_else(|| bad(format!("\u{201c}{cursor}\u{201d} is not a cursor of this list.")))?;
        sql.push(" and (g.last_seen, g.id) < (timestamptz 'epoch' + ").push_bind(micros);
        sql.push(" * interval '1 microsecond', ").push_bind(id).push(")");
    }
    sql.push(" order by g.last_seen desc, g.id desc limit ").push_bind(size + 1);
    Ok(sql.build_query_as().fetch_all(look.conn()).await?)
}

impl Record {
    async fn group(self, look: &mut Look) -> Result<GroupRow, Failed> {
        let slices: Vec<(i32, i64)> = sqlx::query_as(
            "select floor(extract(epoch from statement_timestamp() - slice) / 300)::int, count from telemetry.error_slice
             where tenant_id = $1 and group_id = $2 and slice > statement_timestamp() - make_interval(mins => 5 * $3)",
        )
        .bind(self.tenant_id)
        .bind(self.id)
        .bind(i32::try_from(SLICES).unwrap_or(12))
        .fetch_all(look.conn())
        .await?;
        Ok(GroupRow {
            id: self.id,
            tenant: TenantId(self.tenant_id),
            tenant_name: self.tenant_name,
            fingerprint: self.fingerprint,
            kind: kind(&self.kind)?,
            title: self.title,
            route: self.route,
            count: self.count,
            first_seen: At::from(self.first_seen),
            last_seen: At::from(self.last_seen),
            first_build: self.first_build,
            last_build: self.last_build,
            spark: spark(&slices),
        })
    }
}

fn kind(word: &str) -> Result<FrontendKind, Failed> {
    serde_json::from_value(word.into()).map_err(|_| Failed::Garbled(format!("kind {word} of an error group")))
}

#[derive(sqlx::FromRow)]
struct EventRecord {
    id: i64,
    at: OffsetDateTime,
    build: String,
    route: String,
    page_session: String,
    browser: String,
    socket: String,
    message: String,
    stack: String,
    count: i32,
    cut: bool,
    command_id: Option<Uuid>,
}

/// Row-level security lets these through only inside a support session on their tenant.
async fn events(look: &mut Look, group: i64) -> Result<Vec<EventRow>, Failed> {
    let records: Vec<EventRecord> = sqlx::query_as(
        "select id, at, build, route, page_session, browser, socket, message, stack, count, cut, command_id
         from telemetry.event where group_id = $1 order by id desc limit 50",
    )
    .bind(group)
    .fetch_all(look.conn())
    .await?;
    Ok(records
        .into_iter()
        .map(|r| EventRow {
            id: r.id,
            at: At::from(r.at),
            build: r.build,
            route: r.route,
            page_session: r.page_session,
            browser: r.browser,
            socket: r.socket,
            message: r.message,
            stack: r.stack,
            count: r.count,
            cut: r.cut,
            command: r.command_id.map(CommandId),
        })
        .collect())
}
