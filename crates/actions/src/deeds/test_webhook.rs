//! Sends a message to a webhook that says it is a test.

use domain::{Action, Kind, Meta, Permission, Subject};
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TestWebhook {
    /// Number of the webhook.
    pub webhook: i64,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TestedWebhook {}

impl Action for TestWebhook {
    const META: Meta = Meta {
        name: "test-webhook",
        title: "Test the webhook",
        help: "Writes one message that says it is a test; it takes the same way as an alert, signature and all.",
        path: "/fn/test-webhook",
        cli: "opsctl webhooks test {webhook}",
        kind: Kind::Write,
        permission: Permission::WebhookManage,
        consent: false,
        approval: false,
    };
    type Output = TestedWebhook;
    fn subject(&self) -> Subject {
        Subject::Console
    }
}

#[cfg(feature = "server")]
mod server {
    use super::{TestWebhook, TestedWebhook};
    use domain::WebhookForm;
    use gate::{Change, Execute, Failed};
    use serde_json::json;
    use store::alert::queue;

    impl Execute for TestWebhook {
        async fn execute(self, change: &mut Change) -> Result<TestedWebhook, Failed> {
            let held: Option<(String, String, bool)> = sqlx::query_as("select name, form, enabled from ops.webhook where id = $1")
                .bind(self.webhook)
                .fetch_optional(change.conn())
                .await?;
            let (name, form, enabled) = held.ok_or(Failed::NotFound)?;
            if !enabled {
                return Err(Failed::Conflict(format!(
                    "\u{201c}{name}\u{201d} is switched off; save it switched on first. Nothing was sent."
                )));
            }
            let who = change.actor().name.clone();
            let said = format!("{who} tests the webhook {name} of the support console.");
            let body = if form == WebhookForm::Discord.word() {
                json!({ "content": said, "allowed_mentions": { "parse": [] } })
            } else {
                json!({ "type": "test", "timestamp": change.now(), "data": { "title": said } })
            };
            queue(change.conn(), self.webhook, None, "test", &body).await?;
            change.effect(format!("A test is sent to \u{201c}{name}\u{201d}."));
            Ok(TestedWebhook {})
        }
    }
}
