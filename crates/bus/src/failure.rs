//! How a handler says no, and when it is tried again.

use domain::ErrorType;
use std::time::Duration;

/// The kind of a command's failure; those of pages are smaller numbers.
const COMMAND: u8 = 16;
/// Longest message kept; the database refuses more than 65,536 characters.
const MESSAGE_LIMIT: usize = 60_000;

/// Why an attempt did not succeed.
///
/// The `title` names the class of the error as a sentence and holds nothing of a customer's: it is
/// shown in overviews to all staff. The `message` is the full sentence and may.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    pub kind: ErrorType,
    pub code: String,
    pub title: String,
    pub message: String,
}

impl Failure {
    /// May pass by itself: tried again after a delay until the attempts are used up.
    pub fn transient(code: impl Into<String>, title: impl Into<String>, message: impl Into<String>) -> Self {
        Self::new(ErrorType::Transient, code.into(), title.into(), message.into())
    }

    /// The same input would fail again until somebody changes something: to the troubleshooting queue at once.
    pub fn permanent(code: impl Into<String>, title: impl Into<String>, message: impl Into<String>) -> Self {
        Self::new(ErrorType::Permanent, code.into(), title.into(), message.into())
    }

    /// A rule of the business says no: the sender gets a FAILED reply, staff are not bothered.
    pub fn business(code: impl Into<String>, title: impl Into<String>, message: impl Into<String>) -> Self {
        Self::new(ErrorType::BusinessRule, code.into(), title.into(), message.into())
    }

    /// Which failures are the same one: 16 hex digits over the code, the first line of the message without its particulars,
    /// and the frames below it. Computed by the crate that groups the errors of customers' pages, under a kind of its own.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        // Hosts write for people: what stands between curly or angled quotes is a particular like any other quoted text.
        let clean = |text: &str| scrub::scrub_to_string(&text.replace(['\u{201c}', '\u{201d}', '\u{201e}', '\u{ab}', '\u{bb}'], "\"")).0;
        let (first, frames) = self.message.split_once('\n').unwrap_or((&self.message, ""));
        // The digits of a code are no particulars: HTTP_500 is not HTTP_503.
        let code: String = self.code.chars().map(|c| c.to_digit(10).map_or(c, |digit| char::from(b'g' + digit as u8))).collect();
        let line = [&code, ": ", &clean(first)].concat();
        scrub::fingerprint_hex(scrub::fingerprint(COMMAND, line.as_bytes(), clean(frames).as_bytes()))
    }

    pub(crate) fn new(kind: ErrorType, code: String, title: String, message: String) -> Self {
        Self { kind, code: fit(&code, 120), title: fit(&title, 300), message: fit(&message, MESSAGE_LIMIT) }
    }
}

/// A database error of the runtime itself: the command may be tried again.
impl From<crate::BusError> for Failure {
    fn from(error: crate::BusError) -> Self {
        Self::transient("BUS_UNAVAILABLE", "The command bus could not use its database", error.to_string())
    }
}

/// Cuts to what the database stores, and drops the one character it cannot.
pub(crate) fn fit(text: &str, limit: usize) -> String {
    text.chars().filter(|c| *c != '\0').take(limit).collect()
}

/// After which delays a transient failure is tried again; the last one repeats. How many attempts a
/// command gets is its sender's choice ([`crate::Send::max_attempts`]).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RetryPolicy {
    pub delays: Vec<Duration>,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self { delays: [10, 60, 300].map(Duration::from_secs).to_vec() }
    }
}

impl RetryPolicy {
    /// The delay after the attempt of this number, counted from 1.
    #[must_use]
    pub fn delay_after(&self, attempt: u32) -> Duration {
        let index = attempt.saturating_sub(1) as usize;
        self.delays.get(index).or(self.delays.last()).copied().unwrap_or(Duration::ZERO)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failures_that_differ_in_particulars_are_one() {
        let print = |code: &str, message: &str| Failure::permanent(code, "t", message).fingerprint();
        let one = print("NO_ROOM", "room 4711 of plan 'east.pdf' is unknown to anna@example.org\n  at place (plan.js:10:2)");
        assert_eq!(one, print("NO_ROOM", "room 12 of plan 'w.pdf' is unknown to bob@example.net\n  at place (plan.js:99:7)"));
        assert_ne!(print("HTTP_500", "the service said no"), print("HTTP_503", "the service said no"));
        assert_eq!(print("QUOTA", "429 for \u{201c}the printer eats paper\u{201d}"), print("QUOTA", "429 for \u{201c}a lift\u{201d}"));
        assert_ne!(one, print("NO_DOOR", "room 4711 of plan 'east.pdf' is unknown to anna@example.org\n  at place (plan.js:10:2)"));
        assert_ne!(one, print("NO_ROOM", "room 4711 of plan 'east.pdf' is unknown to anna@example.org\n  at search (plan.js:10:2)"));
        assert_ne!(one, print("NO_ROOM", "room 4711 of plan 'east.pdf' is too large for anna@example.org\n  at place (plan.js:10:2)"));
    }

    #[test]
    fn the_last_delay_repeats() {
        let policy = RetryPolicy::default();
        let secs: Vec<u64> = (1..=5).map(|n| policy.delay_after(n).as_secs()).collect();
        assert_eq!(secs, [10, 60, 300, 300, 300]);
        assert_eq!(RetryPolicy { delays: vec![] }.delay_after(1), Duration::ZERO);
    }

    #[test]
    fn what_the_database_cannot_store_is_left_out() {
        let failure = Failure::permanent("C", "T", format!("a\0b{}", "x".repeat(100_000)));
        assert!(failure.message.starts_with("abx") && failure.message.chars().count() == MESSAGE_LIMIT);
    }
}
