//! One run of a pipeline as a tree: each step with its state, its time or its reason; with
//! `verbose` every attempt with what it used, its parameters and its log.

use super::{Paint, one_line, table::facts, words};
use actions::views::job::{Attempt, JobOutput, Step};
use domain::{At, JobStatus, StepStatus};

pub fn pipeline(job: &JobOutput, verbose: bool, paint: Paint) -> String {
    let mut text = head(job, paint);
    for (at, step) in job.steps.iter().enumerate() {
        let last = at + 1 == job.steps.len();
        text.push_str(&format!("{} {}: {}\n", if last { "└──" } else { "├──" }, paint.bold(&step.name), state(step, job.now, paint)));
        if verbose {
            let bar = if last { "    " } else { "│   " };
            for line in details(step, job, paint).lines() {
                text.push_str(format!("{bar}{line}").trim_end());
                text.push('\n');
            }
        }
    }
    if let Some(kill) = &job.stopping {
        let signal = if kill.force { "KILL" } else { "TERM" };
        let told =
            format!("{} asked for the running step to be killed ({signal}) {}; it still runs.", kill.by, words::ago(job.now, kill.at));
        text.push_str(&format!("{}\n", paint.warn(&told)));
    }
    text.push_str(&elsewhere(job, paint));
    text.push_str(&words::standstill(paint, job.standstill.as_ref()));
    text.push_str(&next(job, paint));
    if let Some(alike) = job.alike.filter(|alike| alike.waiting > 1) {
        let told = format!("{} wait for the same reason (group {}):", words::count(alike.waiting, false, "command"), alike.group);
        text.push_str(&format!("{} opsctl bulk preview --group {}\n", paint.dim(&told), alike.group));
    }
    text
}

/// What a long run has besides the steps that are listed.
fn elsewhere(job: &JobOutput, paint: Paint) -> String {
    let (outline, listed) = (&job.outline, job.steps.len() as i64);
    if listed == outline.rows {
        return String::new();
    }
    let last = outline.from + listed - 1;
    let mut text = format!("Steps {} to {last} of {}. Others: --from, with the number of a step.\n", outline.from, outline.rows);
    if let Some(cause) = job.cause.as_ref().filter(|cause| !(outline.from..=last).contains(&cause.place)) {
        text.push_str(&format!("Root cause, step {}: {}: {}\n", cause.place, paint.bold(&cause.name), state(cause, job.now, paint)));
    }
    text
}

fn head(job: &JobOutput, paint: Paint) -> String {
    let row = &job.row;
    let title = row.title.as_deref().map(one_line).unwrap_or_default();
    let took = row.duration_ms.map(|ms| format!(" after {}", words::brief(ms))).unwrap_or_default();
    let state = format!("{}{took}, {} (run {})", words::job_status(paint, row.status), words::ago(job.now, row.updated_at), row.run);
    facts(
        paint,
        &[
            ("job", format!("{} · {}", row.job, row.pipeline)),
            ("works on", title),
            ("tenant", row.tenant_name.clone()),
            ("asked by", job.requested_by.clone().unwrap_or_default()),
            ("state", state),
            ("command", format!("{} · {}", row.command, words::command_status(paint, job.command_status))),
        ],
    ) + "\n"
}

/// `✓ completed (2.3s)`, `✗ failed - out of memory: needed > 256 MB of 256 MB (12.0s)`, `- skipped`.
pub fn state(step: &Step, now: At, paint: Paint) -> String {
    let sign = words::step_status(paint, step.status);
    let took = step.started_at.map(|start| step.finished_at.unwrap_or(now).millis() - start.millis()).map(words::brief);
    match (step.status, took) {
        (StepStatus::Waiting | StepStatus::Skipped, _) => sign,
        (StepStatus::Running, Some(took)) => format!("{sign} ({took} so far)"),
        (StepStatus::Failed, took) => {
            let took = took.map(|took| format!(" ({took})")).unwrap_or_default();
            format!("{sign} - {}{took}", reason(step))
        }
        (_, Some(took)) => format!("{sign} ({took})"),
        (_, None) => sign,
    }
}

/// The class of the failure and the sentence that goes with it, neither said twice.
fn reason(step: &Step) -> String {
    let title = step.error_title.as_deref().or(step.error_code.as_deref()).unwrap_or("no reason was given");
    match step.error_message.as_deref().map(one_line).filter(|message| !message.is_empty()) {
        None => title.to_owned(),
        Some(message) if message.to_lowercase().starts_with(&title.to_lowercase()) => message,
        Some(message) => format!("{}: {message}", title.trim_end_matches('.')),
    }
}

fn details(step: &Step, job: &JobOutput, paint: Paint) -> String {
    let mut text: String = step.attempts.iter().map(|attempt| attempt_lines(attempt, step, job, paint)).collect();
    for file in &step.outputs {
        text.push_str(&format!("→ {} ({})\n", file.name, words::bytes(file.size)));
    }
    text
}

