//! The lane of customers' pages: what the beacon sends (`wire`), and what browsers report by themselves (`reports`). Ignores cookies, has
//! its own limits and its own pool, and only ever appends. Order: key → rate → size → parse → scrub and fingerprint again → store → 204.
//! Clients of another make have a door beside it (`envelope`).

mod body;
mod envelope;
mod reports;
mod wire;

use axum::{
    body::Body,
    extract::{ConnectInfo, FromRequestParts, Query, State},
    http::{HeaderMap, HeaderValue, StatusCode, header, request::Parts},
    response::{IntoResponse, Response},
};
use domain::{Problem, ProblemKind};
use gate::{Batch, Event, Intake, KeyFacts};
use serde::Deserialize;
use std::{
    collections::HashMap,
    net::{IpAddr, SocketAddr},
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

/// Largest body, also once it is decompressed.
pub(super) const BODY_LIMIT: usize = 64 * 1024;
/// The same of an envelope, whose clients neither split nor shorten.
const ENVELOPE_LIMIT: usize = 1024 * 1024;
/// How long a key's facts are believed.
const KEY_FRESH: Duration = Duration::from_secs(10);
/// Requests a second of one key, and of one address, on average; ten times as many at once.
pub(super) const KEY_RATE: f64 = 100.0;
pub(super) const ADDRESS_RATE: f64 = 20.0;

/// What is known of a key, and since when.
type Known = (Instant, Option<KeyFacts>);

#[derive(Clone)]
pub(super) struct Lane {
    intake: Intake,
    own_origin: Arc<str>,
    keys: Arc<Mutex<HashMap<String, Known>>>,
    buckets: Arc<Mutex<HashMap<String, (Instant, f64)>>>,
}

impl Lane {
    pub(super) fn new(intake: Intake, own_origin: &str) -> Self {
        Self { intake, own_origin: own_origin.into(), keys: Arc::default(), buckets: Arc::default() }
    }

    /// Its pool: name, connections in use, and how many there may be.
    pub(super) fn pool(&self) -> (&'static str, u32, u32) {
        self.intake.pool()
    }

    async fn key(&self, key: &str) -> Result<Option<KeyFacts>, Problem> {
        let now = Instant::now();
        if let Some((at, facts)) = lock(&self.keys).get(key)
            && now.duration_since(*at) < KEY_FRESH
        {
            return Ok(facts.clone());
        }
        let facts = self.intake.key(key).await?;
        let mut keys = lock(&self.keys);
        if keys.len() > 10_000 {
            keys.clear();
        }
        keys.insert(key.to_owned(), (now, facts.clone()));
        Ok(facts)
    }

    /// Takes a token of a bucket; false when it is empty.
    fn take(&self, name: String, rate: f64) -> bool {
        let now = Instant::now();
        let mut buckets = lock(&self.buckets);
        if buckets.len() > 50_000 {
            buckets.clear();
        }
        let (at, tokens) = buckets.entry(name).or_insert((now, rate * 10.0));
        *tokens = (*tokens + now.duration_since(*at).as_secs_f64() * rate).min(rate * 10.0);
        *at = now;
        if *tokens < 1.0 {
            return false;
        }
        *tokens -= 1.0;
        true
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

#[derive(Default, Deserialize)]
pub(super) struct Keyed {
    #[serde(default)]
    k: String,
    /// Build of the page, where its reports cannot say it.
    #[serde(default)]
    b: String,
    /// The key, as clients of another make say it.
    #[serde(default)]
    sentry_key: String,
}

/// The address the request came from; absent only where a test calls the router directly.
pub(super) struct Peer(pub(super) Option<IpAddr>);

impl Peer {
    /// Whether it is this machine itself.
    pub(super) fn is_loopback(&self) -> bool {
        self.0.is_some_and(|ip| ip.to_canonical().is_loopback())
    }
}

impl<S: Sync> FromRequestParts<S> for Peer {
    type Rejection = std::convert::Infallible;
    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        Ok(Self(parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|info| info.0.ip())))
    }
}

pub(super) async fn preflight(State(lane): State<Lane>, Query(keyed): Query<Keyed>, headers: HeaderMap) -> Response {
    let key = if keyed.k.is_empty() { &keyed.sentry_key } else { &keyed.k };
    let facts = lane.key(key).await.ok().flatten();
    let mut response = StatusCode::NO_CONTENT.into_response();
    let more = [
        (header::ACCESS_CONTROL_ALLOW_METHODS, "POST"),
        (header::ACCESS_CONTROL_ALLOW_HEADERS, "content-type, x-sentry-auth"),
        (header::ACCESS_CONTROL_MAX_AGE, "7200"),
    ];
    for (name, value) in more {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    allow(&lane, facts.as_ref(), &headers, response)
}

/// What the beacon sends.
pub(super) async fn report(State(lane): State<Lane>, Query(keyed): Query<Keyed>, peer: Peer, headers: HeaderMap, body: Body) -> Response {
    taken(&lane, &keyed, &peer, &headers, body, wire::batch).await
}

/// What a browser reports by itself: that a page crashed, or was kept from something.
pub(super) async fn reports(State(lane): State<Lane>, Query(keyed): Query<Keyed>, peer: Peer, headers: HeaderMap, body: Body) -> Response {
    taken(&lane, &keyed, &peer, &headers, body, reports::batch).await
}

/// Where a body came from.
struct From<'a> {
    facts: &'a KeyFacts,
    keyed: &'a Keyed,
    agent: &'a str,
}

/// Makes a batch of a body.
type Read = fn(&[u8], &From<'_>) -> serde_json::Result<Batch>;

async fn taken(lane: &Lane, keyed: &Keyed, peer: &Peer, headers: &HeaderMap, body: Body, read: Read) -> Response {
    let facts = match lane.key(&keyed.k).await {
        Ok(Some(facts)) => facts,
        Ok(None) => return StatusCode::FORBIDDEN.into_response(),
        Err(_) => return StatusCode::SERVICE_UNAVAILABLE.into_response(),
    };
    let answer = take(lane, &facts, keyed, peer, headers, body, read).await;
    allow(lane, Some(&facts), headers, answer)
}

async fn take(lane: &Lane, facts: &KeyFacts, keyed: &Keyed, peer: &Peer, headers: &HeaderMap, body: Body, read: Read) -> Response {
    let address = peer.0.is_none_or(|ip| lane.take(format!("ip {}", prefix(ip)), ADDRESS_RATE));
    if !address || !lane.take(format!("key {}", keyed.k), KEY_RATE) {
        return (StatusCode::TOO_MANY_REQUESTS, [(header::RETRY_AFTER, "5")]).into_response();
    }
    let body = match body::read(body, headers, BODY_LIMIT).await {
        Ok(body) => body,
        Err(status) => return (status, [("x-ops-max", BODY_LIMIT.to_string())]).into_response(),
    };
    let agent = headers.get(header::USER_AGENT).and_then(|agent| agent.to_str().ok()).unwrap_or_default();
    let batch = match read(&body, &From { facts, keyed, agent }) {
        Ok(batch) => batch,
        Err(error) => {
            return super::rest::problem(&Problem::new(ProblemKind::BadInput, format!("The report cannot be read: {error}.")));
        }
    };
    match lane.intake.store(batch).await {
        Ok(()) => StatusCode::NO_CONTENT.into_response(),
        Err(_) => (StatusCode::SERVICE_UNAVAILABLE, [(header::RETRY_AFTER, "5")]).into_response(),
    }
}

/// An envelope of a client of another make. The number in its path is the client's and means nothing here: the key says whose page it is.
pub(super) async fn envelope(State(lane): State<Lane>, Query(keyed): Query<Keyed>, peer: Peer, headers: HeaderMap, body: Body) -> Response {
    let in_header = headers.get("x-sentry-auth").and_then(|auth| auth.to_str().ok()).and_then(|auth| auth.split_once("sentry_key="));
    let said = in_header.map_or("", |(_, rest)| rest.split([',', ' ']).next().unwrap_or_default());
    let mut key = if keyed.sentry_key.is_empty() { said.to_owned() } else { keyed.sentry_key.clone() };
    if !peer.0.is_none_or(|ip| lane.take(format!("ip {}", prefix(ip)), ADDRESS_RATE)) {
        return slower();
    }
    let read = match body::read(body, &headers, ENVELOPE_LIMIT).await {
        Ok(body) => envelope::read(&body),
        Err(status) => return status.into_response(),
    };
    let envelope = match read {
        Ok(envelope) => envelope,
        Err(wrong) => return super::rest::problem(&Problem::new(ProblemKind::BadInput, format!("The envelope cannot be read: {wrong}."))),
    };
    if key.is_empty() {
        key = envelope.key.clone().unwrap_or_default();
    }
    let facts = match lane.key(&key).await {
        Ok(Some(facts)) => facts,
        Ok(None) => return StatusCode::FORBIDDEN.into_response(),
        Err(_) => return StatusCode::SERVICE_UNAVAILABLE.into_response(),
    };
    let answer = if lane.take(format!("key {key}"), KEY_RATE) {
        let agent = headers.get(header::USER_AGENT).and_then(|agent| agent.to_str().ok()).unwrap_or_default();
        store_all(&lane, envelope.batches(&From { facts: &facts, keyed: &keyed, agent })).await
    } else {
        slower()
    };
    allow(&lane, Some(&facts), &headers, answer)
}

/// Answers as the clients expect: with the id of what was taken.
async fn store_all(lane: &Lane, batches: Vec<Batch>) -> Response {
    let id = batches.iter().find_map(|batch| batch.remote).map(|id| id.simple().to_string());
    for batch in batches {
        if lane.intake.store(batch).await.is_err() {
            return (StatusCode::SERVICE_UNAVAILABLE, [(header::RETRY_AFTER, "5")]).into_response();
        }
    }
    axum::Json(serde_json::json!({ "id": id })).into_response()
}

/// In the header the clients understand, and in the one everybody does.
fn slower() -> Response {
    (StatusCode::TOO_MANY_REQUESTS, [("x-sentry-rate-limits", "5:error;default:key:rate"), ("retry-after", "5")]).into_response()
}

/// Lets the page of an allowed origin read the answer; another origin is never named.
fn allow(lane: &Lane, facts: Option<&KeyFacts>, headers: &HeaderMap, mut response: Response) -> Response {
    let origin = headers.get(header::ORIGIN).filter(|origin| {
        let text = origin.to_str().unwrap_or_default();
        text == &*lane.own_origin || facts.is_some_and(|facts| facts.origins.iter().any(|known| known == text))
    });
    let out = response.headers_mut();
    out.insert(header::VARY, HeaderValue::from_static("origin"));
    out.insert(header::HeaderName::from_static("cross-origin-resource-policy"), HeaderValue::from_static("cross-origin"));
    if let Some(origin) = origin {
        out.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
        out.insert(header::ACCESS_CONTROL_ALLOW_CREDENTIALS, HeaderValue::from_static("true"));
        out.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static("retry-after, x-ops-max, x-sentry-rate-limits"));
    }
    response
}

/// The network an address belongs to: nobody gets more by changing the last digits.
fn prefix(ip: IpAddr) -> String {
    match ip {
        IpAddr::V4(v4) => v4.octets()[..3].iter().map(u8::to_string).collect::<Vec<_>>().join("."),
        IpAddr::V6(v6) => v6.segments()[..4].iter().map(|part| format!("{part:x}")).collect::<Vec<_>>().join(":"),
    }
}

/// Something that happened once, scrubbed and fingerprinted here whatever the page says it did: the same rules on both sides. `kind` is its
/// number on the beacon's wire, or a later one.
fn event(kind: u8, message: &str, stack: &str, route: &str) -> Event {
    const KINDS: [&str; 7] = ["error", "rejection", "console", "resource", "crash", "policy", "deprecation"];
    let (message, stack) = (clean(message, 4096), clean(stack, 16_384));
    let fingerprint = scrub::fingerprint(kind, message.as_bytes(), stack.as_bytes());
    Event {
        fingerprint: scrub::fingerprint_hex(fingerprint),
        kind: KINDS.get(usize::from(kind)).copied().unwrap_or("error"),
        title: super::title::title(&message),
        message,
        stack,
        route: clean(route, 256),
        socket: String::new(),
        count: 1,
        cut: false,
        command: None,
        raw: None,
    }
}

/// Without secrets and without what a terminal or a database would choke on, at most so many bytes.
fn clean(text: &str, max: usize) -> String {
    let (scrubbed, _) = scrub::scrub_to_string(text);
    let printable: String = scrubbed.chars().filter(|char| *char == '\n' || !char.is_control()).collect();
    scrub::fit_to_string(&printable, max).0
}

/// Name and main version of a browser; what it does not know is "other".
fn browser(agent: &str) -> String {
    const KNOWN: [(&str, &str); 6] = [
        ("Edg/", "Edge"),
        ("OPR/", "Opera"),
        ("Firefox/", "Firefox"),
        ("HeadlessChrome/", "Chrome"),
        ("Chrome/", "Chrome"),
        ("Version/", "Safari"),
    ];
    let found = KNOWN.iter().find_map(|(mark, name)| {
        let version: String = agent.split_once(mark)?.1.chars().take_while(char::is_ascii_digit).take(4).collect();
        Some(format!("{name} {version}"))
    });
    found.unwrap_or_else(|| "other".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn browsers_are_named_by_family() {
        assert_eq!(
            browser("Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36"),
            "Chrome 156"
        );
        assert_eq!(browser("Mozilla/5.0 (Macintosh) AppleWebKit/605 (KHTML, like Gecko) Version/19.1 Safari/605"), "Safari 19");
        assert_eq!(browser("curl/8"), "other");
    }

    #[test]
    fn what_is_stored_is_scrubbed_and_printable() {
        let said = clean("mail a.person@example.org \u{1b}[31mred\u{0} token=abcdef123456", 4096);
        assert!(!said.contains("a.person@") && !said.contains('\u{1b}') && !said.contains("abcdef123456"), "{said}");
    }
}
