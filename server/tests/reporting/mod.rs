//! A console that customers' pages report to, from whatever network a test says, and Anna, who reads what came of it.
#![allow(dead_code, clippy::allow_attributes, reason = "each test binary uses its own part of the fixture")]

use crate::door::{Anna, Answer, Door, door};
use axum::{
    body::{Body, to_bytes},
    extract::ConnectInfo,
    http::{Request, StatusCode},
};
use gate::{Feed, Intake};
use serde_json::Value;
use server::{
    auth::Key,
    web::{self, AppState, Site},
};
use std::net::{IpAddr, SocketAddr};
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;

/// Northwind's key and Contoso's.
pub const KEY: &str = "k0123456789abcdef";
pub const OTHER: &str = "c0123456789abcdef";
/// The origin both may report from.
pub const SHOP: (&str, &str) = ("origin", "http://shop.example");
pub const BEACON: &str = "/api/ops/frontend-log?k=k0123456789abcdef";
pub const ENVELOPE: &str = "/api/1/envelope/?sentry_key=k0123456789abcdef";
const HERE: (&str, &str) = ("sec-fetch-site", "same-origin");

pub struct Reporting {
    pub door: Door,
    pub anna: Anna,
}

pub async fn reporting() -> Reporting {
    let mut door = door().await;
    let anna = door.enrolled().await;
    door.sql(&format!(
        "insert into telemetry.ingest_key (key, tenant_id, origins) values
           ('{KEY}', '00000000-0000-0000-0000-00000000000a', '{{http://shop.example}}'),
           ('{OTHER}', '00000000-0000-0000-0000-00000000000b', '{{http://shop.example}}')"
    ));
    let (feed, intake) = (Feed::open(&door.logins).await.expect("a feed"), Intake::open(&door.logins).await.expect("a lane"));
    let file = |name: &str| format!("/pkg/{name}");
    let site = Site { dir: "no-such-directory".into(), js: file("a.js"), wasm: file("a.wasm"), css: file("a.css"), parts: [].into() };
    let (origin, key) = ("http://127.0.0.1:3000".to_owned(), Key::from_bytes([7; 32]));
    let state = AppState::new(door.gate.clone(), feed, intake, site, origin, key, CancellationToken::new())
        .with_proxies("127.0.0.0/8".parse().expect("ranges"));
    door.router = web::router(state);
    Reporting { door, anna }
}

impl Reporting {
    /// What a page in this network sends.
    pub async fn send(&self, from: IpAddr, path: &str, headers: &[(&str, &str)], body: impl Into<Body>) -> Answer {
        let mut request = Request::post(path).extension(ConnectInfo(SocketAddr::from((from, 7))));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(body.into()).expect("a request");
        let response = self.door.router.clone().oneshot(request).await.expect("an answer");
        let (parts, body) = response.into_parts();
        let body = to_bytes(body, 1 << 20).await.expect("a body");
        Answer { status: parts.status, headers: parts.headers, body: String::from_utf8(body.to_vec()).expect("text") }
    }

    /// A batch of a beacon in a browser that says this of itself.
    pub async fn batch(&self, agent: &str, batch: &Value) {
        let sent = self.send([127, 0, 0, 1].into(), BEACON, &[SHOP, ("user-agent", agent)], batch.to_string()).await;
        assert_eq!(sent.status, StatusCode::NO_CONTENT, "{batch}: {}", sent.body);
    }

    /// A view, as Anna sees it.
    pub async fn view(&self, path: &str) -> Value {
        let headers = [("cookie", self.anna.cookie.as_str()), HERE];
        let answer = self.door.send("GET", &format!("/api/v1/support/{path}"), &headers, String::new()).await;
        assert_eq!(answer.status, StatusCode::OK, "{path}: {}", answer.body);
        serde_json::from_str(&answer.body).expect("json")
    }

    /// Opens a support session on Northwind.
    pub async fn within_session(&self) {
        let form = [("cookie", self.anna.cookie.as_str()), HERE, ("content-type", "application/x-www-form-urlencoded")];
        let words = "tenant=northwind&ticket=SUP-1&reason=The+upload+fails+for+them&minutes=60";
        let started = self.door.send("POST", "/session/start", &form, words.to_owned()).await;
        assert_eq!(started.status, StatusCode::SEE_OTHER, "{}", started.body);
    }

    pub fn sql(&self, statement: &str) -> String {
        self.door.sql(statement).trim().to_owned()
    }
}
