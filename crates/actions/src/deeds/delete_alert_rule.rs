//! Takes an alert rule away.

use domain::{Action, Kind, Meta, Permission, Subject};
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeleteAlertRule {
    /// Number of the rule.
    pub rule: i64,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeletedAlertRule {}

impl Action for DeleteAlertRule {
    const META: Meta = Meta {
        name: "delete-alert-rule",
        title: "Delete the alert rule",
        help: "The rule looks no more, and its open alerts close. What it raised stays in the list.",
        path: "/fn/delete-alert-rule",
        cli: "opsctl alerts delete-rule {rule}",
        kind: Kind::Write,
        permission: Permission::AlertManage,
        consent: false,
        approval: false,
    };
    type Output = DeletedAlertRule;
    fn subject(&self) -> Subject {
        Subject::Console
    }
}

#[cfg(feature = "server")]
mod server {
    use super::{DeleteAlertRule, DeletedAlertRule};
    use gate::{Change, Execute, Failed};
    use serde_json::Value;

    impl Execute for DeleteAlertRule {
        async fn execute(self, change: &mut Change) -> Result<DeletedAlertRule, Failed> {
            let name: Option<String> = sqlx::query_scalar("delete from ops.alert_rule where id = $1 returning name")
                .bind(self.rule)
                .fetch_optional(change.conn())
                .await?;
            change.changed("alert rule", &name.ok_or(Failed::NotFound)?, self.rule, Value::Null);
            change.effect("Its open alerts close within a few seconds.");
            Ok(DeletedAlertRule {})
        }
    }
}
