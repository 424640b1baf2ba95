//! Takes a check or a heartbeat away, with its results.

use domain::{Action, Kind, Meta, Permission, Subject};
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeleteCheck {
    /// Number of the check.
    pub check: i64,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeletedCheck {}

impl Action for DeleteCheck {
    const META: Meta = Meta {
        name: "delete-check",
        title: "Delete the check",
        help: "Takes a check or a heartbeat away with its results and incidents. Jobs that report with its token are answered 404 from then on. Customers notice nothing.",
        path: "/fn/delete-check",
        cli: "opsctl check delete {check}",
        kind: Kind::Write,
        permission: Permission::CheckManage,
        consent: false,
        approval: false,
    };
    type Output = DeletedCheck;
    fn subject(&self) -> Subject {
        Subject::Console
    }
}

#[cfg(feature = "server")]
mod server {
    use super::{DeleteCheck, DeletedCheck};
    use gate::{Change, Execute, Failed};
    use serde_json::Value;

    impl Execute for DeleteCheck {
        async fn execute(self, change: &mut Change) -> Result<DeletedCheck, Failed> {
            let name: Option<String> = sqlx::query_scalar("delete from ops.check where id = $1 returning name")
                .bind(self.check)
                .fetch_optional(change.conn())
                .await?;
            change.changed("check", &name.ok_or(Failed::NotFound)?, self.check, Value::Null);
            Ok(DeletedCheck {})
        }
    }
}
