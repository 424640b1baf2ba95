//! The customer app: one page, and the few calls it makes.

use crate::{
    edge, outside, plans,
    tenants::{TENANTS, Tenant, by_slug},
    tickets::Tickets,
    uploads::{State as UploadState, Upload, Uploads},
};
use axum::{
    Json, Router,
    extract::{DefaultBodyLimit, Multipart, Path, Query, State},
    http::{StatusCode, header},
    response::{Html, IntoResponse, Response},
    routing::get,
};
use bus::{Bus, CommandId};
use serde::Deserialize;
use serde_json::json;
use tokio::io::AsyncWriteExt;

/// Far beyond what the pipeline accepts, so that its sentence is what the customer reads.
const UPLOAD_LIMIT: usize = 400 << 20;

#[derive(Clone)]
pub struct AppState {
    pub bus: Bus,
    pub uploads: Uploads,
    pub tickets: Tickets,
    pub console_url: String,
}

pub fn router(state: AppState) -> Router {
    Router::new()
        .route("/", get(index))
        .route("/app.js", get(|| async { ([(header::CONTENT_TYPE, "text/javascript")], include_str!("../spa/app.js")) }))
        .route("/app.css", get(|| async { ([(header::CONTENT_TYPE, "text/css")], include_str!("../spa/app.css")) }))
        .route("/api/{tenant}/plans", get(list_plans).post(upload_plan).layer(DefaultBodyLimit::max(UPLOAD_LIMIT)))
        .route("/api/{tenant}/samples/{kind}", axum::routing::post(upload_sample))
        .route("/api/{tenant}/tickets", get(list_tickets).post(send_ticket))
        .route("/api/{tenant}/consent", get(consent).post(give_consent).delete(withdraw_consent))
        .nest("/outside", outside::router())
        .with_state(state)
}

#[derive(Deserialize)]
struct Wanted {
    tenant: Option<String>,
}

/// The page, and where its browser reports what the page itself cannot say: that it crashed, or what its policy kept it from.
async fn index(State(state): State<AppState>, Query(wanted): Query<Wanted>) -> Response {
    let tenant = wanted.tenant.and_then(|slug| by_slug(&slug)).unwrap_or(&TENANTS[0]);
    let reports = format!("{}/api/ops/reports?k={}&b={}", state.console_url, tenant.key, build());
    // Away from HTTPS browsers deliver in the older way only, and that they do for policies only.
    let policy = format!("img-src 'self' data:; report-uri {reports}");
    let endpoints = format!("default=\"{reports}\"");
    ([("reporting-endpoints", endpoints), ("content-security-policy-report-only", policy)], page(&state)).into_response()
}

fn page(state: &AppState) -> Html<String> {
    let config = json!({ "tenants": TENANTS, "console": state.console_url, "build": build() });
    // Inside a script element only `<` could do harm.
    let config = config.to_string().replace('<', "\\u003c");
    Html(include_str!("../spa/index.html").replace("{{config}}", &config))
}

/// The build the pages name in their reports.
pub fn build() -> &'static str {
    concat!("demo-", env!("CARGO_PKG_VERSION"))
}

type Refused = (StatusCode, String);

fn tenant(slug: &str) -> Result<&'static Tenant, Refused> {
    by_slug(slug).ok_or((StatusCode::NOT_FOUND, "There is no such customer.".to_owned()))
}

fn broken(error: impl std::fmt::Display) -> Refused {
    tracing::warn!(%error, "a request could not be served");
    (StatusCode::SERVICE_UNAVAILABLE, "That did not work just now. Nothing was lost; try again in a moment.".to_owned())
}

async fn list_plans(State(state): State<AppState>, Path(slug): Path<String>) -> Result<Response, Refused> {
    Ok(Json(state.uploads.of(tenant(&slug)?.id())).into_response())
}

