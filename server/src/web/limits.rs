//! Around everything: one log line a request, an end to what takes too long, and an answer instead of a broken connection when
//! a handler panics.

use axum::{
    extract::Request,
    http::StatusCode,
    middleware::Next,
    response::{IntoResponse, Response},
};
use domain::{Problem, ProblemKind};
use futures::FutureExt;
use std::{
    panic::AssertUnwindSafe,
    time::{Duration, Instant},
};

/// Until the answer begins; a stream may then go on. Also ends a request whose body comes too slowly.
const LONGEST: Duration = Duration::from_secs(30);

pub(super) async fn log_and_catch(request: Request, next: Next) -> Response {
    let (method, path) = (request.method().clone(), shown(request.uri().path()));
    let started = Instant::now();
    let response = match tokio::time::timeout(LONGEST, AssertUnwindSafe(next.run(request)).catch_unwind()).await {
        Ok(Ok(response)) => response,
        Err(_) => {
            let problem = Problem::new(
                ProblemKind::Unavailable,
                "The request did not end within half a minute. A deed under way is taken to its end; look into the audit before you repeat it.",
            );
            (StatusCode::SERVICE_UNAVAILABLE, axum::Json(problem)).into_response()
        }
        Ok(Err(_)) => {
            tracing::error!(%method, %path, "a handler panicked");
            let problem = Problem::new(ProblemKind::Internal, "The console made a mistake. Nothing was changed; the log says why.");
            (StatusCode::INTERNAL_SERVER_ERROR, axum::Json(problem)).into_response()
        }
    };
    let (status, ms) = (response.status().as_u16(), started.elapsed().as_secs_f64() * 1000.0);
    if status >= 500 {
        tracing::warn!(%method, %path, status, ms, "answered");
    } else {
        tracing::debug!(%method, %path, status, ms, "answered");
    }
    response
}

/// The path without what must not be logged: enrolment links are secrets, queries may hold content.
fn shown(path: &str) -> String {
    if path.starts_with("/enrol/") { "/enrol/…".to_owned() } else { path.chars().take(200).collect() }
}
