//! What is watched and how it is judged: the expectations of a check, when it counts as down and as up again, and the life of an alert.
//! Pure: what was measured and the time are arguments. Not in here: asking, counting, telling.

use crate::{AlertCondition, AlertState, At, CheckKind, CheckState};
use serde::{Deserialize, Serialize};

/// What a check asks and what it expects. Which of these a kind reads is for [`CheckSpec::wrong`] to say.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct CheckSpec {
    /// `https://host/path`, `host:port`, or a name.
    pub target: String,
    /// Status of the answer; without it any from 200 to 299.
    pub status: Option<i64>,
    /// Slowest answer that is still right, in milliseconds.
    pub max_ms: Option<i64>,
    /// Text that has to be in the answer.
    pub has: Option<String>,
    /// Text that must not be in the answer.
    pub lacks: Option<String>,
    /// Place in a JSON answer, such as `/status`, and what it has to be.
    pub pointer: Option<String>,
    pub equals: Option<String>,
    /// An address the name has to resolve to.
    pub resolves_to: Option<String>,
    /// Days a certificate has to hold at least; 14 unless said.
    pub days_left: Option<i64>,
    /// Heartbeats: how often in seconds, or a line of cron in a time zone; and how late they may be.
    pub period_secs: Option<i64>,
    pub cron: Option<String>,
    pub zone: Option<String>,
    pub grace_secs: Option<i64>,
}

/// Days a certificate has to hold unless the check says otherwise.
pub const DAYS_LEFT: i64 = 14;
/// Seconds a heartbeat may be late unless the check says otherwise.
pub const GRACE_SECS: i64 = 300;

impl CheckSpec {
    /// Why it is not a check of this kind, as a sentence.
    #[must_use]
    pub fn wrong(&self, kind: CheckKind) -> Option<String> {
        let url = self.target.starts_with("https://") || self.target.starts_with("http://");
        let host = !self.target.is_empty() && !self.target.contains(['/', ' ', '@']);
        let port =
            || self.target.rsplit_once(':').is_some_and(|(host, port)| !host.is_empty() && port.parse::<u16>().is_ok_and(|port| port > 0));
        let said = match kind {
            CheckKind::Http | CheckKind::Beacon if !url => "The target is a URL such as https://shop.example/health.",
            CheckKind::Tcp if !(host && port()) => "The target is a host and a port such as db.example:5432.",
            CheckKind::Dns if !host => "The target is a name such as shop.example.",
            CheckKind::Dns if self.resolves_to.as_ref().is_some_and(|address| address.parse::<std::net::IpAddr>().is_err()) => {
                "What the name resolves to is an address such as 192.0.2.10."
            }
            CheckKind::Certificate if !host => "The target is a host, with a port if it is not 443, such as shop.example.",
            CheckKind::Heartbeat if self.period_secs.is_some() == self.cron.is_some() => {
                "A heartbeat has either a period or a line of cron."
            }
            CheckKind::Heartbeat if self.period_secs.is_some_and(|secs| !(10..=31_536_000).contains(&secs)) => {
                "The period is between 10 seconds and a year."
            }
            CheckKind::Heartbeat if self.grace_secs.is_some_and(|secs| !(0..=31_536_000).contains(&secs)) => "The grace is at most a year.",
            _ => return self.odd(),
        };
        Some(said.to_owned())
    }

