//! The audit timeline: every deed and every refusal, newest first.

use domain::{At, AuditOutcome, FieldChange, Missing, OperationId, Permission, Sight, View, ViewMeta};
use serde::{Deserialize, Serialize};

/// Filters of the timeline; empty means all one may see.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Audit {
    /// Only my own deeds.
    pub mine: bool,
    /// Only of this UTC day so far.
    pub today: bool,
    /// Since this moment (RFC 3339) or within this span (`24h`).
    pub since: Option<String>,
    /// Tenant slug or id.
    pub tenant: Option<String>,
    /// `done`, `accepted`, `refused`, `rehearsed`, `viewed`, `failed`, `open`, `unknown`.
    pub outcome: Option<String>,
    pub action: Option<String>,
    /// Only of this operation.
    pub operation: Option<OperationId>,
    pub limit: Option<i64>,
    /// Entries with a smaller number than this.
    pub before: Option<i64>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AuditOutput {
    pub now: At,
    pub entries: Vec<AuditEntry>,
    pub next: Option<i64>,
    /// Links in the chain, and when it was last verified by this server.
    pub chain_length: i64,
    pub verified: Option<Verification>,
    /// True when the person sees only their own entries.
    pub only_mine: bool,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AuditEntry {
    pub id: i64,
    pub at: At,
    pub closed_at: Option<At>,
    pub staff_name: String,
    pub tenant_name: Option<String>,
    pub ticket: Option<String>,
    pub reason: Option<String>,
    /// `retry-command`, `view command`, `start-session` …
    pub action: String,
    /// What was done in words, such as "Retried a command".
    pub title: String,
    /// `command:0193…`
    pub subject: String,
    pub outcome: AuditOutcome,
    /// Sentence that goes with the outcome.
    pub note: Option<String>,
    pub missing: Vec<Missing>,
    pub changes: Vec<FieldChange>,
    pub effects: Vec<String>,
    /// The operation it started, steered, or was a row of.
    #[serde(default)]
    pub operation: Option<OperationId>,
}

/// The result of recomputing the hash chain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verification {
    pub at: At,
    pub links: i64,
    pub took_ms: i64,
    /// The first link that does not fit, with a sentence; `None`: the chain is whole.
    pub first_bad: Option<BadLink>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BadLink {
    pub seq: i64,
    pub entry: Option<i64>,
    pub what: String,
}

impl View for Audit {
    const META: ViewMeta = ViewMeta {
        name: "audit",
        title: "The audit timeline",
        path: "/fn/audit",
        cli: "opsctl audit",
        sight: Sight::Console,
        permission: Permission::Own,
    };
    type Output = AuditOutput;
}

#[cfg(feature = "server")]
mod server;
