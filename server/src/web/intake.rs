//! The beacon's lane: ignores cookies, has its own limits and its own pool, and only ever appends.
//! Order: key → rate → size → parse → scrub and fingerprint again → store → 204.

use axum::{
    body::Bytes,
    extract::{ConnectInfo, FromRequestParts, Query, State},
    http::{HeaderMap, HeaderValue, StatusCode, header, request::Parts},
    response::{IntoResponse, Response},
};
use domain::{Problem, ProblemKind};
use gate::{Batch, Event, Intake, KeyFacts};
use serde::Deserialize;
use std::{
    collections::{BTreeMap, HashMap},
    net::{IpAddr, SocketAddr},
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

/// Largest body, decompressed or not: no encoding is accepted.
pub(super) const BODY_LIMIT: usize = 64 * 1024;
/// How long a key's facts are believed.
const KEY_FRESH: Duration = Duration::from_secs(10);
/// Requests a second of one key, and of one address, on average; ten times as many at once.
const KEY_RATE: f64 = 100.0;
const ADDRESS_RATE: f64 = 20.0;

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

#[derive(Deserialize)]
pub(super) struct Keyed {
    #[serde(default)]
    k: String,
}

/// The address the request came from; absent only where a test calls the router directly.
pub(super) struct Peer(Option<IpAddr>);

impl<S: Sync> FromRequestParts<S> for Peer {
    type Rejection = std::convert::Infallible;
    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        Ok(Self(parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|info| info.0.ip())))
    }
}

pub(super) async fn preflight(State(lane): State<Lane>, Query(keyed): Query<Keyed>, headers: HeaderMap) -> Response {
    let facts = lane.key(&keyed.k).await.ok().flatten();
    let mut response = StatusCode::NO_CONTENT.into_response();
    let more = [
        (header::ACCESS_CONTROL_ALLOW_METHODS, "POST"),
        (header::ACCESS_CONTROL_ALLOW_HEADERS, "content-type"),
        (header::ACCESS_CONTROL_MAX_AGE, "7200"),
    ];
    for (name, value) in more {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    allow(&lane, facts.as_ref(), &headers, response)
}

pub(super) async fn report(
    State(lane): State<Lane>,
    Query(keyed): Query<Keyed>,
    peer: Peer,
    headers: HeaderMap,
    body: Result<Bytes, axum::extract::rejection::BytesRejection>,
) -> Response {
    let facts = match lane.key(&keyed.k).await {
        Ok(Some(facts)) => facts,
        Ok(None) => return StatusCode::FORBIDDEN.into_response(),
        Err(_) => return StatusCode::SERVICE_UNAVAILABLE.into_response(),
    };
    let answer = take(&lane, &facts, &keyed.k, &peer, &headers, body).await;
    allow(&lane, Some(&facts), &headers, answer)
}

async fn take(
    lane: &Lane,
    facts: &KeyFacts,
    key: &str,
    peer: &Peer,
    headers: &HeaderMap,
    body: Result<Bytes, axum::extract::rejection::BytesRejection>,
) -> Response {
    let address = peer.0.is_none_or(|ip| lane.take(format!("ip {}", prefix(ip)), ADDRESS_RATE));
    if !address || !lane.take(format!("key {key}"), KEY_RATE) {
        return (StatusCode::TOO_MANY_REQUESTS, [(header::RETRY_AFTER, "5")]).into_response();
    }
    let encoded = headers.get(header::CONTENT_ENCODING).is_some_and(|encoding| encoding != "identity");
    if encoded {
        return StatusCode::UNSUPPORTED_MEDIA_TYPE.into_response();
    }
    let Ok(body) = body else {
        return (StatusCode::PAYLOAD_TOO_LARGE, [("x-ops-max", BODY_LIMIT.to_string())]).into_response();
    };
    let wire: Wire = match serde_json::from_slice(&body) {
        Ok(wire) => wire,
        Err(error) => {
            return super::rest::problem(&Problem::new(ProblemKind::BadInput, format!("The report cannot be read: {error}.")));
        }
    };
    let agent = headers.get(header::USER_AGENT).and_then(|agent| agent.to_str().ok()).unwrap_or_default();
    match lane.intake.store(&wire.batch(facts, agent)).await {
        Ok(()) => StatusCode::NO_CONTENT.into_response(),
        Err(_) => StatusCode::SERVICE_UNAVAILABLE.into_response(),
    }
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
        out.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static("retry-after, x-ops-max"));
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

/// What the beacon sends (`crates/beacon/WIRE.md`). Unknown fields are ignored.
#[derive(Deserialize)]
struct Wire {
    #[serde(default)]
    b: String,
    #[serde(default)]
    p: String,
    #[serde(default)]
    core: String,
    #[serde(default)]
    e: Vec<WireEvent>,
    #[serde(default)]
    d: BTreeMap<String, i64>,
}

#[derive(Deserialize)]
struct WireEvent {
    k: u8,
    #[serde(default)]
    r: String,
    #[serde(default)]
    w: String,
    #[serde(default)]
    q: String,
    #[serde(default)]
    m: String,
    #[serde(default)]
    s: String,
    #[serde(default = "one")]
    c: i64,
    #[serde(default)]
    cut: bool,
}

fn one() -> i64 {
    1
}

impl Wire {
    fn batch(self, facts: &KeyFacts, agent: &str) -> Batch {
        let raw = self.core == "js";
        Batch {
            tenant: facts.tenant,
            build: clean(&self.b, 64),
            page_session: clean(&self.p, 64),
            browser: browser(agent),
            fingerprint_version: i32::from(scrub::FINGERPRINT_VERSION),
            events: self.e.into_iter().take(50).map(|event| event.event(raw)).collect(),
            losses: self
                .d
                .into_iter()
                .filter(|(_, count)| *count > 0)
                .take(10)
                .map(|(reason, count)| (clean(&reason, 40), count.min(1_000_000)))
                .collect(),
        }
    }
}

impl WireEvent {
    /// Scrubbed and fingerprinted here whatever the page says it did: the same rules on both sides.
    fn event(self, raw: bool) -> Event {
        let whole = |text: &str| {
            if raw && self.cut { scrub::edge(text.as_bytes()) } else { text.len() }
        };
        let message = clean(&self.m[..whole(&self.m).min(self.m.len())], 4096);
        let stack = clean(&self.s[..whole(&self.s).min(self.s.len())], 16_384);
        let fingerprint = scrub::fingerprint(self.k, message.as_bytes(), stack.as_bytes());
        let kind = ["error", "rejection", "console", "resource"].get(usize::from(self.k)).copied().unwrap_or("error");
        Event {
            fingerprint: scrub::fingerprint_hex(fingerprint),
            kind,
            title: super::title::title(&message),
            message,
            stack,
            route: clean(&self.r, 256),
            socket: clean(&self.w, 80),
            count: i32::try_from(self.c.clamp(1, 1_000_000)).unwrap_or(1),
            cut: self.cut,
            command: self.q.parse().ok(),
        }
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
