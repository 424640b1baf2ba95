//! Facts put into words: moments, counts, states, failures. Pure functions over the views' outputs,
//! so that every page says the same thing the same way. Not in here: HTML, signals, clocks.

mod json;
mod operation;
mod story;

pub use json::value_words;
pub use operation::{conditions, deed_of, operation_story};
pub use story::{KILLED, command_story, history_words, job_story, kill_story, measured_end, stopping_story};

use domain::{At, human_bytes};

/// `just now`, `12 min ago`, `3 d ago`; a moment yet to come is `in 4 min`.
#[must_use]
pub fn ago(now: At, at: At) -> String {
    match now.secs_since(at) {
        ..-4 => format!("in {}", span(at.secs_since(now))),
        -4..5 => "just now".to_owned(),
        secs => format!("{} ago", span(secs)),
    }
}

/// `40 s`, `12 min`, `3 h`, `5 d`: one unit, rounded down.
#[must_use]
pub fn span(secs: i64) -> String {
    match secs.max(0) {
        secs @ 0..60 => format!("{secs} s"),
        secs @ 60..3_600 => format!("{} min", secs / 60),
        secs @ 3_600..172_800 => format!("{} h", secs / 3_600),
        secs => format!("{} d", secs / 86_400),
    }
}

/// `2026-11-21 10:24:31 UTC`, for the tip of a relative time.
#[must_use]
pub fn moment(at: At) -> String {
    format!("{} {} UTC", at.date(), at.clock())
}

/// `1,204`
#[must_use]
pub fn count(n: i64) -> String {
    let digits = n.unsigned_abs().to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3 + 1);
    if n < 0 {
        text.push('\u{2212}');
    }
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// `1,204`, or `10,000+` when the counting stopped there.
#[must_use]
pub fn count_capped(total: i64, capped: bool) -> String {
    let mut text = count(total);
    if capped {
        text.push('+');
    }
    text
}

/// `1 command`, `1,204 commands`, `10,000+ commands`.
#[must_use]
pub fn counted(total: i64, capped: bool, one: &str, many: &str) -> String {
    format!("{} {}", count_capped(total, capped), if total == 1 && !capped { one } else { many })
}

/// `1,204 commands need a person`
#[must_use]
pub fn need_a_person(total: i64, capped: bool) -> String {
    match (total, capped) {
        (0, false) => "No command needs a person".to_owned(),
        (1, false) => "1 command needs a person".to_owned(),
        _ => format!("{} commands need a person", count_capped(total, capped)),
    }
}

/// Measured bytes in words; what was not measured is a dash.
#[must_use]
pub fn bytes(measured: Option<i64>) -> String {
    measured.map_or_else(|| "\u{2013}".to_owned(), |n| human_bytes(n.max(0).unsigned_abs()))
}

const MIB: i64 = 1 << 20;

/// The memory limits offered for running a step again, as `opsctl` takes them.
pub const MEMORY_CHOICES: [(&str, i64); 5] =
    [("256M", 256 * MIB), ("512M", 512 * MIB), ("1G", 1024 * MIB), ("2G", 2048 * MIB), ("4G", 4096 * MIB)];

/// The next sensible memory after running out under `limit`: four times as much, at most 4 GB.
/// `None`: the limit is there already, and more memory is not what will help.
#[must_use]
pub fn suggested_memory(limit_bytes: i64) -> Option<&'static str> {
    let largest = MEMORY_CHOICES[MEMORY_CHOICES.len() - 1].1;
    if limit_bytes >= largest {
        return None;
    }
    let wanted = limit_bytes.saturating_mul(4).min(largest);
    MEMORY_CHOICES.iter().find(|(_, bytes)| *bytes >= wanted).map(|(word, _)| *word)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(secs: i64) -> At {
        At::from_millis(1_800_000_000_000 + secs * 1000)
    }

    #[test]
    fn relative_times() {
        for (secs, words) in [
            (0, "just now"),
            (4, "just now"),
            (5, "5 s ago"),
            (59, "59 s ago"),
            (60, "1 min ago"),
            (3_600, "1 h ago"),
            (90_000, "25 h ago"),
            (172_800, "2 d ago"),
            (-4, "just now"),
            (-240, "in 4 min"),
        ] {
            assert_eq!(ago(at(secs), at(0)), words, "{secs}");
        }
    }

    #[test]
    fn counts() {
        for (n, words) in [(0, "0"), (999, "999"), (1_204, "1,204"), (1_000_000, "1,000,000"), (-1_204, "\u{2212}1,204")] {
            assert_eq!(count(n), words);
        }
        assert_eq!(count_capped(10_000, true), "10,000+");
        assert_eq!(need_a_person(1_204, false), "1,204 commands need a person");
        assert_eq!(need_a_person(1, false), "1 command needs a person");
        assert_eq!(need_a_person(10_000, true), "10,000+ commands need a person");
        assert_eq!(need_a_person(0, false), "No command needs a person");
        assert_eq!(counted(1, false, "job", "jobs"), "1 job");
    }

    #[test]
    fn more_memory_is_suggested_up_to_what_is_sensible() {
        assert_eq!(suggested_memory(256 * MIB), Some("1G"));
        assert_eq!(suggested_memory(100 * MIB), Some("512M"));
        assert_eq!(suggested_memory(2048 * MIB), Some("4G"));
        assert_eq!(suggested_memory(4096 * MIB), None);
    }
}
