//! `/api/ops/context`: the view `context` at the address the ops seed names, with an ETag, and as text for people.

use super::{AppState, rest};
use actions::views::context::{ContextOutput, plain};
use axum::{
    extract::{Query, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use domain::{Problem, ProblemKind};
use serde::Deserialize;

#[derive(Deserialize)]
struct Versioned {
    version: String,
}

pub(super) async fn snapshot(
    State(state): State<AppState>,
    headers: HeaderMap,
    Query(mut query): Query<Vec<(String, String)>>,
) -> Response {
    let format = query.iter().position(|(name, _)| name == "format").map(|at| query.remove(at).1).unwrap_or_else(|| "json".to_owned());
    if !["json", "plain"].contains(&format.as_str()) {
        return rest::problem(&Problem::new(ProblemKind::BadInput, "The format is json or plain."));
    }
    let json = match rest::read(&state, "context", &headers, query).await {
        Ok(json) => json,
        Err(problem) => return rest::problem(&problem),
    };
    let Ok(Versioned { version }) = serde_json::from_str(json.get()) else { return unwritable() };
    let tag = format!("W/\"{format}-{version}\"");
    let known = headers.get(header::IF_NONE_MATCH).and_then(|tags| tags.to_str().ok());
    let response = if known.is_some_and(|tags| tags.split(',').any(|known| known.trim() == tag || known.trim() == "*")) {
        StatusCode::NOT_MODIFIED.into_response()
    } else if format == "plain" {
        match serde_json::from_str::<ContextOutput>(json.get()) {
            Ok(context) => ([(header::CONTENT_TYPE, "text/plain; charset=utf-8")], plain(&context)).into_response(),
            Err(_) => unwritable(),
        }
    } else {
        ([(header::CONTENT_TYPE, "application/json")], String::from(Box::<str>::from(json))).into_response()
    };
    kept(response, &tag)
}

/// May be kept by who asked, and is asked for again each time.
fn kept(mut response: Response, tag: &str) -> Response {
    if let Ok(tag) = HeaderValue::from_str(tag) {
        response.headers_mut().insert(header::ETAG, tag);
    }
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
    response
}

fn unwritable() -> Response {
    rest::problem(&Problem::new(ProblemKind::Internal, "The snapshot could not be written down; the log says why."))
}
