//! Lets a check run now, whatever its turn.

use domain::{Action, Kind, Meta, Permission, Subject};
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunCheck {
    /// Number of the check.
    pub check: i64,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunningCheck {}

impl Action for RunCheck {
    const META: Meta = Meta {
        name: "run-check",
        title: "Run the check now",
        help: "Puts the check at the head of the line: some server runs it within a second, and its result counts like any other. Heartbeats cannot be run: nothing is asked there.",
        path: "/fn/run-check",
        cli: "opsctl check run {check}",
        kind: Kind::Write,
        permission: Permission::CheckManage,
        consent: false,
        approval: false,
    };
    type Output = RunningCheck;
    fn subject(&self) -> Subject {
        Subject::Console
    }
}

#[cfg(feature = "server")]
mod server {
    use super::{RunCheck, RunningCheck};
    use domain::CheckKind;
    use gate::{Change, Execute, Failed};

    impl Execute for RunCheck {
        async fn execute(self, change: &mut Change) -> Result<RunningCheck, Failed> {
            let held: Option<(String, String, bool)> = sqlx::query_as("select name, kind, paused from ops.check where id = $1 for update")
                .bind(self.check)
                .fetch_optional(change.conn())
                .await?;
            let (name, kind, paused) = held.ok_or(Failed::NotFound)?;
            if kind == CheckKind::Heartbeat.word() {
                return Err(Failed::BadInput(format!("\u{201c}{name}\u{201d} is a heartbeat: nothing is asked, a job reports by itself.")));
            }
            if paused {
                return Err(Failed::Conflict(format!("\u{201c}{name}\u{201d} is paused; resume it first. Nothing was changed.")));
            }
            // A run under way was claimed for another slot and then writes nothing: this one does.
            sqlx::query("update ops.check set next_run_at = clock_timestamp(), lease_by = null, lease_until = null where id = $1")
                .bind(self.check)
                .execute(change.conn())
                .await?;
            change.effect(format!("\u{201c}{name}\u{201d} is run now."));
            Ok(RunningCheck {})
        }
    }
}
