//! Sends a message to a webhook again: the same, under the same id.

use domain::{Action, Kind, Meta, Permission, Subject};
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Redeliver {
    /// Id of the message, as the webhook was told.
    pub delivery: uuid::Uuid,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Redelivering {}

impl Action for Redeliver {
    const META: Meta = Meta {
        name: "redeliver",
        title: "Send the message again",
        help: "Sends letter by letter what was sent before, under the same id, so that a receiver that has it already can tell.",
        path: "/fn/redeliver",
        cli: "opsctl webhooks redeliver {delivery}",
        kind: Kind::Write,
        permission: Permission::WebhookManage,
        consent: false,
        approval: false,
    };
    type Output = Redelivering;
    fn subject(&self) -> Subject {
        Subject::Console
    }
}

#[cfg(feature = "server")]
mod server {
    use super::{Redeliver, Redelivering};
    use domain::DeliveryState;
    use gate::{Change, Execute, Failed};

    impl Execute for Redeliver {
        async fn execute(self, change: &mut Change) -> Result<Redelivering, Failed> {
            let before: Option<String> = sqlx::query_scalar("select state from ops.delivery where id = $1 for update")
                .bind(self.delivery)
                .fetch_optional(change.conn())
                .await?;
            let before = before.ok_or(Failed::NotFound)?;
            if before == DeliveryState::Waiting.word() {
                return Err(Failed::Conflict("This message waits to be sent anyway. Nothing was changed.".into()));
            }
            sqlx::query(
                "update ops.delivery set state = $2, attempts = 0, next_at = clock_timestamp(), lease_by = null, lease_until = null, delivered_at = null where id = $1",
            )
            .bind(self.delivery)
            .bind(DeliveryState::Waiting.word())
            .execute(change.conn())
            .await?;
            change.changed(&format!("message {}", self.delivery), "state", before, DeliveryState::Waiting.word());
            Ok(Redelivering {})
        }
    }
}