fn attempt_lines(attempt: &Attempt, step: &Step, job: &JobOutput, paint: Paint) -> String {
    let mut text = format!(
        "attempt {}: {}{} · {} · worker {} · build {}\n",
        attempt.number,
        words::attempt_status(paint, attempt.status),
        ended_by(attempt),
        words::ago(job.now, attempt.started_at),
        attempt.worker,
        attempt.build
    );
    if let Some(kill) = &attempt.kill {
        let signal = if kill.force { "KILL" } else { "TERM" };
        text.push_str(&format!("  {} asked for it to be killed ({signal}) {}\n", kill.by, words::ago(job.now, kill.at)));
    }
    text.push_str(&format!("  {}\n", used(attempt)));
    if attempt.params.as_object().is_some_and(|params| !params.is_empty()) {
        text.push_str(&format!("  parameters {}\n", attempt.params));
    }
    match &attempt.log {
        Some(log) => {
            for line in log.lines() {
                text.push_str(&format!("  {} {line}\n", paint.dim("│")));
            }
        }
        None if !job.inside && attempt.number == 1 && step.status == StepStatus::Failed => {
            text.push_str(&paint.dim("  The log is shown inside a support session on this tenant."));
            text.push('\n');
        }
        None => {}
    }
    text
}

/// `, OUT_OF_MEMORY, signal 9`.
fn ended_by(attempt: &Attempt) -> String {
    let code = attempt.error_code.as_ref().map(|code| format!(", {code}"));
    let exit = attempt.exit_code.filter(|exit| *exit != 0).map(|exit| format!(", exit code {exit}"));
    let signal = attempt.signal.map(|signal| format!(", signal {signal}"));
    [code, exit, signal].into_iter().flatten().collect()
}

fn used(attempt: &Attempt) -> String {
    let limits = attempt.limits;
    let disk = attempt.disk_bytes.map(|disk| format!(" · disk {}", words::bytes(disk))).unwrap_or_default();
    format!(
        "memory {} · CPU {} · time {}{disk}",
        words::share(attempt.memory_peak_bytes, limits.memory_bytes, words::bytes),
        words::share(attempt.cpu_ms, limits.cpu_seconds * 1000, words::brief),
        words::share(attempt.wall_ms, limits.wall_seconds * 1000, words::brief),
    )
}

/// What a person would most likely type next.
fn next(job: &JobOutput, paint: Paint) -> String {
    let Some(step) = job.cause.as_ref().filter(|_| job.row.status == JobStatus::Failed) else {
        return String::new();
    };
    let out_of_memory = step.error_code.as_deref() == Some("OUT_OF_MEMORY");
    let memory = if out_of_memory {
        // The next power of two in megabytes after twice the limit: a first guess to rehearse.
        let megabytes = u64::try_from(step.limits.memory_bytes >> 20).unwrap_or(0).max(1) * 2;
        format!(" --memory {}M", megabytes.next_power_of_two())
    } else {
        String::new()
    };
    format!(
        "\n{} opsctl reprocess {} --from-step {}{memory} --dry-run\n",
        paint.dim("Rehearse another run:"),
        job.row.job.short(),
        step.name
    )
}

#[cfg(test)]
mod tests {
    use super::super::samples;
    use super::*;

    #[test]
    fn the_tree_says_which_step_failed_and_why() {
        let text = pipeline(&samples::job(), false, Paint(false));
        let tree: Vec<&str> = text.lines().filter(|line| line.contains("──")).collect();
        assert_eq!(
            tree,
            [
                "├── pdf_upload: ✓ completed (2.3s)",
                "├── text_extraction: ✓ completed (5.1s)",
                "├── wall_detection: ✗ failed - Out of memory: needed > 256 MB of 256 MB (12.0s)",
                "├── room_detection: - skipped",
                "└── bim_generation: - skipped",
            ]
        );
        assert!(text.contains("opsctl reprocess 1f0a1b2c --from-step wall_detection --memory 512M --dry-run"), "{text}");
        assert!(text.ends_with("40 commands wait for the same reason (group 12): opsctl bulk preview --group 12\n"), "{text}");
        assert!(!text.contains("attempt 1"), "{text}");
    }

    #[test]
    fn verbose_shows_every_attempt_against_its_limits() {
        let text = pipeline(&samples::job(), true, Paint(false));
        assert!(text.contains("│   attempt 2: ✗ failed, OUT_OF_MEMORY, signal 9"), "{text}");
        assert!(text.contains("memory 256 MB / 256 MB (100%) · CPU 11.4s / 1m (19%) · time 12.0s / 2m (10%) · disk 3 MB"), "{text}");
        assert!(text.contains("│     │ 40000 segments"), "{text}");
        assert!(text.contains("parameters {\"scale\":\"1:50\"}"), "{text}");
    }

    #[test]
    fn outside_a_session_the_sentence_is_the_class_and_the_log_is_explained() {
        let mut job = samples::job();
        job.inside = false;
        job.row.title = None;
        for step in &mut job.steps {
            step.error_message = None;
            step.attempts.iter_mut().for_each(|attempt| attempt.log = None);
        }
        let text = pipeline(&job, true, Paint(false));
        assert!(text.contains("wall_detection: ✗ failed - Out of memory (12.0s)"), "{text}");
        assert!(text.contains("inside a support session"), "{text}");
    }

    #[test]
    fn a_long_run_says_what_is_not_listed() {
        let mut job = samples::job();
        (job.outline.steps, job.outline.rows, job.outline.from) = (20_000, 20_000, 7_001);
        let text = pipeline(&job, false, Paint(false));
        assert!(text.contains("Steps 7001 to 7005 of 20000."), "{text}");
        assert!(text.contains("Root cause, step 3: wall_detection: ✗ failed - Out of memory"), "{text}");
    }

    #[test]
    fn a_running_step_counts() {
        let mut job = samples::job();
        let step = &mut job.steps[2];
        (step.status, step.finished_at) = (StepStatus::Running, None);
        step.started_at = Some(job.now.plus_secs(-4));
        assert_eq!(state(&job.steps[2], job.now, Paint(false)), "● running (4.0s so far)");
    }
}
