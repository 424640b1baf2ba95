//! `/api/ops/deploys`: the view `deploys` and the deed `record-deploy` at the address the ops seed names, without an envelope, so that a
//! pipeline needs one line.

use super::{AppState, rest};
use crate::auth;
use actions::{deeds::record_deploy::RecordDeploy, table};
use axum::{
    Json,
    extract::{Query, State, rejection::JsonRejection},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
};
use domain::{Action as _, Ask, Problem, ProblemKind};
use serde_json::{Map, Value};

pub(super) async fn list(State(state): State<AppState>, headers: HeaderMap, Query(query): Query<Vec<(String, String)>>) -> Response {
    rest::answer(rest::read(&state, "deploys", &headers, query).await)
}

/// The fields of the deed, and beside them `reason` and `rehearse` if somebody wants to say them. A deploy is its own reason. The header
/// `Idempotency-Key` is the field `key`.
pub(super) async fn record(
    State(state): State<AppState>,
    headers: HeaderMap,
    body: Result<Json<Map<String, Value>>, JsonRejection>,
) -> Response {
    let run = async {
        let token = auth::token_of(&headers).ok_or_else(Problem::signed_out)?;
        let Json(mut input) =
            body.map_err(|error| Problem::new(ProblemKind::BadInput, format!("The body does not fit: {}.", error.body_text())))?;
        let entry = table::action(RecordDeploy::META.name).ok_or_else(Problem::not_found)?;
        let key = headers.get("idempotency-key").and_then(|key| key.to_str().ok());
        if let Some(key) = key.filter(|_| !input.contains_key("key")) {
            input.insert("key".to_owned(), key.into());
        }
        let said = |value: Option<Value>| value.and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default();
        let own = format!("A deploy of {}, build {}", said(input.get("service").cloned()), said(input.get("build").cloned()));
        let reason = Some(said(input.remove("reason"))).filter(|reason| !reason.trim().is_empty()).unwrap_or(own);
        let rehearse = input.remove("rehearse").is_some_and(|rehearse| rehearse == Value::Bool(true));
        state.gate.act(&token, entry, Ask { reason, rehearse }, Value::Object(input)).await
    };
    match run.await {
        Ok(receipt) => (StatusCode::OK, Json(receipt)).into_response(),
        Err(problem) => rest::problem(&problem),
    }
}
