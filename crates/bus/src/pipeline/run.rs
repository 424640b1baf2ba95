//! Running a pipeline for a claimed command: step after step, from the first that is not done.

use super::child::{self, End, Ended};
use super::log::Log;
use super::outputs::{self, Outputs};
use super::record::{Attempt, Record, StepRow, Unwritten};
use super::verdict::{signed, stopped, unreadable, unstartable, verdict};
use super::wish::{self, Orders, Wish, killed};
use super::{Limits, Pipeline, Run, StepDef, is_file_name};
use crate::error::may_pass;
use crate::failure::Failure;
use crate::{BusError, Claimed};
use domain::{human_bytes, human_millis};
use serde_json::{Value, json};
use std::future::Future;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// How often what a step says is stored while it runs.
const SAY_EVERY: Duration = Duration::from_millis(500);

impl Pipeline {
    /// Runs the steps that are not done, and gives `{"job_id", "outcome"}` with the last step's
    /// `outcome.json`. Called again for the same command, it goes on where it stopped, with the limits
    /// and parameters the steps have in the database by then.
    ///
    /// # Errors
    /// The failure of the step that failed, to be returned by the handler as it is.
    pub async fn run(&self, claimed: &Claimed, run: Run) -> Result<Value, Failure> {
        if let Some((name, _)) = run.files.iter().find(|(name, _)| !is_file_name(name)) {
            let message = format!(
                "The run was given a file named \u{201c}{name}\u{201d}. Names are made of letters, digits, dot, dash and underscore."
            );
            return Err(Failure::permanent("BAD_FILE_NAME", "A file of the run has a name that cannot be used", message));
        }
        let mut kept = Vec::new();
        for (name, source) in &run.files {
            if let Some(bytes) = outputs::bytes_to_keep(source).map_err(|error| unreadable(name, &error))? {
                kept.push((name.clone(), bytes));
            }
        }
        let record = insist(claimed, || Record::open(claimed, self, &run, &kept)).await?;
        let base = self.base(&record, claimed);
        let done = self.run_from(claimed, &record, &run, &base).await;
        if let Err(error) = std::fs::remove_dir_all(&base)
            && error.kind() != std::io::ErrorKind::NotFound
        {
            tracing::warn!(dir = %base.display(), %error, "the working directory of a run could not be removed");
        }
        done
    }

    /// A directory per claim; what a killed worker left of earlier ones is removed.
    fn base(&self, record: &Record<'_>, claimed: &Claimed) -> PathBuf {
        let prefix = format!("{}-", record.job);
        for entry in std::fs::read_dir(&self.work_dir).into_iter().flatten().flatten() {
            if entry.file_name().to_string_lossy().starts_with(&prefix) {
                // Left in place if it cannot be removed; the name of ours is another.
                let _ = std::fs::remove_dir_all(entry.path());
            }
        }
        self.work_dir.join(format!("{prefix}{}", claimed.epoch))
    }

    async fn run_from(&self, claimed: &Claimed, record: &Record<'_>, run: &Run, base: &Path) -> Result<Value, Failure> {
        let mut outcome = None;
        for step in &record.steps[record.first..] {
            let Some(definition) = self.definition(&step.name) else {
                let message = format!(
                    "The job has a step \u{201c}{}\u{201d}, which the pipeline of this worker no longer has. Deploy a worker that has it, or cancel the command and send a new one.",
                    step.name
                );
                return Err(Failure::permanent("PIPELINE_CHANGED", "The worker does not know a step of this job", message));
            };
            let of_step = Step { claimed, record, run, definition, row: step, dir: base.join(&step.name) };
            outcome = of_step.run().await?.outcome;
        }
        insist(claimed, || record.close()).await?;
        Ok(json!({ "job_id": record.job, "outcome": outcome }))
    }
}

/// One step about to run.
struct Step<'a> {
    claimed: &'a Claimed,
    record: &'a Record<'a>,
    run: &'a Run,
    definition: &'a StepDef,
    row: &'a StepRow,
    dir: PathBuf,
}

