//! Signing in and out, enrolment, support sessions: passwords, one-time codes, cookies, and the
//! routes over them. Not in here: SQL and throttling (see `gate`), what the pages look like (see `app::entry`).

mod blocklist;
mod cookie;
mod enrol;
mod entry;
mod fields;
mod password;
mod prove;
mod qr;
mod recovery;
mod rest;
mod secret_box;
mod session;
mod sign_in;
mod totp;

pub use cookie::token_of;
pub use enrol::invite;
pub use secret_box::{Key, load_key};

use app::routes;
use axum::{
    Router,
    routing::{get, post},
};
use gate::Gate;
use std::sync::Arc;

/// What the handlers of this room share.
#[derive(Clone)]
pub struct AuthState {
    pub gate: Arc<Gate>,
    pub key: Key,
    /// URL of the style sheet.
    pub css: String,
    /// Where the console is, as browsers name it.
    pub origin: String,
}

/// Every route of this room.
pub fn router(state: AuthState) -> Router {
    Router::new()
        .route(routes::SIGN_IN, get(sign_in::page))
        .route(routes::AUTH_SIGN_IN, post(sign_in::submit))
        .route(routes::AUTH_SIGN_OUT, post(sign_in::sign_out))
        .route(routes::AUTH_SIGN_OUT_EVERYWHERE, post(sign_in::sign_out_everywhere))
        .route("/enrol/{token}", get(enrol::page))
        .route(routes::ENROL_PASSWORD, post(enrol::password))
        .route(routes::ENROL_FACTOR, post(enrol::factor))
        .route(routes::SESSION_START, post(session::start))
        .route(routes::SESSION_RAISE, post(session::raise))
        .route(routes::SESSION_LOWER, post(session::lower))
        .route(routes::SESSION_END, post(session::end))
        .route("/api/v1/auth/token", post(rest::token).delete(rest::end_token))
        .route("/api/v1/support/session", post(rest::start).delete(rest::end))
        .route("/api/v1/support/session/raise", post(rest::raise))
        .route("/api/v1/support/session/lower", post(rest::lower))
        .with_state(state)
}
