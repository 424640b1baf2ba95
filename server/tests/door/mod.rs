//! The routes of sign-in over a real Postgres, and somebody with an authenticator who uses them.
#![allow(dead_code, clippy::allow_attributes, reason = "each test binary uses its own part of the fixture")]

use axum::{
    Router,
    body::{Body, to_bytes},
    http::{HeaderMap, Request, StatusCode, header},
};
use domain::Role;
use gate::{Gate, Logins, Token};
use hmac::{Hmac, KeyInit, Mac};
use server::{
    auth::{self, AuthState, Key},
    edge,
};
use sha1::Sha1;
use std::{path::PathBuf, sync::Arc};
use tower::ServiceExt;

pub const EMAIL: &str = "anna@ops.example";
pub const PASSWORD: &str = "under the old viaduct";
pub const REFUSED: &str = "E-mail, password or code do not fit.";

pub struct Door {
    pub gate: Arc<Gate>,
    pub scratch: cluster::Scratch,
    pub logins: Logins,
    pub router: Router,
}

/// An answer, read to its end.
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: String,
}

/// What Anna has after enrolling.
pub struct Anna {
    pub secret: Vec<u8>,
    pub codes: Vec<String>,
    pub cookie: String,
}

/// A directory of one test, gone with it.
pub struct Dir(PathBuf);

