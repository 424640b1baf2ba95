//! Takes a webhook away, with what was not delivered yet.

use domain::{Action, Kind, Meta, Permission, Subject};
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeleteWebhook {
    /// Number of the webhook.
    pub webhook: i64,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeletedWebhook {}

impl Action for DeleteWebhook {
    const META: Meta = Meta {
        name: "delete-webhook",
        title: "Delete the webhook",
        help: "Nothing is sent there any more, also not what waits.",
        path: "/fn/delete-webhook",
        cli: "opsctl webhooks delete {webhook}",
        kind: Kind::Write,
        permission: Permission::WebhookManage,
        consent: false,
        approval: false,
    };
    type Output = DeletedWebhook;
    fn subject(&self) -> Subject {
        Subject::Console
    }
}

#[cfg(feature = "server")]
mod server {
    use super::{DeleteWebhook, DeletedWebhook};
    use gate::{Change, Execute, Failed};
    use serde_json::Value;

    impl Execute for DeleteWebhook {
        async fn execute(self, change: &mut Change) -> Result<DeletedWebhook, Failed> {
            let gone: Option<(String, String)> = sqlx::query_as("delete from ops.webhook where id = $1 returning name, host")
                .bind(self.webhook)
                .fetch_optional(change.conn())
                .await?;
            let (name, host) = gone.ok_or(Failed::NotFound)?;
            change.changed("webhook", &name, host, Value::Null);
            Ok(DeletedWebhook {})
        }
    }
}
