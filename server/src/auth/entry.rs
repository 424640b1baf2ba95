//! What the handlers of this room have in common: deeds that a lost connection cannot cut, pages with
//! their status, and the way back to the sign-in.

use app::{entry, routes};
use axum::{
    http::{HeaderMap, StatusCode, header},
    response::{Html, IntoResponse, Response},
};
use domain::{Problem, ProblemKind};
use std::future::Future;

/// Runs a deed to its end also when the client has gone.
pub(super) async fn undisturbed<T: Send + 'static>(deed: impl Future<Output = Result<T, Problem>> + Send + 'static) -> Result<T, Problem> {
    tokio::spawn(deed).await.unwrap_or_else(|error| {
        tracing::error!(%error, "a deed of the account door broke off");
        Err(Problem::new(ProblemKind::Internal, "The console made a mistake. Nothing was changed; the log says why."))
    })
}

/// The HTTP status of a problem.
pub(super) fn status_of(problem: &Problem) -> StatusCode {
    StatusCode::from_u16(problem.kind.http_status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}

/// A page of `app::entry`.
pub(super) fn page(status: StatusCode, html: String) -> Response {
    (status, Html(html)).into_response()
}

/// The page for what cannot be shown.
pub(super) fn gone(css: &str, status: StatusCode, title: &str, message: &str) -> Response {
    page(status, entry::gone(entry::Gone { css: css.to_owned(), title: title.to_owned(), message: message.to_owned() }))
}

/// To sign in, and back afterwards.
pub(super) fn to_sign_in(next: &str) -> Response {
    super::fields::see_other(&routes::sign_in(super::fields::next_of(next)))
}

/// What the client calls itself.
pub(super) fn agent(headers: &HeaderMap) -> String {
    headers.get(header::USER_AGENT).and_then(|agent| agent.to_str().ok()).unwrap_or_default().chars().take(200).collect()
}
