//! Sends all commands of a preview again, each with the same change to its payload, as an operation that goes on by itself. For when
//! many were sent with the same mistake. Payloads the change does not fit are skipped, each with its reason.

use super::start_bulk_retry::{usual_limit, usual_rate};
use crate::views::bulk_preview;
use domain::{Accepted, Action, Kind, Meta, Permission, Subject};
use exact::Set;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Changes one operation makes to a payload, at most.
pub const MOST_SETS: usize = 100;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StartBulkEdit {
    /// The token of a preview.
    pub token: String,
    /// What is changed in each payload, as `path=value`. The value is JSON, and text where it is none.
    pub set: Vec<String>,
    /// Commands sent in a second, 1 to 10,000.
    #[serde(default = "usual_rate")]
    pub rate: i64,
    /// Do not begin with 1, then 5, then 25, each after the outcomes of those before.
    #[serde(default)]
    pub no_canary: bool,
    /// Halt when more than this share of the confirmed outcomes failed, 0 to 100.
    #[serde(default = "usual_limit")]
    pub halt_percent: i64,
}

impl Action for StartBulkEdit {
    const META: Meta = Meta {
        name: "start-bulk-edit",
        title: "Edit all that fit",
        help: "Gives each of them the same change and sends it again with the same id: first 1, then 5, then 25, each after the outcomes of those before, then the rest at the rate you give. The payloads they had are kept. It halts by itself when too many fail. Customers see their work start over.",
        path: "/fn/start-bulk-edit",
        cli: "opsctl bulk start {token} --rate {rate} --halt-percent {halt_percent}",
        kind: Kind::Write,
        permission: Permission::CommandEdit,
        consent: false,
        approval: false,
    };
    type Output = Accepted;
    fn subject(&self) -> Subject {
        bulk_preview::subject(&self.token)
    }
    fn without_content(input: &mut Value) {
        bulk_preview::without_token(input);
        for set in input["set"].as_array_mut().into_iter().flatten() {
            let path = set.as_str().and_then(|text| text.parse::<Set>().ok()).map(|set| set.path.to_string());
            *set = path.unwrap_or_else(|| "not kept here".to_owned()).into();
        }
    }
}

#[cfg(feature = "server")]
mod server;
