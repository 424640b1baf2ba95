//! Support sessions by form: each answers with the page one came from, and on a refusal with the dialog
//! and the reason.

use super::{
    AuthState, cookie,
    entry::{to_sign_in, undisturbed},
    fields::{next_of, see_other, typed},
    prove,
};
use crate::edge;
use app::routes::requery;
use axum::{
    Form,
    extract::State,
    http::{HeaderMap, header},
    response::{IntoResponse, Response},
};
use domain::{Actor, Problem, ProblemKind, SupportSessionId, TenantId};
use gate::{Gate, StartSession, Token};
use serde::Deserialize;
use std::sync::Arc;

/// What somebody says to start one; the same in forms and as JSON.
#[derive(Deserialize)]
pub(super) struct Start {
    #[serde(default)]
    pub tenant: String,
    #[serde(default)]
    pub ticket: String,
    #[serde(default)]
    pub reason: String,
}

/// Starts one for both doors.
pub(super) async fn begin(gate: &Gate, token: &Token, start: &Start, minutes: i32) -> Result<Actor, Problem> {
    let (tenant, ticket, reason) = (typed(&start.tenant), typed(&start.ticket), typed(&start.reason));
    let new = StartSession { id: SupportSessionId(edge::new_id()), tenant: &tenant, ticket: &ticket, reason: &reason, minutes };
    gate.session_start(token, &new).await
}

#[derive(Deserialize)]
pub(super) struct StartForm {
    #[serde(flatten)]
    start: Start,
    #[serde(default)]
    minutes: String,
    #[serde(default)]
    next: String,
}

/// Starts a session, read-only.
pub(super) async fn start(State(state): State<AuthState>, headers: HeaderMap, Form(form): Form<StartForm>) -> Response {
    let Some(token) = cookie::token_of(&headers) else {
        return to_sign_in(&form.next);
    };
    let (next, tenant) = (form.next.clone(), form.start.tenant.parse::<TenantId>().ok().map(|tenant| tenant.to_string()));
    // What is no number is no number of minutes: refused with the same words as 0.
    let minutes = form.minutes.trim().parse().unwrap_or(0);
    let started = undisturbed(async move { begin(&state.gate, &token, &form.start, minutes).await }).await;
    back(started, &next, &[("dialog", Some("start")), ("on", tenant.as_deref())])
}

#[derive(Deserialize)]
pub(super) struct RaiseForm {
    #[serde(default)]
    code: String,
    #[serde(default)]
    next: String,
}

/// Raises it to write; the browser gets a new token.
pub(super) async fn raise(State(state): State<AuthState>, headers: HeaderMap, Form(form): Form<RaiseForm>) -> Response {
    let Some(token) = cookie::token_of(&headers) else {
        return to_sign_in(&form.next);
    };
    let fresh = Token::from_bytes(edge::random_bytes());
    let (kept, next) = (fresh.clone(), form.next);
    let raised = undisturbed(async move { prove::raise(&state, &token, &form.code, Some(&fresh)).await }).await;
    let rotated = raised.is_ok();
    let response = back(raised, &next, &[("dialog", Some("raise"))]);
    if rotated { ([(header::SET_COOKIE, cookie::set(&kept))], response).into_response() } else { response }
}

#[derive(Deserialize)]
pub(super) struct NextForm {
    #[serde(default)]
    next: String,
}

/// Back to read-only.
pub(super) async fn lower(State(state): State<AuthState>, headers: HeaderMap, Form(form): Form<NextForm>) -> Response {
    change(state, &headers, &form.next, |gate, token| async move { gate.session_lower(&token).await }).await
}

/// Ends it.
pub(super) async fn end(State(state): State<AuthState>, headers: HeaderMap, Form(form): Form<NextForm>) -> Response {
    change(state, &headers, &form.next, |gate, token| async move { gate.session_end(&token).await }).await
}

async fn change<F>(state: AuthState, headers: &HeaderMap, next: &str, deed: impl FnOnce(Arc<Gate>, Token) -> F) -> Response
where
    F: Future<Output = Result<Actor, Problem>> + Send + 'static,
{
    let Some(token) = cookie::token_of(headers) else {
        return to_sign_in(next);
    };
    back(undisturbed(deed(state.gate, token)).await, next, &[])
}

/// To where one came from, with what went wrong in the query.
fn back(done: Result<Actor, Problem>, next: &str, dialog: &[(&str, Option<&str>)]) -> Response {
    let next = next_of(next);
    match done {
        Ok(_) => see_other(next),
        Err(problem) if problem.kind == ProblemKind::SignedOut => to_sign_in(next),
        Err(problem) => {
            let (path, search) = next.split_once('?').unwrap_or((next, ""));
            let changes: Vec<_> = dialog.iter().copied().chain([("problem", Some(problem.message.as_str()))]).collect();
            see_other(&requery(path, search, &changes))
        }
    }
}
