//! Groups of failures: what failed alike, how often, at whom, since when, and what people made of it. Counts are kept as
//! failures come and go, so the list is as fast at a million failures as at ten.

use super::standing::Standing;
use domain::{At, CommandId, GroupState, Permission, Sight, View, ViewMeta};
use serde::{Deserialize, Serialize};

/// Filters of the list; all of them are in the page's URL.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Groups {
    /// A state; `all`; or nothing for what wants a person: commands wait, and it is neither snoozed nor resolved.
    pub state: Option<String>,
    /// Tenant slug or id; counts are then that tenant's.
    pub tenant: Option<String>,
    /// Error code, such as OUT_OF_MEMORY.
    pub code: Option<String>,
    /// Domain and command type, as in `plans/IngestPlan`: groups it ever happened in. For staff who see all tenants.
    pub command_type: Option<String>,
    /// `recent` (the default) or `size`.
    pub order: Option<String>,
    /// Rows on a page, 1 to 200; 50 when absent.
    pub limit: Option<i64>,
    /// Where the page before ended.
    pub cursor: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct GroupsOutput {
    pub now: At,
    pub rows: Vec<FailureGroup>,
    /// Groups that fit, exactly.
    pub total: i64,
    /// Commands waiting in all of them.
    pub open: i64,
    /// Cursor of the next page.
    pub next: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FailureGroup {
    pub id: i64,
    /// 16 hex digits over code, message without its particulars, and frames.
    pub fingerprint: String,
    /// Of the rule that made it; 0: by code and title only.
    pub fingerprint_version: i32,
    pub code: String,
    /// The error's class as a sentence; holds nothing of a customer's.
    pub title: String,
    pub state: GroupState,
    pub state_at: At,
    /// Who put it there; nobody when it got there by itself.
    pub state_by: Option<String>,
    pub why: Option<String>,
    pub ticket: Option<String>,
    pub snooze_until: Option<At>,
    /// Wakes at so many failures altogether.
    pub snooze_total: Option<i64>,
    /// Wakes at more than so many within an hour.
    pub snooze_per_hour: Option<i32>,
    /// Build in which it was mended.
    pub resolved_in: Option<String>,
    /// Commands that wait now.
    pub open: i64,
    /// Failures ever.
    pub total: i64,
    /// Tenants it ever happened to.
    pub tenants: i32,
    pub first_seen: At,
    pub last_seen: At,
    /// Failures per hour of the last day, oldest first.
    pub spark: Vec<u32>,
    /// Command types, most often first; for staff who see all tenants.
    pub types: Vec<String>,
    /// Builds, newest first; for staff who see all tenants.
    pub releases: Vec<String>,
    /// The newest command of it.
    pub sample: Option<CommandId>,
}

impl FailureGroup {
    /// Where it stands, as of any group.
    #[must_use]
    pub fn standing(&self) -> Standing {
        Standing {
            state: self.state,
            state_at: self.state_at,
            state_by: self.state_by.clone(),
            why: self.why.clone(),
            ticket: self.ticket.clone(),
            snooze_until: self.snooze_until,
            snooze_total: self.snooze_total,
            snooze_per_hour: self.snooze_per_hour,
            resolved_in: self.resolved_in.clone(),
        }
    }
}

impl View for Groups {
    const META: ViewMeta = ViewMeta {
        name: "groups",
        title: "Failures that are alike, as groups",
        path: "/fn/groups",
        cli: "opsctl groups list",
        sight: Sight::Overview,
        permission: Permission::Read,
    };
    type Output = GroupsOutput;
}

#[cfg(feature = "server")]
pub(crate) mod server;
