//! Pages and server functions: rendered by the app, which reaches the gate through a port made for
//! the request.

use super::{AppState, port::GatePort, security::page_policy};
use crate::auth;
use app::{ShellOptions, api::SharedPort, entry, live::LiveCursor, routes, shell};
use axum::{
    body::Body,
    extract::{Request, State},
    http::{HeaderMap, HeaderValue, Method, StatusCode, header},
    response::{Html, IntoResponse, Redirect, Response},
};
use domain::{Problem, ProblemKind};
use leptos::{
    nonce::use_nonce,
    prelude::{provide_context, use_context},
};
use leptos_axum::ResponseOptions;
use std::sync::Arc;

/// Any page of the app. Who is not signed in is sent to sign in, and back afterwards.
pub(super) async fn page(State(state): State<AppState>, request: Request) -> Response {
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        return super::rest::problem(&Problem::new(ProblemKind::NotFound, "There is nothing here that takes this kind of request."));
    }
    let Some(token) = auth::token_of(request.headers()) else {
        return to_sign_in(&request);
    };
    match state.gate.actor(&token).await {
        Ok(_) => {}
        Err(problem) if problem.kind == ProblemKind::SignedOut => return to_sign_in(&request),
        Err(problem) => return unavailable(&state, &problem),
    }
    let cursor = state.live.head().await;
    let place = routes::Place::of(request.uri().path());
    let port: SharedPort = Arc::new(GatePort { gate: state.gate.clone(), token: Some(token) });
    let context = move || {
        provide_context(port.clone());
        if let Some(cursor) = &cursor {
            provide_context(LiveCursor(cursor.to_string()));
        }
        set_policy();
    };
    let title = routes::Place::title(place);
    let site = &state.site;
    let parts = site.needed(request.uri().path(), request.uri().query().unwrap_or_default());
    let options = ShellOptions { js: site.js.clone(), wasm: site.wasm.clone(), css: site.css.clone(), parts, title };
    let mut response = leptos_axum::render_app_async_with_context(context, move || shell(options.clone()))(request).await;
    if place.is_none() && response.status() == StatusCode::OK {
        *response.status_mut() = StatusCode::NOT_FOUND;
    }
    response
}

/// The policy goes out as a header with the nonce the page was rendered with.
fn set_policy() {
    if let (Some(nonce), Some(response)) = (use_nonce(), use_context::<ResponseOptions>())
        && let Ok(policy) = HeaderValue::from_str(&page_policy(&nonce.to_string()))
    {
        response.insert_header(header::CONTENT_SECURITY_POLICY, policy);
    }
}

/// A view or an action called by the page.
pub(super) async fn server_function(State(state): State<AppState>, request: Request) -> Response {
    let port: SharedPort = Arc::new(GatePort { gate: state.gate.clone(), token: auth::token_of(request.headers()) });
    let response = leptos_axum::handle_server_fns_with_context(move || provide_context(port.clone()), request).await.into_response();
    said_as_it_is(response).await
}

/// A server function says every no with 500; the problem in its body knows better.
async fn said_as_it_is(response: Response) -> Response {
    if response.status() != StatusCode::INTERNAL_SERVER_ERROR {
        return response;
    }
    let (mut parts, body) = response.into_parts();
    let Ok(body) = axum::body::to_bytes(body, super::BODY_LIMIT).await else { return parts.status.into_response() };
    if let Ok(problem) = serde_json::from_slice::<Problem>(&body)
        && let Ok(status) = StatusCode::from_u16(problem.kind.http_status())
    {
        parts.status = status;
    }
    Response::from_parts(parts, Body::from(body))
}

fn to_sign_in(request: &Request) -> Response {
    let wants_page = accepts_html(request.headers());
    if !wants_page {
        return super::rest::problem(&Problem::signed_out());
    }
    let next = request.uri().path_and_query().map_or("/", |path| path.as_str());
    Redirect::to(&routes::sign_in(next)).into_response()
}

fn accepts_html(headers: &HeaderMap) -> bool {
    headers
        .get(header::ACCEPT)
        .and_then(|accept| accept.to_str().ok())
        .is_none_or(|accept| accept.contains("text/html") || accept.contains("*/*"))
}

fn unavailable(state: &AppState, problem: &Problem) -> Response {
    let page = entry::gone(entry::Gone {
        css: state.site.css.clone(),
        title: "The console cannot show this now".to_owned(),
        message: problem.message.clone(),
    });
    let status = StatusCode::from_u16(problem.kind.http_status()).unwrap_or(StatusCode::SERVICE_UNAVAILABLE);
    (status, [(header::RETRY_AFTER, "5")], Html(page)).into_response()
}
