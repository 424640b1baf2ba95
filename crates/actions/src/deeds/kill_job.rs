//! Stops the process of the step that runs: asks it to end (TERM), or ends it (KILL). For a step that hangs or does harm. The wish
//! stands at the attempt, and the worker that holds it carries it out on its own child. The command then waits for a person instead
//! of being tried again by itself.

use domain::{Action, JobId, Kind, Meta, Permission, Subject};
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KillJob {
    pub job: JobId,
    /// End the process without asking it (KILL instead of TERM).
    #[serde(default)]
    pub force: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KillAsked {
    pub step: String,
    /// Which try of the step.
    pub attempt: i32,
    pub worker: String,
    /// The signal its process gets.
    pub signal: String,
    /// True when the same had been asked before; nothing was changed then.
    pub already: bool,
}

impl Action for KillJob {
    const META: Meta = Meta {
        name: "kill-job",
        title: "Kill the running step",
        help: "Asks the process of the running step to end, or ends it by force. Its worker does so within a few seconds. The attempt counts as killed, the command goes to the troubleshooting queue and is not tried again by itself. What the step has done outside stays done.",
        path: "/fn/kill-job",
        cli: "opsctl kill {job}",
        kind: Kind::Write,
        permission: Permission::JobKill,
        consent: false,
        approval: false,
    };
    type Output = KillAsked;
    fn subject(&self) -> Subject {
        Subject::Job(self.job)
    }
}

#[cfg(feature = "server")]
mod server {
    use super::{KillAsked, KillJob};
    use domain::{At, BusEvent, CommandStatus};
    use gate::{Change, Execute, Failed};
    use sqlx::types::time::OffsetDateTime;
    use store::operator::{self, Waiting};

    /// The attempt that runs, as its row and its worker's say.
    #[derive(sqlx::FromRow)]
    struct Running {
        id: i64,
        step: String,
        number: i32,
        worker: String,
        /// The worker's lease has ended.
        lost: bool,
        heard_at: Option<OffsetDateTime>,
        /// It has not been heard from for longer than it is ever silent.
        silent: bool,
        kill_asked_at: Option<OffsetDateTime>,
        kill_asked_by: Option<String>,
        kill_force: bool,
    }

    impl Execute for KillJob {
        async fn execute(self, change: &mut Change) -> Result<KillAsked, Failed> {
            let command: Option<uuid::Uuid> = sqlx::query_scalar("select command_id from pipeline.job where job_id = $1")
                .bind(self.job.0)
                .fetch_optional(change.conn())
                .await?;
            let held = operator::lock(change.conn(), command.ok_or(Failed::NotFound)?).await?.ok_or(Failed::NotFound)?;
            let running = running(change, &held, self.job.0).await?;
            let signal = if self.force { "KILL" } else { "TERM" };
            let asked = KillAsked {
                step: running.step.clone(),
                attempt: running.number,
                worker: running.worker.clone(),
                signal: signal.to_owned(),
                already: running.kill_asked_at.is_some() && (running.kill_force || !self.force),
            };
            if let (true, Some(at), Some(by)) = (asked.already, running.kill_asked_at, &running.kill_asked_by) {
                change.effect(format!("{by} asked for this at {} UTC; nothing more was changed.", At::from(at).clock()));
                return Ok(asked);
            }
            ask(change, &held, &running, self.force).await?;
            tell(change, &running, signal);
            Ok(asked)
        }
    }

    /// The attempt whose process there is to stop, or why there is none.
    async fn running(change: &mut Change, held: &Waiting, job: uuid::Uuid) -> Result<Running, Failed> {
        if held.status != CommandStatus::InProgress.word() {
            return Err(Failed::Conflict(format!(
                "Nothing of this job runs: its command is {} since {} UTC. There is no process to stop. Nothing was changed.",
                held.status,
                At::from(held.updated_at).clock()
            )));
        }
        let running: Option<Running> = sqlx::query_as(
            "select a.id, a.step, a.number, a.worker, coalesce(c.lease_until <= clock_timestamp(), true) as lost, w.heartbeat_at as heard_at,
               coalesce(w.heartbeat_at < clock_timestamp() - interval '15 seconds' or w.stopped_at is not null, true) as silent,
               a.kill_asked_at, a.kill_asked_by, a.kill_force
             from pipeline.job j
             join commandbus.command c on c.tenant_id = j.tenant_id and c.command_id = j.command_id
             join pipeline.attempt a on a.tenant_id = j.tenant_id and a.job_id = j.job_id and a.step = j.current_step and a.epoch = c.epoch and a.status = 'RUNNING'
             left join commandbus.worker w on w.name = a.worker
             where j.tenant_id = $1 and j.job_id = $2",
        )
        .bind(held.tenant_id)
        .bind(job)
        .fetch_optional(change.conn())
        .await?;
        let Some(running) = running else {
            return Err(Failed::Conflict(
                "No step of this job runs at this moment: its worker is between two steps. Look again in a moment. Nothing was changed."
                    .into(),
            ));
        };
        if running.lost {
            return Err(Failed::Conflict(format!(
                "The worker {} is lost{}: its lease has ended, so nobody would carry this out, and whether the process still runs is not known. Another worker may take the command. Nothing was changed.",
                running.worker,
                heard(&running)
            )));
        }
        Ok(running)
    }

    fn heard(running: &Running) -> String {
        running.heard_at.map_or_else(String::new, |at| format!(", last heard from at {} UTC", At::from(at).clock()))
    }

    async fn ask(change: &mut Change, held: &Waiting, running: &Running, force: bool) -> Result<(), Failed> {
        let who = change.actor().name.clone();
        sqlx::query(
            "with wish as (
               update pipeline.attempt set kill_asked_at = clock_timestamp(), kill_asked_by = $3, kill_force = $4 where tenant_id = $1 and id = $2 returning job_id)
             update pipeline.job j set updated_at = clock_timestamp() from wish w where j.tenant_id = $1 and j.job_id = w.job_id",
        )
        .bind(held.tenant_id)
        .bind(running.id)
        .bind(&who)
        .bind(force)
        .execute(change.conn())
        .await?;
        let signal = if force { "KILL" } else { "TERM" };
        let note = format!("{signal} for the process of {} on {}", running.step, running.worker);
        Ok(operator::history(change.conn(), held, BusEvent::OperatorKill, &who, Some(&note)).await?)
    }

    fn tell(change: &mut Change, running: &Running, signal: &str) {
        let before = match (running.kill_asked_at, running.kill_force) {
            (None, _) => "nothing",
            (Some(_), false) => "TERM",
            (Some(_), true) => "KILL",
        };
        change.changed(&format!("attempt {} of {}", running.number, running.step), "asked to end by", before, signal);
        change.effect(format!("The worker {} sends {signal} to the process of {} within a few seconds.", running.worker, running.step));
        if signal == "TERM" {
            change.effect("A process that ignores TERM runs on until it is killed by force.".to_owned());
        }
        change.effect("When it has ended, the command goes to the troubleshooting queue; it is not tried again by itself.".to_owned());
        if running.silent {
            change.effect(format!(
                "The worker {} does not answer{}. If it is gone, nobody carries this out, and the command is tried again when its lease ends.",
                running.worker,
                heard(running)
            ));
        }
    }
}
