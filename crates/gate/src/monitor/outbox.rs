//! The outbox of webhooks: what waits is taken under a lease, and stays until it is delivered or dead. A server that dies in the middle
//! leaves it to another, which sends the same again under the same id: at least once, never lost.

use super::Monitor;
use crate::error::database;
use domain::{DELIVERY_ATTEMPTS, DeliveryState, Problem, pause_secs};
use uuid::Uuid;

/// What is sealed of a webhook, and which.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Sealed {
    pub webhook_id: i64,
    pub url_sealed: Vec<u8>,
    pub secret_sealed: Vec<u8>,
}

/// A message whose turn it is.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Letter {
    pub id: Uuid,
    pub event: String,
    /// Sent letter by letter.
    pub body: String,
    /// This attempt counted.
    pub attempts: i32,
    lease_by: String,
    #[sqlx(flatten)]
    pub hook: Sealed,
}

impl Monitor {
    /// At most so many messages whose turn it is and that nobody else sends.
    pub async fn letters(&self, most: i64) -> Result<Vec<Letter>, Problem> {
        sqlx::query_as(
            "update ops.delivery d set attempts = d.attempts + 1, lease_by = $1 || ' ' || gen_random_uuid(), lease_until = clock_timestamp() + interval '30 seconds'
             from (select o.id from ops.delivery o join ops.webhook h on h.id = o.webhook_id and h.enabled
                   where o.state = $3 and o.next_at <= clock_timestamp() and (o.lease_until is null or o.lease_until < clock_timestamp())
                   order by o.next_at limit $2 for update of o skip locked) due, ops.webhook w
             where d.id = due.id and w.id = d.webhook_id
             returning d.id, d.event, d.body, d.attempts, d.lease_by, w.id as webhook_id, w.url_sealed, w.secret_sealed",
        )
        .bind(&self.name)
        .bind(most)
        .bind(DeliveryState::Waiting.word())
        .fetch_all(&self.pool)
        .await
        .map_err(|error| database(&error))
    }

    /// It was taken.
    pub async fn delivered(&self, letter: &Letter, status: u16) -> Result<bool, Problem> {
        let done = sqlx::query(
            "update ops.delivery set state = $3, delivered_at = clock_timestamp(), last_status = $4, last_error = null, lease_by = null, lease_until = null
             where id = $1 and lease_by = $2",
        )
        .bind(letter.id)
        .bind(&letter.lease_by)
        .bind(DeliveryState::Delivered.word())
        .bind(i32::from(status))
        .execute(&self.pool)
        .await
        .map_err(|error| database(&error))?;
        Ok(done.rows_affected() == 1)
    }

    /// It was not. It is tried again later, or is dead: when it was tried often enough, or when `for_good`.
    pub async fn undelivered(&self, letter: &Letter, status: Option<u16>, why: &str, for_good: bool, chance: u8) -> Result<bool, Problem> {
        let dead = for_good || letter.attempts >= DELIVERY_ATTEMPTS;
        let state = if dead { DeliveryState::Dead } else { DeliveryState::Waiting };
        let done = sqlx::query(
            "update ops.delivery set state = $3, last_status = $4, last_error = left($5, 500), lease_by = null, lease_until = null,
               next_at = clock_timestamp() + make_interval(secs => $6) where id = $1 and lease_by = $2",
        )
        .bind(letter.id)
        .bind(&letter.lease_by)
        .bind(state.word())
        .bind(status.map(i32::from))
        .bind(why)
        .bind(pause_secs(letter.attempts, chance) as f64)
        .execute(&self.pool)
        .await
        .map_err(|error| database(&error))?;
        Ok(done.rows_affected() == 1)
    }
}
