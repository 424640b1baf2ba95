//! The same deeds over REST: JSON in and out, problems as JSON, a bearer token in place of the cookie.

use super::{
    AuthState, cookie,
    entry::{agent, status_of, undisturbed},
    prove::{self, Credentials},
    session::{Start, begin},
};
use axum::{
    Json,
    extract::{State, rejection::JsonRejection},
    http::HeaderMap,
    response::{IntoResponse, Response},
};
use domain::{Actor, Problem, ProblemKind};
use gate::{SignInKind, Token};
use serde::Deserialize;
use serde_json::{Value, json};

/// Signs in for a bearer token of an hour.
pub(super) async fn token(State(state): State<AuthState>, headers: HeaderMap, body: Result<Json<Credentials>, JsonRejection>) -> Response {
    let agent = agent(&headers);
    answer(
        undisturbed(async move {
            let signed_in = prove::sign_in(&state, read(body)?, SignInKind::Token, &agent).await?;
            Ok(json!({ "token": signed_in.token.expose(), "expires_at": signed_in.until, "name": signed_in.name }))
        })
        .await,
    )
}

/// Ends the token.
pub(super) async fn end_token(State(state): State<AuthState>, headers: HeaderMap) -> Response {
    answer(
        undisturbed(async move {
            state.gate.sign_out(&bearer(&headers)?).await?;
            Ok(json!({ "signed_out": true }))
        })
        .await,
    )
}

#[derive(Deserialize)]
pub(super) struct StartBody {
    #[serde(flatten)]
    start: Start,
    #[serde(default = "an_hour")]
    minutes: i32,
}

const fn an_hour() -> i32 {
    60
}

/// Starts a support session, read-only; answers with it.
pub(super) async fn start(State(state): State<AuthState>, headers: HeaderMap, body: Result<Json<StartBody>, JsonRejection>) -> Response {
    answer(
        undisturbed(async move {
            let (token, body) = (bearer(&headers)?, read(body)?);
            support(begin(&state.gate, &token, &body.start, body.minutes).await?)
        })
        .await,
    )
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RaiseBody {
    code: String,
}

/// Raises it to write with a fresh code; the token stays, being short-lived.
pub(super) async fn raise(State(state): State<AuthState>, headers: HeaderMap, body: Result<Json<RaiseBody>, JsonRejection>) -> Response {
    answer(
        undisturbed(async move {
            let (token, body) = (bearer(&headers)?, read(body)?);
            support(prove::raise(&state, &token, &body.code, None).await?)
        })
        .await,
    )
}

/// Back to read-only.
pub(super) async fn lower(State(state): State<AuthState>, headers: HeaderMap) -> Response {
    answer(undisturbed(async move { support(state.gate.session_lower(&bearer(&headers)?).await?) }).await)
}

/// Ends it.
pub(super) async fn end(State(state): State<AuthState>, headers: HeaderMap) -> Response {
    answer(
        undisturbed(async move {
            state.gate.session_end(&bearer(&headers)?).await?;
            Ok(json!({ "ended": true }))
        })
        .await,
    )
}

/// These paths are for programs; a page uses the forms.
fn bearer(headers: &HeaderMap) -> Result<Token, Problem> {
    cookie::token_of(headers).ok_or_else(Problem::signed_out)
}

fn read<T>(body: Result<Json<T>, JsonRejection>) -> Result<T, Problem> {
    body.map(|Json(body)| body)
        .map_err(|error| Problem::new(ProblemKind::BadInput, format!("The body does not fit: {}.", error.body_text())))
}

fn support(actor: Actor) -> Result<Value, Problem> {
    serde_json::to_value(actor.support).map_err(|error| {
        tracing::error!(%error, "a support session could not be written as JSON");
        Problem::new(ProblemKind::Internal, "The session was changed, but could not be shown. Ask for it again.")
    })
}

fn answer(result: Result<Value, Problem>) -> Response {
    match result {
        Ok(value) => Json(value).into_response(),
        Err(problem) => (status_of(&problem), Json(problem)).into_response(),
    }
}
