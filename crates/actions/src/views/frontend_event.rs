//! All that a client of another make said of an event: breadcrumbs, contexts, tags. Scrubbed before it was kept.

use domain::{At, Permission, Sight, Subject, View, ViewMeta};
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FrontendEvent {
    /// Number of its group.
    pub group: i64,
    /// Its number, as the group's events have it.
    pub event: i64,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FrontendEventOutput {
    pub now: At,
    /// True when it may be shown: within a support session on its tenant.
    pub inside: bool,
    /// As the client's protocol has it; nothing where the event is no longer kept, came from the beacon, or where more came than is kept.
    pub said: Option<serde_json::Value>,
}

impl View for FrontendEvent {
    const META: ViewMeta = ViewMeta {
        name: "frontend-event",
        title: "All that a page said of an event",
        path: "/fn/frontend-event",
        cli: "opsctl groups show {group} --frontend --event {event}",
        sight: Sight::Excerpts,
        permission: Permission::Read,
    };
    type Output = FrontendEventOutput;
    fn subject(&self) -> Subject {
        Subject::FrontendGroup(self.group)
    }
}

#[cfg(feature = "server")]
mod server {
    use super::{FrontendEvent, FrontendEventOutput};
    use gate::{Failed, Look, Show};
    use uuid::Uuid;

    impl Show for FrontendEvent {
        async fn show(self, look: &mut Look) -> Result<FrontendEventOutput, Failed> {
            let tenant: Uuid = sqlx::query_scalar("select tenant_id from telemetry.error_group where id = $1")
                .bind(self.group)
                .fetch_optional(look.conn())
                .await?
                .ok_or(Failed::NotFound)?;
            // Row-level security lets it through only inside a support session on its tenant.
            let said: Option<Option<String>> = sqlx::query_scalar("select raw from telemetry.event where group_id = $1 and id = $2")
                .bind(self.group)
                .bind(self.event)
                .fetch_optional(look.conn())
                .await?;
            let said = said.flatten().map(|said| serde_json::from_str(&said));
            let said = said.transpose().map_err(|error| Failed::Garbled(format!("what was said of event {}: {error}", self.event)))?;
            Ok(FrontendEventOutput { now: look.now(), inside: look.inside().is_some_and(|inside| inside.0 == tenant), said })
        }
    }
}
