//! Ends a maintenance window before its time.

use domain::{Action, Kind, Meta, Permission, Subject};
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EndMaintenance {
    /// Number of the window.
    pub maintenance: i64,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EndedMaintenance {}

impl Action for EndMaintenance {
    const META: Meta = Meta {
        name: "end-maintenance",
        title: "End the maintenance",
        help: "From now on failures count again. A window that has not begun is taken back.",
        path: "/fn/end-maintenance",
        cli: "opsctl check end-maintenance {maintenance}",
        kind: Kind::Write,
        permission: Permission::CheckManage,
        consent: false,
        approval: false,
    };
    type Output = EndedMaintenance;
    fn subject(&self) -> Subject {
        Subject::Console
    }
}

#[cfg(feature = "server")]
mod server {
    use super::{EndMaintenance, EndedMaintenance};
    use gate::{Change, Execute, Failed};

    impl Execute for EndMaintenance {
        async fn execute(self, change: &mut Change) -> Result<EndedMaintenance, Failed> {
            let ended: Option<String> = sqlx::query_scalar(
                "update ops.maintenance set ended_at = clock_timestamp() where id = $1 and ended_at is null and ends_at > clock_timestamp() returning reason",
            )
            .bind(self.maintenance)
            .fetch_optional(change.conn())
            .await?;
            change.changed("maintenance", &ended.ok_or(Failed::NotFound)?, "open", "ended");
            Ok(EndedMaintenance {})
        }
    }
}
