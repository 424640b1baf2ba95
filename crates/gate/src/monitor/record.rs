//! One result of a check or a heartbeat, written down: the result, its hour, whether it turned, its incident. In the caller's transaction,
//! which holds the check's row.

use crate::Failed;
use domain::{BadState, CheckState, Tally, tallied};
use serde_json::Value;
use sqlx::{PgConnection, types::time::OffsetDateTime};

/// Results kept of each check.
const KEPT: i64 = 500;

/// A check as it is held.
#[derive(sqlx::FromRow)]
pub(super) struct Row {
    pub id: i64,
    pub state: String,
    pub fails: i32,
    pub passes: i32,
    pub fail_after: i32,
    pub pass_after: i32,
    pub every_secs: i32,
    pub timeout_secs: i32,
    /// When it was looked at last.
    pub since: OffsetDateTime,
    /// Maintenance.
    pub excused: bool,
    pub now: OffsetDateTime,
    pub started_at: Option<OffsetDateTime>,
    /// Of a heartbeat: until when it has to be heard from.
    pub due_by: Option<OffsetDateTime>,
    pub spec: Value,
}

/// Asks for rows as [`Row`]; what follows says which.
pub(super) const HELD: &str =
    "select id, state, fails, passes, fail_after, pass_after, every_secs, timeout_secs, coalesce(last_at, created_at) as since,
    ops.excused(id) as excused, clock_timestamp() as now, started_at, due_by, spec from ops.check where ";

/// What came.
pub(super) struct Outcome<'a> {
    pub slot: OffsetDateTime,
    pub took_ms: Option<i32>,
    pub error: Option<&'a str>,
    pub output: Option<&'a str>,
    pub runner: &'a str,
}

pub(super) async fn record(connection: &mut PgConnection, row: &Row, result: &Outcome<'_>) -> Result<(), Failed> {
    let error: Option<String> = result.error.map(|error| error.chars().take(480).collect());
    let ok = error.is_none();
    insert(connection, row, result, error.as_deref()).await?;
    let state: CheckState = row.state.parse().map_err(|error: BadState| Failed::Garbled(error.to_string()))?;
    let before = Tally { state, fails: row.fails, passes: row.passes };
    let (after, turned) = if row.excused {
        (Tally { fails: 0, passes: 0, ..before }, None)
    } else {
        hour(connection, row, ok, result.took_ms.unwrap_or(0)).await?;
        tallied(before, ok, row.fail_after, row.pass_after)
    };
    match turned {
        Some(CheckState::Down) => open(connection, row, error.as_deref().unwrap_or_default()).await?,
        Some(_) => close(connection, row).await?,
        None => {}
    }
    sqlx::query(
        "update ops.check set state = $2, fails = $3, passes = $4, last_at = $5, last_ok = $6, last_ms = $7, last_error = $8,
           state_at = case when state = $2 then state_at else $5 end where id = $1",
    )
    .bind(row.id)
    .bind(after.state.word())
    .bind(after.fails)
    .bind(after.passes)
    .bind(row.now)
    .bind(ok)
    .bind(result.took_ms)
    .bind(&error)
    .execute(connection)
    .await?;
    Ok(())
}

async fn insert(connection: &mut PgConnection, row: &Row, result: &Outcome<'_>, error: Option<&str>) -> Result<(), sqlx::Error> {
    sqlx::query(
        "insert into ops.check_result (check_id, at, slot, ok, took_ms, error, output, excused, runner) values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
    )
    .bind(row.id)
    .bind(row.now)
    .bind(result.slot)
    .bind(error.is_none())
    .bind(result.took_ms)
    .bind(error)
    .bind(result.output)
    .bind(row.excused)
    .bind(result.runner)
    .execute(&mut *connection)
    .await?;
    sqlx::query(
        "delete from ops.check_result where check_id = $1 and id <= (select id from ops.check_result where check_id = $1 order by id desc offset $2 limit 1)",
    )
    .bind(row.id)
    .bind(KEPT)
    .execute(connection)
    .await
    .map(drop)
}

async fn hour(connection: &mut PgConnection, row: &Row, ok: bool, took_ms: i32) -> Result<(), sqlx::Error> {
    sqlx::query(
        "insert into ops.check_hour as h (check_id, hour, ok, failed, ms_sum, ms_most) values ($1, date_trunc('hour', $2, 'UTC'), $3::int, 1 - $3::int, $4, $4)
         on conflict (check_id, hour) do update set ok = h.ok + excluded.ok, failed = h.failed + excluded.failed,
           ms_sum = h.ms_sum + excluded.ms_sum, ms_most = greatest(h.ms_most, excluded.ms_most)",
    )
    .bind(row.id)
    .bind(row.now)
    .bind(ok)
    .bind(took_ms)
    .execute(connection)
    .await
    .map(drop)
}

/// It is down since the first of the failures that make it so.
async fn open(connection: &mut PgConnection, row: &Row, error: &str) -> Result<(), sqlx::Error> {
    sqlx::query(
        "insert into ops.incident (check_id, down_since, error)
         values ($1, (select min(at) from (select at from ops.check_result where check_id = $1 order by id desc limit $2) failed), $3)
         on conflict (check_id) where up_at is null do nothing",
    )
    .bind(row.id)
    .bind(row.fail_after)
    .bind(error)
    .execute(connection)
    .await
    .map(drop)
}

async fn close(connection: &mut PgConnection, row: &Row) -> Result<(), sqlx::Error> {
    sqlx::query("update ops.incident set up_at = greatest($2, down_since) where check_id = $1 and up_at is null")
        .bind(row.id)
        .bind(row.now)
        .execute(connection)
        .await
        .map(drop)
}
