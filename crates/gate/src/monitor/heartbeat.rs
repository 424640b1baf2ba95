//! Heartbeats: a job says that it began and how it ended; one that is late is found here.

use super::{
    Monitor,
    record::{HELD, Outcome, Row, record},
};
use crate::Failed;
use domain::{At, CheckKind, CheckSpec, GRACE_SECS, Problem};
use sqlx::types::time::OffsetDateTime;
use std::time::Duration;

/// What a job says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ping {
    Started,
    Ended {
        /// Why it counts as failed, as a sentence.
        error: Option<String>,
        /// The last of what it printed, scrubbed.
        output: Option<String>,
    },
}

/// What came of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pinged {
    /// There is no heartbeat of this token.
    Unknown,
    /// Somebody paused it; nothing was written.
    Paused,
    Noted,
}

impl Monitor {
    /// Writes down what a job says of itself. `hash` is the sha256 of its token.
    pub async fn ping(&self, hash: &[u8], ping: &Ping) -> Result<Pinged, Problem> {
        self.pinged(hash, ping).await.map_err(Problem::from)
    }

    async fn pinged(&self, hash: &[u8], ping: &Ping) -> Result<Pinged, Failed> {
        let mut tx = self.pool.begin().await?;
        let held: Option<(i64, bool)> =
            sqlx::query_as("select id, paused from ops.check where token_hash = $1 for update").bind(hash).fetch_optional(&mut *tx).await?;
        let Some((id, paused)) = held else { return Ok(Pinged::Unknown) };
        if paused {
            return Ok(Pinged::Paused);
        }
        match ping {
            Ping::Started => {
                sqlx::query("update ops.check set started_at = clock_timestamp() where id = $1").bind(id).execute(&mut *tx).await?;
            }
            Ping::Ended { error, output } => {
                let row: Row = sqlx::query_as(sqlx::AssertSqlSafe(format!("{HELD} id = $1"))).bind(id).fetch_one(&mut *tx).await?;
                let took = row.started_at.map(|started| i32::try_from((row.now - started).whole_milliseconds()).unwrap_or(i32::MAX).max(0));
                let result =
                    Outcome { slot: row.now, took_ms: took, error: error.as_deref(), output: output.as_deref(), runner: "the job itself" };
                record(&mut tx, &row, &result).await?;
                sqlx::query("update ops.check set started_at = null, due_by = $2 where id = $1")
                    .bind(id)
                    .bind(due_by(&row)?)
                    .execute(&mut *tx)
                    .await?;
            }
        }
        tx.commit().await?;
        Ok(Pinged::Noted)
    }

    /// Finds heartbeats that did not come in time, and says how many.
    pub async fn late(&self) -> Result<usize, Problem> {
        self.all_late().await.map_err(Problem::from)
    }

    async fn all_late(&self) -> Result<usize, Failed> {
        let due: Option<bool> =
            sqlx::query_scalar("select true from ops.check where not paused and kind = $1 and due_by < clock_timestamp() limit 1")
                .bind(CheckKind::Heartbeat.word())
                .fetch_optional(&self.pool)
                .await
                .map_err(Failed::Database)?;
        if due.is_none() {
            return Ok(0);
        }
        let mut tx = self.pool.begin().await?;
        let sql =
            format!("{HELD} not paused and kind = $1 and due_by < clock_timestamp() order by due_by limit 100 for update skip locked");
        let rows: Vec<Row> = sqlx::query_as(sqlx::AssertSqlSafe(sql)).bind(CheckKind::Heartbeat.word()).fetch_all(&mut *tx).await?;
        for row in &rows {
            let due = row.due_by.unwrap_or(row.now);
            let error = format!("It was expected by {} {} UTC and was not heard from.", At::from(due).date(), At::from(due).clock());
            let result = Outcome { slot: due, took_ms: None, error: Some(&error), output: None, runner: &self.name };
            record(&mut tx, row, &result).await?;
            // A job that stays silent is late again the next time, also after a maintenance that excused it.
            let next = due_by(row).unwrap_or_else(|error| {
                // One that cannot be read keeps no other from being late.
                tracing::warn!(check = row.id, %error, "when this heartbeat is due next cannot be said; it is asked again in an hour");
                row.now + Duration::from_secs(3_600)
            });
            sqlx::query("update ops.check set due_by = $2 where id = $1").bind(row.id).bind(next).execute(&mut *tx).await?;
        }
        tx.commit().await?;
        Ok(rows.len())
    }
}

/// Until when it has to be heard from again.
fn due_by(row: &Row) -> Result<OffsetDateTime, Failed> {
    let spec: CheckSpec = serde_json::from_value(row.spec.clone()).map_err(|error| Failed::Garbled(error.to_string()))?;
    heard_by(&spec, At::from(row.now)).map(Into::into).map_err(Failed::Garbled)
}

/// Until when a heartbeat that is expected like this has to be heard from after `now`.
///
/// # Errors
/// What is wrong with its cron expression, as a sentence.
pub fn heard_by(spec: &CheckSpec, now: At) -> Result<At, String> {
    let expected = match (&spec.cron, spec.period_secs) {
        (Some(cron), _) => schedule::next_after(cron, spec.zone.as_deref().unwrap_or("UTC"), now)?,
        (None, period) => now.plus_secs(period.unwrap_or(3_600)),
    };
    Ok(expected.plus_secs(spec.grace_secs.unwrap_or(GRACE_SECS)))
}
