//! Sets how many commands one person alone may act on at once; more need a second person.

use domain::{Action, Kind, Meta, Permission, Subject};
use serde::{Deserialize, Serialize};

/// The highest limit there is.
pub const MOST_ALONE: i64 = 1_000_000;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SetApprovalLimit {
    /// An operation over more commands than this needs approval; 0 to 1,000,000.
    pub commands: i64,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApprovalLimit {}

impl Action for SetApprovalLimit {
    const META: Meta = Meta {
        name: "set-approval-limit",
        title: "Set the limit of approval",
        help: "An operation over more commands than this waits until a second person has approved it. Operations that have begun go on as they are.",
        path: "/fn/set-approval-limit",
        cli: "opsctl bulk approval-limit {commands}",
        kind: Kind::Write,
        permission: Permission::StaffManage,
        consent: false,
        approval: false,
    };
    type Output = ApprovalLimit;
    fn subject(&self) -> Subject {
        Subject::Console
    }
}

#[cfg(feature = "server")]
mod server {
    use super::{ApprovalLimit, MOST_ALONE, SetApprovalLimit};
    use gate::{Change, Execute, Failed};

    impl Execute for SetApprovalLimit {
        async fn execute(self, change: &mut Change) -> Result<ApprovalLimit, Failed> {
            if !(0..=MOST_ALONE).contains(&self.commands) {
                return Err(Failed::BadInput(format!("The limit is between 0 and 1,000,000 commands, not {}.", self.commands)));
            }
            let before: i32 = sqlx::query_scalar("select approve_above from console.setting for update").fetch_one(change.conn()).await?;
            sqlx::query("update console.setting set approve_above = $1")
                .bind(i32::try_from(self.commands).unwrap_or(i32::MAX))
                .execute(change.conn())
                .await?;
            change.changed("operations", "approval above", before, self.commands);
            Ok(ApprovalLimit {})
        }
    }
}
