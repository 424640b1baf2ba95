//! Silences an alert rule for a while, or lets it speak again.

use domain::{Action, Kind, Meta, Permission, Subject};
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SilenceAlertRule {
    /// Number of the rule.
    pub rule: i64,
    /// A span from now (`4h`) or a moment (RFC 3339); without it the rule speaks again.
    #[serde(default)]
    pub until: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SilencedAlertRule {}

impl Action for SilenceAlertRule {
    const META: Meta = Meta {
        name: "silence-alert-rule",
        title: "Silence the alert rule",
        help: "A silenced rule raises nothing new. Alerts that are open stay, and close when they are over.",
        path: "/fn/silence-alert-rule",
        cli: "opsctl alerts silence {rule} --until {until}",
        kind: Kind::Write,
        permission: Permission::AlertManage,
        consent: false,
        approval: false,
    };
    type Output = SilencedAlertRule;
    fn subject(&self) -> Subject {
        Subject::Console
    }
}

#[cfg(feature = "server")]
mod server {
    use super::{SilenceAlertRule, SilencedAlertRule};
    use crate::deeds::watched::later;
    use domain::At;
    use gate::{Change, Execute, Failed};
    use serde_json::{Value, json};
    use sqlx::types::time::OffsetDateTime;

    impl Execute for SilenceAlertRule {
        async fn execute(self, change: &mut Change) -> Result<SilencedAlertRule, Failed> {
            let until = self.until.as_deref().map(|until| later(until, change.now())).transpose()?;
            let before: Option<(String, Option<OffsetDateTime>)> =
                sqlx::query_as("select name, silenced_until from ops.alert_rule where id = $1 for update")
                    .bind(self.rule)
                    .fetch_optional(change.conn())
                    .await?;
            let (name, before) = before.ok_or(Failed::NotFound)?;
            let who = change.actor().name.clone();
            sqlx::query("update ops.alert_rule set silenced_until = $2, silenced_by = $3 where id = $1")
                .bind(self.rule)
                .bind(until.map(OffsetDateTime::from))
                .bind(who)
                .execute(change.conn())
                .await?;
            let said = |at: Option<At>| at.map_or(Value::Null, |at| json!(at));
            change.changed(&format!("alert rule {name}"), "silenced until", said(before.map(At::from)), said(until));
            Ok(SilencedAlertRule {})
        }
    }
}
