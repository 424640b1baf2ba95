//! A small traffic, as customers would make it: uploads through the same code as the page's, tickets,
//! and page errors over the beacon's own wire.

use crate::{
    edge,
    tenants::TENANTS,
    web::{self, AppState},
};
use bus::CancellationToken;
use serde_json::json;
use std::time::Duration;

const SUBJECTS: [&str; 6] = [
    "Door to ward 3 stays locked",
    "Badge reader blinks red",
    "Heating in the lab is out",
    "Projector has no picture",
    "slow service desk: lift is stuck",
    "quota: printer eats paper",
];
const ERRORS: [(&str, &str); 4] = [
    (
        "TypeError: Cannot read properties of undefined (reading 'rooms')",
        "TypeError: Cannot read properties of undefined (reading 'rooms')\n    at drawPlan (https://app.example/app.3f9c2d.js:41:18)\n    at refresh (https://app.example/app.3f9c2d.js:88:5)",
    ),
    (
        "Upload 4812 of 'annex.pdf' was refused with status 503",
        "Error: Upload 4812 of 'annex.pdf' was refused with status 503\n    at send (https://app.example/app.3f9c2d.js:120:11)",
    ),
    (
        "ChunkLoadError: Loading chunk 7 failed",
        "ChunkLoadError: Loading chunk 7 failed\n    at load (https://app.example/app.3f9c2d.js:9:1)",
    ),
    ("WebSocket is already in CLOSING or CLOSED state", "Error\n    at push (https://app.example/live.77aa01.js:14:9)"),
];

/// Plays until told to stop: a burst so that a newcomer sees something within a minute, then quietly.
pub async fn play(state: AppState, stop: CancellationToken) {
    let http = reqwest::Client::new();
    for (n, tenant) in TENANTS.iter().enumerate() {
        upload(&state, n, if n == 0 { "heavy" } else { "ordinary" }).await;
        for _ in 0..3 {
            ticket(&state, n).await;
        }
        page_error(&http, &state, tenant.key).await;
    }
    let mut beat = 0_u64;
    while !stop.is_cancelled() {
        tokio::select! { () = tokio::time::sleep(Duration::from_secs(5)) => {}, () = stop.cancelled() => return }
        beat += 1;
        let who = usize::try_from(edge::below(TENANTS.len() as u64)).unwrap_or(0);
        ticket(&state, who).await;
        if edge::below(3) == 0 {
            page_error(&http, &state, TENANTS[who].key).await;
        }
        if beat.is_multiple_of(6) {
            let kind = match edge::below(20) {
                0..=12 => "ordinary",
                13..=15 => "hospital",
                16 => "heavy",
                17 => "truncated",
                18 => "encrypted",
                _ => "not-a-pdf",
            };
            upload(&state, who, kind).await;
        }
    }
}

async fn upload(state: &AppState, tenant: usize, kind: &str) {
    if let Err((_, said)) = web::sample(state, &TENANTS[tenant], kind, edge::below(500)).await {
        tracing::warn!(kind, said, "an upload of the traffic did not work");
    }
}

async fn ticket(state: &AppState, tenant: usize) {
    let subject = SUBJECTS[usize::try_from(edge::below(SUBJECTS.len() as u64)).unwrap_or(0)];
    if let Err(error) = state.tickets.send(&state.bus, &TENANTS[tenant], subject, "").await {
        tracing::warn!(%error, "a ticket of the traffic did not work");
    }
}

/// One page that meets an error, as a beacon without its WASM core reports it.
async fn page_error(http: &reqwest::Client, state: &AppState, key: &str) {
    let (message, stack) = ERRORS[usize::try_from(edge::below(ERRORS.len() as u64)).unwrap_or(0)];
    let body = json!({ "v": 1, "b": web::build(), "p": edge::new_id().simple().to_string(), "n": 0,
        "e": [{ "k": 0, "r": "/plans", "m": message, "s": stack, "c": 1 + edge::below(4) }] });
    let url = format!("{}/api/ops/frontend-log?k={key}", state.console_url);
    let sent = http
        .post(url)
        .header("content-type", "text/plain;charset=UTF-8")
        .body(body.to_string())
        .timeout(Duration::from_secs(3))
        .send()
        .await;
    if let Err(error) = sent {
        tracing::debug!(%error, "a page error could not be reported");
    }
}
