//! How frontend errors are read: groups with their sparklines, and the events of a chosen one.

use super::{EventRow, FrontendKind, FrontendLogs, FrontendLogsOutput, GroupRow, IN_TRANSIT, Loss};
use crate::views::{
    logs::Removed,
    resolved::resolve,
    rows::{bad, push_tenant, push_until},
    slices::{SLICES, spark},
    standing::server::StandingRecord,
};
use domain::{At, CommandId, GroupState, TenantId};
use gate::{Failed, Look, Show};
use sqlx::{Postgres, QueryBuilder, types::time::OffsetDateTime};
use std::collections::HashMap;
use store::page::{moment, page_size};
use uuid::Uuid;

impl Show for FrontendLogs {
    async fn show(self, look: &mut Look) -> Result<FrontendLogsOutput, Failed> {
        let size = page_size(self.limit).map_err(bad)?;
        let (groups, next) = groups(&self, look, size).await?;
        let events = match self.group {
            Some(group) => events(look, group).await?,
            None => Vec::new(),
        };
        let inside = groups.iter().any(|group| self.group == Some(group.id) && look.inside() == Some(group.tenant));
        let losses = losses(look, self.tenant.as_deref()).await?;
        Ok(FrontendLogsOutput { now: look.now(), groups, next, events, inside, losses })
    }
}

/// A page of groups, and the cursor of the next.
pub(in crate::views) async fn groups(filter: &FrontendLogs, look: &mut Look, size: i64) -> Result<(Vec<GroupRow>, Option<String>), Failed> {
    let order = Order::parse(filter.order.as_deref())?;
    let mut records = records(filter, look, order, size).await?;
    let more = i64::try_from(records.len()).unwrap_or(0) > size;
    records.truncate(usize::try_from(size).unwrap_or(50));
    let next = records.last().filter(|_| more).map(|last| order.cursor(last));
    let mut slices = slices(look, &records).await?;
    let groups = records.into_iter().map(|record| record.group(&mut slices)).collect::<Result<Vec<_>, _>>()?;
    Ok((groups, next))
}

#[derive(Clone, Copy)]
enum Order {
    Recent,
    Count,
}

impl Order {
    fn parse(text: Option<&str>) -> Result<Self, Failed> {
        match text.map(str::trim).filter(|text| !text.is_empty()) {
            None | Some("recent") => Ok(Self::Recent),
            Some("count") => Ok(Self::Count),
            Some(other) => Err(bad(format!("Groups are ordered by `recent` or `count`, not by \u{201c}{other}\u{201d}."))),
        }
    }

    fn cursor(self, last: &Record) -> String {
        match self {
            Self::Recent => format!("{}.{}", crate::views::rows::micros(last.last_seen), last.id),
            Self::Count => format!("{}.{}", last.count, last.id),
        }
    }

