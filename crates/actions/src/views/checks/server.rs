//! How checks are read: from rows that are kept, hours that are counted, and the newest results of each.

use super::{CheckRow, Checks, ChecksOutput, MaintenanceRow, Stands};
use crate::views::rows::bad;
use domain::{At, BadState, CheckKind, CheckSpec, CheckState, human_millis};
use gate::{Failed, Look, Show};
use serde_json::Value;
use sqlx::{Postgres, QueryBuilder, types::time::OffsetDateTime};
use store::page::page_size;

/// Results in a sparkline.
const SPARK: i64 = 24;

/// What a row is read from. Stale: two turns and more went by without a result.
const COLUMNS: &str = "c.id, c.name, c.kind, c.spec, c.state, c.state_at, c.paused, ops.excused(c.id) as excused, c.last_at, c.last_ms, c.last_error,
    case when c.kind = 'HEARTBEAT' then c.due_by else c.next_run_at end as next_at,
    c.kind <> 'HEARTBEAT' and coalesce(c.last_at, c.created_at) < clock_timestamp() - make_interval(secs => 2 * c.every_secs + c.timeout_secs + 5) as stale,
    (select (sum(h.ok) * 10000 / nullif(sum(h.ok + h.failed), 0))::int8 from ops.check_hour h where h.check_id = c.id and h.hour > clock_timestamp() - interval '1 day') as uptime_day,
    (select (sum(h.ok) * 10000 / nullif(sum(h.ok + h.failed), 0))::int8 from ops.check_hour h where h.check_id = c.id and h.hour > clock_timestamp() - interval '7 days') as uptime_week,
    array(select coalesce(r.took_ms, 0) from (select id, took_ms from ops.check_result where check_id = c.id order by id desc limit ";

#[derive(sqlx::FromRow)]
pub(in crate::views) struct Record {
    pub id: i64,
    name: String,
    kind: String,
    pub spec: Value,
    state: String,
    state_at: OffsetDateTime,
    paused: bool,
    excused: bool,
    last_at: Option<OffsetDateTime>,
    last_ms: Option<i32>,
    last_error: Option<String>,
    next_at: Option<OffsetDateTime>,
    stale: bool,
    uptime_day: Option<i64>,
    uptime_week: Option<i64>,
    spark: Vec<i32>,
}

impl Show for Checks {
    async fn show(self, look: &mut Look) -> Result<ChecksOutput, Failed> {
        let size = page_size(self.limit).map_err(bad)?;
        let stands = self.stands.as_deref().filter(|word| !word.is_empty()).map(stands).transpose()?;
        let (total, down): (i64, i64) = sqlx::query_as("select count(*), count(*) filter (where state = $1 and not paused) from ops.check")
            .bind(CheckState::Down.word())
            .fetch_one(look.conn())
            .await?;
        let mut sql = selected();
        sql.push(" where true");
        if let Some(kind) = self.kind {
            sql.push(" and c.kind = ").push_bind(kind.word());
        }
        if let Some(after) = self.cursor.filter(|after| !after.is_empty()) {
            sql.push(" and c.name > ").push_bind(after);
        }
        sql.push(") c");
        if let Some(stands) = stands {
            push_stands(&mut sql, stands);
        }
        sql.push(" order by name limit ").push_bind(size + 1);
        let records: Vec<Record> = sql.build_query_as().fetch_all(look.conn()).await?;
        let mut rows = records.into_iter().map(Record::row).collect::<Result<Vec<_>, _>>()?;
        let more = i64::try_from(rows.len()).unwrap_or(0) > size;
        rows.truncate(usize::try_from(size).unwrap_or(50));
        let next = rows.last().filter(|_| more).map(|last| last.name.clone());
        Ok(ChecksOutput { now: look.now(), rows, next, total, down, maintenance: maintenance(look, None).await? })
    }
}

/// Up to where rows are chosen.
pub(in crate::views) fn selected() -> QueryBuilder<Postgres> {
    let mut sql = QueryBuilder::new("select * from (select ");
    sql.push(COLUMNS).push(SPARK.to_string()).push(") r order by r.id) as spark from ops.check c");
    sql
}

fn stands(word: &str) -> Result<Stands, Failed> {
    let known = Stands::ALL.map(Stands::word).join(", ");
    Stands::ALL
        .into_iter()
        .find(|one| one.word() == word)
        .ok_or_else(|| bad(format!("A check stands as one of {known}, not \u{201c}{word}\u{201d}.")))
}

fn push_stands(sql: &mut QueryBuilder<Postgres>, stands: Stands) {
    let state = |state: CheckState| format!("not paused and not stale and not excused and state = '{}'", state.word());
    let holds = match stands {
        Stands::Paused => "paused".to_owned(),
        Stands::NotChecked => "not paused and stale".to_owned(),
        Stands::Maintenance => "not paused and not stale and excused".to_owned(),
        Stands::New => state(CheckState::New),
        Stands::Up => state(CheckState::Up),
        Stands::Down => state(CheckState::Down),
    };
    sql.push(" where ").push(holds);
}

impl Record {
    pub(in crate::views) fn row(self) -> Result<CheckRow, Failed> {
        let garbled = |error: BadState| Failed::Garbled(error.to_string());
        let (kind, state): (CheckKind, CheckState) = (self.kind.parse().map_err(garbled)?, self.state.parse().map_err(garbled)?);
        let spec: CheckSpec = serde_json::from_value(self.spec).map_err(|error| Failed::Garbled(error.to_string()))?;
        Ok(CheckRow {
            check: self.id,
            name: self.name,
            kind,
            target: target(kind, &spec),
            stands: Stands::of(state, self.paused, self.excused, self.stale),
            state_at: At::from(self.state_at),
            last_at: self.last_at.map(At::from),
            last_ms: self.last_ms.map(i64::from),
            last_error: self.last_error,
            next_at: self.next_at.filter(|_| !self.paused).map(At::from),
            uptime_day: self.uptime_day,
            uptime_week: self.uptime_week,
            spark: self.spark.into_iter().map(|ms| u32::try_from(ms).unwrap_or(0)).collect(),
        })
    }
}

fn target(kind: CheckKind, spec: &CheckSpec) -> String {
    match (kind, &spec.cron, spec.period_secs) {
        (CheckKind::Heartbeat, Some(cron), _) => format!("{cron} ({})", spec.zone.as_deref().unwrap_or("UTC")),
        (CheckKind::Heartbeat, None, Some(secs)) => format!("every {}", human_millis(secs * 1000)),
        _ => spec.target.clone(),
    }
}

type Window = (i64, Option<i64>, Option<String>, OffsetDateTime, OffsetDateTime, String, String);

/// What is open or comes; of one check, or of all.
pub(in crate::views) async fn maintenance(look: &mut Look, check: Option<i64>) -> Result<Vec<MaintenanceRow>, Failed> {
    let rows: Vec<Window> = sqlx::query_as(
        "select m.id, m.check_id, c.name, m.starts_at, m.ends_at, m.reason, m.saved_by from ops.maintenance m left join ops.check c on c.id = m.check_id
         where m.ended_at is null and m.ends_at > clock_timestamp() and ($1::bigint is null or m.check_id is null or m.check_id = $1) order by m.starts_at, m.id limit 100",
    )
    .bind(check)
    .fetch_all(look.conn())
    .await?;
    let row = |(maintenance, check, check_name, starts, ends, reason, saved_by)| MaintenanceRow {
        maintenance,
        check,
        check_name,
        starts_at: At::from(starts),
        ends_at: At::from(ends),
        reason,
        saved_by,
    };
    Ok(rows.into_iter().map(row).collect())
}
