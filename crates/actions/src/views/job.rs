//! One run of a pipeline: its steps as a tree, each attempt with its measured use of memory, CPU
//! and time against the limits, and inside a support session the logs and the drawn plan.

use super::{jobs::JobRow, standstill::Standstill};
use domain::{At, AttemptStatus, CommandStatus, JobId, Permission, Sight, StepStatus, Subject, View, ViewMeta};
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Job {
    pub job: JobId,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct JobOutput {
    pub now: At,
    pub row: JobRow,
    /// Status of the command that started the run.
    pub command_status: CommandStatus,
    /// Why its command is not moving; `None` once that has ended.
    pub standstill: Option<Standstill>,
    /// True when content is shown: a support session on this tenant is running.
    pub inside: bool,
    /// Who in the customer's organisation asked for it; inside only.
    pub requested_by: Option<String>,
    pub steps: Vec<Step>,
    /// The finished drawing; inside only, and only when the last step succeeded.
    pub plan: Option<Plan>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Step {
    pub name: String,
    pub status: StepStatus,
    pub started_at: Option<At>,
    pub finished_at: Option<At>,
    pub error_code: Option<String>,
    pub error_title: Option<String>,
    /// The sentence for a person, such as "needed > 256 MB of 256 MB"; inside only.
    pub error_message: Option<String>,
    /// Limits the next attempt would run under.
    pub limits: Limits,
    /// Oldest first.
    pub attempts: Vec<Attempt>,
    /// Files the step left behind.
    pub outputs: Vec<OutputFile>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limits {
    pub memory_bytes: i64,
    pub cpu_seconds: i64,
    pub wall_seconds: i64,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Attempt {
    pub id: i64,
    /// Which try of the step, from 1.
    pub number: i32,
    pub status: AttemptStatus,
    pub started_at: At,
    pub finished_at: Option<At>,
    pub limits: Limits,
    /// Most resident memory measured.
    pub memory_peak_bytes: Option<i64>,
    pub cpu_ms: Option<i64>,
    pub wall_ms: Option<i64>,
    /// Bytes read and written on disk.
    pub disk_bytes: Option<i64>,
    pub exit_code: Option<i32>,
    pub signal: Option<i32>,
    pub error_code: Option<String>,
    pub error_title: Option<String>,
    pub worker: String,
    pub build: String,
    /// Parameters this attempt ran with.
    pub params: serde_json::Value,
    /// The step's own words, line by line; inside only.
    pub log: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutputFile {
    pub name: String,
    pub size: i64,
}

/// A floor plan ready to draw; origin top left, millimetres.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    pub width: f64,
    pub height: f64,
    pub walls: Vec<Wall>,
    pub rooms: Vec<Room>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Wall {
    pub id: String,
    pub a: [f64; 2],
    pub b: [f64; 2],
    pub thickness: f64,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Room {
    pub id: String,
    pub name: String,
    pub polygon: Vec<[f64; 2]>,
    /// 0 to 1; below 0.7 somebody should look.
    pub confidence: f64,
    pub area_m2: f64,
}

impl View for Job {
    const META: ViewMeta = ViewMeta {
        name: "job",
        title: "One run of a pipeline, step by step",
        path: "/fn/job",
        cli: "opsctl show-pipeline {job}",
        sight: Sight::Inside,
        permission: Permission::Read,
    };
    type Output = JobOutput;
    fn subject(&self) -> Subject {
        Subject::Job(self.job)
    }
}

#[cfg(feature = "server")]
mod server;
