//! The door for the beacon: appends frontend errors and nothing else, with a pool of its own so that
//! a flood of errors never takes a connection from a person.

use crate::{Logins, OpenError, error::database, pools::pool};
use domain::{Problem, TenantId};
use sqlx::{PgPool, Postgres, Transaction};
use uuid::Uuid;

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
    pub command: Option<Uuid>,
}

/// One request of a beacon.
#[derive(Clone, Debug)]
pub struct Batch {
    pub tenant: TenantId,
    pub build: String,
    pub page_session: String,
    /// Its number in the page session; a batch without one, or of no session, is believed to come once.
    pub number: Option<i64>,
    pub browser: String,
    pub fingerprint_version: i32,
    pub events: Vec<Event>,
    /// (reason, count) of events the page could not deliver.
    pub losses: Vec<(String, i64)>,
}

/// The appender.
#[derive(Clone)]
pub struct Intake {
    pool: PgPool,
}

impl Intake {
    pub async fn open(logins: &Logins) -> Result<Self, OpenError> {
        Ok(Self { pool: pool(logins, "ops_beacon", 2).await? })
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

    /// Stores a batch; once this returns it is durable.
    pub async fn store(&self, batch: &Batch) -> Result<(), Problem> {
        self.store_batch(batch).await.map_err(|error| database(&error))
    }

    async fn store_batch(&self, batch: &Batch) -> Result<(), sqlx::Error> {
        let mut tx = self.pool.begin().await?;
        if !arrived(&mut tx, batch).await? {
            return Ok(());
        }
        for event in &batch.events {
            store_event(&mut tx, batch, event).await?;
        }
        for (reason, count) in &batch.losses {
            sqlx::query(
                "insert into telemetry.loss (tenant_id, slice, reason, count) values ($1, date_bin('5 minutes', clock_timestamp(), 'epoch'), $2, $3)
                 on conflict (tenant_id, slice, reason) do update set count = telemetry.loss.count + excluded.count",
            )
            .bind(batch.tenant.0)
            .bind(reason)
            .bind(count)
            .execute(&mut *tx)
            .await?;
        }
        tx.commit().await
    }

    /// Keeps the newest 500 events of a route, a day of slices, and a week of page sessions.
    pub async fn prune(&self) -> Result<u64, Problem> {
        let pruned = async {
            let events = sqlx::query(
                "delete from telemetry.event e using (
                   select tenant_id, id, row_number() over (partition by tenant_id, route order by id desc) as n from telemetry.event) old
                 where e.tenant_id = old.tenant_id and e.id = old.id and old.n > 500",
            )
            .execute(&self.pool)
            .await?
            .rows_affected();
            let sessions = sqlx::query("delete from telemetry.page_session where last_seen < clock_timestamp() - interval '7 days'")
                .execute(&self.pool)
                .await?
                .rows_affected();
            let slices = sqlx::query("delete from telemetry.error_slice where slice < clock_timestamp() - interval '1 day'")
                .execute(&self.pool)
                .await?
                .rows_affected();
            Ok::<_, sqlx::Error>(events + slices + sessions)
        };
        pruned.await.map_err(|error| database(&error))
    }
}

/// Whether the batch comes for the first time: its answer may have been lost on the way to the page, which then sends it again.
async fn arrived(tx: &mut Transaction<'static, Postgres>, batch: &Batch) -> Result<bool, sqlx::Error> {
    let Some(number) = batch.number.filter(|_| !batch.page_session.is_empty()) else {
        return Ok(true);
    };
    sqlx::query_scalar("select telemetry.arrived($1, $2, $3, $4, $5)")
        .bind(batch.tenant.0)
        .bind(&batch.page_session)
        .bind(number)
        .bind(&batch.build)
        .bind(&batch.browser)
        .fetch_one(&mut **tx)
        .await
}

async fn store_event(tx: &mut Transaction<'static, Postgres>, batch: &Batch, event: &Event) -> Result<(), sqlx::Error> {
    let group: i64 = sqlx::query_scalar(
        "insert into telemetry.error_group as g (tenant_id, fingerprint, fingerprint_version, kind, title, route, count, first_seen, last_seen, first_build, last_build)
         values ($1, $2, $3, $4, $5, $6, $7, clock_timestamp(), clock_timestamp(), $8, $8)
         on conflict (tenant_id, fingerprint, fingerprint_version) do update set count = g.count + excluded.count, last_seen = excluded.last_seen,
           last_build = excluded.last_build, route = excluded.route returning id",
    )
    .bind(batch.tenant.0)
    .bind(&event.fingerprint)
    .bind(batch.fingerprint_version)
    .bind(event.kind)
    .bind(&event.title)
    .bind(&event.route)
    .bind(i64::from(event.count))
    .bind(&batch.build)
    .fetch_one(&mut **tx)
    .await?;
    sqlx::query(
        "insert into telemetry.error_slice as s (tenant_id, group_id, slice, count) values ($1, $2, date_bin('5 minutes', clock_timestamp(), 'epoch'), $3)
         on conflict (tenant_id, group_id, slice) do update set count = s.count + excluded.count",
    )
    .bind(batch.tenant.0)
    .bind(group)
    .bind(i64::from(event.count))
    .execute(&mut **tx)
    .await?;
    sqlx::query(
        "insert into telemetry.event (tenant_id, group_id, build, route, page_session, browser, socket, message, stack, count, cut, command_id)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
    )
    .bind(batch.tenant.0)
    .bind(group)
    .bind(&batch.build)
    .bind(&event.route)
    .bind(&batch.page_session)
    .bind(&batch.browser)
    .bind(&event.socket)
    .bind(&event.message)
    .bind(&event.stack)
    .bind(event.count)
    .bind(event.cut)
    .bind(event.command)
    .execute(&mut **tx)
    .await?;
    Ok(())
}
