//! Says of an alert that one looks after it.

use domain::{Action, Kind, Meta, Permission, Subject};
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AcknowledgeAlert {
    /// Number of the alert.
    pub alert: i64,
    /// What others should know, at most 500 characters.
    #[serde(default)]
    pub note: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AcknowledgedAlert {}

impl Action for AcknowledgeAlert {
    const META: Meta = Meta {
        name: "acknowledge-alert",
        title: "Acknowledge the alert",
        help: "Others see that you look after it, also by webhook. It closes by itself when it is over. Customers notice nothing.",
        path: "/fn/acknowledge-alert",
        cli: "opsctl alert ack {alert}",
        kind: Kind::Write,
        permission: Permission::AlertAcknowledge,
        consent: false,
        approval: false,
    };
    type Output = AcknowledgedAlert;
    fn subject(&self) -> Subject {
        Subject::Console
    }
}

#[cfg(feature = "server")]
mod server {
    use super::{AcknowledgeAlert, AcknowledgedAlert};
    use crate::deeds::watched::fit;
    use domain::{AlertState, At};
    use gate::{Change, Execute, Failed};
    use sqlx::types::time::OffsetDateTime;
    use store::alert::{Told, tell};

    type Held = (String, String, Option<String>, Option<OffsetDateTime>);

    impl Execute for AcknowledgeAlert {
        async fn execute(self, change: &mut Change) -> Result<AcknowledgedAlert, Failed> {
            let note = self.note.as_deref().filter(|note| !note.trim().is_empty()).map(|note| fit("note", note, 500)).transpose()?;
            let held: Option<Held> =
                sqlx::query_as("select title, state, acked_by, coalesce(closed_at, acked_at) from ops.alert where id = $1 for update")
                    .bind(self.alert)
                    .fetch_optional(change.conn())
                    .await?;
            let (title, state, by, at) = held.ok_or(Failed::NotFound)?;
            if state != AlertState::Open.word() {
                let at = at.map(|at| At::from(at).clock()).unwrap_or_default();
                let said = match by.filter(|_| state == AlertState::Acknowledged.word()) {
                    Some(who) => format!("{who} looks after this alert since {at} UTC."),
                    None => format!("This alert closed at {at} UTC: it is over."),
                };
                return Err(Failed::Conflict(format!("{said} Nothing was changed.")));
            }
            let who = change.actor().name.clone();
            sqlx::query("update ops.alert set state = $2, acked_at = clock_timestamp(), acked_by = $3, note = $4 where id = $1")
                .bind(self.alert)
                .bind(AlertState::Acknowledged.word())
                .bind(who)
                .bind(note)
                .execute(change.conn())
                .await?;
            change.changed(&format!("alert {}: {title}", self.alert), "state", state, AlertState::Acknowledged.word());
            let told = tell(change.conn(), self.alert, Told::Acknowledged).await?;
            if told > 0 {
                change.effect(format!("{told} webhook{} told of it.", if told == 1 { " is" } else { "s are" }));
            }
            Ok(AcknowledgedAlert {})
        }
    }
}
