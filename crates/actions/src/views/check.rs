//! One check or heartbeat: what it asks, its results, its incidents, and when nobody checked.

use super::checks::{CheckRow, MaintenanceRow};
use domain::{At, CheckSpec, Permission, Sight, View, ViewMeta};
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Check {
    /// Its number.
    pub check: i64,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CheckOutput {
    pub now: At,
    pub row: CheckRow,
    pub spec: CheckSpec,
    pub every_secs: i64,
    pub timeout_secs: i64,
    pub fail_after: i64,
    pub pass_after: i64,
    pub saved_by: String,
    /// The newest fifty.
    pub results: Vec<CheckResult>,
    /// The newest twenty.
    pub incidents: Vec<Incident>,
    /// When nobody checked although it was due; the newest twenty.
    pub gaps: Vec<Gap>,
    pub maintenance: Vec<MaintenanceRow>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckResult {
    pub at: At,
    pub ok: bool,
    pub took_ms: Option<i64>,
    pub error: Option<String>,
    /// The last of what a job printed, scrubbed.
    pub output: Option<String>,
    /// In a maintenance window: it counts for nothing.
    pub excused: bool,
    /// Which server ran it.
    pub runner: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Incident {
    pub down_since: At,
    /// Null: it goes on.
    pub up_at: Option<At>,
    pub error: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Gap {
    pub from: At,
    pub to: At,
}

impl View for Check {
    const META: ViewMeta = ViewMeta {
        name: "check",
        title: "Check",
        path: "/fn/check",
        cli: "opsctl check show {check}",
        sight: Sight::Shared,
        permission: Permission::Read,
    };
    type Output = CheckOutput;
}

#[cfg(feature = "server")]
mod server;
