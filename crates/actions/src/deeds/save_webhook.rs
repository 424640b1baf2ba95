//! Saves where alerts are sent to.

use domain::{Action, Kind, Meta, Permission, Severity, Subject, WebhookForm};
use serde::{Deserialize, Serialize};
use serde_json::Value;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SaveWebhook {
    /// Number of the webhook that is changed; without it a new one.
    #[serde(default)]
    pub webhook: Option<i64>,
    /// What it is called, 1 to 80 characters; each name once.
    pub name: String,
    /// Where it is sent to; may be left out for one that is changed. Kept encrypted: only its host is ever shown again.
    #[serde(default)]
    pub url: Option<String>,
    /// STANDARD (Standard Webhooks) or DISCORD.
    #[serde(default)]
    pub form: Option<WebhookForm>,
    /// The least severity that is sent: INFO, WARNING or CRITICAL.
    #[serde(default)]
    pub least: Option<Severity>,
    /// True: it is kept and nothing is sent; what is written for it waits.
    #[serde(default)]
    pub off: bool,
    /// True: the webhook gets a new secret.
    #[serde(default)]
    pub rotate: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SavedWebhook {
    /// Its number.
    pub webhook: i64,
    /// The secret its messages are signed with, if it is new. It is shown this once.
    pub secret: Option<String>,
}

impl Action for SaveWebhook {
    const META: Meta = Meta {
        name: "save-webhook",
        title: "Save the webhook",
        help: "Alerts are sent there, signed, in the form of Standard Webhooks or as Discord takes them. Private addresses are only reached if the configuration allows them.",
        path: "/fn/save-webhook",
        cli: "opsctl webhooks save {name} --target {url}",
        kind: Kind::Write,
        permission: Permission::WebhookManage,
        consent: false,
        approval: false,
    };
    type Output = SavedWebhook;
    fn subject(&self) -> Subject {
        Subject::Console
    }
    fn without_content(input: &mut Value) {
        if input["url"].is_string() {
            input["url"] = "\u{2026}".into();
        }
    }
}

#[cfg(feature = "server")]
mod server;
