//! Where alerts are sent to, and what became of the newest messages. Addresses and secrets are sealed: only the host is shown.

use domain::{At, DeliveryState, Permission, Severity, Sight, View, ViewMeta, WebhookForm};
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Webhooks {
    /// Messages of this webhook only.
    pub webhook: Option<i64>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WebhooksOutput {
    pub now: At,
    /// By name; at most 200.
    pub hooks: Vec<WebhookRow>,
    /// The newest fifty.
    pub deliveries: Vec<DeliveryRow>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WebhookRow {
    pub webhook: i64,
    pub name: String,
    pub form: WebhookForm,
    pub host: String,
    pub least: Severity,
    pub on: bool,
    pub saved_by: String,
    /// Messages that wait, and those that are dead.
    pub waiting: i64,
    pub dead: i64,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeliveryRow {
    /// Also what the receiver knows it by.
    pub delivery: uuid::Uuid,
    pub webhook: i64,
    pub webhook_name: String,
    pub alert: Option<i64>,
    pub event: String,
    pub state: DeliveryState,
    pub attempts: i64,
    pub created_at: At,
    /// When it is tried next, while it waits.
    pub next_at: Option<At>,
    pub last_status: Option<i64>,
    pub last_error: Option<String>,
}

impl View for Webhooks {
    const META: ViewMeta = ViewMeta {
        name: "webhooks",
        title: "Webhooks",
        path: "/fn/webhooks",
        cli: "opsctl webhooks list",
        sight: Sight::Shared,
        permission: Permission::Read,
    };
    type Output = WebhooksOutput;
}

#[cfg(feature = "server")]
mod server {
    use super::{DeliveryRow, WebhookRow, Webhooks, WebhooksOutput};
    use domain::{At, BadState, DeliveryState};
    use gate::{Failed, Look, Show};
    use sqlx::types::time::OffsetDateTime;
    use uuid::Uuid;

    type Hook = (i64, String, String, String, String, bool, String, i64, i64);
    #[derive(sqlx::FromRow)]
    struct Record {
        id: Uuid,
        webhook_id: i64,
        name: String,
        alert_id: Option<i64>,
        event: String,
        state: String,
        attempts: i32,
        created_at: OffsetDateTime,
        next_at: OffsetDateTime,
        last_status: Option<i32>,
        last_error: Option<String>,
    }

    impl Show for Webhooks {
        async fn show(self, look: &mut Look) -> Result<WebhooksOutput, Failed> {
            let hooks: Vec<Hook> = sqlx::query_as(
                "select h.id, h.name, h.form, h.host, h.least, h.enabled, h.saved_by,
                        (select count(*) from ops.delivery d where d.webhook_id = h.id and d.state = $1),
                        (select count(*) from ops.delivery d where d.webhook_id = h.id and d.state = $2)
                 from ops.webhook h order by h.name limit 200",
            )
            .bind(DeliveryState::Waiting.word())
            .bind(DeliveryState::Dead.word())
            .fetch_all(look.conn())
            .await?;
            let sent: Vec<Record> = sqlx::query_as(
                "select d.id, d.webhook_id, h.name, d.alert_id, d.event, d.state, d.attempts, d.created_at, d.next_at, d.last_status, d.last_error
                 from ops.delivery d join ops.webhook h on h.id = d.webhook_id where $1::bigint is null or d.webhook_id = $1 order by d.created_at desc, d.id limit 50",
            )
            .bind(self.webhook)
            .fetch_all(look.conn())
            .await?;
            let hooks = hooks.into_iter().map(hook).collect::<Result<_, _>>()?;
            let deliveries = sent.into_iter().map(Record::row).collect::<Result<_, _>>()?;
            Ok(WebhooksOutput { now: look.now(), hooks, deliveries })
        }
    }

    fn garbled(error: BadState) -> Failed {
        Failed::Garbled(error.to_string())
    }

    fn hook((webhook, name, form, host, least, on, saved_by, waiting, dead): Hook) -> Result<WebhookRow, Failed> {
        let (form, least) = (form.parse().map_err(garbled)?, least.parse().map_err(garbled)?);
        Ok(WebhookRow { webhook, name, form, host, least, on, saved_by, waiting, dead })
    }

    impl Record {
        fn row(self) -> Result<DeliveryRow, Failed> {
            let state: DeliveryState = self.state.parse().map_err(garbled)?;
            Ok(DeliveryRow {
                delivery: self.id,
                webhook: self.webhook_id,
                webhook_name: self.name,
                alert: self.alert_id,
                event: self.event,
                state,
                attempts: self.attempts.into(),
                created_at: At::from(self.created_at),
                next_at: (state == DeliveryState::Waiting).then(|| At::from(self.next_at)),
                last_status: self.last_status.map(i64::from),
                last_error: self.last_error,
            })
        }
    }
}
