//! Runs the jobs of all commands of a preview again from one of their steps, as an operation that goes on by itself. For when many are
//! stuck at the same step. Jobs without that step, or that have not come to it, are skipped, each with its reason.

use super::start_bulk_retry::{usual_limit, usual_rate};
use crate::views::bulk_preview;
use domain::{Accepted, Action, Kind, Meta, Permission, Subject};
use serde::{Deserialize, Serialize};
use serde_json::Value;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StartBulkReprocess {
    /// The token of a preview.
    pub token: String,
    /// The first step to run again.
    pub from_step: String,
    /// Memory limit for the steps run again, such as `1G`; empty keeps what is set.
    #[serde(default)]
    pub memory: String,
    /// Parameters laid over the present ones: a JSON object as text; empty for none.
    #[serde(default)]
    pub params: String,
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

impl Action for StartBulkReprocess {
    const META: Meta = Meta {
        name: "start-bulk-reprocess",
        title: "Reprocess all that fit",
        help: "Runs the job of each of them again from the step you choose: first 1, then 5, then 25, each after the outcomes of those before, then the rest at the rate you give. Outputs of the steps before are reused. It halts by itself when too many fail. Customers see their work start over from there.",
        path: "/fn/start-bulk-reprocess",
        cli: "opsctl bulk start {token} --from-step {from_step} --memory {memory} --rate {rate} --halt-percent {halt_percent}",
        kind: Kind::Write,
        permission: Permission::JobReprocess,
        consent: false,
        approval: false,
    };
    type Output = Accepted;
    fn subject(&self) -> Subject {
        bulk_preview::subject(&self.token)
    }
    fn without_content(input: &mut Value) {
        bulk_preview::without_token(input);
    }
}

#[cfg(feature = "server")]
mod server;
