//! What a bulk retry would be about: the commands in the troubleshooting queue of the support session's tenant that fit a
//! filter, counted exactly, with what would be skipped, and the token that starts an operation on exactly these.

use crate::{find::Conditions, sealed};
use domain::{At, CommandId, Permission, Sight, SkipReason, Subject, TenantId, View, ViewMeta};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A preview holds for this long.
pub const PREVIEW_HOLDS_SECS: i64 = 600;

/// Filters; empty means all of the tenant.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct BulkPreview {
    pub domain: Option<String>,
    pub command_type: Option<String>,
    /// Error code, such as OUT_OF_MEMORY.
    pub code: Option<String>,
    /// Number of a group of failures.
    pub group: Option<i64>,
    /// Failed at or after this moment (RFC 3339) or within this span (`24h`).
    pub since: Option<String>,
    /// Failed before this moment (RFC 3339); never later than the preview.
    pub until: Option<String>,
    /// A query line, as in `troubleshooting`.
    pub find: Option<String>,
    /// Ids of commands chosen one by one, separated by commas; empty means all that fit.
    pub commands: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BulkPreviewOutput {
    pub now: At,
    /// The support session's tenant; without one there is nothing to preview.
    pub tenant: Option<TenantId>,
    pub tenant_name: Option<String>,
    /// The conditions in words, one each.
    pub conditions: Vec<String>,
    /// Commands that fit, exactly.
    pub count: i64,
    /// The newest of them.
    pub sample: Vec<SampleRow>,
    /// What would be skipped now, and why.
    pub skips: Vec<Skip>,
    /// Of how many commands the payload was looked for: all, up to 10,000.
    pub payloads_checked: i64,
    /// True: it is over so many that a second person has to approve it.
    pub needs_approval: bool,
    /// Starts one operation on exactly this set, by this person.
    pub token: Option<String>,
    /// Why there is no token.
    pub no_token: Option<String>,
    pub expires_at: At,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SampleRow {
    pub command: CommandId,
    pub domain: String,
    pub command_type: String,
    pub code: Option<String>,
    pub attempts: i32,
    pub updated_at: At,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Skip {
    pub reason: SkipReason,
    pub count: i64,
}

/// What a token says. The database seals it for the person who saw the preview; a start computes the version of the set again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Previewed {
    pub tenant: TenantId,
    /// With its moments fixed, so that it means the same set later.
    pub chosen: Conditions,
    pub count: i64,
    /// Changes when a command joins, leaves or moves on.
    pub version: i64,
    pub at: At,
}

/// What its tokens are for.
const PURPOSE: &str = "bulk";

impl Previewed {
    /// The text that is sealed.
    #[must_use]
    pub fn text(&self) -> String {
        sealed::text(PURPOSE, self)
    }

    /// The token: the text and its seal.
    #[must_use]
    pub fn token(&self, seal: &str) -> String {
        sealed::token(&self.text(), seal)
    }

    /// From a token: what it says, and its seal.
    #[must_use]
    pub fn parse(token: &str) -> Option<(Self, String)> {
        sealed::parse(PURPOSE, token)
    }
}

/// Whose is what a token starts: its tenant. A token that says none is refused as such, not as somebody else's.
pub(crate) fn subject(token: &str) -> Subject {
    Previewed::parse(token).map_or(Subject::Console, |(previewed, _)| Subject::Tenant(previewed.tenant))
}

/// Leaves of a token its seal: what it says may hold what was searched for.
pub(crate) fn without_token(input: &mut Value) {
    let seal = input["token"].as_str().and_then(|token| token.split_once('.')).map_or("", |(_, seal)| seal);
    input["token"] = ["sealed ", seal.get(..16).unwrap_or_default()].concat().into();
}

impl View for BulkPreview {
    const META: ViewMeta = ViewMeta {
        name: "bulk-preview",
        title: "What a bulk retry would be about",
        path: "/fn/bulk-preview",
        cli: "opsctl bulk preview",
        sight: Sight::Overview,
        permission: Permission::Read,
    };
    type Output = BulkPreviewOutput;
}

#[cfg(feature = "server")]
pub(crate) mod server;
