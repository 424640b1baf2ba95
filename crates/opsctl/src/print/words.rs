//! States as a sign and a word, moments as seen from now, amounts against limits.

use super::Paint;
use actions::views::standstill::Standstill;
use domain::{
    At, AttemptStatus, AuditOutcome, CommandStatus, GroupState, ItemState, JobStatus, OperationState, StepStatus, human_bytes, human_millis,
};

pub fn job_status(paint: Paint, status: JobStatus) -> String {
    match status {
        JobStatus::Waiting => paint.dim("○ waiting"),
        JobStatus::Running => paint.busy("● running"),
        JobStatus::Succeeded => paint.good("✓ completed"),
        JobStatus::Failed => paint.bad("✗ failed"),
        JobStatus::Canceled => paint.dim("– canceled"),
    }
}

pub fn step_status(paint: Paint, status: StepStatus) -> String {
    match status {
        StepStatus::Waiting => paint.dim("○ waiting"),
        StepStatus::Running => paint.busy("● running"),
        StepStatus::Succeeded => paint.good("✓ completed"),
        StepStatus::Failed => paint.bad("✗ failed"),
        StepStatus::Skipped => paint.dim("- skipped"),
    }
}

pub fn attempt_status(paint: Paint, status: AttemptStatus) -> String {
    match status {
        AttemptStatus::Running => paint.busy("● running"),
        AttemptStatus::Succeeded => paint.good("✓ completed"),
        AttemptStatus::Failed => paint.bad("✗ failed"),
        AttemptStatus::Lost => paint.warn("? lost"),
    }
}

pub fn command_status(paint: Paint, status: CommandStatus) -> String {
    match status {
        CommandStatus::Pending => paint.dim("○ pending"),
        CommandStatus::InProgress => paint.busy("● in progress"),
        CommandStatus::Completed => paint.good("✓ completed"),
        CommandStatus::Failed => paint.bad("✗ failed"),
        CommandStatus::Canceled => paint.dim("– canceled"),
        CommandStatus::InTroubleshootingQueue => paint.warn("! in troubleshooting"),
    }
}

pub fn group_state(paint: Paint, state: GroupState) -> String {
    match state {
        GroupState::New => paint.bad("! new"),
        GroupState::Investigating => paint.busy("● investigating"),
        GroupState::Known => paint.warn("# known"),
        GroupState::Snoozed => paint.dim("z snoozed"),
        GroupState::Resolved => paint.good("✓ resolved"),
        GroupState::Regressed => paint.bad("✗ regressed"),
    }
}

/// Why something is not moving, with what this was told from.
pub fn standstill(paint: Paint, standstill: Option<&Standstill>) -> String {
    let Some(told) = standstill else { return String::new() };
    let mut text = format!("\n{} {}\n", paint.bold("Why is it not moving?"), told.sentence);
    for fact in &told.evidence {
        text.push_str(&format!("  {}\n", paint.dim(fact)));
    }
    text
}

pub fn operation_state(paint: Paint, state: OperationState) -> String {
    match state {
        OperationState::Proposed => paint.warn("? proposed"),
        OperationState::Canary => paint.busy("● canary"),
        OperationState::Ramping => paint.busy("● ramping"),
        OperationState::Paused => paint.warn("‖ paused"),
        OperationState::Halted => paint.bad("✗ halted"),
        OperationState::Canceled => paint.dim("– canceled"),
        OperationState::Finished => paint.good("✓ finished"),
    }
}

pub fn item_state(paint: Paint, state: ItemState) -> String {
    match state {
        ItemState::Waiting => paint.dim("○ waiting"),
        ItemState::Sent => paint.busy("● sent"),
        ItemState::Succeeded => paint.good("✓ succeeded"),
        ItemState::Failed => paint.bad("✗ failed"),
        ItemState::Skipped => paint.dim("- skipped"),
        ItemState::Gone => paint.warn("? gone"),
    }
}

