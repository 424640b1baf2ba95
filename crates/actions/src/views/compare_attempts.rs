//! Two attempts of one step beside each other: how they ended, what they ran with, what they used, and inside a support session
//! their words. The rows are made here, so that a page, a terminal and a script see the same.

use super::job::Attempt;
use domain::{At, JobId, Permission, Sight, Subject, TenantId, View, ViewMeta};
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CompareAttempts {
    pub job: JobId,
    /// The step; the one that matters most when left out.
    #[serde(default)]
    pub step: Option<String>,
    /// Number of the attempt on the left. Left out: the last good one before the other, else the one before it.
    #[serde(default)]
    pub first: Option<i32>,
    /// Number of the attempt on the right. Left out: the last that failed, else the last.
    #[serde(default)]
    pub second: Option<i32>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CompareAttemptsOutput {
    pub now: At,
    pub tenant: TenantId,
    pub tenant_name: String,
    /// True when content is shown: a support session on this tenant is running.
    pub inside: bool,
    pub step: String,
    /// Numbers of all attempts of the step, oldest first.
    pub numbers: Vec<i32>,
    pub first: Attempt,
    pub second: Attempt,
    /// What they are compared by, in order; equal where both say the same.
    pub rows: Vec<Compared>,
    /// How their logs differ; inside only.
    pub log: Option<Vec<LogPart>>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Compared {
    /// What it is: "memory limit", "worker".
    pub what: String,
    /// As it was in the first; `None` where it had none.
    pub first: Option<String>,
    pub second: Option<String>,
}

impl Compared {
    #[must_use]
    pub fn differs(&self) -> bool {
        self.first != self.second
    }
}

/// Lines of the two logs, without the times at their beginnings.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogPart {
    pub of: LogOf,
    /// Of lines that are in both, the first and the last few; `lines` says how many there are.
    pub text: Vec<String>,
    pub lines: i64,
}

/// Which log has them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LogOf {
    Both,
    First,
    Second,
}

impl View for CompareAttempts {
    const META: ViewMeta = ViewMeta {
        name: "compare-attempts",
        title: "Two attempts of a step beside each other",
        path: "/fn/compare-attempts",
        cli: "opsctl compare {job} --step {step} {first} {second}",
        sight: Sight::Inside,
        permission: Permission::Read,
    };
    type Output = CompareAttemptsOutput;
    fn subject(&self) -> Subject {
        Subject::Job(self.job)
    }
}

#[cfg(feature = "server")]
mod server;
