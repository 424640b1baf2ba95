//! The sentence a page opens with: what state a command or a job is in, since when, why, and what
//! it waits for. Plus the words of a command's history and of how an attempt ended.

use super::{ago, count, span};
use actions::views::{
    command::CommandOutput,
    job::{Attempt, JobOutput},
    troubleshooting::CommandRow,
};
use domain::{AttemptStatus, BusEvent, CommandStatus, JobStatus};

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
        BusEvent::OperatorKill => "Staff asked for the running step to be stopped",
    }
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