impl Step<'_> {
    async fn run(&self) -> Result<Outputs, Failure> {
        let files = insist(self.claimed, || self.record.files_for(self.row, self.definition.inputs.as_deref())).await?;
        let attempt = insist(self.claimed, || self.record.begin(self.row)).await?;
        let log = Log::new(attempt.began_millis);
        let limits = self.row.limits();
        log.add(&format!(
            "limits: {} of memory, {} of CPU, {} in all",
            human_bytes(limits.memory_bytes),
            human_millis(signed(limits.cpu_seconds) * 1000),
            human_millis(signed(limits.wall_seconds) * 1000),
        ));
        let dirs = match self.fill(&files) {
            Ok(dirs) => dirs,
            Err(error) => {
                return self.fail(attempt, None, &log, unstartable(&self.row.name, &error)).await;
            }
        };
        drop(files);
        let output = dirs.output.clone();
        let (ended, wish) = match self.watch(attempt, limits, dirs, &log).await {
            Ok(watched) => watched,
            Err(error) => {
                return self.fail(attempt, None, &log, unstartable(&self.row.name, &error)).await;
            }
        };
        if ended.end == End::Cancelled {
            return Err(stopped(&self.row.name));
        }
        if let (End::Killed, Some(wish)) = (ended.end, &wish) {
            let failure = killed(&self.row.name, wish, ended.signal, ended.exit_code);
            return self.fail(attempt, Some(&ended), &log, failure).await;
        }
        match verdict(&self.row.name, limits, &ended, &output, &log) {
            Some(failure) => self.fail(attempt, Some(&ended), &log, failure).await,
            None => self.keep(attempt, ended, &output, &log).await,
        }
    }

    fn fill(&self, files: &[(String, Vec<u8>)]) -> std::io::Result<child::Directories> {
        let dirs = outputs::prepare(&self.dir)?;
        let wanted = |name: &String| self.definition.inputs.as_ref().is_none_or(|names| names.contains(name));
        for (name, source) in self.run.files.iter().filter(|(name, _)| wanted(name)) {
            outputs::place(&dirs.input, name, source)?;
        }
        for (name, bytes) in files {
            std::fs::write(dirs.input.join(name), bytes)?;
        }
        Ok(dirs)
    }

    /// Waits for the end of the step, storing now and then what it says, and doing to it what staff ask for.
    async fn watch(&self, attempt: Attempt, limits: Limits, dirs: child::Directories, log: &Log) -> std::io::Result<(Ended, Option<Wish>)> {
        let stop = self.claimed.cancel.child_token();
        // A handler that is dropped takes its step with it.
        let _guard = stop.clone().drop_guard();
        let (orders, mut wish) = (Orders::default(), None);
        let params = self.row.params.to_string();
        let mut ended = child::run(self.definition.clone(), limits, params, dirs, log.clone(), (stop, orders.clone()));
        let (mut stored, mut looked) = (0, tokio::time::Instant::now());
        loop {
            tokio::select! {
                ended = &mut ended => {
                    let ended = ended.unwrap_or_else(|_| Err(std::io::Error::other("the thread of the step has ended")))?;
                    return Ok((ended, wish));
                }
                () = tokio::time::sleep(SAY_EVERY) => {}
            }
            if looked.elapsed() >= wish::LOOK_EVERY {
                looked = tokio::time::Instant::now();
                self.obey(attempt, &orders, &mut wish, log).await;
            }
            let (text, changes) = log.text();
            if changes == stored {
                continue;
            }
            match self.record.say(attempt, &text).await {
                Ok(()) => stored = changes,
                // The heartbeat finds out by itself when the claim is gone; the log is stored at the end too.
                Err(error) => {
                    tracing::warn!(step = self.row.name, %error, "what a step says could not be stored")
                }
            }
        }
    }

    /// Hands on what staff ask for, when it is new.
    async fn obey(&self, attempt: Attempt, orders: &Orders, known: &mut Option<Wish>, log: &Log) {
        match self.record.wish(attempt).await {
            Ok(Some(new)) if known.as_ref() != Some(&new) => {
                log.add(&format!("{} asked for this step to be killed; its process is sent {}", new.by, new.signal()));
                orders.give(&new);
                *known = Some(new);
            }
            Ok(_) => {}
            // It stands in its row until the database answers again.
            Err(error) => tracing::warn!(step = self.row.name, %error, "what staff ask of a step could not be read"),
        }
    }

    async fn keep(&self, attempt: Attempt, ended: Ended, output: &Path, log: &Log) -> Result<Outputs, Failure> {
        let step = &self.row.name;
        let collected = match outputs::collect(step, output) {
            Ok(collected) => collected,
            Err(error) => Err(unstartable(step, &error)),
        };
        let found = match collected {
            Ok(found) => found,
            Err(failure) => return self.fail(attempt, Some(&ended), log, failure).await,
        };
        let text = log.text().0;
        let taken = insist(self.claimed, || self.record.succeed(self.row, attempt, &ended, &found, &text)).await?;
        if taken.is_empty() {
            return Ok(found);
        }
        let message = format!(
            "The step {step} left {}, which an earlier step has left already. Each file of a run needs a name of its own.",
            taken.join(", ")
        );
        let failure = Failure::permanent("BAD_OUTPUT", format!("{step} left something that cannot be kept"), message);
        self.fail(attempt, Some(&ended), log, failure).await
    }

    async fn fail<T>(&self, attempt: Attempt, ended: Option<&Ended>, log: &Log, failure: Failure) -> Result<T, Failure> {
        log.add(&failure.message);
        let text = log.text().0;
        insist(self.claimed, || self.record.fail(self.row, attempt, ended, &failure, &text)).await?;
        Err(failure)
    }
}

/// Repeats while the database is away and the claim may still hold.
async fn insist<T, F>(claimed: &Claimed, deed: impl Fn() -> F) -> Result<T, Failure>
where
    F: Future<Output = Result<T, Unwritten>>,
{
    loop {
        match deed().await {
            Ok(done) => return Ok(done),
            Err(Unwritten::Bus(BusError::Database(error))) if may_pass(&error) && !claimed.is_cancelled() => {
                tracing::warn!(command = %claimed.command_id, %error, "the state of a run could not be stored; trying again");
                tokio::time::sleep(Duration::from_millis(300)).await;
            }
            Err(Unwritten::Bus(error)) => return Err(error.into()),
            Err(Unwritten::Fenced) => {
                let message = "The claim on the command is gone; another worker or an operator has it now.";
                return Err(Failure::transient("CLAIM_LOST", "The worker lost the command", message));
            }
        }
    }
}
