//! Runs of pipelines, newest first.

use domain::{At, CommandId, JobId, JobStatus, Permission, Sight, TenantId, View, ViewMeta};
use serde::{Deserialize, Serialize};

/// Filters of the list; empty means all.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Jobs {
    pub status: Option<JobStatus>,
    pub pipeline: Option<String>,
    /// Tenant slug or id.
    pub tenant: Option<String>,
    /// Changed within this span (`1h`) or since this moment (RFC 3339).
    pub last: Option<String>,
    /// Rows on a page, 1 to 200; 50 when absent.
    pub limit: Option<i64>,
    pub cursor: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct JobsOutput {
    pub now: At,
    pub rows: Vec<JobRow>,
    pub total: i64,
    pub total_capped: bool,
    pub next: Option<String>,
    pub pipelines: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct JobRow {
    pub tenant: TenantId,
    pub tenant_name: String,
    pub job: JobId,
    pub command: CommandId,
    pub pipeline: String,
    /// What it works on, such as a file name; inside only.
    pub title: Option<String>,
    pub status: JobStatus,
    /// Where it stands or failed.
    pub current_step: Option<String>,
    pub error_code: Option<String>,
    pub error_title: Option<String>,
    /// Which try of the whole run this is.
    pub run: i32,
    pub created_at: At,
    pub updated_at: At,
    /// From first start to last end (or now).
    pub duration_ms: Option<i64>,
}

impl View for Jobs {
    const META: ViewMeta = ViewMeta {
        name: "jobs",
        title: "Runs of pipelines",
        path: "/fn/jobs",
        cli: "opsctl jobs",
        sight: Sight::Overview,
        permission: Permission::Read,
    };
    type Output = JobsOutput;
}
