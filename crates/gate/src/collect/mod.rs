//! The door for what watches the console itself: reads counts of every tenant and nothing of a customer's, and writes what it read where
//! the view `context` finds it. It has a role and pools of its own, so that a reading that hangs takes no connection from a person, and
//! readings are rows, so that several servers say each what they see and row-level security shows each person what they may see.
//!
//! Not in here: when a part is read, and what is read of the process and its machine (see `server`).

mod builds;
mod frontend;
mod parts;
mod ring;

pub use frontend::LOST;
pub use parts::IN_TROUBLESHOOTING;

use crate::{Logins, OpenError, error::database, pools::pool};
use domain::{PartKind, Problem, Reading};
use sqlx::{PgPool, types::Json};
use std::time::Duration;
use uuid::Uuid;

/// All tenants together.
const ALL: Uuid = Uuid::nil();
/// Facts of one part; more are left out, and the last one says so.
const MOST_FACTS: usize = 100;

/// Reads parts and keeps what it read.
#[derive(Clone)]
pub struct Collector {
    /// One connection a part, so that one that waits for a lock makes no other wait.
    reads: PgPool,
    writes: PgPool,
    server: String,
}

impl Collector {
    /// `server` names this server among others, and stays the same when it starts again.
    pub async fn open(logins: &Logins, server: String) -> Result<Self, OpenError> {
        const ROLE: &str = "ops_collector";
        Ok(Self { reads: pool(logins, ROLE, 9).await?, writes: pool(logins, ROLE, 2).await?, server: server.chars().take(200).collect() })
    }

    /// Keeps a reading, or that there was none and why.
    pub async fn keep(&self, part: &PartKind, took: Duration, read: Result<Reading, String>) -> Result<(), Problem> {
        let kept = match read {
            Ok(reading) => self.keep_reading(part, took, reading).await,
            Err(why) => self.keep_failure(part, took, &why).await,
        };
        kept.map_err(|error| database(&error))
    }

    async fn keep_reading(&self, part: &PartKind, took: Duration, mut reading: Reading) -> Result<(), sqlx::Error> {
        bound(&mut reading);
        let mut tx = self.writes.begin().await?;
        sqlx::query(
            "insert into ops.part (server, name, section, at, took_ms, period_ms, status, why, source, facts)
             values ($1, $2, $3, clock_timestamp(), $4, $5, $6, left($7, 500), left($8, 200), $9)
             on conflict (server, name) do update set section = excluded.section, at = excluded.at, took_ms = excluded.took_ms,
               period_ms = excluded.period_ms, status = excluded.status, why = excluded.why, source = excluded.source, facts = excluded.facts,
               failed_at = null, failure = null",
        )
        .bind(&self.server)
        .bind(part.name)
        .bind(part.section.word())
        .bind(millis(took))
        .bind(millis(Duration::from_secs(part.period_secs)))
        .bind(reading.status.word())
        .bind(&reading.why)
        .bind(&reading.source)
        .bind(Json(&reading.facts))
        .execute(&mut *tx)
        .await?;
        sqlx::query("delete from ops.part_figure where server = $1 and name = $2")
            .bind(&self.server)
            .bind(part.name)
            .execute(&mut *tx)
            .await?;
        if !reading.figures.is_empty() {
            let column = |of: fn(&domain::Figure) -> String| reading.figures.iter().map(of).collect::<Vec<_>>();
            sqlx::query(
                "insert into ops.part_figure (server, name, scope, status, why, facts)
                 select $1, $2, f.scope, f.status, left(f.why, 500), f.facts::jsonb from unnest($3::uuid[], $4::text[], $5::text[], $6::text[]) f (scope, status, why, facts)",
            )
            .bind(&self.server)
            .bind(part.name)
            .bind(reading.figures.iter().map(|figure| figure.scope).collect::<Vec<_>>())
            .bind(column(|figure| figure.status.word().to_owned()))
            .bind(column(|figure| figure.why.clone()))
            .bind(column(|figure| serde_json::to_string(&figure.facts).unwrap_or_else(|_| "[]".to_owned())))
            .execute(&mut *tx)
            .await?;
        }
        tx.commit().await
    }

    /// What was read before stays, and with it how old it is.
    async fn keep_failure(&self, part: &PartKind, took: Duration, why: &str) -> Result<(), sqlx::Error> {
        sqlx::query(
            "insert into ops.part (server, name, section, took_ms, period_ms, status, failed_at, failure)
             values ($1, $2, $3, $4, $5, $6, clock_timestamp(), left($7, 500))
             on conflict (server, name) do update set failed_at = excluded.failed_at, failure = excluded.failure, took_ms = excluded.took_ms",
        )
        .bind(&self.server)
        .bind(part.name)
        .bind(part.section.word())
        .bind(millis(took))
        .bind(millis(Duration::from_secs(part.period_secs)))
        .bind(domain::PartStatus::Fail.word())
        .bind(why)
        .execute(&self.writes)
        .await
        .map(drop)
    }
}

fn bound(reading: &mut Reading) {
    let lists = std::iter::once(&mut reading.facts).chain(reading.figures.iter_mut().map(|figure| &mut figure.facts));
    for facts in lists {
        let more = facts.len().saturating_sub(MOST_FACTS);
        if more > 0 {
            facts.truncate(MOST_FACTS - 1);
            facts.push(domain::Fact::number("left out", i64::try_from(more + 1).unwrap_or(i64::MAX), "facts"));
        }
        for fact in facts {
            if let Some(text) = &mut fact.text
                && text.chars().count() > 200
            {
                *text = text.chars().take(199).chain(['\u{2026}']).collect();
            }
        }
    }
}

fn millis(span: Duration) -> i32 {
    i32::try_from(span.as_millis()).unwrap_or(i32::MAX)
}

/// A span the database counted in seconds.
fn secs_to_millis(secs: Option<f64>) -> i64 {
    secs.map_or(0, |secs| (secs * 1000.0) as i64)
}
