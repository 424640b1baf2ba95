//! The door for what watches by itself: runs of checks, heartbeats, alerts, and the outbox of webhooks. Works as `ops_watch`, which sees
//! none of a customer's rows. Any number of servers may use it: a check and a message are taken under a lease, and what came of them is
//! written only by whoever still holds it.
//!
//! Not in here: asking and sending (see `server`), what is judged (see `domain`), staff (see the deeds).

mod alerts;
mod heartbeat;
mod outbox;
mod record;
mod runs;

pub use heartbeat::{Ping, Pinged, heard_by};
pub use outbox::{Letter, Sealed};
pub use runs::{Claimed, Found};

use crate::{Logins, OpenError, error::database, pools::pool};
use domain::Problem;
use sqlx::PgPool;

/// The door. Cheap to clone.
#[derive(Clone)]
pub struct Monitor {
    pool: PgPool,
    /// How this server is named beside what it ran.
    name: String,
}

impl Monitor {
    /// `name` is this process, as people read it.
    pub async fn open(logins: &Logins, name: String) -> Result<Self, OpenError> {
        Ok(Self { pool: pool(logins, "ops_watch", 4).await?, name: name.chars().take(150).collect() })
    }

    /// Forgets what no page shows any more.
    pub async fn prune(&self) -> Result<(), Problem> {
        for old in [
            "delete from ops.check_hour where hour < clock_timestamp() - interval '30 days'",
            "delete from ops.check_gap where to_at < clock_timestamp() - interval '30 days'",
            "delete from ops.incident where up_at < clock_timestamp() - interval '90 days'",
            "delete from ops.maintenance where ends_at < clock_timestamp() - interval '90 days'",
            "delete from ops.alert where closed_at < clock_timestamp() - interval '90 days'",
            "delete from ops.delivery where created_at < clock_timestamp() - interval '30 days'",
        ] {
            sqlx::query(old).execute(&self.pool).await.map_err(|error| database(&error))?;
        }
        Ok(())
    }
}
