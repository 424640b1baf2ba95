//! `/metrics` in the text format of Prometheus: counts of this process and what was last read of the parts. From this machine, or with the
//! token of the configuration; never anything of a tenant's. Written by hand: a library for it would be larger than this file.

use super::{AppState, peer::Peer};
use crate::measure::{BUCKETS, Class};
use axum::{
    extract::State,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use domain::{Fact, PARTS, Reading};
use std::{fmt::Write, sync::PoisonError};
use subtle::ConstantTimeEq;

pub(super) async fn serve(State(state): State<AppState>, peer: Peer, headers: HeaderMap) -> Response {
    let said = headers.get(header::AUTHORIZATION).and_then(|said| said.to_str().ok()).and_then(|said| said.strip_prefix("Bearer "));
    let knows = match (&state.metrics_token, said) {
        (Some(token), Some(said)) => bool::from(token.as_bytes().ct_eq(said.as_bytes())),
        _ => false,
    };
    // Behind a proxy anybody may be named as this machine: whoever puts one before the console asks for the token.
    let from_here = peer.is_loopback() && !forwarded(&headers);
    if !knows && !from_here {
        let words = "Metrics are read from this machine itself, or with the token of the setting metrics-token.\n";
        return (StatusCode::UNAUTHORIZED, [(header::WWW_AUTHENTICATE, "Bearer")], words).into_response();
    }
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], text(&state)).into_response()
}

fn forwarded(headers: &HeaderMap) -> bool {
    ["forwarded", "x-forwarded-for", "x-real-ip", "via"].iter().any(|name| headers.contains_key(*name))
}

/// Writes one family after the other.
struct Page(String);

impl Page {
    fn family(&mut self, name: &str, kind: &str, help: &str) {
        // Never fails for a `String`.
        let _ = write!(self.0, "# HELP {name} {help}\n# TYPE {name} {kind}\n");
    }
    fn sample(&mut self, name: &str, labels: &[(&str, &str)], value: impl std::fmt::Display) {
        let pairs: Vec<String> = labels.iter().map(|(label, value)| format!("{label}=\"{}\"", escaped(value))).collect();
        let labels = if pairs.is_empty() { String::new() } else { format!("{{{}}}", pairs.join(",")) };
        let _ = writeln!(self.0, "{name}{labels} {value}");
    }
    fn gauge(&mut self, name: &str, help: &str, value: impl std::fmt::Display) {
        self.family(name, "gauge", help);
        self.sample(name, &[], value);
    }
}

fn escaped(value: &str) -> String {
    value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}

fn text(state: &AppState) -> String {
    let mut page = Page(String::with_capacity(16 * 1024));
    requests(&mut page, state);
    pools(&mut page, state);
    let last = state.last.lock().unwrap_or_else(PoisonError::into_inner);
    let of = |part: &str| last.get(part);
    page.family("ops_part_status", "gauge", "How a part was last read: 0 pass, 1 warn, 2 fail.");
    for kind in PARTS {
        if let Some(reading) = of(kind.name) {
            let worst = overall(reading).fold(reading.status, |worst, figure| worst.or(figure.status));
            page.sample("ops_part_status", &[("part", kind.name)], worst.rank());
        }
    }
    page.gauge("ops_live_subscribers", "Live streams that are open here.", state.listeners());
    queues(&mut page, of("bus"));
    let number = |part: &str, fact: &str| of(part).and_then(|reading| numbers(reading).find(|found| found.name == fact)?.number);
    page.gauge("ops_open_failures", "Commands that wait for a person.", number("bus", gate::IN_TROUBLESHOOTING).unwrap_or_default());
    if let Some(lost) = number("frontend", gate::LOST) {
        page.gauge("ops_intake_lost_in_the_last_hour", "Events and batches that pages could not deliver.", lost);
    }
    if let Some(free) = number("disk", "free") {
        page.gauge("ops_disk_free_bytes", "Room where the data lies.", free);
    }
    if let Some(size) = number("database", "size") {
        page.gauge("ops_database_size_bytes", "Size of the database.", size);
    }
    page.family("ops_build_info", "gauge", "This program.");
    let build = of("deploy").and_then(|reading| reading.facts.iter().find(|fact| fact.name == "build")?.text.clone()).unwrap_or_default();
    page.sample("ops_build_info", &[("version", env!("CARGO_PKG_VERSION")), ("build", &build)], 1);
    page.0
}

