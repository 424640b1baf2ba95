//! What this process counts of itself: requests by class and outcome, and how long they took, in fixed buckets. In memory only: a server
//! that starts counts from nothing. Not in here: how the counts are shown (see `collect` and `web/metrics`).

use axum::{extract::Request, http::StatusCode, middleware::Next, response::Response};
use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    time::{Duration, Instant},
};
use tracing::Instrument;

/// Upper ends of the buckets, in microseconds; one more holds what took longer.
pub const BUCKETS: [u64; 14] =
    [500, 1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 100_000, 250_000, 500_000, 1_000_000, 2_500_000, 5_000_000, 10_000_000];

/// What a request is for. Never an address: those are without number, and hold ids.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    Page,
    View,
    Deed,
    Ops,
    SignIn,
    Live,
    Intake,
    File,
    Probe,
}

impl Class {
    pub const ALL: [Self; 9] =
        [Self::Page, Self::View, Self::Deed, Self::Ops, Self::SignIn, Self::Live, Self::Intake, Self::File, Self::Probe];

    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Page => "page",
            Self::View => "view",
            Self::Deed => "deed",
            Self::Ops => "ops",
            Self::SignIn => "sign-in",
            Self::Live => "live",
            Self::Intake => "intake",
            Self::File => "file",
            Self::Probe => "probe",
        }
    }

    /// By method and path.
    #[must_use]
    pub fn of(post: bool, path: &str) -> Self {
        let name = path.rsplit('/').next().unwrap_or_default();
        match path.split('/').nth(1).unwrap_or_default() {
            "healthz" | "readyz" | "metrics" => Self::Probe,
            "live" => Self::Live,
            "pkg" | "fonts" | "beacon" | "favicon.svg" => Self::File,
            "auth" | "enrol" | "sign-in" => Self::SignIn,
            "fn" if actions::table::action(name).is_some() => Self::Deed,
            "fn" => Self::View,
            "api" if path.starts_with("/api/ops/frontend-log") && post => Self::Intake,
            "api" if path.starts_with("/api/ops/reports") || path.ends_with("/envelope/") => Self::Intake,
            "api" if path.starts_with("/api/ops/") => Self::Ops,
            "api" if path.contains("/actions/") => Self::Deed,
            "api" if path.starts_with("/api/v1/auth") => Self::SignIn,
            "api" => Self::View,
            _ => Self::Page,
        }
    }
}

/// One class's counts.
#[derive(Default)]
pub struct Counts {
    buckets: [AtomicU64; BUCKETS.len() + 1],
    micros: AtomicU64,
    /// Answers by the first digit of their status: 2, 3, 4, 5.
    by_status: [AtomicU64; 4],
}

/// What was counted up to a moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counted {
    pub buckets: [u64; BUCKETS.len() + 1],
    pub micros: u64,
    pub by_status: [u64; 4],
}

impl Counts {
    fn add(&self, took: Duration, status: StatusCode) {
        let micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        let at = BUCKETS.iter().position(|end| micros <= *end).unwrap_or(BUCKETS.len());
        self.buckets[at].fetch_add(1, Relaxed);
        self.micros.fetch_add(micros, Relaxed);
        self.by_status[usize::from((status.as_u16() / 100).clamp(2, 5)) - 2].fetch_add(1, Relaxed);
    }

    /// The counts as they are now.
    #[must_use]
    pub fn now(&self) -> Counted {
        let read = |count: &AtomicU64| count.load(Relaxed);
        Counted { buckets: self.buckets.each_ref().map(read), micros: read(&self.micros), by_status: self.by_status.each_ref().map(read) }
    }
}

impl Counted {
    /// How many there were.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.buckets.iter().sum()
    }

    /// What came since `earlier`.
    #[must_use]
    pub fn since(&self, earlier: &Self) -> Self {
        let minus = |now: u64, then: u64| now.saturating_sub(then);
        Self {
            buckets: std::array::from_fn(|at| minus(self.buckets[at], earlier.buckets[at])),
            micros: minus(self.micros, earlier.micros),
            by_status: std::array::from_fn(|at| minus(self.by_status[at], earlier.by_status[at])),
        }
    }

    /// The time within which so many of a hundred were answered, in microseconds: between the ends of its bucket in proportion.
    #[must_use]
    pub fn quantile(&self, percent: u64) -> Option<u64> {
        let all = self.count();
        let wanted = (all * percent).div_ceil(100).max(1);
        let (mut before, mut low) = (0, 0);
        for (at, in_bucket) in self.buckets.iter().enumerate() {
            let high = BUCKETS.get(at).copied().unwrap_or(BUCKETS[BUCKETS.len() - 1]);
            if *in_bucket > 0 && before + in_bucket >= wanted {
                return Some(low + (high.max(low) - low) * (wanted - before) / in_bucket);
            }
            (before, low) = (before + in_bucket, high);
        }
        None
    }
}

/// The counts of the process.
#[derive(Clone, Default)]
pub struct Measures(Arc<[Counts; Class::ALL.len()]>);

impl Measures {
    /// One class's.
    #[must_use]
    pub fn of(&self, class: Class) -> &Counts {
        &self.0[class as usize]
    }

    /// Around every request; a stream is counted until its answer begins.
    pub async fn count(self, request: Request, next: Next) -> Response {
        let class = Class::of(request.method() == axum::http::Method::POST, request.uri().path());
        let started = Instant::now();
        let from = request.headers().get("traceparent").and_then(|from| from.to_str().ok()).unwrap_or_default();
        let span = tracing::trace_span!(
            target: crate::trace::TARGET,
            "request",
            class = class.word(),
            traceparent = from,
            status = tracing::field::Empty,
            failed = tracing::field::Empty
        );
        let response = next.run(request).instrument(span.clone()).await;
        span.record("status", response.status().as_u16());
        span.record("failed", response.status().is_server_error());
        self.of(class).add(started.elapsed(), response.status());
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_lie_in_their_bucket_and_only_what_is_new_counts() {
        let counts = Counts::default();
        for micros in [400, 400, 400, 900, 9_000_000_000] {
            counts.add(Duration::from_micros(micros), StatusCode::OK);
        }
        let then = counts.now();
        assert_eq!(then.quantile(50).map(|at| at <= 500), Some(true));
        assert_eq!(then.quantile(80), Some(1_000));
        assert_eq!(then.quantile(99), Some(10_000_000), "what took longer than the last bucket is said to be that long");
        counts.add(Duration::from_micros(4_000), StatusCode::NOT_FOUND);
        let fresh = counts.now().since(&then);
        assert_eq!((fresh.count(), fresh.by_status, fresh.quantile(50)), (1, [0, 0, 1, 0], Some(5_000)));
        assert_eq!(Counted::default().quantile(50), None);
    }

    #[test]
    fn a_path_is_a_class_whatever_ids_it_holds() {
        for (post, path, class) in [
            (false, "/jobs/0193", Class::Page),
            (true, "/fn/retry-command", Class::Deed),
            (true, "/fn/dashboard", Class::View),
            (false, "/api/v1/support/jobs", Class::View),
            (true, "/api/v1/support/actions/retry-command", Class::Deed),
            (true, "/api/ops/frontend-log", Class::Intake),
            (false, "/api/ops/frontend-logs", Class::Ops),
            (false, "/api/ops/context", Class::Ops),
            (false, "/pkg/a.js", Class::File),
            (false, "/metrics", Class::Probe),
        ] {
            assert_eq!(Class::of(post, path), class, "{path}");
        }
    }
}
