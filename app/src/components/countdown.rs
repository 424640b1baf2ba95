//! A clock that runs down to a moment. Not in here: what happens at zero; `on_end` is the page's.

use domain::At;
use leptos::prelude::*;
use markup::{Html, effect, view};
use std::time::Duration;

/// Seconds left at which the clock speaks.
const SPOKEN: [i64; 3] = [600, 300, 60];
/// From here on it is drawn in the colour of failure.
const URGENT: i64 = 60;

/// `47:08`, counting. The server renders it still; the browser corrects for the difference between its clock and the server's,
/// so a wrong clock on the desk does not shorten or lengthen a session.
#[component]
pub fn Countdown(
    until: At,
    /// The server's clock when it rendered the page.
    now: At,
    /// Before the figure when spoken: `The session ends in`.
    #[prop(into)]
    spoken: String,
    #[prop(optional, into)] on_end: Option<Callback<()>>,
) -> Html {
    let left = RwSignal::new(until.secs_since(now).max(0));
    let said = RwSignal::new(String::new());
    effect(move || {
        let mounted_ms = browser_ms();
        let spoken = spoken.clone();
        let tick = move || {
            let gone = (browser_ms() - mounted_ms) / 1000;
            let (was, rest) = (left.get_untracked(), (until.secs_since(now) - gone).max(0));
            if rest == was {
                return;
            }
            left.set(rest);
            if let Some(mark) = SPOKEN.into_iter().find(|mark| was > *mark && rest <= *mark) {
                said.set(format!("{spoken} {}", minutes(mark)));
            }
            if rest == 0
                && let Some(on_end) = on_end
            {
                on_end.run(());
            }
        };
        if let Ok(handle) = set_interval_with_handle(tick, Duration::from_millis(500)) {
            on_cleanup(move || handle.clear());
        }
    });
    view! {
        <span class="clock" role="timer" data-urgent=move || (left.get() <= URGENT).then_some("true")>{move || clock(left.get())}</span>
        <span class="visually-hidden" aria-live="polite">{move || said.get()}</span>
    }
}

/// Milliseconds by the browser's clock; only ever used for differences.
fn browser_ms() -> i64 {
    #[expect(clippy::cast_possible_truncation, reason = "milliseconds since 1970 fit in an i64 for 292 million years")]
    let ms = js_sys::Date::now() as i64;
    ms
}

fn minutes(secs: i64) -> String {
    match secs / 60 {
        1 => "1 minute".to_owned(),
        minutes => format!("{minutes} minutes"),
    }
}

/// `9:42`, `47:08`, `1:00:00`.
#[must_use]
pub fn clock(secs: i64) -> String {
    let secs = secs.max(0);
    let (hours, minutes, rest) = (secs / 3600, secs / 60 % 60, secs % 60);
    if hours > 0 { format!("{hours}:{minutes:02}:{rest:02}") } else { format!("{minutes}:{rest:02}") }
}

#[cfg(test)]
mod tests {
    use super::{clock, minutes};

    #[test]
    fn a_clock_reads_like_a_clock() {
        assert_eq!([-1, 0, 9, 582, 2_828, 3_600, 3_661].map(clock), ["0:00", "0:00", "0:09", "9:42", "47:08", "1:00:00", "1:01:01"]);
    }

    #[test]
    fn what_is_spoken_is_whole_minutes() {
        assert_eq!(super::SPOKEN.map(minutes), ["10 minutes", "5 minutes", "1 minute"]);
    }
}
