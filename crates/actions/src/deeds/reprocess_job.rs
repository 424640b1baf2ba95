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
    use crate::deeds::held::{hold, no_payload, object};
    use domain::{BusEvent, CommandId, CommandStatus, StepStatus, human_bytes, parse_bytes};
    use gate::{Change, Execute, Failed};
    use serde_json::Value;
    use store::operator;

    /// Less cannot start a process, more is more than any worker has.
    const MEMORY: std::ops::RangeInclusive<u64> = (16 << 20)..=(64 << 30);

    /// Steps told of one by one; of more, their number is.
    const TOLD: usize = 20;

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
            let memory = memory_of(&self.memory)?;
            let params = object("params", &self.params)?;
            let command: Option<uuid::Uuid> = sqlx::query_scalar("select command_id from pipeline.job where job_id = $1")
                .bind(self.job.0)
                .fetch_optional(change.conn())
                .await?;
            let held = hold(change, CommandId(command.ok_or(Failed::NotFound)?)).await?;
            let steps = steps_of(change, &self).await?;
            let from = from_step(&steps, &self.from_step)?;
            let who = change.actor().name.clone();
            set_steps(change, &self, &steps[from..], memory, &params).await?;
            let recomputed = operator::reopen_job(change.conn(), &held, Some(steps[from].ordinal)).await?;
            let Some(msg_id) = operator::send_again(change.conn(), &held, 0).await? else {
                return Err(no_payload());
            };
            let note = format!("reprocessed from {}", self.from_step);
            operator::history(change.conn(), &held, BusEvent::OperatorRetry, &who, Some(&note)).await?;
            change.changed("command", "status", held.status.as_str(), CommandStatus::Pending.word());
            change.changed("command", "attempts", held.attempts, 0);
            change.effect(format!("The job runs again from {} as message {msg_id} of {}.", self.from_step, held.queue_name));
            let reused: Vec<String> = steps[..from].iter().map(|step| step.name.clone()).collect();
            match reused.len() {
                0 => {}
                1..=TOLD => change.effect(format!("Outputs of {} are used again.", reused.join(", "))),
                many => change.effect(format!("Outputs of the {many} steps before are used again.")),
            }
            Ok(Reprocessing { msg_id, reused, recomputed })
        }
    }

    fn memory_of(text: &str) -> Result<Option<i64>, Failed> {
        if text.trim().is_empty() {
            return Ok(None);
        }
        let bytes = parse_bytes(text).map_err(|said| Failed::BadInput(format!("{said}.")))?;
        if !MEMORY.contains(&bytes) {
            return Err(Failed::BadInput(format!("The memory limit has to be between 16 MB and 64 GB, not {}.", human_bytes(bytes))));
        }
        i64::try_from(bytes).map(Some).map_err(|_| Failed::BadInput("That is too much memory.".into()))
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

    /// Limits and parameters of all steps that run again, at once; what changes is told of one by one while they are few.
    async fn set_steps(
        change: &mut Change,
        job: &ReprocessJob,
        steps: &[StepRow],
        memory: Option<i64>,
        params: &Value,
    ) -> Result<(), Failed> {
        sqlx::query(
            "update pipeline.step set memory_limit_bytes = coalesce($3, memory_limit_bytes), params = params || $4 where job_id = $1 and ordinal = any($2)",
        )
        .bind(job.job.0)
        .bind(steps.iter().map(|step| step.ordinal).collect::<Vec<_>>())
        .bind(memory)
        .bind(params)
        .execute(change.conn())
        .await?;
        let told = if steps.len() > TOLD { &steps[..1] } else { steps };
        for step in told {
            tell(change, step, memory, params);
        }
        if told.len() < steps.len() {
            change.effect(format!("The same is set for the {} steps after it.", steps.len() - told.len()));
        }
        Ok(())
    }

    fn tell(change: &mut Change, step: &StepRow, memory: Option<i64>, params: &Value) {
        let mut merged = step.params.clone();
        if let (Some(into), Some(from)) = (merged.as_object_mut(), params.as_object()) {
            into.extend(from.clone());
        }
        let on = format!("step {}", step.name);
        let human = |bytes: i64| human_bytes(u64::try_from(bytes).unwrap_or(0));
        let limit = memory.unwrap_or(step.memory_limit_bytes);
        change.changed(&on, "memory limit", human(step.memory_limit_bytes), human(limit));
        change.changed(&on, "parameters", step.params.clone(), merged);
        change.changed(&on, "status", step.status.as_str(), StepStatus::Waiting.word());
    }
}
