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

#[cfg(feature = "server")]
mod server {
    use super::{ReprocessJob, Reprocessing};
    use crate::deeds::{
        held::{hold, no_payload},
        reprocessed::{Before, TOLD, changes, given, reused},
    };
    use domain::{BusEvent, CommandId, CommandStatus, StepStatus};
    use gate::{Change, Execute, Failed};
    use serde_json::Value;
    use store::{operator, reprocess};

    #[derive(sqlx::FromRow)]
    struct StepRow {
        ordinal: i32,
        name: String,
        status: String,
        memory_limit_bytes: i64,
        params: Value,
    }

    impl Execute for ReprocessJob {
        async fn execute(self, change: &mut Change) -> Result<Reprocessing, Failed> {
            let given = given(&self.memory, &self.params)?;
            let command: Option<uuid::Uuid> = sqlx::query_scalar("select command_id from pipeline.job where job_id = $1")
                .bind(self.job.0)
                .fetch_optional(change.conn())
                .await?;
            let held = hold(change, CommandId(command.ok_or(Failed::NotFound)?)).await?;
            let steps = steps_of(change, &self).await?;
            let from = from_step(&steps, &self.from_step)?;
            let who = change.actor().name.clone();
            reprocess::give(change.conn(), held.tenant_id, &[(self.job.0, steps[from].ordinal)], &given).await?;
            tell(change, &steps[from..], &given);
            let recomputed = operator::reopen_job(change.conn(), &held, Some(steps[from].ordinal)).await?;
            let Some(msg_id) = operator::send_again(change.conn(), &held, 0).await? else {
                return Err(no_payload());
            };
            let note = reprocess::note(&self.from_step);
            operator::history(change.conn(), &held, BusEvent::OperatorRetry, &who, Some(&note)).await?;
            change.changed("command", "status", held.status.as_str(), CommandStatus::Pending.word());
            change.changed("command", "attempts", held.attempts, 0);
            change.effect(format!("The job runs again from {} as message {msg_id} of {}.", self.from_step, held.queue_name));
            let outputs: Vec<String> = steps[..from].iter().map(|step| step.name.clone()).collect();
            if let Some(sentence) = reused(&outputs) {
                change.effect(sentence);
            }
            Ok(Reprocessing { msg_id, reused: outputs, recomputed })
        }
    }

    async fn steps_of(change: &mut Change, job: &ReprocessJob) -> Result<Vec<StepRow>, Failed> {
        Ok(sqlx::query_as(
            "select ordinal, name, status, memory_limit_bytes, params from pipeline.step where job_id = $1 order by ordinal for update",
        )
        .bind(job.job.0)
        .fetch_all(change.conn())
        .await?)
    }

    fn from_step(steps: &[StepRow], name: &str) -> Result<usize, Failed> {
        let names = || match steps.len() {
            0..=TOLD => format!("its steps are {}", steps.iter().map(|step| step.name.as_str()).collect::<Vec<_>>().join(", ")),
            many => format!("it has {many}, find the one you mean on its page"),
        };
        let from = steps
            .iter()
            .position(|step| step.name == name)
            .ok_or_else(|| Failed::BadInput(format!("This job has no step \u{201c}{name}\u{201d}; {}.", names())))?;
        match steps[..from].iter().find(|step| step.status != StepStatus::Succeeded.word()) {
            Some(open) => Err(Failed::BadInput(format!(
                "{} did not succeed, so there is nothing to start {name} from. Start from {} instead.",
                open.name, open.name
            ))),
            None => Ok(from),
        }
    }

    /// What changes is told of one by one while the steps are few.
    fn tell(change: &mut Change, steps: &[StepRow], given: &reprocess::Given) {
        let told = if steps.len() > TOLD { &steps[..1] } else { steps };
        for StepRow { name, status, memory_limit_bytes, params, .. } in told {
            let before = Before { name, status, memory_limit_bytes: *memory_limit_bytes, params };
            for one in changes(&before, given) {
                change.changed(&one.on, &one.field, one.before, one.after);
            }
        }
        if told.len() < steps.len() {
            change.effect(format!("The same is set for the {} steps after it.", steps.len() - told.len()));
        }
    }
}
