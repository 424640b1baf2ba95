//! Says of a group of failures where it stands: somebody looks into it, a ticket knows it, it is out of sight for a while, it is
//! mended. Changes nothing of a customer's. For keeping a long list short enough to see what is new.

use domain::{Action, GroupState, Kind, Meta, Permission, Subject};
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TriageGroup {
    /// Number of the group.
    pub group: i64,
    /// True: it is a group of frontend errors, not of failed commands.
    #[serde(default)]
    pub frontend: bool,
    /// NEW, INVESTIGATING, KNOWN, SNOOZED or RESOLVED.
    pub to: GroupState,
    /// For KNOWN: where the cause is worked on.
    #[serde(default)]
    pub ticket: Option<String>,
    /// For SNOOZED: wake then, a span from now (`4h`) or a moment (RFC 3339).
    #[serde(default)]
    pub until: Option<String>,
    /// For SNOOZED: wake after so many more failures.
    #[serde(default)]
    pub more: Option<i64>,
    /// For SNOOZED: wake when more than so many fail within an hour.
    #[serde(default)]
    pub per_hour: Option<i64>,
    /// For RESOLVED: the build that mends it. Failures of older builds are then no surprise.
    #[serde(default)]
    pub release: Option<String>,
    /// What others should know, without anything of a customer's.
    #[serde(default)]
    pub note: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Triaged {
    pub state: GroupState,
}

impl Action for TriageGroup {
    const META: Meta = Meta {
        name: "triage-group",
        title: "Say where the group stands",
        help: "Marks a group of failures or of frontend errors as being looked into, known under a ticket, snoozed until a time, a count or a rate, or resolved in a build. A snoozed group wakes by itself; a resolved one comes back as regressed when it fails again. Customers notice nothing.",
        path: "/fn/triage-group",
        cli: "opsctl groups triage {group} {to} --ticket {ticket} --until {until} --more {more} --per-hour {per_hour} --release {release} --note {note}",
        kind: Kind::Write,
        permission: Permission::GroupTriage,
        consent: false,
        approval: false,
    };
    type Output = Triaged;
    fn subject(&self) -> Subject {
        if self.frontend { Subject::FrontendGroup(self.group) } else { Subject::Group(self.group) }
    }
}

#[cfg(feature = "server")]
mod server;
