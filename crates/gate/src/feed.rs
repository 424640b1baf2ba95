//! What changed, for live tabs: ids only. Read in commit order up to the oldest transaction still
//! running, so that a late commit is never passed over and a cursor can be resumed after any break.

use crate::{Logins, OpenError, error::database, pools::pool};
use domain::{Problem, TenantId};
use sqlx::PgPool;
use std::{fmt, str::FromStr};

/// A place in the feed.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
pub struct Cursor {
    xid: i64,
    seq: i64,
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.xid, self.seq)
    }
}
impl FromStr for Cursor {
    type Err = ();
    fn from_str(text: &str) -> Result<Self, ()> {
        let (xid, seq) = text.split_once('-').ok_or(())?;
        Ok(Self { xid: xid.parse().map_err(|_| ())?, seq: seq.parse().map_err(|_| ())? })
    }
}

/// One change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FeedEvent {
    pub cursor: Cursor,
    /// `command`, `job`, `frontend`, `audit`, `session`, `operation`, `group`, `check`, `alert`, `webhook`, `worker`, `deploy` or `budget`.
    pub kind: String,
    pub tenant: Option<TenantId>,
    /// Id of what changed; for `session` the sign-in, for `worker`, `budget` and a rule of alerts its name, for `group` and `frontend` `all`.
    pub subject: String,
}

/// The reader of changes.
#[derive(Clone)]
pub struct Feed {
    pool: PgPool,
}

impl Feed {
    pub async fn open(logins: &Logins) -> Result<Self, OpenError> {
        Ok(Self { pool: pool(logins, "ops_live", 2).await? })
    }

    /// Its pool: name, connections in use, and how many there may be.
    #[must_use]
    pub fn pool(&self) -> (&'static str, u32, u32) {
        crate::pools::usage("live stream", &self.pool)
    }

    /// Where the feed ends now: a new tab starts here.
    pub async fn head(&self) -> Result<Cursor, Problem> {
        let (xid,): (i64,) = sqlx::query_as("select (pg_snapshot_xmin(pg_current_snapshot())::text)::bigint - 1")
            .fetch_one(&self.pool)
            .await
            .map_err(|error| database(&error))?;
        Ok(Cursor { xid, seq: i64::MAX })
    }

    /// The oldest change that is still kept.
    pub async fn oldest(&self) -> Result<Option<Cursor>, Problem> {
        let row: Option<(i64, i64)> = sqlx::query_as("select (xid::text)::bigint, seq from live.event order by xid, seq limit 1")
            .fetch_optional(&self.pool)
            .await
            .map_err(|error| database(&error))?;
        Ok(row.map(|(xid, seq)| Cursor { xid, seq }))
    }

    /// At most `limit` changes after `cursor`, in order.
    pub async fn since(&self, cursor: Cursor, limit: i64) -> Result<Vec<FeedEvent>, Problem> {
        let rows: Vec<(i64, i64, String, Option<uuid::Uuid>, String)> = sqlx::query_as(
            "select (xid::text)::bigint, seq, kind, tenant_id, subject from live.event
             where (xid, seq) > ($1::text::xid8, $2) and xid < pg_snapshot_xmin(pg_current_snapshot())
             order by xid, seq limit $3",
        )
        .bind(cursor.xid.max(0).to_string())
        .bind(cursor.seq)
        .bind(limit)
        .fetch_all(&self.pool)
        .await
        .map_err(|error| database(&error))?;
        Ok(rows
            .into_iter()
            .map(|(xid, seq, kind, tenant, subject)| FeedEvent { cursor: Cursor { xid, seq }, kind, tenant: tenant.map(TenantId), subject })
            .collect())
    }

    /// Forgets changes older than ten minutes.
    pub async fn prune(&self) -> Result<u64, Problem> {
        sqlx::query("delete from live.event where at < clock_timestamp() - interval '10 minutes'")
            .execute(&self.pool)
            .await
            .map(|done| done.rows_affected())
            .map_err(|error| database(&error))
    }
}
