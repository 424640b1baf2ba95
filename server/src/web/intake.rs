//! The lane of customers' pages: what the beacon sends (`wire`), and what browsers report by themselves (`reports`). Ignores cookies, has
//! its own limits and its own pool, and only ever appends. Order: network → key → origin → rate → size → parse → scrub and fingerprint again → store → 204.
//! Clients of another make have a door beside it (`envelope`).

mod body;
mod envelope;
mod lane;
mod names;
mod reports;
mod wire;

use super::peer::Peer;
use axum::{
    body::{Body, HttpBody as _},
    extract::{Query, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use domain::{Problem, ProblemKind};
use gate::{Batch, Event, KeyFacts};
pub(super) use lane::{ADDRESS_RATE, KEY_RATE, Lane, prefix};
use scrub::Counts;
use serde::Deserialize;
use std::borrow::Cow;

/// Largest body, also once it is decompressed.
pub(super) const BODY_LIMIT: usize = 64 * 1024;
/// The same of an envelope, whose clients neither split nor shorten.
const ENVELOPE_LIMIT: usize = 1024 * 1024;
/// Of one event: its message and its stack.
const EVENT_LIMIT: usize = 16 * 1024;

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

pub(super) async fn preflight(State(lane): State<Lane>, Query(keyed): Query<Keyed>, peer: Peer, headers: HeaderMap) -> Response {
    let key = if keyed.k.is_empty() { &keyed.sentry_key } else { &keyed.k };
    if !lane.address(peer.0) {
        return slower();
    }
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
    if !lane.address(peer.0) {
        return allow(lane, lane.remembered(&keyed.k).as_ref(), headers, slower());
    }
    let facts = match lane.admit(&keyed.k, headers).await {
        Ok(facts) => facts,
        Err(no) => return allow(lane, lane.remembered(&keyed.k).as_ref(), headers, no),
    };
    let answer = take(lane, &facts, keyed, headers, body, read).await;
    allow(lane, Some(&facts), headers, answer)
}

async fn take(lane: &Lane, facts: &KeyFacts, keyed: &Keyed, headers: &HeaderMap, body: Body, read: Read) -> Response {
    let body = match body::read(body, headers, BODY_LIMIT).await {
        Ok(body) => body,
        Err(status) => return (status, [("x-ops-max", BODY_LIMIT.to_string())]).into_response(),
    };
    let batch = match read(&body, &From { facts, keyed, agent: agent(headers) }) {
        Ok(batch) => batch,
        Err(error) => {
            return super::rest::problem(&Problem::new(ProblemKind::BadInput, format!("The report cannot be read: {error}.")));
        }
    };
    match lane.intake.store(batch).await {
        Ok(()) => StatusCode::NO_CONTENT.into_response(),
        Err(problem) => not_kept(&problem),
    }
}

/// A report that can never be kept is not sent again; another is, later.
fn not_kept(problem: &Problem) -> Response {
    if problem.kind == ProblemKind::Unavailable {
        return (StatusCode::SERVICE_UNAVAILABLE, [(header::RETRY_AFTER, "5")]).into_response();
    }
    StatusCode::UNPROCESSABLE_ENTITY.into_response()
}

fn agent(headers: &HeaderMap) -> &str {
    headers.get(header::USER_AGENT).and_then(|agent| agent.to_str().ok()).unwrap_or_default()
}

/// An envelope of a client of another make. The number in its path is the client's and means nothing here: the key says whose page it is.
pub(super) async fn envelope(State(lane): State<Lane>, Query(keyed): Query<Keyed>, peer: Peer, headers: HeaderMap, body: Body) -> Response {
    let in_header = headers.get("x-sentry-auth").and_then(|auth| auth.to_str().ok()).and_then(|auth| auth.split_once("sentry_key="));
    let said = in_header.map_or("", |(_, rest)| rest.split([',', ' ']).next().unwrap_or_default());
    let key = if keyed.sentry_key.is_empty() { said } else { &keyed.sentry_key };
    match enveloped(&lane, key, &keyed, &peer, &headers, body).await {
        Ok((facts, answer)) => allow(&lane, Some(&facts), &headers, answer),
        Err(no) => allow(&lane, lane.remembered(key).as_ref(), &headers, no),
    }
}

async fn enveloped(
    lane: &Lane,
    key: &str,
    keyed: &Keyed,
    peer: &Peer,
    headers: &HeaderMap,
    body: Body,
) -> Result<(KeyFacts, Response), Response> {
    if !lane.address(peer.0) {
        return Err(slower());
    }
    // A key that is said outside is judged before anything is read.
    let admitted = if key.is_empty() { None } else { Some(lane.admit(key, headers).await?) };
    // What is no larger than the beacon's needs no more room than that.
    let small = !headers.contains_key(header::CONTENT_ENCODING) && body.size_hint().upper().is_some_and(|bytes| bytes <= BODY_LIMIT as u64);
    let room = if small { None } else { Some(lane.room(peer.0).ok_or_else(slower)?) };
    let body = body::read(body, headers, ENVELOPE_LIMIT).await.map_err(IntoResponse::into_response)?;
    let wrong = |wrong: envelope::Wrong| {
        super::rest::problem(&Problem::new(ProblemKind::BadInput, format!("The envelope cannot be read: {wrong}.")))
    };
    let facts = match admitted {
        Some(facts) => facts,
        None => lane.admit(&envelope::key_of(&body).map_err(wrong)?, headers).await?,
    };
    let batches = envelope::batches(&body, &From { facts: &facts, keyed, agent: agent(headers) });
    // What waits to be written is counted there.
    drop((body, room));
    let answer = match batches {
        Ok(batches) => store_all(lane, batches).await,
        Err(no) => wrong(no),
    };
    Ok((facts, answer))
}

/// Answers as the clients expect: with the id of what was taken.
async fn store_all(lane: &Lane, batches: Vec<Batch>) -> Response {
    let id = batches.iter().find_map(|batch| batch.remote).map(|id| id.simple().to_string());
    for batch in batches {
        if let Err(problem) = lane.intake.store(batch).await {
            return not_kept(&problem);
        }
    }
    axum::Json(serde_json::json!({ "id": id })).into_response()
}

/// In the header the clients understand, and in the one everybody does.
fn slower() -> Response {
    (StatusCode::TOO_MANY_REQUESTS, [("x-sentry-rate-limits", "5:error;default:key:rate"), ("retry-after", "5")]).into_response()
}

/// Where the page is that reports.
enum Origin<'a> {
    /// It is no page, or one that does not say: what `sendBeacon` sends under a referrer policy of `no-referrer` comes from `null`.
    None,
    Known(&'a HeaderValue),
    Foreign,
}

fn origin<'a>(lane: &Lane, facts: Option<&KeyFacts>, headers: &'a HeaderMap) -> Origin<'a> {
    let Some(origin) = headers.get(header::ORIGIN).filter(|origin| *origin != "null") else { return Origin::None };
    let known = origin.to_str().is_ok_and(|text| {
        text == &*lane.own_origin
            || facts.is_some_and(|facts| facts.origins.iter().any(|known| known.trim_end_matches('/').eq_ignore_ascii_case(text)))
    });
    if known { Origin::Known(origin) } else { Origin::Foreign }
}

