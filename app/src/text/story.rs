//! The sentence a page opens with: what state a command or a job is in, since when, why, and what
//! it waits for. Plus the words of a command's history and of how an attempt ended.

use super::{ago, count, span};
use actions::views::{
    command::CommandOutput,
    job::{Attempt, JobOutput},
    troubleshooting::CommandRow,
};
use domain::{AttemptStatus, Blocker, BusEvent, CommandStatus, JobStatus};

/// What happened, best known: the full message inside a session, else the error's class.
fn what_happened(row: &CommandRow) -> String {
    row.error_message
        .as_deref()
        .or(row.error_title.as_deref())
        .or(row.error_code.as_deref())
        .unwrap_or("no reason was recorded")
        .trim_end_matches('.')
        .to_owned()
}

/// The state of a command as sentences: "In the troubleshooting queue for 12 min: …".
#[must_use]
pub fn command_story(command: &CommandOutput) -> String {
    let row = &command.row;
    let for_how_long = span(command.now.secs_since(row.updated_at));
    match row.status {
        CommandStatus::Pending if command.visible_at > command.now => format!(
            "Waiting for its next attempt, {}. {} of {} attempts are used.",
            ago(command.now, command.visible_at),
            row.attempts,
            row.max_attempts
        ),
        CommandStatus::Pending => {
            format!("Waiting in the queue for {for_how_long}. No worker has taken it yet.")
        }
        CommandStatus::InProgress => in_progress(command),
        CommandStatus::Completed => format!("Completed {}.", ago(command.now, row.updated_at)),
        CommandStatus::Failed => {
            format!("Refused by a rule of the business {}: {}.", ago(command.now, row.updated_at), what_happened(row))
        }
        CommandStatus::Canceled => format!("Cancelled {}. The sender was told.", ago(command.now, row.updated_at)),
        CommandStatus::InTroubleshootingQueue => {
            format!("In the troubleshooting queue for {for_how_long}: {}. It waits for a person.", what_happened(row))
        }
    }
}

fn in_progress(command: &CommandOutput) -> String {
    let worker = command.worker.as_deref().unwrap_or("a worker");
    match command.lease_until {
        Some(until) if until <= command.now => format!(
            "{worker} held it and has not been heard from; its lease ended {}. Another worker may take it.",
            ago(command.now, until)
        ),
        _ => format!("{worker} is at it, attempt {} of {}.", command.row.attempts, command.row.max_attempts),
    }
}

/// The state of a job as one sentence: "Failed at wall_detection 12 min ago: …".
#[must_use]
pub fn job_story(job: &JobOutput) -> String {
    let row = &job.row;
    let step = row.current_step.as_deref().unwrap_or("its first step");
    match row.status {
        JobStatus::Waiting => format!("Waiting to run {step} since {}.", ago(job.now, row.updated_at)),
        JobStatus::Running => format!("Running {step}, run {}.", row.run),
        JobStatus::Succeeded => format!("All {} steps succeeded {}.", count(job.outline.steps), ago(job.now, row.updated_at)),
        JobStatus::Canceled => format!("Cancelled {}.", ago(job.now, row.updated_at)),
        JobStatus::Failed => {
            let failed = job.cause.as_ref();
            let name = failed.map_or(step, |s| s.name.as_str());
            let why = failed.and_then(|s| s.error_title.as_deref()).or(row.error_title.as_deref());
            let why = why.map_or_else(String::new, |why| format!(": {}", why.trim_end_matches('.')));
            let next = if job.command_status == CommandStatus::InTroubleshootingQueue { " It waits for a person." } else { "" };
            format!("Failed at {name} {}{why}.{next}", ago(job.now, row.updated_at))
        }
    }
}

