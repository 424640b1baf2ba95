//! The outside services the product depends on: they answer over real HTTP, slowly, and sometimes not
//! at all. Each ticket says how its service is today by what is asked; chance does the rest.

use crate::{edge, web::AppState};
use axum::{Json, Router, extract::Query, http::StatusCode, routing::get};
use serde::Deserialize;
use serde_json::{Value, json};
use std::{
    collections::BTreeSet,
    sync::{Mutex, PoisonError},
    time::Duration,
};

#[derive(Deserialize)]
struct Asked {
    #[serde(default)]
    q: String,
}

pub fn router() -> Router<AppState> {
    Router::new().route("/servicedesk", get(servicedesk)).route("/knowledge", get(knowledge)).route("/assistant", get(assistant))
}

/// The customer's service desk: one call in twelve takes longer than anybody waits.
async fn servicedesk(Query(asked): Query<Asked>) -> (StatusCode, Json<Value>) {
    let slow = asked.q.contains("slow service desk") || edge::below(12) == 0;
    tokio::time::sleep(if slow { Duration::from_secs(8) } else { Duration::from_millis(60 + edge::below(200)) }).await;
    (StatusCode::OK, Json(json!({ "history": ["printer moved", "badge reader replaced"], "asked": asked.q })))
}

/// A search that always answers, a little late.
async fn knowledge(Query(asked): Query<Asked>) -> Json<Value> {
    tokio::time::sleep(Duration::from_millis(40 + edge::below(120))).await;
    Json(json!({ "articles": [{ "title": "Resetting a badge reader", "score": 0.82 }], "asked": asked.q }))
}

/// What a busy assistant has refused once: asked again, it answers. So a retry can be seen to help.
static REFUSED: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());

fn is_refused(asked: &str) -> bool {
    if asked.contains("busy assistant") {
        let mut refused = REFUSED.lock().unwrap_or_else(PoisonError::into_inner);
        return refused.len() < 10_000 && refused.insert(asked.to_owned());
    }
    asked.contains("quota") || edge::below(25) == 0
}

/// A text service with a quota that is used up now and then.
async fn assistant(Query(asked): Query<Asked>) -> (StatusCode, Json<Value>) {
    tokio::time::sleep(Duration::from_millis(150 + edge::below(400))).await;
    if is_refused(&asked.q) {
        return (StatusCode::TOO_MANY_REQUESTS, Json(json!({ "error": "quota used up" })));
    }
    (StatusCode::OK, Json(json!({ "summary": format!("Likely cause of \u{201c}{}\u{201d}: the badge reader lost its pairing.", asked.q) })))
}
