//! The troubleshooting queue: commands that wait for a person. A view by status, not a queue.

use domain::{At, CommandId, CommandStatus, Permission, Sight, TenantId, View, ViewMeta};
use serde::{Deserialize, Serialize};

/// Filters of the list; empty means all. All of them are in the page's URL.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Troubleshooting {
    pub domain: Option<String>,
    pub command_type: Option<String>,
    /// Error code, such as OUT_OF_MEMORY.
    pub code: Option<String>,
    /// Number of a group of failures.
    pub group: Option<i64>,
    /// Tenant slug or id.
    pub tenant: Option<String>,
    /// Failed at or after this moment (RFC 3339) or within this span (`24h`).
    pub since: Option<String>,
    /// Failed before this moment (RFC 3339).
    pub until: Option<String>,
    /// A query line such as `attempts>2 payload.customer.id:42 "out of memory"`; all of it has to hold, too.
    pub find: Option<String>,
    /// Rows on a page, 1 to 200; 50 when absent.
    pub limit: Option<i64>,
    /// Rows to leave out; the cursor is cheaper.
    pub offset: Option<i64>,
    /// Where the page before ended.
    pub cursor: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TroubleshootingOutput {
    pub now: At,
    pub rows: Vec<CommandRow>,
    /// Rows that match, exactly; or with `total_capped` how many at least: 10,000, or those of this page where a frequent text is looked for.
    pub total: i64,
    /// True: there are more than `total`.
    pub total_capped: bool,
    /// Cursor of the next, older page.
    pub next: Option<String>,
    /// What can be chosen in the filters.
    pub domains: Vec<String>,
    pub command_types: Vec<String>,
    pub codes: Vec<String>,
    /// Steps at which runs failed; the first 50 by name.
    pub steps: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CommandRow {
    pub tenant: TenantId,
    pub tenant_name: String,
    pub command: CommandId,
    pub domain: String,
    pub command_type: String,
    pub status: CommandStatus,
    pub attempts: i32,
    pub max_attempts: i32,
    pub error_code: Option<String>,
    /// The error's class as a sentence; holds nothing of a customer's.
    pub error_title: Option<String>,
    /// The full message; only inside a support session on the tenant.
    pub error_message: Option<String>,
    pub created_at: At,
    pub updated_at: At,
    /// The group of failures it belongs to.
    pub group: Option<i64>,
    /// The run of a pipeline this command started, if any.
    pub job: Option<domain::JobId>,
    /// The payload as JSON text, so that no number loses a digit; in a list only its beginning. Only inside a support session on the
    /// tenant, and without what its contract calls sensitive.
    pub payload: Option<String>,
}

impl View for Troubleshooting {
    const META: ViewMeta = ViewMeta {
        name: "troubleshooting",
        title: "Commands in the troubleshooting queue",
        path: "/fn/troubleshooting",
        cli: "opsctl troubleshooting list",
        sight: Sight::Excerpts,
        permission: Permission::Read,
    };
    type Output = TroubleshootingOutput;
}

#[cfg(feature = "server")]
pub(crate) mod server;
