//! Pipelines: a command's work as named steps, each in a child process of its own under limits on
//! memory, CPU and time. What is known of a run is in the database while it happens, fenced on the
//! claim: a runner whose lease is gone writes nothing.
//!
//! A step is started as `program args… --in DIR --out DIR --params JSON` with an empty environment
//! but for `PATH` and `LANG`. It finds the files of the earlier steps in the first directory and leaves
//! its own in the second; says what it does on standard error; and ends with 0, or leaves
//! `failure.json` (`code`, `message`, `class`: PERMANENT, TRANSIENT or BUSINESS, and optionally `title`).
//! `objects.json`, a list of what was found, becomes rows; `outcome.json` is kept as `<step>.outcome.json`.
//!
//! Not in here: what the steps do. Memory is limited per process by the kernel (`RLIMIT_DATA`), and for
//! the step with all its children by looking at them many times a second.

mod child;
mod log;
mod measure;
mod outputs;
mod record;
mod rows;
mod run;
mod verdict;
mod wish;

use domain::JobId;
use serde_json::{Map, Value};
use std::path::{Path, PathBuf};

/// What a step may use. Staff may change these for one job; the program's own are where it starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    pub memory_bytes: u64,
    pub cpu_seconds: u64,
    pub wall_seconds: u64,
}

/// One step of a pipeline.
#[derive(Debug, Clone)]
pub struct StepDef {
    pub(crate) name: String,
    pub(crate) program: PathBuf,
    pub(crate) args: Vec<String>,
    pub(crate) limits: Limits,
    pub(crate) params: Map<String, Value>,
    pub(crate) inputs: Option<Vec<String>>,
}

impl StepDef {
    /// A step with its program. The name is made of a-z, 0-9 and _.
    #[must_use]
    pub fn new(name: &str, program: impl Into<PathBuf>, limits: Limits) -> Self {
        Self { name: name.to_owned(), program: program.into(), args: Vec::new(), limits, params: Map::new(), inputs: None }
    }

    /// Arguments before `--in`.
    #[must_use]
    pub fn args<A: Into<String>>(mut self, args: impl IntoIterator<Item = A>) -> Self {
        self.args = args.into_iter().map(Into::into).collect();
        self
    }

    /// Parameters the step starts with; no customer content, they are seen by all staff.
    #[must_use]
    pub fn params(mut self, params: Map<String, Value>) -> Self {
        self.params = params;
        self
    }

    /// The only files the step needs; all files of the earlier steps otherwise.
    #[must_use]
    pub fn inputs<N: Into<String>>(mut self, names: impl IntoIterator<Item = N>) -> Self {
        self.inputs = Some(names.into_iter().map(Into::into).collect());
        self
    }
}

/// Where the bytes of a file of the run are.
#[derive(Debug, Clone)]
pub enum Source {
    Bytes(Vec<u8>),
    Path(PathBuf),
}

/// What a run works on.
#[derive(Debug, Clone)]
pub struct Run {
    /// Derived from the command's id if absent.
    pub job: Option<JobId>,
    /// Such as a file's name; seen within a support session only.
    pub title: String,
    pub requested_by: Option<String>,
    /// The files the steps begin with. To be given at every claim; those up to 64 MB are kept.
    pub files: Vec<(String, Source)>,
}

/// A named sequence of steps.
#[derive(Debug, Clone)]
pub struct Pipeline {
    pub(crate) name: String,
    pub(crate) steps: Vec<StepDef>,
    pub(crate) work_dir: PathBuf,
}

impl Pipeline {
    /// A pipeline that works in directories of its own below `work_dir`.
    #[must_use]
    pub fn new(name: &str, work_dir: impl Into<PathBuf>) -> Self {
        Self { name: name.to_owned(), steps: Vec::new(), work_dir: work_dir.into() }
    }

    /// Adds a step at the end.
    #[must_use]
    pub fn step(mut self, step: StepDef) -> Self {
        self.steps.push(step);
        self
    }

    pub(crate) fn definition(&self, name: &str) -> Option<&StepDef> {
        self.steps.iter().find(|step| step.name == name)
    }
}

/// The id of the job of a command, for who shows a link before the job exists.
#[must_use]
pub fn job_of(command: domain::CommandId) -> JobId {
    let mixed = (command.0.as_u128() ^ 0x6a6f_625f_6f66_5f63_6f6d_6d61_6e64_5f31).to_be_bytes();
    JobId(uuid::Builder::from_custom_bytes(mixed).into_uuid())
}

pub(crate) fn is_file_name(name: &str) -> bool {
    let fine = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-');
    (1..=100).contains(&name.len()) && name.bytes().all(fine) && Path::new(name).file_name().is_some()
}
