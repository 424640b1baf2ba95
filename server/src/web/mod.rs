//! The web: one outer layer for everything, then pages, server functions, REST, the live stream, the
//! beacon's lane and files. Not in here: sign-in (see `auth`).

mod assets;
mod bundle;
mod context;
mod deploys;
mod events;
mod export;
mod health;
mod heartbeats;
mod intake;
mod limits;
mod live;
mod log;
mod metrics;
mod openapi;
mod pages;
mod peer;
mod port;
mod rest;
mod security;
mod title;

pub use assets::Site;
pub use openapi::document as openapi_document;

use crate::auth::{self, AuthState};
use crate::measure::Measures;
use axum::{Router, extract::DefaultBodyLimit, middleware, routing::get};
use domain::{Fact, Reading};
use gate::{Feed, Gate, Intake, Monitor};
use outbound::Ranges;
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};
use tokio_util::sync::CancellationToken;

/// Largest body of a request; pages and actions are small.
const BODY_LIMIT: usize = 64 * 1024;
/// Largest body of what carries a whole payload, escaped once more as text in JSON.
const PAYLOAD_LIMIT: usize = 5 * 1024 * 1024;
/// Where artifacts come in, and the largest body there: 64 MiB in base64, and what is said beside it.
const UPLOAD_PATH: &str = "/api/v1/support/actions/upload-artifact";
const UPLOAD_LIMIT: usize = symbols::LARGEST.div_ceil(3) * 4 + BODY_LIMIT;

/// What the handlers share. Small parts, each with one use.
#[derive(Clone)]
pub struct AppState {
    pub gate: Arc<Gate>,
    pub site: Arc<Site>,
    pub origin: Arc<str>,
    pub key: auth::Key,
    /// Names of settings and migrations, for bundles.
    pub settings: Arc<serde_json::Value>,
    pub measures: Measures,
    pub last: Last,
    live: live::Hub,
    intake: intake::Lane,
    metrics_token: Option<Arc<str>>,
    proxies: Arc<Ranges>,
    monitor: Option<Monitor>,
}

/// What was last read of each part, for those who may not ask the database.
pub type Last = Arc<Mutex<BTreeMap<&'static str, Reading>>>;

impl AppState {
    #[must_use]
    pub fn new(gate: Arc<Gate>, feed: Feed, intake: Intake, site: Site, origin: String, key: auth::Key, stop: CancellationToken) -> Self {
        let lane = intake::Lane::new(intake, &origin);
        Self {
            gate,
            site: Arc::new(site),
            origin: origin.into(),
            key,
            settings: Arc::default(),
            measures: Measures::default(),
            last: Last::default(),
            live: live::Hub::new(feed, stop),
            intake: lane,
            metrics_token: None,
            proxies: Arc::default(),
            monitor: None,
        }
    }

    /// The same with the lane of heartbeats open.
    #[must_use]
    pub fn with_heartbeats(self, monitor: Monitor) -> Self {
        Self { monitor: Some(monitor), ..self }
    }

    /// The same, which can say what it was started with.
    #[must_use]
    pub fn with_settings(self, settings: serde_json::Value) -> Self {
        Self { settings: Arc::new(settings), ..self }
    }

    /// The same, with a token for `/metrics` from elsewhere.
    #[must_use]
    pub fn with_metrics_token(self, token: Option<&str>) -> Self {
        Self { metrics_token: token.map(Into::into), ..self }
    }

    /// The same, which believes these whom they say a request comes from.
    #[must_use]
    pub fn with_proxies(self, proxies: Ranges) -> Self {
        Self { proxies: Arc::new(proxies), ..self }
    }

    /// Pools of the process: name, connections in use, and how many there may be.
    #[must_use]
    pub fn pools(&self) -> Vec<(&'static str, u32, u32)> {
        self.gate.pools().into_iter().chain([self.live.feed().pool(), self.intake.pool()]).collect()
    }

    /// Live streams that are open here.
    #[must_use]
    pub fn listeners(&self) -> usize {
        self.live.listeners()
    }

    /// Whether changes can be read.
    pub async fn feed_answers(&self) -> Result<(), domain::Problem> {
        self.live.feed().head().await.map(drop)
    }

    /// What the beacon's lane takes.
    #[must_use]
    pub fn intake_limits() -> Vec<Fact> {
        let rate = |name: &str, rate: f64| Fact::number(name, rate as i64, "requests a second").compared(domain::Compare::Value);
        vec![
            rate("reports of one key", intake::KEY_RATE),
            rate("reports of one address", intake::ADDRESS_RATE),
            Fact::number("one report", i64::try_from(intake::BODY_LIMIT).unwrap_or(i64::MAX), "bytes").compared(domain::Compare::Value),
        ]
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
        .route("/api/ops/logs", get(log::tail))
        .route("/api/ops/logs/follow", get(log::follow))
        .route("/api/ops/support-bundle", get(bundle::bundle))
        .route("/api/ops/context", get(context::snapshot))
        .route("/api/ops/deploys", get(deploys::list).post(deploys::record))
        .route("/api/ops/events", get(events::stream))
        .route("/api/v1/support/exports/{token}", get(export::file))
        .nest("/api/v1/support", rest::router())
        .route("/fn/{name}", axum::routing::post(pages::server_function))
        .fallback(pages::page)
        .with_state(state.clone())
        .merge(auth::router(auth))
        .layer(middleware::from_fn_with_state(state.clone(), security::same_origin))
        .layer(DefaultBodyLimit::max(PAYLOAD_LIMIT))
        .layer(middleware::from_fn_with_state(state.clone(), limits::body));
    let beacon = Router::new()
        .route("/api/ops/frontend-log", axum::routing::post(intake::report).options(intake::preflight))
        .route("/api/ops/reports", axum::routing::post(intake::reports).options(intake::preflight))
        .route("/api/{project}/envelope/", axum::routing::post(intake::envelope).options(intake::preflight))
        .with_state(state.intake.clone());
    let beats = state.monitor.clone().map(heartbeats::router).unwrap_or_default();
    let measures = state.measures.clone();
    Router::new()
        .route("/healthz", get(health::alive))
        .route("/readyz", get(health::ready))
        .route("/metrics", get(metrics::serve))
        .route("/api/v1/openapi.json", get(openapi::serve))
        .with_state(state.clone())
        .merge(assets::router(&state.site))
        .merge(beacon)
        .merge(beats)
        .merge(person)
        .layer(middleware::from_fn_with_state(state, peer::behind_proxies))
        .layer(middleware::from_fn(security::headers))
        .layer(middleware::from_fn(limits::log_and_catch))
        .layer(middleware::from_fn(move |request, next| measures.clone().count(request, next)))
}
