//! How an operation goes on: one pure function from where it stands to what comes next, and its pace. The runner asks
//! them before every chunk; a test plays them through at random. Not in here: sending, following, the database.

use crate::OperationState;

/// Most things one operation may be about; more are a sign of a filter that is too wide.
pub const MOST_ITEMS: i64 = 200_000;

/// After so many things in all, an operation with a canary waits for every outcome: 1, then 5, then 25.
const CANARY: [i64; 3] = [1, 6, 31];

/// What a person chose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Plan {
    pub canary: bool,
    /// Halts when more than this share of the confirmed outcomes failed; 100 never halts.
    pub halt_percent: i64,
    /// Things sent in a second, at most.
    pub rate: i64,
}

/// Where an operation stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    pub state: OperationState,
    pub waiting: i64,
    /// Sent, outcome unknown.
    pub sent: i64,
    pub succeeded: i64,
    pub failed: i64,
    /// Sent, succeeded and failed before a person let it go on after a halt: these are no longer judged.
    pub base_attempted: i64,
    pub base_succeeded: i64,
    pub base_failed: i64,
}

/// What comes next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// Up to so many may be sent now, if the pace allows; the canary is over when `ramping`.
    Send { most: i64, ramping: bool },
    /// Outcomes have to come in first, or a person has to let it go on.
    Wait,
    /// Too much failed; the sentence says how much.
    Halt(String),
    /// Everything has its outcome.
    Finish,
    /// A person gave it up: what still waits is skipped.
    SkipRest,
}

/// What comes next for an operation that stands like this.
#[must_use]
pub fn step(plan: Plan, progress: Progress) -> Step {
    match progress.state {
        OperationState::Canary | OperationState::Ramping => running(plan, progress),
        OperationState::Canceled if progress.waiting > 0 => Step::SkipRest,
        OperationState::Paused | OperationState::Halted if progress.waiting == 0 && progress.sent == 0 => Step::Finish,
        OperationState::Proposed
        | OperationState::Paused
        | OperationState::Halted
        | OperationState::Canceled
        | OperationState::Finished => Step::Wait,
    }
}

fn running(plan: Plan, progress: Progress) -> Step {
    if progress.waiting == 0 {
        return if progress.sent == 0 { Step::Finish } else { Step::Wait };
    }
    if let Some(why) = too_much_failed(plan, progress) {
        return Step::Halt(why);
    }
    let attempted = progress.sent + progress.succeeded + progress.failed - progress.base_attempted;
    if progress.state == OperationState::Ramping || !plan.canary {
        return Step::Send { most: progress.waiting, ramping: true };
    }
    // With outcomes missing, only the stage under way may be filled; without, the next one may begin.
    let stage = CANARY.iter().find(|end| if progress.sent > 0 { **end >= attempted } else { **end > attempted });
    match stage {
        Some(end) if *end == attempted => Step::Wait,
        Some(end) => Step::Send { most: (end - attempted).min(progress.waiting), ramping: false },
        None if progress.sent > 0 => Step::Wait,
        None => Step::Send { most: progress.waiting, ramping: true },
    }
}

fn too_much_failed(plan: Plan, progress: Progress) -> Option<String> {
    let failed = progress.failed - progress.base_failed;
    let confirmed = failed + progress.succeeded - progress.base_succeeded;
    (failed * 100 > plan.halt_percent * confirmed).then(|| {
        let tenths = failed * 1000 / confirmed.max(1);
        let share = if tenths % 10 == 0 { format!("{}", tenths / 10) } else { format!("{}.{}", tenths / 10, tenths % 10) };
        format!("Halted by itself: {failed} of {confirmed} confirmed outcomes failed ({share} %), more than {} %.", plan.halt_percent)
    })
}

/// How a stage of a canary stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stands {
    /// Everything in it has its outcome.
    Over,
    Begun,
    ToCome,
}

/// How many things the stages of a canary are about, each with how it stands; the last is the rest, if there is one. `attempted`
/// are those since a person let it go on after a halt, `sent` of them without an outcome.
#[must_use]
pub fn stages(attempted: i64, sent: i64, waiting: i64) -> Vec<(i64, Stands)> {
    let all = attempted + waiting;
    let ends = CANARY.into_iter().chain([all]);
    let starts = [0].into_iter().chain(CANARY);
    let parts = starts.zip(ends).map(|(start, end)| (start, end.min(all))).filter(|(start, end)| start < end);
    let stands = |start: i64, end: i64| match attempted {
        at if at > end || at == end && sent == 0 => Stands::Over,
        at if at > start => Stands::Begun,
        _ => Stands::ToCome,
    };
    parts.map(|(start, end)| (end - start, stands(start, end))).collect()
}

/// Where an operation that was held goes on: a halted one begins its canary anew, a paused one stays where it was.
#[must_use]
pub fn resumed(plan: Plan, progress: Progress) -> OperationState {
    let attempted = progress.sent + progress.succeeded + progress.failed - progress.base_attempted;
    let canary_over = progress.state == OperationState::Paused && attempted > CANARY[CANARY.len() - 1];
    if plan.canary && !canary_over { OperationState::Canary } else { OperationState::Ramping }
}

/// How far sending has come, in microseconds since 1970: what was due up to `paced` has been sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pace {
    pub paced: i64,
    pub now: i64,
}

/// What was not sent for longer than this is forgiven: after a stop nothing comes in a burst.
const FORGIVEN_AFTER: i64 = 1_000_000;

/// How many are due.
#[must_use]
pub fn due(rate: i64, pace: Pace) -> i64 {
    (pace.now - from(pace)).max(0) * rate / 1_000_000
}

/// Where the pace stands after sending so many.
#[must_use]
pub fn paced(rate: i64, pace: Pace, sent: i64) -> i64 {
    from(pace) + sent * 1_000_000 / rate.max(1)
}

fn from(pace: Pace) -> i64 {
    pace.paced.max(pace.now - FORGIVEN_AFTER)
}

#[cfg(test)]
#[path = "operation_tests.rs"]
mod tests;
