//! Runs a failed job again from one of its steps, with other limits or parameters: the outputs of
//! the steps before are reused, the step and all after it are recomputed. The customer sees the
//! work start over from there.

use domain::{Action, JobId, Kind, Meta, Permission, Subject};
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReprocessJob {
    pub job: JobId,
    /// The first step to run again.
    pub from_step: String,
    /// Memory limit for the steps run again, such as `1G`; empty keeps what is set.
    #[serde(default)]
    pub memory: String,
    /// Parameters laid over the present ones: a JSON object as text; empty for none.
    #[serde(default)]
    pub params: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reprocessing {
    /// Number of the new message in the queue.
    pub msg_id: i64,
    /// Steps whose outputs are used again.
    pub reused: Vec<String>,
    /// Steps that run again.
    pub recomputed: Vec<String>,
}

impl Action for ReprocessJob {
    const META: Meta = Meta {
        name: "reprocess-job",
        title: "Reprocess from a step",
        help: "Runs the job again from the step you choose, with the memory and parameters you give. Outputs of the steps before are reused. The customer sees the work start over from there.",
        path: "/fn/reprocess-job",
        cli: "opsctl reprocess {job} --from-step {from_step} --memory {memory}",
        kind: Kind::Write,
        permission: Permission::JobReprocess,
        consent: false,
        approval: false,
    };
    type Output = Reprocessing;
    fn subject(&self) -> Subject {
        Subject::Job(self.job)
    }
}