/// What an entry of a command's history says, in words.
#[must_use]
pub const fn history_words(event: BusEvent) -> &'static str {
    match event {
        BusEvent::Sent => "Sent",
        BusEvent::Received => "Taken by a worker",
        BusEvent::Completed => "Completed",
        BusEvent::Failed => "An attempt failed",
        BusEvent::RetryScheduled => "Another attempt scheduled",
        BusEvent::RetryExhausted => "All attempts used up",
        BusEvent::MovedToTsq => "Moved to the troubleshooting queue",
        BusEvent::BusinessRuleFailed => "Refused by a rule of the business",
        BusEvent::LeaseExpired => "The worker vanished; its lease ran out",
        BusEvent::OperatorRetry => "Retried by staff",
        BusEvent::OperatorCancel => "Cancelled by staff",
        BusEvent::OperatorComplete => "Completed by hand by staff",
        BusEvent::OperatorEdit => "Edited and retried by staff",
        BusEvent::OperatorKill => "Staff asked for the running step to be stopped",
    }
}

/// What came of the wish that an attempt be killed, as far as that is known.
#[must_use]
pub fn kill_story(attempt: &Attempt) -> Option<String> {
    let wish = attempt.kill.as_ref()?;
    let asked = format!("{} asked for it to be killed ({}) at {} UTC", wish.by, if wish.force { "KILL" } else { "TERM" }, wish.at.clock());
    Some(match attempt.status {
        AttemptStatus::Running => format!("{asked}. It still runs."),
        AttemptStatus::Failed if attempt.error_code.as_deref() == Some(KILLED) => format!("{asked}, and it was."),
        AttemptStatus::Lost => format!("{asked}. Then its worker was lost: whether its process ended is not known."),
        AttemptStatus::Failed | AttemptStatus::Succeeded => format!("{asked}, but it had ended by itself before its worker heard of it."),
    })
}

/// The code of an attempt that ended because staff asked for it.
pub const KILLED: &str = "KILLED_BY_OPERATOR";

/// The wish that the running step be killed, as long as it runs.
#[must_use]
pub fn stopping_story(job: &JobOutput) -> Option<(String, &'static str)> {
    let wish = job.stopping.as_ref()?;
    let step = job.row.current_step.as_deref().unwrap_or("the running step");
    let asked =
        format!("{} asked for {step} to be killed ({}) {}", wish.by, if wish.force { "KILL" } else { "TERM" }, ago(job.now, wish.at));
    let silent = job.standstill.as_ref().is_some_and(|told| told.blocker == Blocker::WorkerSilent);
    Some(match (silent, wish.force, job.now.secs_since(wish.at)) {
        (true, ..) => (asked, "Its worker does not answer: whether this is carried out, and whether the process still runs, is not known."),
        (false, _, ..5) => (asked, "Its worker sees that within a few seconds."),
        (false, false, _) => {
            (asked, "It still runs. A process may ignore TERM, or need time to clean up; killing it by force does not ask it.")
        }
        (false, true, _) => (asked, "It is not reported as ended yet."),
    })
}

/// How an attempt's process ended: `exit 1`, `killed by SIGKILL`, `worker lost`; `None` while it runs.
#[must_use]
pub fn measured_end(attempt: &Attempt) -> Option<String> {
    match (attempt.status, attempt.signal, attempt.exit_code) {
        (AttemptStatus::Running, ..) => None,
        (AttemptStatus::Lost, ..) => Some("worker lost".to_owned()),
        (_, Some(signal), _) => Some(format!("killed by {}", signal_name(signal))),
        (_, None, Some(code)) => Some(format!("exit {code}")),
        _ => None,
    }
}

fn signal_name(signal: i32) -> String {
    match signal {
        6 => "SIGABRT".to_owned(),
        9 => "SIGKILL".to_owned(),
        11 => "SIGSEGV".to_owned(),
        15 => "SIGTERM".to_owned(),
        24 => "SIGXCPU (CPU limit)".to_owned(),
        25 => "SIGXFSZ (file size limit)".to_owned(),
        other => format!("signal {other}"),
    }
}

#[cfg(test)]
#[path = "story_tests.rs"]
mod tests;