impl Dir {
    pub fn new(name: &str) -> Self {
        let dir = std::env::temp_dir().join(format!("server-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&dir).expect("a directory");
        Self(dir.canonicalize().expect("a real one"))
    }

    pub fn join(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }
}

impl Drop for Dir {
    fn drop(&mut self) {
        std::fs::remove_dir_all(&self.0).ok();
    }
}

pub async fn door() -> Door {
    let scratch = cluster::scratch().expect("a scratch cluster").fresh_database().expect("a database");
    let logins = Logins::parse(&scratch.superuser_url, None).expect("a url");
    logins.prepare().await.expect("migrations");
    scratch.sql("insert into console.tenant (id, slug, name) values ('00000000-0000-0000-0000-00000000000a', 'northwind', 'Northwind Hospitals'), ('00000000-0000-0000-0000-00000000000b', 'contoso', 'Contoso Estates')").expect("tenants");
    let gate = Arc::new(Gate::open(&logins).await.expect("the gate"));
    let router = router(gate.clone());
    Door { gate, scratch, logins, router }
}

fn router(gate: Arc<Gate>) -> Router {
    auth::router(AuthState {
        gate,
        key: Key::from_bytes([7; 32]),
        css: "/pkg/main.css".to_owned(),
        origin: "http://127.0.0.1:3000".to_owned(),
    })
}

impl Door {
    /// The same console after a restart: nothing remembered but what the database holds.
    pub async fn restart(&mut self) {
        self.gate = Arc::new(Gate::open(&self.logins).await.expect("the gate"));
        self.router = router(self.gate.clone());
    }

    pub fn sql(&self, statement: &str) -> String {
        self.scratch.sql(statement).unwrap_or_else(|error| panic!("{statement}: {error}"))
    }

    pub async fn send(&self, method: &str, path: &str, headers: &[(&str, &str)], body: String) -> Answer {
        let mut request = Request::builder().method(method).uri(path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let response = self.router.clone().oneshot(request.body(Body::from(body)).expect("a request")).await.expect("an answer");
        let (parts, body) = response.into_parts();
        let body = to_bytes(body, 1 << 20).await.expect("a body");
        Answer { status: parts.status, headers: parts.headers, body: String::from_utf8(body.to_vec()).expect("text") }
    }

    pub async fn get(&self, path: &str, cookie: &str) -> Answer {
        self.send("GET", path, &[("cookie", cookie)], String::new()).await
    }

    pub async fn post(&self, path: &str, cookie: &str, fields: &[(&str, &str)]) -> Answer {
        let body: Vec<String> = fields.iter().map(|(name, value)| format!("{name}={}", percent(value))).collect();
        self.send("POST", path, &[("cookie", cookie), ("content-type", "application/x-www-form-urlencoded")], body.join("&")).await
    }

    pub async fn rest(&self, method: &str, path: &str, token: &str, body: serde_json::Value) -> (StatusCode, serde_json::Value) {
        let authorization = format!("Bearer {token}");
        let mut headers = vec![("content-type", "application/json")];
        if !token.is_empty() {
            headers.push(("authorization", authorization.as_str()));
        }
        let answer = self.send(method, path, &headers, body.to_string()).await;
        (answer.status, serde_json::from_str(&answer.body).unwrap_or_else(|error| panic!("{error}: {}", answer.body)))
    }

    pub async fn sign_in(&self, email: &str, password: &str, code: &str) -> Answer {
        self.post("/auth/sign-in", "", &[("email", email), ("password", password), ("code", code), ("next", "/jobs")]).await
    }

    pub async fn link(&self) -> Token {
        auth::invite(&self.gate, EMAIL, "Anna Roth", Role::Support, None).await.expect("invited")
    }

    /// Anna after the whole enrolment, as a browser goes through it.
    pub async fn enrolled(&self) -> Anna {
        let link = self.link().await;
        let token = link.expose();
        let kept = self.post("/auth/enrol/password", "", &[("token", token), ("password", PASSWORD), ("password_again", PASSWORD)]).await;
        assert_eq!(kept.status, StatusCode::SEE_OTHER, "{}", kept.body);
        let page = self.get(kept.location(), "").await;
        let secret = secret_on(&page.body);
        let shown = self.post("/auth/enrol/factor", "", &[("token", token), ("code", &present_code(&secret))]).await;
        assert_eq!(shown.status, StatusCode::OK, "{}", shown.body);
        let codes = shown.body.split("<li><code>").skip(1).map(|rest| rest.split('<').next().expect("a code").to_owned()).collect();
        let cookie = shown.cookie();
        Anna { secret, codes, cookie }
    }

    /// The next code of the authenticator, as if half a minute had gone by since the last.
    pub fn fresh_code(&self, anna: &Anna) -> String {
        self.sql("update console.staff set totp_last_step = 0");
        present_code(&anna.secret)
    }
}

impl Answer {
    pub fn location(&self) -> &str {
        self.headers[header::LOCATION].to_str().expect("text")
    }

    /// The cookie set, as a browser sends it back.
    pub fn cookie(&self) -> String {
        let set = self.headers[header::SET_COOKIE].to_str().expect("text");
        set.split(';').next().expect("a pair").to_owned()
    }
}

/// The secret as the page shows it for typing.
pub fn secret_on(page: &str) -> Vec<u8> {
    let element = page.split("<code ").nth(1).unwrap_or_else(|| panic!("no secret on this page, {} bytes", page.len()));
    let text: String = element.split(['>', '<']).nth(1).unwrap_or_default().split_whitespace().collect();
    data_encoding::BASE32_NOPAD.decode(text.as_bytes()).expect("base32")
}

/// An authenticator app.
pub fn code_at(secret: &[u8], step: i64) -> String {
    let mut mac = Hmac::<Sha1>::new_from_slice(secret).expect("a key");
    mac.update(&step.to_be_bytes());
    let digest = mac.finalize().into_bytes();
    let at = usize::from(digest[19] % 16);
    let number = digest[at..at + 4].iter().fold(0_u32, |number, byte| (number << 8) | u32::from(*byte)) % (1 << 31);
    format!("{:06}", number % 1_000_000)
}

pub fn present_code(secret: &[u8]) -> String {
    code_at(secret, edge::now().millis() / 30_000)
}

/// A code of an hour ago: never right now but by a chance of one in 300,000.
pub fn stale_code(secret: &[u8]) -> String {
    code_at(secret, edge::now().millis() / 30_000 - 120)
}

pub fn percent(text: &str) -> String {
    text.bytes().map(|byte| if byte.is_ascii_alphanumeric() { char::from(byte).to_string() } else { format!("%{byte:02X}") }).collect()
}
