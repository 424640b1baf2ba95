//! Whether the process lives, and whether it can do its work. Open to everybody, so it tells nothing else.

use super::AppState;
use axum::{extract::State, http::StatusCode};

pub(super) async fn alive() -> &'static str {
    "alive\n"
}

pub(super) async fn ready(State(state): State<AppState>) -> (StatusCode, &'static str) {
    match state.gate.ready().await {
        Ok(()) => (StatusCode::OK, "ready\n"),
        Err(_) => (StatusCode::SERVICE_UNAVAILABLE, "the database does not answer\n"),
    }
}
