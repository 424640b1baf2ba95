//! The sign-in page and signing out.

use super::{
    AuthState, cookie,
    entry::{agent, gone, page as html, status_of, to_sign_in, undisturbed},
    fields::{next_of, see_other},
    prove::{self, Credentials},
};
use app::{entry, routes};
use axum::{
    Form,
    extract::{Query, State},
    http::{HeaderMap, StatusCode, header},
    response::{Html, IntoResponse, Response},
};
use domain::ProblemKind;
use gate::SignInKind;
use serde::Deserialize;

#[derive(Deserialize)]
pub(super) struct Asked {
    #[serde(default)]
    next: String,
    /// A word, never text to show: links come from anywhere.
    #[serde(default)]
    notice: String,
    /// Set by our own page when it sends the browser here once more.
    #[serde(default)]
    again: String,
}

/// The page; who is signed in already goes on at once.
pub(super) async fn page(State(state): State<AuthState>, headers: HeaderMap, Query(asked): Query<Asked>) -> Response {
    let next = next_of(&asked.next);
    match cookie::token_of(&headers) {
        Some(token) if state.gate.actor(&token).await.is_ok() => return see_other(next),
        None if asked.again.is_empty() && from_another_site(&headers) => return once_more(next),
        _ => {}
    }
    let notice = match asked.notice.as_str() {
        "out" => Some("You are signed out.".to_owned()),
        "everywhere" => Some("You are signed out in every browser and terminal.".to_owned()),
        _ => None,
    };
    html(StatusCode::OK, entry::sign_in(entry::SignIn { css: state.css, next: next.to_owned(), notice, ..entry::SignIn::default() }))
}

/// A link on another site leads here without the cookie even for somebody who is signed in (SameSite=Strict).
fn from_another_site(headers: &HeaderMap) -> bool {
    headers.get("sec-fetch-site").is_some_and(|site| site == "cross-site")
}

/// Asks the browser to come again from our own page: then it brings the cookie if there is one.
fn once_more(next: &str) -> Response {
    let url = routes::url(routes::SIGN_IN, &[("next", next), ("again", "1")]);
    // `url` is percent-encoded: nothing in it can end the attribute but the one ampersand, which is written as HTML wants it.
    let url = url.replace('&', "&amp;");
    Html(format!("<!DOCTYPE html><html lang=\"en\"><title>Support console</title><meta http-equiv=\"refresh\" content=\"0; url={url}\"><a href=\"{url}\">Continue</a></html>")).into_response()
}

#[derive(Deserialize)]
pub(super) struct SignInForm {
    #[serde(flatten)]
    credentials: Credentials,
    #[serde(default)]
    next: String,
}

/// E-mail, password and code in one go.
pub(super) async fn submit(State(state): State<AuthState>, headers: HeaderMap, Form(form): Form<SignInForm>) -> Response {
    let (css, email, agent) = (state.css.clone(), form.credentials.email.clone(), agent(&headers));
    let signed_in = undisturbed(async move { prove::sign_in(&state, form.credentials, SignInKind::Browser, &agent).await }).await;
    match signed_in {
        Ok(signed_in) => ([(header::SET_COOKIE, cookie::set(&signed_in.token))], see_other(&form.next)).into_response(),
        Err(problem) => {
            let again =
                entry::SignIn { css, next: next_of(&form.next).to_owned(), email, problem: Some(problem.message.clone()), notice: None };
            html(status_of(&problem), entry::sign_in(again))
        }
    }
}

/// Ends this sign-in.
pub(super) async fn sign_out(State(state): State<AuthState>, headers: HeaderMap) -> Response {
    leave(state, &headers, false).await
}

/// Ends every sign-in of the person.
pub(super) async fn sign_out_everywhere(State(state): State<AuthState>, headers: HeaderMap) -> Response {
    leave(state, &headers, true).await
}

async fn leave(state: AuthState, headers: &HeaderMap, everywhere: bool) -> Response {
    let Some(token) = cookie::token_of(headers) else {
        return to_sign_in("/");
    };
    let (css, gate) = (state.css, state.gate);
    let left =
        undisturbed(async move { if everywhere { gate.sign_out_everywhere(&token).await } else { gate.sign_out(&token).await } }).await;
    let notice = match left {
        Ok(()) if everywhere => "everywhere",
        Ok(()) => "out",
        Err(problem) if problem.kind == ProblemKind::SignedOut => "out",
        // Still signed in: to say otherwise would be dangerous.
        Err(problem) => {
            return gone(&css, status_of(&problem), "You are still signed in", &problem.message);
        }
    };
    ([(header::SET_COOKIE, cookie::forget())], see_other(&routes::url(routes::SIGN_IN, &[("notice", notice)]))).into_response()
}
