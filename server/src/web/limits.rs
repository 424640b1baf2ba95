//! Around everything: one log line a request, an end to what takes too long, and an answer instead of a broken connection when
//! a handler panics.

use super::{AppState, BODY_LIMIT, PAYLOAD_LIMIT, UPLOAD_LIMIT, UPLOAD_PATH, rest};
use crate::auth;
use actions::deeds::{check_payload::CheckPayload, edit_command::EditCommand, upload_artifact::UploadArtifact};
use axum::{
    body::Body,
    extract::{Request, State},
    http::StatusCode,
    middleware::Next,
    response::{IntoResponse, Response},
};
use domain::{Action as _, Missing, Problem, ProblemKind};
use futures::FutureExt;
use std::{
    future::Future,
    panic::AssertUnwindSafe,
    time::{Duration, Instant},
};
use tokio::sync::Semaphore;

/// Until the answer begins; a stream may then go on. Also ends a request whose body comes too slowly.
const LONGEST: Duration = Duration::from_secs(30);

/// The same for what is as large as an artifact, on a line as slow as that of an office.
const LONGEST_UPLOAD: Duration = Duration::from_secs(300);

/// How long an upload waits for the one before it.
const TURN: Duration = Duration::from_secs(120);
/// One upload at a time: each is held in memory as a whole, more than once.
static UPLOADS: Semaphore = Semaphore::const_new(1);

pub(super) async fn log_and_catch(request: Request, next: Next) -> Response {
    let (method, path) = (request.method().clone(), shown(request.uri().path()));
    let started = Instant::now();
    let longest = if request.uri().path() == UPLOAD_PATH { LONGEST_UPLOAD } else { LONGEST };
    let response = answered(longest, next.run(request)).await;
    let (status, ms) = (response.status().as_u16(), started.elapsed().as_secs_f64() * 1000.0);
    if status >= 500 {
        tracing::warn!(%method, %path, status, ms, "answered");
    } else {
        tracing::debug!(%method, %path, status, ms, "answered");
    }
    response
}

/// The answer, or one in its place.
async fn answered(longest: Duration, answer: impl Future<Output = Response>) -> Response {
    let no = |status: StatusCode, kind, words: &str| (status, axum::Json(Problem::new(kind, words))).into_response();
    match tokio::time::timeout(longest, AssertUnwindSafe(answer).catch_unwind()).await {
        Ok(Ok(response)) => response,
        Ok(Err(_)) => {
            tracing::error!("a handler panicked");
            let words = "The console made a mistake. Nothing was changed; the log says why.";
            no(StatusCode::INTERNAL_SERVER_ERROR, ProblemKind::Internal, words)
        }
        Err(_) => {
            let words = "The request did not end in time. A deed under way is taken to its end; look into the audit before you repeat it.";
            no(StatusCode::SERVICE_UNAVAILABLE, ProblemKind::Unavailable, words)
        }
    }
}

/// Reads a body before anybody looks at it, up to what its path may take. Larger ones are for those deeds that carry a payload, and for
/// those who say who they are; the largest for those who are who they say.
pub(super) async fn body(State(state): State<AppState>, request: Request, next: Next) -> Response {
    let path = request.uri().path();
    if path == UPLOAD_PATH {
        let token = auth::token_of(request.headers()).ok_or_else(Problem::signed_out);
        let known = async { state.gate.actor(&token?).await };
        match known.await {
            Err(no) => return rest::problem(&no),
            // What would be refused anyway is not let in to keep others waiting.
            Ok((actor, _)) if !actor.may(UploadArtifact::META.permission, None) => {
                let permission = UploadArtifact::META.permission;
                return rest::problem(&Problem::refused(vec![Missing::Permission { permission, everywhere: true }]));
            }
            Ok(_) => {}
        }
        let Ok(_turn) = tokio::time::timeout(TURN, UPLOADS.acquire()).await else {
            let words = "Other uploads are under way. Nothing of this one was read; send it again later.";
            return rest::problem(&Problem::new(ProblemKind::Unavailable, words));
        };
        return bounded(request, next, UPLOAD_LIMIT).await;
    }
    let carries = [EditCommand::META.name, CheckPayload::META.name];
    let name = path.rsplit('/').next().unwrap_or_default();
    let large = carries.contains(&name) && auth::token_of(request.headers()).is_some();
    bounded(request, next, if large { PAYLOAD_LIMIT } else { BODY_LIMIT }).await
}

async fn bounded(request: Request, next: Next, most: usize) -> Response {
    let (parts, body) = request.into_parts();
    match axum::body::to_bytes(body, most).await {
        Ok(body) => next.run(Request::from_parts(parts, Body::from(body))).await,
        Err(_) => {
            let words = format!("The request is larger than {} kB, or broke off. Nothing was changed.", most / 1024);
            (StatusCode::PAYLOAD_TOO_LARGE, axum::Json(Problem::new(ProblemKind::BadInput, words))).into_response()
        }
    }
}

/// The path without what must not be logged: enrolment links and tokens of heartbeats are secrets, queries may hold content.
fn shown(path: &str) -> String {
    for secret in ["/enrol/", "/api/ops/heartbeats/"] {
        if path.starts_with(secret) {
            return format!("{secret}…");
        }
    }
    path.chars().take(200).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_never_answers_and_what_panics_are_answered() {
        let longest = Duration::from_millis(50);
        assert_eq!(answered(longest, async { StatusCode::OK.into_response() }).await.status(), StatusCode::OK);
        assert_eq!(answered(longest, std::future::pending()).await.status(), StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(answered(longest, async { panic!("on purpose") }).await.status(), StatusCode::INTERNAL_SERVER_ERROR);
    }
}
