//! What the process says of itself: its build, settings, pools, streams, and how fast it answers.

use super::Sources;
use crate::{
    auth::Key,
    config::Known,
    measure::{Class, Counted, Measures},
    web::AppState,
};
use domain::{Compare, Fact, PartStatus, Reading};
use std::{
    collections::VecDeque,
    sync::{Mutex, PoisonError},
};

/// Readings a window of five minutes holds.
const WINDOW: usize = 60;

/// Of a closed one a mark that changes with it.
pub(super) fn settings(known: &[Known], key: &Key) -> Vec<Fact> {
    let fact = |known: &Known| match (known.setting.open, known.text.as_str()) {
        (_, "") => Fact::text(known.setting.name, "not set").compared(Compare::Value),
        (true, value) => Fact::text(known.setting.name, value).compared(Compare::Value),
        (false, secret) => Fact::text(known.setting.name, format!("set ({})", key.mark(secret))).compared(Compare::Secret),
    };
    known.iter().map(fact).collect()
}

pub(super) async fn live(state: &AppState) -> Result<Reading, String> {
    state.feed_answers().await.map_err(|problem| problem.message)?;
    let open = i64::try_from(state.listeners()).unwrap_or(i64::MAX);
    Ok(Reading::of("the stream of changes", vec![Fact::number("open here", open, "streams")]))
}

pub(super) fn pools(state: &AppState) -> Reading {
    let mut reading = Reading::of("connections of this process", Vec::new());
    for (name, taken, most) in state.pools() {
        reading.facts.push(Fact::number(name, i64::from(taken), "in use").of(i64::from(most)));
        if taken >= most {
            reading = reading.but(PartStatus::Warn, format!("All {most} connections for {name} are in use: whoever comes now waits."));
        }
    }
    reading
}

/// Counts up to each of the last readings.
#[derive(Default)]
pub(super) struct Window(VecDeque<[Counted; Class::ALL.len()]>);

pub(super) fn latency(measures: &Measures, window: &Mutex<Window>) -> Reading {
    let now = Class::ALL.map(|class| measures.of(class).now());
    let mut window = window.lock().unwrap_or_else(PoisonError::into_inner);
    let then = window.0.front().copied().unwrap_or_default();
    window.0.push_back(now);
    if window.0.len() > WINDOW {
        window.0.pop_front();
    }
    let mut reading = Reading::of("answers of this process within five minutes", Vec::new());
    for (at, class) in Class::ALL.into_iter().enumerate() {
        let fresh = now[at].since(&then[at]);
        let (Some(p50), Some(p95), Some(p99)) = (fresh.quantile(50), fresh.quantile(95), fresh.quantile(99)) else { continue };
        let number = |n: u64| i64::try_from(n).unwrap_or(i64::MAX);
        let name = class.word();
        reading.facts.push(Fact::number(format!("{name}, answers"), number(fresh.count()), "requests"));
        // Few answers make no quantile that means anything the next time.
        let compare = if fresh.count() >= 20 { Compare::Times } else { Compare::No };
        for (word, value) in [("p50", p50), ("p95", p95), ("p99", p99)] {
            reading.facts.push(Fact::number(format!("{name}, {word}"), number(value), "us").compared(compare));
        }
        let failed = fresh.by_status[3];
        if failed > 0 {
            reading.facts.push(Fact::number(format!("{name}, answered with 5xx"), number(failed), "requests"));
            reading = reading.but(PartStatus::Warn, format!("{failed} requests for {name} were answered with an error of the server."));
        }
        if ["page", "view"].contains(&name) && p95 > 1_000_000 && fresh.count() >= 20 {
            reading = reading.but(PartStatus::Warn, format!("One {name} in twenty takes longer than a second."));
        }
    }
    reading
}

pub(super) fn deploy(sources: &Sources) -> Reading {
    let mut facts = vec![
        Fact::text("build", sources.build.get().map_or("not known yet", String::as_str)).compared(Compare::Value),
        Fact::text("version", env!("CARGO_PKG_VERSION")).compared(Compare::Value),
        Fact::text("commit", sources.git_sha.as_deref().unwrap_or("not configured")).compared(Compare::Value),
        Fact::number("up for", i64::try_from(sources.started.elapsed().as_millis()).unwrap_or(i64::MAX), "ms"),
    ];
    for image in sources.images.split(',').map(str::trim).filter(|image| !image.is_empty()) {
        let (name, image) = image.split_once('=').unwrap_or(("image", image));
        facts.push(Fact::text(format!("image {name}"), image).compared(Compare::Value));
    }
    Reading::of("this program and its settings", facts)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Setting;

    #[test]
    fn a_setting_that_is_not_known_to_be_open_is_a_secret() {
        let key = Key::from_bytes([7; 32]);
        const LISTEN: Setting = Setting { name: "listen", env: "", default: "", help: "", open: true };
        const TOKEN: Setting = Setting { name: "token-of-tomorrow", open: false, ..LISTEN };
        let known = |setting, text: &str| Known { setting, text: text.to_owned(), place: String::new() };
        let said = |value: &str| settings(&[known(&LISTEN, "127.0.0.1:1"), known(&TOKEN, value)], &key);
        let (one, other) = (said("hunter2 and more"), said("hunter3 and more"));
        assert_eq!(one[0].text.as_deref(), Some("127.0.0.1:1"));
        assert!(!serde_json::to_string(&one).expect("json").contains("hunter2"));
        assert_eq!((one[1].compare, one == said("hunter2 and more"), one == other), (Compare::Secret, true, false));
        assert_eq!(said("")[1].text.as_deref(), Some("not set"));
    }
}
