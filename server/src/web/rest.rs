//! REST: every view as a GET, every action as a POST, straight from the two tables.

use super::{AppState, UPLOAD_LIMIT};
use crate::auth;
use actions::{deeds::upload_artifact::UploadArtifact, table};
use axum::{
    Json, Router,
    extract::{DefaultBodyLimit, Path, Query, State, rejection::JsonRejection},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use domain::{Action as _, Ask, Problem, ProblemKind};
use serde::Deserialize;
use serde_json::{Value, value::RawValue};

pub(super) fn router() -> Router<AppState> {
    Router::new()
        .route("/{view}", get(view))
        .route("/actions/{action}", post(act))
        .route("/actions/upload-artifact", post(upload).layer(DefaultBodyLimit::max(UPLOAD_LIMIT)))
}

/// A problem as an answer.
pub(super) fn problem(problem: &Problem) -> Response {
    let status = StatusCode::from_u16(problem.kind.http_status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    (status, Json(problem)).into_response()
}

async fn view(
    State(state): State<AppState>,
    Path(name): Path<String>,
    headers: HeaderMap,
    Query(query): Query<Vec<(String, String)>>,
) -> Response {
    answer(read(&state, &name, &headers, query).await)
}

/// The path the ops seed names for the same view.
pub(super) async fn frontend_logs(
    State(state): State<AppState>,
    headers: HeaderMap,
    Query(query): Query<Vec<(String, String)>>,
) -> Response {
    answer(read(&state, "frontend-logs", &headers, query).await)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ActBody {
    #[serde(default)]
    ask: Ask,
    input: Value,
}

/// The same for the one action whose input is a file.
async fn upload(state: State<AppState>, headers: HeaderMap, body: Result<Json<ActBody>, JsonRejection>) -> Response {
    act(state, Path(UploadArtifact::META.name.to_owned()), headers, body).await
}

async fn act(
    State(state): State<AppState>,
    Path(name): Path<String>,
    headers: HeaderMap,
    body: Result<Json<ActBody>, JsonRejection>,
) -> Response {
    let run = async {
        let token = auth::token_of(&headers).ok_or_else(Problem::signed_out)?;
        let entry = table::action(&name)
            .ok_or_else(|| Problem::no_such(ProblemKind::NotFound, "action", &name, table::ACTIONS.iter().map(|entry| entry.meta.name)))?;
        let Json(body) =
            body.map_err(|error| Problem::new(ProblemKind::BadInput, format!("The body does not fit: {}.", error.body_text())))?;
        state.gate.act(&token, entry, body.ask, body.input).await
    };
    answer(run.await)
}

pub(super) async fn read(
    state: &AppState,
    name: &str,
    headers: &HeaderMap,
    query: Vec<(String, String)>,
) -> Result<Box<RawValue>, Problem> {
    let token = auth::token_of(headers).ok_or_else(Problem::signed_out)?;
    let entry = table::view(name)
        .ok_or_else(|| Problem::no_such(ProblemKind::NotFound, "view", name, table::VIEWS.iter().map(|entry| entry.meta.name)))?;
    state.gate.view(&token, entry, entry.asked(&query)?).await
}

pub(super) fn answer(result: Result<Box<RawValue>, Problem>) -> Response {
    match result {
        Ok(value) => Json(value).into_response(),
        Err(no) => problem(&no),
    }
}
