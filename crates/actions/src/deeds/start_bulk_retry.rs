//! Sends all commands of a preview again, as an operation that goes on by itself: a few first, the rest at a rate once these
//! went well, and no further when too many fail. For when the cause is mended for everybody.

use crate::views::bulk_preview;
use domain::{Accepted, Action, Kind, Meta, Permission, Subject};
use serde::{Deserialize, Serialize};
use serde_json::Value;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StartBulkRetry {
    /// The token of the preview.
    pub token: String,
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

pub(super) const fn usual_rate() -> i64 {
    50
}
pub(super) const fn usual_limit() -> i64 {
    10
}

impl Action for StartBulkRetry {
    const META: Meta = Meta {
        name: "start-bulk-retry",
        title: "Retry all that fit",
        help: "Sends each of them again with the same id and the payload it had: first 1, then 5, then 25, each after the outcomes of those before, then the rest at the rate you give. It halts by itself when too many fail. Customers see their work start over.",
        path: "/fn/start-bulk-retry",
        cli: "opsctl bulk start {token} --rate {rate} --halt-percent {halt_percent}",
        kind: Kind::Write,
        permission: Permission::CommandRetry,
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
pub(super) mod server;
