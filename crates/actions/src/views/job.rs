//! One run of a pipeline: its steps as a tree, each attempt with its measured use of memory, CPU
//! and time against the limits, and inside a support session the logs and the drawn plan.

use super::{jobs::JobRow, standstill::Standstill};
use domain::{At, AttemptStatus, CommandStatus, JobId, Permission, Sight, StepStatus, Subject, View, ViewMeta};
use serde::{Deserialize, Serialize};

/// Steps that travel with a job at once. A run that has no more is sent and drawn whole; of a longer one
/// a window is, and [`Outline`] says of how many.
pub const WINDOW: i64 = 100;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Job {
    pub job: JobId,
    /// The step whose attempts come along; the one that matters most when left out.
    #[serde(default)]
    pub step: Option<String>,
    /// Which of its attempts, from 1; the last when left out.
    #[serde(default)]
    pub attempt: Option<i32>,
    /// Part of a step's name: the next step after `step` that has it is chosen.
    #[serde(default)]
    pub find: Option<String>,
    /// Row of the first step to list, from 1; around the chosen step when left out.
    #[serde(default)]
    pub from: Option<i64>,
    /// Steps to list, at most 1,000.
    #[serde(default)]
    pub limit: Option<i64>,
    /// Leave the steps out that did not run because of the root cause; they are counted all the same.
    #[serde(default)]
    pub fold: bool,
    /// Every attempt of every step that is listed, with its log.
    #[serde(default)]
    pub attempts: bool,
}

impl Job {
    /// One run, as it is shown when nothing else is asked for.
    #[must_use]
    pub fn of(job: JobId) -> Self {
        Self { job, step: None, attempt: None, find: None, from: None, limit: None, fold: false, attempts: false }
    }
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
    /// The run as a whole, however many steps it has.
    pub outline: Outline,
    /// The steps that are listed: all of a short run.
    pub steps: Vec<Step>,
    /// The step in which it went wrong, listed or not. What comes after it is consequence.
    pub cause: Option<Step>,
    /// The step that is shown with its attempts, listed or not.
    pub chosen: Option<Step>,
    /// Number of the attempt that is shown: the one asked for, else the last.
    pub attempt: Option<i32>,
    /// That somebody asked for the running step to be killed, while it still runs.
    pub stopping: Option<Kill>,
    /// The group of failures its command waits in.
    pub alike: Option<Alike>,
    /// What `find` found.
    pub found: Option<Found>,
    /// The finished drawing; inside only, and only when the last step succeeded.
    pub plan: Option<Plan>,
}

/// What can be told of all steps of a run without listing them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outline {
    pub steps: i64,
    pub succeeded: i64,
    pub failed: i64,
    pub running: i64,
    pub waiting: i64,
    pub skipped: i64,
    /// Place of the root cause: the first step that failed.
    pub cause: Option<i64>,
    /// Steps right after the root cause that did not run because of it.
    pub consequences: i64,
    /// Whether these are left out of the rows.
    pub folded: bool,
    /// Rows there are to list: the steps, but for those that are left out.
    pub rows: i64,
    /// Row of the first of the steps that are listed.
    pub from: i64,
    /// Place of the first step that did not succeed; of the last, when all did.
    pub open: i64,
    /// Length of the axis of time, long pauses shortened.
    pub total_ms: i64,
    /// Whether a pause was.
    pub shortened: bool,
}

/// Runs that stopped for the same reason at the same place are one group of failures.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Alike {
    pub group: i64,
    /// Commands of the same tenant that wait in it, this one among them.
    pub waiting: i64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Found {
    /// Which of the steps found is chosen, from 1; 0 when there is none.
    pub at: i64,
    /// How many steps have it in their name.
    pub of: i64,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Step {
    /// Its place in the run, from 1.
    pub place: i64,
    pub name: String,
    pub status: StepStatus,
    pub started_at: Option<At>,
    pub finished_at: Option<At>,
    /// Where it begins on the axis of time, and where it ends; without an end it reaches the axis' own.
    pub start_ms: Option<i64>,
    pub end_ms: Option<i64>,
    pub error_code: Option<String>,
    pub error_title: Option<String>,
    /// The sentence for a person, such as "needed > 256 MB of 256 MB"; inside only.
    pub error_message: Option<String>,
    /// Limits the next attempt would run under.
    pub limits: Limits,
    /// How often it was tried.
    pub tries: i32,
    /// Most resident memory of the last attempt, and its limit.
    pub memory_peak_bytes: Option<i64>,
    pub memory_limit_bytes: Option<i64>,
    /// Oldest first. Only of the chosen step, unless all were asked for.
    pub attempts: Vec<Attempt>,
    /// Files the step left behind; like its attempts.
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
    /// That somebody asked for it to be killed.
    pub kill: Option<Kill>,
    /// Parameters this attempt ran with.
    pub params: serde_json::Value,
    /// The step's own words, line by line; inside only, and only of the attempt that was asked for, unless all were.
    pub log: Option<String>,
}

/// A wish that an attempt be killed, whatever came of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kill {
    pub at: At,
    pub by: String,
    /// KILL instead of TERM.
    pub force: bool,
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
pub(super) mod server;
