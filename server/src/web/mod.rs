//! The web: one outer layer for everything, then pages, server functions, REST, the live stream, the
//! beacon's lane and files. Not in here: sign-in (see `auth`).

mod assets;
mod events;
mod export;
mod health;
mod heartbeats;
mod intake;
mod limits;
mod live;
mod openapi;
mod pages;
mod port;
mod rest;
mod security;
mod title;

pub use assets::Site;
pub use openapi::document as openapi_document;

use crate::auth::{self, AuthState};
use axum::{Router, extract::DefaultBodyLimit, middleware, routing::get};
use gate::{Feed, Gate, Intake, Monitor};
use std::sync::Arc;
use tokio_util::sync::CancellationToken;

/// Largest body of a request; pages and actions are small.
const BODY_LIMIT: usize = 64 * 1024;
/// Largest body of what carries a whole payload, escaped once more as text in JSON.
const PAYLOAD_LIMIT: usize = 5 * 1024 * 1024;

/// What the handlers share. Small parts, each with one use.
#[derive(Clone)]
pub struct AppState {
    pub gate: Arc<Gate>,
    pub site: Arc<Site>,
    pub origin: Arc<str>,
    pub key: auth::Key,
    live: live::Hub,
    intake: intake::Lane,
    monitor: Option<Monitor>,
}

impl AppState {
    #[must_use]
    pub fn new(gate: Arc<Gate>, feed: Feed, intake: Intake, site: Site, origin: String, key: auth::Key, stop: CancellationToken) -> Self {
        let lane = intake::Lane::new(intake, &origin);
        Self { gate, site: Arc::new(site), origin: origin.into(), key, live: live::Hub::new(feed, stop), intake: lane, monitor: None }
    }

    /// The same with the lane of heartbeats open.
    #[must_use]
    pub fn with_heartbeats(self, monitor: Monitor) -> Self {
        Self { monitor: Some(monitor), ..self }
    }
}

/// The whole web.
pub fn router(state: AppState) -> Router {
    app::api::register();
    // Once per process; a second router (in tests) finds it done.
    drop(any_spawner::Executor::init_tokio());
    let auth =
        AuthState { gate: state.gate.clone(), key: state.key.clone(), css: state.site.css.clone(), origin: state.origin.to_string() };
    let person = Router::new()
        .route("/live", get(live::stream))
        .route("/api/ops/frontend-logs", get(rest::frontend_logs))
        .route("/api/ops/events", get(events::stream))
        .route("/api/v1/support/exports/{token}", get(export::file))
        .nest("/api/v1/support", rest::router())
        .route("/fn/{name}", axum::routing::post(pages::server_function))
        .fallback(pages::page)
        .with_state(state.clone())
        .merge(auth::router(auth))
        .layer(middleware::from_fn_with_state(state.clone(), security::same_origin))
        .layer(DefaultBodyLimit::max(PAYLOAD_LIMIT))
        .layer(middleware::from_fn(limits::body));
    let beacon = Router::new()
        .route("/api/ops/frontend-log", axum::routing::post(intake::report).options(intake::preflight))
        .route("/api/ops/reports", axum::routing::post(intake::reports).options(intake::preflight))
        .with_state(state.intake.clone())
        // Not a layer that refuses by itself: a page of another origin could not read that answer.
        .layer(DefaultBodyLimit::max(intake::BODY_LIMIT));
    let beats = state.monitor.clone().map(heartbeats::router).unwrap_or_default();
    Router::new()
        .route("/healthz", get(health::alive))
        .route("/readyz", get(health::ready))
        .route("/api/v1/openapi.json", get(openapi::serve))
        .with_state(state.clone())
        .merge(assets::router(&state.site))
        .merge(beacon)
        .merge(beats)
        .merge(person)
        .layer(middleware::from_fn(security::headers))
        .layer(middleware::from_fn(limits::log_and_catch))
}
