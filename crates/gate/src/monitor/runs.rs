//! Runs of checks: whose turn it is, and what came of it.

use super::{
    Monitor,
    record::{HELD, Outcome, Row, record},
};
use crate::{Failed, error::database};
use domain::{CheckKind, CheckSpec, Problem};
use serde_json::Value;
use sqlx::types::time::OffsetDateTime;

/// A check whose turn it is, taken by this server.
#[derive(Clone, Debug)]
pub struct Claimed {
    pub id: i64,
    pub name: String,
    pub kind: CheckKind,
    pub spec: CheckSpec,
    pub timeout_secs: u32,
    slot: OffsetDateTime,
    lease: String,
}

/// What came of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    pub took_ms: i32,
    /// Why it failed, as a sentence; `None`: it is as it should be.
    pub error: Option<String>,
}

type Due = (i64, String, String, Value, i32, OffsetDateTime, String);

impl Monitor {
    /// At most so many checks whose turn it is and that nobody else runs.
    pub async fn claim(&self, most: i64) -> Result<Vec<Claimed>, Problem> {
        let due: Vec<Due> = sqlx::query_as(
            "update ops.check c set lease_by = $1 || ' ' || gen_random_uuid(), lease_until = clock_timestamp() + make_interval(secs => c.timeout_secs + 5)
             from (select id from ops.check where not paused and kind <> $3 and next_run_at <= clock_timestamp()
                     and (lease_until is null or lease_until < clock_timestamp())
                   order by next_run_at limit $2 for update skip locked) d
             where c.id = d.id returning c.id, c.name, c.kind, c.spec, c.timeout_secs, c.next_run_at, c.lease_by",
        )
        .bind(&self.name)
        .bind(most)
        .bind(CheckKind::Heartbeat.word())
        .fetch_all(&self.pool)
        .await
        .map_err(|error| database(&error))?;
        due.into_iter().map(|due| claimed(due).map_err(Problem::from)).collect()
    }

    /// Writes down what came of a run. False: it took too long, and the slot is somebody else's or over; nothing was written.
    pub async fn settle(&self, run: &Claimed, found: &Found) -> Result<bool, Problem> {
        self.settled(run, found).await.map_err(Problem::from)
    }

    async fn settled(&self, run: &Claimed, found: &Found) -> Result<bool, Failed> {
        let mut tx = self.pool.begin().await?;
        let sql = format!("{HELD} id = $1 and lease_by = $2 and next_run_at = $3 and not paused for update");
        let row: Option<Row> =
            sqlx::query_as(sqlx::AssertSqlSafe(sql)).bind(run.id).bind(&run.lease).bind(run.slot).fetch_optional(&mut *tx).await?;
        let Some(row) = row else {
            tx.rollback().await?;
            return Ok(false);
        };
        note_gap(&mut tx, &row).await?;
        let error = found.error.as_deref();
        let result = Outcome { slot: run.slot, took_ms: Some(found.took_ms), error, output: None, runner: &self.name };
        record(&mut tx, &row, &result).await?;
        // Up to a twentieth sooner or later, so that checks that began together do not stay together. What was missed is not made up for.
        sqlx::query(
            "update ops.check set lease_by = null, lease_until = null,
               next_run_at = case when next_run_at + make_interval(secs => every_secs) > $2 then next_run_at else $2 end
                             + make_interval(secs => every_secs * (0.95 + random() * 0.1)) where id = $1",
        )
        .bind(run.id)
        .bind(row.now)
        .execute(&mut *tx)
        .await?;
        tx.commit().await?;
        Ok(true)
    }
}

/// Between two runs lay more than two turns: nobody checked.
async fn note_gap(connection: &mut sqlx::PgConnection, row: &Row) -> Result<(), sqlx::Error> {
    sqlx::query(
        "insert into ops.check_gap (check_id, from_at, to_at) select $1, $2 + make_interval(secs => $4), $3
         where $3 > $2 + make_interval(secs => 2 * $4 + $5 + 5) on conflict (check_id, from_at) do nothing",
    )
    .bind(row.id)
    .bind(row.since)
    .bind(row.now)
    .bind(row.every_secs)
    .bind(row.timeout_secs)
    .execute(connection)
    .await
    .map(drop)
}

fn claimed((id, name, kind, spec, timeout, slot, lease): Due) -> Result<Claimed, Failed> {
    Ok(Claimed {
        id,
        name,
        kind: kind.parse().map_err(|error: domain::BadState| Failed::Garbled(error.to_string()))?,
        spec: serde_json::from_value(spec).map_err(|error| Failed::Garbled(error.to_string()))?,
        timeout_secs: u32::try_from(timeout).unwrap_or(10),
        slot,
        lease,
    })
}
