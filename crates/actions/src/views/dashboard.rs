//! The dashboard: what needs a person now, and how the parts are.

use domain::{At, Permission, Sight, View, ViewMeta};
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Dashboard {}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DashboardOutput {
    pub now: At,
    /// Commands in the troubleshooting queue; its bars are what came to it.
    pub troubleshooting: Stat,
    /// Jobs whose run failed within the last 24 hours.
    pub failed_jobs: Stat,
    /// Jobs running or waiting for longer than ten minutes.
    pub stuck_jobs: Stat,
    /// Frontend errors of the last hour (events, repeats included).
    pub frontend_errors: Stat,
    pub top_issues: Vec<Issue>,
    pub components: Vec<Component>,
}

/// A figure, its last hours as bars, and a line of context.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Stat {
    pub value: i64,
    /// Counts per equal slice of time, oldest first (12 slices of 5 minutes).
    pub spark: Vec<u32>,
    pub note: String,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Issue {
    pub source: IssueSource,
    /// Error code, such as OUT_OF_MEMORY.
    pub code: String,
    pub title: String,
    /// Commands that wait, or events of the last hour.
    pub count: i64,
    pub tenants: i64,
    pub last_seen: At,
    /// Domain of the commands, or the tenant whose page it is.
    pub area: String,
    /// Command type, or route for frontend errors.
    pub command_type: String,
    /// Number of the group, among its kind.
    pub group: i64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum IssueSource {
    Command,
    Frontend,
}

/// One part of the system and how it is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Component {
    pub name: String,
    pub health: Health,
    /// Such as `4 ms` or `3 of 4 heard from in 30 s`.
    pub detail: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Health {
    Pass,
    Warn,
    Fail,
}

impl View for Dashboard {
    const META: ViewMeta = ViewMeta {
        name: "dashboard",
        title: "Active issues and how the parts are",
        path: "/fn/dashboard",
        cli: "opsctl dashboard",
        sight: Sight::Overview,
        permission: Permission::Read,
    };
    type Output = DashboardOutput;
}

#[cfg(feature = "server")]
mod server;