/// A copy of a page somewhere else, or another page with a key it read in this one. A program can say what it likes: a key is no secret.
fn foreign() -> Response {
    (StatusCode::FORBIDDEN, "Pages of this origin may not report with this key: it is not among the origins of the key.\n").into_response()
}

/// Lets the page of an allowed origin read the answer; another origin is never named.
fn allow(lane: &Lane, facts: Option<&KeyFacts>, headers: &HeaderMap, mut response: Response) -> Response {
    let out = response.headers_mut();
    out.insert(header::VARY, HeaderValue::from_static("origin"));
    out.insert(header::HeaderName::from_static("cross-origin-resource-policy"), HeaderValue::from_static("cross-origin"));
    if let Origin::Known(origin) = origin(lane, facts, headers) {
        out.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
        out.insert(header::ACCESS_CONTROL_ALLOW_CREDENTIALS, HeaderValue::from_static("true"));
        out.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static("retry-after, x-ops-max, x-sentry-rate-limits"));
    }
    response
}

/// Something that happened once, scrubbed and fingerprinted here whatever the page says it did: the same rules on both sides. `kind` is its
/// number on the beacon's wire, or a later one; `removed` is what was taken out there already, by the names of the rules.
fn event(kind: u8, message: &str, stack: &str, route: &str, removed: &str) -> Event {
    const KINDS: [&str; 7] = ["error", "rejection", "console", "resource", "crash", "policy", "deprecation"];
    let mut counts = Counts::new();
    counts.add_words(removed);
    let (message, cut_message) = fitted(message, 4096, &mut counts);
    let (stack, cut_stack) = fitted(stack, EVENT_LIMIT - message.len(), &mut counts);
    let (route, _) = fitted(route, 256, &mut counts);
    let fingerprint = scrub::fingerprint(kind, message.as_bytes(), stack.as_bytes());
    Event {
        fingerprint: scrub::fingerprint_hex(fingerprint),
        kind: KINDS.get(usize::from(kind)).copied().unwrap_or("error"),
        title: super::title::title(&message),
        message,
        stack,
        route,
        socket: String::new(),
        count: 1,
        cut: cut_message || cut_stack,
        removed: rules(&counts),
        command: None,
        raw: None,
    }
}