pub fn outcome(paint: Paint, outcome: AuditOutcome) -> String {
    match outcome {
        AuditOutcome::Open => paint.busy("● open"),
        AuditOutcome::Done => paint.good("✓ done"),
        AuditOutcome::Accepted => paint.busy("→ accepted"),
        AuditOutcome::Viewed => paint.dim("· viewed"),
        AuditOutcome::Rehearsed => paint.dim("~ rehearsed"),
        AuditOutcome::Refused => paint.warn("! refused"),
        AuditOutcome::Failed => paint.bad("✗ failed"),
        AuditOutcome::Unknown => paint.warn("? unknown"),
    }
}

/// `12 s ago`, `3 m ago`, `in 40 m`; anything over three days as its date.
pub fn ago(now: At, at: At) -> String {
    let secs = now.secs_since(at);
    let span = match secs.unsigned_abs() {
        secs @ 0..60 => format!("{secs} s"),
        secs @ 60..3600 => format!("{} m", secs / 60),
        secs @ 3600..172_800 => format!("{} h", secs / 3600),
        secs @ 172_800..=259_200 => format!("{} d", secs / 86_400),
        _ => return at.date(),
    };
    if secs >= 0 { format!("{span} ago") } else { format!("in {span}") }
}

/// `2.3s`, `1m 44s`: as short as a tree wants it.
pub fn brief(millis: i64) -> String {
    let text = human_millis(millis);
    [" ms", " h", " m", " s"].iter().fold(text, |text, unit| text.replace(unit, unit.trim_start()))
}

pub fn bytes(bytes: i64) -> String {
    human_bytes(u64::try_from(bytes).unwrap_or(0))
}

/// `256 MB / 256 MB (100%)`; a missing measure is a dash.
pub fn share(used: Option<i64>, limit: i64, unit: fn(i64) -> String) -> String {
    match used {
        None => format!("– / {}", unit(limit)),
        Some(used) if limit <= 0 => unit(used),
        Some(used) => {
            let percent = i128::from(used) * 100 / i128::from(limit);
            format!("{} / {} ({percent}%)", unit(used), unit(limit))
        }
    }
}

/// Counts as bars, the tallest eight eighths high.
pub fn spark(counts: &[u32]) -> String {
    const BARS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
    let most = counts.iter().copied().max().unwrap_or(0).max(1) as usize;
    counts
        .iter()
        .map(|count| match *count as usize {
            0 => '·',
            count => BARS[(count * 8).div_ceil(most) - 1],
        })
        .collect()
}

/// `1 job`, `12 jobs`, `more than 10000 jobs`.
pub fn count(number: i64, more: bool, one: &str) -> String {
    let many = if number == 1 && !more { "" } else { "s" };
    format!("{}{number} {one}{many}", if more { "more than " } else { "" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_seen_from_now() {
        let now: At = "2026-11-21T10:00:00Z".parse().expect("a time");
        for (secs, told) in [(-12, "12 s ago"), (-200, "3 m ago"), (-7300, "2 h ago"), (2400, "in 40 m"), (-864_000, "2026-11-11")] {
            assert_eq!(ago(now, now.plus_secs(secs)), told);
        }
    }

    #[test]
    fn amounts_read_well() {
        assert_eq!(brief(2_300), "2.3s");
        assert_eq!(brief(340), "340ms");
        assert_eq!(brief(104_000), "1m 44s");
        assert_eq!(brief(7_500_000), "2h 5m");
        assert_eq!(share(Some(128 << 20), 256 << 20, bytes), "128 MB / 256 MB (50%)");
        assert_eq!(share(None, 256 << 20, bytes), "– / 256 MB");
        assert_eq!(spark(&[0, 1, 4, 8]), "·▁▄█");
        assert_eq!(count(1, false, "job"), "1 job");
        assert_eq!(count(10_000, true, "job"), "more than 10000 jobs");
    }
}