async fn upload_plan(State(state): State<AppState>, Path(slug): Path<String>, mut form: Multipart) -> Result<Response, Refused> {
    let tenant = tenant(&slug)?;
    while let Some(mut field) = form.next_field().await.map_err(|error| (StatusCode::BAD_REQUEST, error.body_text()))? {
        if field.name() != Some("plan") {
            continue;
        }
        let name: String = field.file_name().unwrap_or("plan.pdf").chars().filter(|c| !c.is_control()).take(120).collect();
        let id = CommandId(edge::new_id());
        let path = state.uploads.pdf(id);
        let mut file = tokio::fs::File::create(&path).await.map_err(broken)?;
        let mut size = 0;
        while let Some(chunk) = field.chunk().await.map_err(|error| (StatusCode::BAD_REQUEST, error.body_text()))? {
            size += chunk.len() as u64;
            file.write_all(&chunk).await.map_err(broken)?;
        }
        file.sync_all().await.map_err(broken)?;
        return accept(&state, tenant, id, name, size).await.map(IntoResponse::into_response);
    }
    Err((StatusCode::BAD_REQUEST, "Choose a PDF first.".to_owned()))
}

/// Uploads one of the sample plans, for somebody without a plan at hand.
async fn upload_sample(State(state): State<AppState>, Path((slug, kind)): Path<(String, String)>) -> Result<Response, Refused> {
    let tenant = tenant(&slug)?;
    let seed = edge::below(1000);
    sample(&state, tenant, &kind, seed).await.map(IntoResponse::into_response)
}

/// Draws a sample and uploads it.
pub async fn sample(state: &AppState, tenant: &'static Tenant, kind: &str, seed: u64) -> Result<Json<Upload>, Refused> {
    let drawn = {
        let kind = kind.to_owned();
        tokio::task::spawn_blocking(move || plan::sample::by_name(&kind, seed)).await.map_err(broken)?
    };
    let bytes = drawn.ok_or((StatusCode::NOT_FOUND, "There is no such sample.".to_owned()))?;
    let id = CommandId(edge::new_id());
    tokio::fs::write(state.uploads.pdf(id), &bytes).await.map_err(broken)?;
    accept(state, tenant, id, format!("{kind}-{seed}.pdf"), bytes.len() as u64).await
}

async fn accept(state: &AppState, tenant: &'static Tenant, id: CommandId, file: String, size: u64) -> Result<Json<Upload>, Refused> {
    // The command first: an upload is only shown once its work is certain to be done.
    plans::send(&state.bus, tenant, id, &file, size).await.map_err(broken)?;
    let upload =
        Upload { id, tenant: tenant.id(), file, size, by: tenant.user.to_owned(), at_ms: edge::now_ms(), state: UploadState::Sent };
    state.uploads.put(upload.clone()).await.map_err(broken)?;
    Ok(Json(upload))
}

async fn list_tickets(State(state): State<AppState>, Path(slug): Path<String>) -> Result<Response, Refused> {
    Ok(Json(state.tickets.of(tenant(&slug)?.slug)).into_response())
}

#[derive(Deserialize)]
struct NewTicket {
    subject: String,
    #[serde(default)]
    note: String,
}

async fn send_ticket(State(state): State<AppState>, Path(slug): Path<String>, Json(new): Json<NewTicket>) -> Result<Response, Refused> {
    let subject: String = new.subject.chars().take(300).collect();
    let note: String = new.note.trim().chars().take(2000).collect();
    let id = state.tickets.send(&state.bus, tenant(&slug)?, &subject, &note).await.map_err(broken)?;
    Ok(Json(json!({ "id": id })).into_response())
}

/// What the people of this product write to facilities in private; support reads it only with their consent.
const PRIVATE: &str = "private";
const CONSENT: std::time::Duration = std::time::Duration::from_secs(24 * 3600);

async fn consent(State(state): State<AppState>, Path(slug): Path<String>) -> Result<Response, Refused> {
    let given = state.bus.consents(tenant(&slug)?.id()).await.map_err(broken)?;
    let until = given.iter().find(|consent| consent.class == PRIVATE).map(|consent| consent.ends_at.unix_timestamp() * 1000);
    Ok(Json(json!({ "until_ms": until })).into_response())
}

async fn give_consent(State(state): State<AppState>, Path(slug): Path<String>) -> Result<Response, Refused> {
    let tenant = tenant(&slug)?;
    state.bus.give_consent(tenant.id(), PRIVATE, tenant.user, CONSENT).await.map_err(broken)?;
    consent(State(state), Path(slug)).await
}

async fn withdraw_consent(State(state): State<AppState>, Path(slug): Path<String>) -> Result<Response, Refused> {
    let tenant = tenant(&slug)?;
    state.bus.withdraw_consent(tenant.id(), PRIVATE, tenant.user).await.map_err(broken)?;
    consent(State(state), Path(slug)).await
}