fn requests(page: &mut Page, state: &AppState) {
    let counted = Class::ALL.map(|class| (class.word(), state.measures.of(class).now()));
    page.family("ops_requests_total", "counter", "Requests by what they are for and the first digit of the answer's status.");
    for (class, counts) in &counted {
        for (status, count) in ["2xx", "3xx", "4xx", "5xx"].iter().zip(counts.by_status) {
            page.sample("ops_requests_total", &[("class", class), ("status", status)], count);
        }
    }
    page.family("ops_request_seconds", "histogram", "Time until the answer began.");
    for (class, counts) in &counted {
        let mut sum = 0;
        for (end, count) in BUCKETS.iter().map(|end| seconds(*end)).chain(["+Inf".to_owned()]).zip(counts.buckets) {
            sum += count;
            page.sample("ops_request_seconds_bucket", &[("class", class), ("le", &end)], sum);
        }
        page.sample("ops_request_seconds_sum", &[("class", class)], seconds(counts.micros));
        page.sample("ops_request_seconds_count", &[("class", class)], sum);
    }
    let intake = state.measures.of(Class::Intake).now();
    page.family("ops_intake_reports_total", "counter", "Reports of customers' pages: accepted, refused (their fault), dropped (ours).");
    for (outcome, count) in [("accepted", intake.by_status[0]), ("refused", intake.by_status[2]), ("dropped", intake.by_status[3])] {
        page.sample("ops_intake_reports_total", &[("outcome", outcome)], count);
    }
}

fn pools(page: &mut Page, state: &AppState) {
    let pools = state.pools();
    page.family("ops_pool_connections", "gauge", "Connections in use.");
    for (pool, taken, _) in &pools {
        page.sample("ops_pool_connections", &[("pool", pool)], taken);
    }
    page.family("ops_pool_connections_max", "gauge", "Connections there may be.");
    for (pool, _, most) in &pools {
        page.sample("ops_pool_connections_max", &[("pool", pool)], most);
    }
}

/// Facts of the bus are named `queue, what`.
fn queues(page: &mut Page, bus: Option<&Reading>) {
    for (name, help, what, scale) in [
        ("ops_queue_depth", "Commands that wait.", "waiting", 1),
        ("ops_queue_oldest_seconds", "How long the oldest command that is due has waited.", "oldest", 1000),
    ] {
        page.family(name, "gauge", help);
        for fact in bus.into_iter().flat_map(numbers) {
            if let (Some((queue, of)), Some(number)) = (fact.name.split_once(", "), fact.number)
                && of == what
            {
                page.sample(name, &[("queue", queue)], number / scale);
            }
        }
    }
}

/// What is nobody's, and of all tenants together; one tenant's figures never.
fn numbers(reading: &Reading) -> impl Iterator<Item = &Fact> {
    reading.facts.iter().chain(overall(reading).flat_map(|figure| &figure.facts))
}

fn overall(reading: &Reading) -> impl Iterator<Item = &domain::Figure> {
    reading.figures.iter().filter(|figure| figure.scope.is_nil())
}

/// Microseconds as seconds, exactly.
fn seconds(micros: u64) -> String {
    format!("{}.{:06}", micros / 1_000_000, micros % 1_000_000).trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_cannot_end_its_quotes_and_seconds_are_exact() {
        let mut page = Page(String::new());
        page.sample("x", &[("queue", "a\"b\\c\nd")], 1);
        assert_eq!(page.0, "x{queue=\"a\\\"b\\\\c\\nd\"} 1\n");
        assert_eq!((seconds(500), seconds(2_500_000), seconds(10_000_000)), ("0.0005".into(), "2.5".into(), "10".into()));
    }
}