    fn odd(&self) -> Option<String> {
        let texts = [&self.has, &self.lacks, &self.pointer, &self.equals, &self.resolves_to, &self.cron, &self.zone];
        let said = if self.target.len() > 2_000 || texts.iter().any(|text| text.as_ref().is_some_and(|text| text.len() > 2_000)) {
            "A text of a check has at most 2,000 characters."
        } else if self.status.is_some_and(|status| !(100..=599).contains(&status)) {
            "A status is between 100 and 599."
        } else if self.max_ms.is_some_and(|ms| !(1..=60_000).contains(&ms)) {
            "The slowest answer is between 1 and 60,000 milliseconds."
        } else if self.days_left.is_some_and(|days| !(0..=3_650).contains(&days)) {
            "Days are between 0 and 3,650."
        } else if self.pointer.is_some() != self.equals.is_some() {
            "A place in the answer and what it has to be belong together."
        } else if self.pointer.as_ref().is_some_and(|pointer| !pointer.is_empty() && !pointer.starts_with('/')) {
            "A place in the answer begins with a slash, such as /status."
        } else {
            return None;
        };
        Some(said.to_owned())
    }
}

/// How a check has done lately.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tally {
    pub state: CheckState,
    /// In a row; one of the two is nought.
    pub fails: i32,
    pub passes: i32,
}

/// What a result means: how it stands now, and whether it just went down or came up.
#[must_use]
pub fn tallied(before: Tally, ok: bool, fail_after: i32, pass_after: i32) -> (Tally, Option<CheckState>) {
    let fails = if ok { 0 } else { before.fails.saturating_add(1) };
    let passes = if ok { before.passes.saturating_add(1) } else { 0 };
    let state = match before.state {
        // Nothing was wrong before: the first right answer is enough.
        CheckState::New if ok => CheckState::Up,
        CheckState::New | CheckState::Up if fails >= fail_after => CheckState::Down,
        CheckState::Down if passes >= pass_after => CheckState::Up,
        state => state,
    };
    let turned = (state != before.state && !(before.state == CheckState::New && state == CheckState::Up)).then_some(state);
    (Tally { state, fails, passes }, turned)
}

/// Whether what was measured is worth an alert.
#[must_use]
pub fn holds(condition: AlertCondition, value: i64, before: i64, threshold: i64, factor: i64) -> bool {
    match condition {
        AlertCondition::Above => value > threshold,
        AlertCondition::Absent => value == 0,
        AlertCondition::Times => value > threshold && value >= before.max(1).saturating_mul(factor),
    }
}

/// An alert as it stands, as far as its life goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    pub state: AlertState,
    /// Since when its condition is gone.
    pub quiet_since: Option<At>,
}

/// What happens to the alert of one rule and subject when it was looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AlertStep {
    /// There is none, and there is no need of one.
    Nothing,
    /// A new one; it is told.
    Open,
    /// It goes on; seen once more.
    Again,
    /// The condition is gone, but not for long enough.
    Hold(At),
    /// It is over; that is told.
    Close,
}

/// The next step of an alert. `silenced`: nothing new is opened.
#[must_use]
pub fn alert_step(standing: Option<Standing>, holds: bool, silenced: bool, hold_secs: i64, now: At) -> AlertStep {
    match standing.filter(|standing| standing.state != AlertState::Closed) {
        None if holds && !silenced => AlertStep::Open,
        None => AlertStep::Nothing,
        Some(_) if holds => AlertStep::Again,
        Some(standing) => {
            let since = standing.quiet_since.unwrap_or(now);
            if now.secs_since(since) >= hold_secs { AlertStep::Close } else { AlertStep::Hold(since) }
        }
    }
}

/// Longest pause between two attempts to deliver.
pub const LONGEST_PAUSE_SECS: i64 = 3_600;
/// Attempts after which a message is dead.
pub const DELIVERY_ATTEMPTS: i32 = 12;

/// Seconds until a message is tried again after so many attempts: 5, 10, 20 and so on up to an hour, and up to a quarter more by chance
/// (`chance` of 0 to 255), so that what failed together does not come back together.
#[must_use]
pub fn pause_secs(attempts: i32, chance: u8) -> i64 {
    let base = 5_i64.saturating_mul(1 << attempts.clamp(1, 12).saturating_sub(1)).min(LONGEST_PAUSE_SECS);
    base + base * i64::from(chance) / 1_024
}

#[cfg(test)]
#[path = "watch_tests.rs"]
mod tests;
