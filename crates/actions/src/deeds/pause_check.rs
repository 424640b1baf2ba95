//! Pauses a check or lets it go on.

use domain::{Action, Kind, Meta, Permission, Subject};
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PauseCheck {
    /// Number of the check.
    pub check: i64,
    /// True: it is not run until it is resumed. False: it goes on.
    pub paused: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PausedCheck {}

impl Action for PauseCheck {
    const META: Meta = Meta {
        name: "pause-check",
        title: "Pause or resume the check",
        help: "A paused check is not run and raises no alert; its open incident ends. The time it is paused is shown as not checked, never as up. Customers notice nothing.",
        path: "/fn/pause-check",
        cli: "opsctl check pause {check}",
        kind: Kind::Write,
        permission: Permission::CheckManage,
        consent: false,
        approval: false,
    };
    type Output = PausedCheck;
    fn subject(&self) -> Subject {
        Subject::Console
    }
}

#[cfg(feature = "server")]
mod server {
    use super::{PauseCheck, PausedCheck};
    use gate::{Change, Execute, Failed, heard_by};

    impl Execute for PauseCheck {
        async fn execute(self, change: &mut Change) -> Result<PausedCheck, Failed> {
            let held: Option<(String, bool, bool, serde_json::Value)> = sqlx::query_as(
                "select name, paused, token_hash is not null and last_at is not null, spec from ops.check where id = $1 for update",
            )
            .bind(self.check)
            .fetch_optional(change.conn())
            .await?;
            let (name, before, heard, spec) = held.ok_or(Failed::NotFound)?;
            if before == self.paused {
                let is = if before { "paused already" } else { "not paused" };
                return Err(Failed::Conflict(format!("\u{201c}{name}\u{201d} is {is}. Nothing was changed.")));
            }
            // A job that was heard from before is expected again from now on.
            let due = if heard && !self.paused {
                Some(heard_by(&serde_json::from_value(spec)?, change.now()).map_err(Failed::Garbled)?)
            } else {
                None
            };
            // What was found before says nothing of how it is when it goes on.
            sqlx::query(
                "update ops.check set paused = $2, state = $3, state_at = clock_timestamp(), fails = 0, passes = 0, lease_by = null, lease_until = null,
                   started_at = null, due_by = $4, next_run_at = clock_timestamp() where id = $1",
            )
            .bind(self.check)
            .bind(self.paused)
            .bind(domain::CheckState::New.word())
            .bind(due.map(sqlx::types::time::OffsetDateTime::from))
            .execute(change.conn())
            .await?;
            sqlx::query("update ops.incident set up_at = greatest(clock_timestamp(), down_since) where check_id = $1 and up_at is null")
                .bind(self.check)
                .execute(change.conn())
                .await?;
            change.changed(&format!("check {name}"), "paused", before, self.paused);
            Ok(PausedCheck {})
        }
    }
}