    fn push_after(self, sql: &mut QueryBuilder<Postgres>, cursor: &str) -> Result<(), Failed> {
        let parts = cursor.split_once('.').and_then(|(key, id)| Some((key.parse::<i64>().ok()?, id.parse::<i64>().ok()?)));
        let (key, id) = parts.ok_or_else(|| bad(format!("\u{201c}{cursor}\u{201d} is not a cursor of this list.")))?;
        match self {
            Self::Recent => {
                sql.push(" and (g.last_seen, g.id) < (timestamptz 'epoch' + ").push_bind(key).push(" * interval '1 microsecond', ")
            }
            Self::Count => sql.push(" and (g.count, g.id) < (").push_bind(key).push(", "),
        };
        sql.push_bind(id).push(")");
        Ok(())
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
    sessions: i64,
    #[sqlx(flatten)]
    standing: StandingRecord,
    first_seen: OffsetDateTime,
    last_seen: OffsetDateTime,
    first_build: String,
    last_build: String,
    current_build: Option<String>,
    in_current_build: bool,
}

async fn records(filter: &FrontendLogs, look: &mut Look, order: Order, size: i64) -> Result<Vec<Record>, Failed> {
    let mut sql = QueryBuilder::<Postgres>::new(
        // What stands beside a row is looked up for the rows of the page alone.
        "select g.*, t.name as tenant_name, b.build as current_build,
           exists (select from telemetry.group_session s where s.tenant_id = g.tenant_id and s.group_id = g.id and s.build = b.build) as in_current_build
         from (select g.* from telemetry.error_group g where true",
    );
    // Where it happened last, or in some page session before.
    for (last, place, value) in [("route", "route", &filter.route), ("last_build", "build", &filter.build)] {
        if let Some(value) = value.as_ref().filter(|v| !v.is_empty()) {
            sql.push(format!(" and (g.{last} = ")).push_bind(value.clone());
            sql.push(format!(
                " or exists (select from telemetry.group_session s where s.tenant_id = g.tenant_id and s.group_id = g.id and s.{place} = "
            ));
            sql.push_bind(value.clone()).push("))");
        }
    }
    if let Some(since) = filter.since.as_ref().filter(|s| !s.is_empty()) {
        push_until(&mut sql, "g.last_seen", ">=", moment(since, look.now()).map_err(bad)?);
    }
    push_tenant(&mut sql, "g.tenant_id", filter.tenant.as_deref());
    match filter.group {
        Some(group) => {
            sql.push(" and g.id = ").push_bind(group);
        }
        None => push_state(&mut sql, filter.state.as_deref())?,
    }
    if let Some(cursor) = &filter.cursor {
        order.push_after(&mut sql, cursor)?;
    }
    let sorted = match order {
        Order::Recent => " order by g.last_seen desc, g.id desc",
        Order::Count => " order by g.count desc, g.id desc",
    };
    sql.push(sorted).push(" limit ").push_bind(size + 1);
    sql.push(") g join console.tenant t on t.id = g.tenant_id cross join lateral (select ops.current_build(g.tenant_id) as build) b")
        .push(sorted);
    Ok(sql.build_query_as().fetch_all(look.conn()).await?)
}

/// A group that is asked for by its number is shown wherever it stands.
fn push_state(sql: &mut QueryBuilder<Postgres>, state: Option<&str>) -> Result<(), Failed> {
    match state.map(str::trim).filter(|state| !state.is_empty()) {
        None => {
            sql.push(" and g.state in ('NEW', 'INVESTIGATING', 'REGRESSED')");
        }
        Some("all") => {}
        Some(word) => {
            let state: GroupState = word.parse().map_err(|_| bad(format!("\u{201c}{word}\u{201d} is no state of a group.")))?;
            sql.push(" and g.state = ").push_bind(state.word());
        }
    }
    Ok(())
}

type Slices = HashMap<(Uuid, i64), Vec<(i32, i64)>>;

/// Of all groups of a page in one question.
async fn slices(look: &mut Look, records: &[Record]) -> Result<Slices, Failed> {
    let rows: Vec<(Uuid, i64, i32, i64)> = sqlx::query_as(
        "select s.tenant_id, s.group_id, floor(extract(epoch from statement_timestamp() - s.slice) / 300)::int, s.count
         from unnest($1::uuid[], $2::int8[]) g (tenant_id, id) join telemetry.error_slice s on s.tenant_id = g.tenant_id and s.group_id = g.id
         where s.slice > statement_timestamp() - make_interval(mins => 5 * $3)",
    )
    .bind(records.iter().map(|record| record.tenant_id).collect::<Vec<_>>())
    .bind(records.iter().map(|record| record.id).collect::<Vec<_>>())
    .bind(i32::try_from(SLICES).unwrap_or(12))
    .fetch_all(look.conn())
    .await?;
    let mut slices = Slices::new();
    for (tenant, group, slice, count) in rows {
        slices.entry((tenant, group)).or_default().push((slice, count));
    }
    Ok(slices)
}

impl Record {
    fn group(self, slices: &mut Slices) -> Result<GroupRow, Failed> {
        Ok(GroupRow {
            spark: spark(&slices.remove(&(self.tenant_id, self.id)).unwrap_or_default()),
            id: self.id,
            tenant: TenantId(self.tenant_id),
            tenant_name: self.tenant_name,
            fingerprint: self.fingerprint,
            kind: kind(&self.kind)?,
            title: self.title,
            route: self.route,
            count: self.count,
            sessions: self.sessions,
            standing: self.standing.standing()?,
            first_seen: At::from(self.first_seen),
            last_seen: At::from(self.last_seen),
            first_build: self.first_build,
            last_build: self.last_build,
            current_build: self.current_build,
            in_current_build: self.in_current_build,
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
    removed: String,
    said_more: bool,
    command_id: Option<Uuid>,
}

/// From what is kept of an event, such as `email:2 jwt:1`.
fn removed(kept: &str) -> Vec<Removed> {
    let one = |word: &str| {
        let (rule, count) = word.split_once(':')?;
        Some(Removed { rule: rule.to_owned(), count: count.parse().ok()? })
    };
    kept.split_ascii_whitespace().filter_map(one).collect()
}

/// Row-level security lets these through only inside a support session on their tenant.
pub(in crate::views) async fn events(look: &mut Look, group: i64) -> Result<Vec<EventRow>, Failed> {
    let records: Vec<EventRecord> = sqlx::query_as(
        "select id, at, build, route, page_session, browser, socket, message, stack, count, cut, removed, raw is not null as said_more, command_id
         from telemetry.event where group_id = $1 order by id desc limit 50",
    )
    .bind(group)
    .fetch_all(look.conn())
    .await?;
    let mut events: Vec<EventRow> = records
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
            removed: removed(&r.removed),
            said_more: r.said_more,
            command: r.command_id.map(CommandId),
            frames: None,
        })
        .collect();
    resolve(look, &mut events).await?;
    Ok(events)
}
