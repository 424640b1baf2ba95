//! When something is expected next: a line of cron in a time zone, also across the change to and from summer time. Not in here: clocks,
//! and what happens when it does not come.

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use croner::Cron;
use domain::At;
use std::str::FromStr;

/// The first moment after `after` that the line names, on the clocks of the zone; the error is a sentence.
pub fn next_after(cron: &str, zone: &str, after: At) -> Result<At, String> {
    let line = Cron::from_str(cron).map_err(|error| {
        format!("\u{201c}{cron}\u{201d} is not a line of cron ({error}); write minute, hour, day, month, weekday, such as 30 3 * * *")
    })?;
    let zone: Tz =
        zone.parse().map_err(|_| format!("There is no time zone \u{201c}{zone}\u{201d}; write one such as Europe/Vienna or UTC"))?;
    let start: DateTime<Tz> = DateTime::<Utc>::from_timestamp_millis(after.millis()).unwrap_or_default().with_timezone(&zone);
    let next = line.find_next_occurrence(&start, false).map_err(|_| format!("\u{201c}{cron}\u{201d} names no moment that comes"))?;
    Ok(At::from_millis(next.timestamp_millis()))
}

#[cfg(test)]
mod tests {
    use super::next_after;
    use domain::At;

    fn next(cron: &str, zone: &str, after: &str) -> String {
        let after: At = after.parse().expect("a time");
        next_after(cron, zone, after).expect("a moment").to_string()
    }

    #[test]
    fn a_line_is_read_on_the_clocks_of_its_zone() {
        assert_eq!(next("30 3 * * *", "UTC", "2026-11-26T03:30:00Z"), "2026-11-27T03:30:00Z");
        assert_eq!(next("30 3 * * *", "Europe/Vienna", "2026-11-26T00:00:00Z"), "2026-11-26T02:30:00Z");
        assert_eq!(next("30 3 * * *", "America/New_York", "2026-11-26T00:00:00Z"), "2026-11-26T08:30:00Z");
        assert_eq!(next("*/15 * * * *", "Asia/Kolkata", "2026-11-26T00:01:00Z"), "2026-11-26T00:15:00Z");
    }

    #[test]
    fn the_change_to_summer_time_moves_the_moment_by_an_hour() {
        // Vienna goes to summer time on 2026-03-29 at 02:00, which is 01:00 UTC.
        assert_eq!(next("0 9 * * *", "Europe/Vienna", "2026-03-28T00:00:00Z"), "2026-03-28T08:00:00Z");
        assert_eq!(next("0 9 * * *", "Europe/Vienna", "2026-03-28T08:00:00Z"), "2026-03-29T07:00:00Z");
        // Back on 2026-10-25 at 03:00 summer time.
        assert_eq!(next("0 9 * * *", "Europe/Vienna", "2026-10-24T07:00:00Z"), "2026-10-25T08:00:00Z");
    }

    #[test]
    fn an_hour_that_is_not_there_and_one_that_is_there_twice_are_kept_once() {
        // 02:30 does not exist on that day: it runs at the change, and the next day at its time.
        let first = next("30 2 * * *", "Europe/Vienna", "2026-03-28T12:00:00Z");
        assert!(first.starts_with("2026-03-29T01:"), "{first}");
        assert_eq!(next("30 2 * * *", "Europe/Vienna", &first), "2026-03-30T00:30:00Z");
        // 02:30 comes twice on that day: what runs once a day runs once.
        let first = next("30 2 * * *", "Europe/Vienna", "2026-10-24T12:00:00Z");
        assert!(first.starts_with("2026-10-25T00:30") || first.starts_with("2026-10-25T01:30"), "{first}");
        assert_eq!(next("30 2 * * *", "Europe/Vienna", &first), "2026-10-26T01:30:00Z");
    }

    #[test]
    fn what_nobody_can_read_is_named() {
        let at: At = "2026-03-29T00:00:00Z".parse().expect("a time");
        assert!(next_after("every day", "UTC", at).expect_err("no line").contains("every day"));
        assert!(next_after("0 9 * * *", "Mars/Olympus", at).expect_err("no zone").contains("Mars/Olympus"));
        assert!(next_after("0 0 30 2 *", "UTC", at).expect_err("never").contains("names no moment"));
    }
}