/// Rules, each with how often it removed something.
fn rules(counts: &Counts) -> String {
    counts.iter().map(|(rule, count)| format!("{rule}:{}", count.min(9999))).collect::<Vec<_>>().join(" ")
}

/// Without secrets and without what a terminal, a reader or a database would choke on, at most so many bytes.
fn clean(text: &str, max: usize) -> String {
    fitted(text, max, &mut Counts::new()).0
}

/// The same, whether it had to be shortened, and what was removed.
fn fitted(text: &str, max: usize, removed: &mut Counts) -> (String, bool) {
    // Most texts are plain, which is quickly seen.
    let plain = text.bytes().all(|byte| byte == b'\n' || matches!(byte, b' '..=b'~'));
    let seen = if plain { Cow::Borrowed(text) } else { Cow::Owned(seen(text)) };
    let (mut text, counts) = scrub::scrub_to_string(&seen);
    removed.add(&counts);
    if !plain {
        // White space until now: it ends a value.
        text.retain(|char| !matches!(char, '\t' | '\r'));
    }
    if text.len() <= max { (text, false) } else { scrub::fit_to_string(&text, max) }
}

/// A text without what nobody sees in it, which would hide a secret among digits, in a key or before its `=`: marks of no width, control
/// characters, colours for a terminal.
fn seen(text: &str) -> String {
    let mut seen = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(char) = chars.next() {
        // ECMA-48: CSI, its parameters, and the letter that says what they are for.
        if char == '\u{9b}' || (char == '\u{1b}' && chars.next_if_eq(&'[').is_some()) {
            while chars.next_if(|char| matches!(char, '0'..='?')).is_some() {}
            chars.next_if(|char| matches!(char, '@'..='~'));
        } else if matches!(char, '\n' | '\t' | '\r') || !(char.is_control() || is_unseen(char)) {
            seen.push(char);
        }
    }
    seen
}

/// What nobody sees in a text: marks that turn its direction, and so let it show other words than it holds, and marks of no width.
const fn is_unseen(char: char) -> bool {
    matches!(char, '\u{ad}' | '\u{61c}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_told_which_rules_removed_how_much_and_never_what() {
        let said = event(
            0,
            "Error: of a.person@example.org",
            "at f (https://u:hunter2@h/a.js?k=1:1:2)",
            "/of/b@example.org",
            "email pem nonsense ",
        );
        assert_eq!(said.removed, "email:3 pem:1 userinfo:1 query:1");
        assert!(!format!("{said:?}").contains("hunter2"));
        let many = event(0, "Error: x", "", "/", &"jwt ".repeat(20_000));
        assert_eq!(many.removed, "jwt:9999");
    }

    #[test]
    fn what_is_stored_is_scrubbed_and_printable() {
        let said = clean("mail a.person@example.org \u{1b}[31mred\u{0} token=abcdef123456", 4096);
        assert!(!said.contains("a.person@") && !said.contains('\u{1b}') && !said.contains("abcdef123456"), "{said}");
        // Shown, it would end in `png`.
        assert_eq!(clean("plan\u{202e}gnp.exe \u{2066}x\u{2069}", 4096), "plangnp.exe x");
        // As address books copy a number, and as nobody types a key.
        assert_eq!(clean("phone \u{202d}+491701234567\u{202c} refused", 4096), "phone +[digits] refused");
        assert_eq!(clean("password\u{200b}=\u{feff}hunter2 naïve", 4096), "password=[hidden] naïve");
        // As terminals colour it, and as nobody does.
        assert_eq!(
            clean("\u{1b}[1;36mpassword\u{1b}[39m: hunter2\u{1b}[0m, \u{9b}31mred\tand\r\nblue", 4096),
            "password: [hidden], redand\nblue"
        );
        assert_eq!(clean("pass\u{1}word\u{0}=hunter2 41111111\u{2}11111111", 4096), "password=[hidden] [card]");
    }

    #[test]
    fn an_event_has_sixteen_kibibytes_and_says_when_it_had_more() {
        let whole = event(0, "Error: x", &"at f (a.js:1:2)\n".repeat(100), "/", "");
        assert!(!whole.cut);
        let wordy = event(0, &"m ".repeat(9_000), "at f (a.js:1:2)", "/", "");
        assert!(wordy.cut && wordy.message.len() <= 4096, "also of its message alone");
        let large = event(0, &"m ".repeat(9_000), &"at f (a.js:1:2)\n".repeat(9_000), "/", "");
        assert!(large.cut && large.message.len() + large.stack.len() <= EVENT_LIMIT, "{} {}", large.message.len(), large.stack.len());
        assert!(large.stack.len() > 10_000);
    }
}
