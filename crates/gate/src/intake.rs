//! The door for the beacon: appends frontend errors and nothing else, with a pool of its own so that
//! a flood of errors never takes a connection from a person. Batches that come at the same time are written in one transaction
//! (`writer`, `commit`); what is kept of a flood is decided in `ring`.

mod commit;
mod counts;
mod groups;
mod prune;
mod ring;
mod writer;

use crate::{Logins, OpenError, error::database, pools::pool};
use domain::{Problem, ProblemKind, TenantId};
use ring::Ring;
use sqlx::PgPool;
use std::sync::Arc;
use uuid::Uuid;
use writer::Writer;

/// What is known of an ingest key.
#[derive(Clone, Debug)]
pub struct KeyFacts {
    pub tenant: TenantId,
    /// Origins that may report with it, besides the console's own.
    pub origins: Vec<String>,
}

/// One event, scrubbed, with its fingerprint.
#[derive(Clone, Debug)]
pub struct Event {
    /// 16 hex digits.
    pub fingerprint: String,
    pub kind: &'static str,
    /// Normalised message.
    pub title: String,
    pub message: String,
    pub stack: String,
    pub route: String,
    pub socket: String,
    pub count: i32,
    pub cut: bool,
    /// Rules of scrubbing, each with how often it removed something: `email:2 jwt:1`.
    pub removed: String,
    pub command: Option<Uuid>,
    /// All that a client of another make said of it, scrubbed; JSON.
    pub raw: Option<String>,
}

/// One request of a beacon.
#[derive(Clone, Debug)]
pub struct Batch {
    pub tenant: TenantId,
    pub build: String,
    pub page_session: String,
    /// Its number in the page session; a batch without one, or of no session, is believed to come once.
    pub number: Option<i64>,
    /// The id it has where it comes from, if it has one: it counts once.
    pub remote: Option<Uuid>,
    pub browser: String,
    pub fingerprint_version: i32,
    pub events: Vec<Event>,
    /// (reason, count) of events the page could not deliver.
    pub losses: Vec<(String, i64)>,
}

impl Batch {
    /// Bytes of its texts, about.
    fn weight(&self) -> usize {
        let of = |event: &Event| {
            200 + event.title.len()
                + event.message.len()
                + event.stack.len()
                + event.route.len()
                + event.raw.as_ref().map_or(0, String::len)
        };
        200 + self.events.iter().map(of).sum::<usize>()
    }
}

/// The appender.
#[derive(Clone)]
pub struct Intake {
    pool: PgPool,
    writer: Writer,
    ring: Arc<Ring>,
}

impl Intake {
    /// Opens the pool and starts the writer, which ends with the last clone of this.
    pub async fn open(logins: &Logins) -> Result<Self, OpenError> {
        // Of the others one asks for keys, one trims, one forgets.
        let pool = pool(logins, "ops_beacon", writer::TASKS + 3).await?;
        let ring = Arc::new(Ring::default());
        Ok(Self { writer: Writer::start(pool.clone(), ring.clone()), pool, ring })
    }

    /// Its pool: name, connections in use, and how many there may be.
    #[must_use]
    pub fn pool(&self) -> (&'static str, u32, u32) {
        crate::pools::usage("intake", &self.pool)
    }

    /// Whose key it is; `None` when unknown or revoked.
    pub async fn key(&self, key: &str) -> Result<Option<KeyFacts>, Problem> {
        let row: Option<(Uuid, Vec<String>)> =
            sqlx::query_as("select tenant_id, origins from telemetry.ingest_key where key = $1 and revoked_at is null")
                .bind(key)
                .fetch_optional(&self.pool)
                .await
                .map_err(|error| database(&error))?;
        Ok(row.map(|(tenant, origins)| KeyFacts { tenant: TenantId(tenant), origins }))
    }

    /// Stores a batch; once this returns it is durable. Refused at once when too much waits already.
    pub async fn store(&self, batch: Batch) -> Result<(), Problem> {
        self.writer.store(batch).await.unwrap_or_else(|| {
            Err(Problem::new(
                ProblemKind::Unavailable,
                "Too many reports wait to be written. Nothing of this one was kept; send it again later.",
            ))
        })
    }

    /// Leaves each route that was written to its 500 events, and wakes snoozed groups; for every few seconds.
    pub async fn tidy(&self) -> Result<(), Problem> {
        let woken = sqlx::query_scalar::<_, i64>("select telemetry.wake()").fetch_one(&self.pool).await.map(drop);
        let trimmed = self.ring.trim(&self.pool).await;
        woken.and(trimmed).map_err(|error| database(&error))
    }

    /// Forgets what is old, and what is more than so much of a tenant (`prune`); for every minute.
    pub async fn prune(&self) -> Result<(), Problem> {
        prune::prune(&self.pool).await
    }
}
