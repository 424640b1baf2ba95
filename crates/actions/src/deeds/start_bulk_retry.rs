//! Sends all commands of a preview again, as an operation that goes on by itself: a few first, the rest at a rate once these
//! went well, and no further when too many fail. For when the cause is mended for everybody.

use crate::views::bulk_preview::Previewed;
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
    /// The tenant of the preview. A token that says none is refused as such, not as somebody else's.
    fn subject(&self) -> Subject {
        Previewed::parse(&self.token).map_or(Subject::Console, |(previewed, _)| Subject::Tenant(previewed.tenant))
    }
    fn without_content(input: &mut Value) {
        without_token(input);
    }
}

/// Leaves of a token its seal: what it says may hold what was searched for.
pub(super) fn without_token(input: &mut Value) {
    let seal = input["token"].as_str().and_then(|token| token.split_once('.')).map_or("", |(_, seal)| seal);
    input["token"] = ["sealed ", seal.get(..16).unwrap_or_default()].concat().into();
}

#[cfg(feature = "server")]
pub(super) mod server;
