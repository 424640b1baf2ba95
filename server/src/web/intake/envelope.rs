//! What clients of another make send: an envelope, lines of JSON with a header each. Of its items, events and reports of what was lost are
//! kept; the rest (sessions, traces, recordings) is answered and let go. The envelope's documentation calls its key `sentry_key`.
//! <https://develop.sentry.dev/sdk/data-model/envelopes/>, <https://develop.sentry.dev/sdk/expected-features/rate-limiting/>

use super::{
    From, clean, event, fitted,
    names::{BUILD, browser, lost_for, name},
    rules,
};
use gate::{Batch, Event};
use scrub::{Counts, Rule, Tally as _};
use serde::Deserialize;
use serde_json::{Map, Value};
use std::{collections::HashMap, fmt::Write as _};
use uuid::Uuid;

/// Events of an envelope that are taken; the clients send one.
const MOST: usize = 20;
/// Frames of a stack that are kept, the innermost.
const FRAMES: usize = 50;
/// Most bytes of all that is said of an event; what is longer is not kept besides.
const RAW: usize = 1_500_000;
const REJECTION: u8 = 1;
const CONSOLE: u8 = 2;

#[derive(Deserialize)]
struct Head {
    dsn: Option<String>,
}

#[derive(Deserialize)]
struct ItemHead {
    #[serde(rename = "type")]
    of: String,
    length: Option<usize>,
}

/// What is wrong with an envelope, for whoever set the client up.
pub(super) type Wrong = &'static str;

/// The key, where neither the address nor a header has it.
pub(super) fn key_of(body: &[u8]) -> Result<String, Wrong> {
    let head: Head = serde_json::from_slice(line(body).0).map_err(|_| "the first line is not a JSON object")?;
    let key = head.dsn.as_deref().and_then(|dsn| dsn.split_once("://")?.1.split_once('@')).map(|(key, _)| key.to_owned());
    Ok(key.unwrap_or_default())
}

/// A batch for each event: they may be of different builds, and each has an id of its own by which it counts once.
pub(super) fn batches(body: &[u8], from: &From<'_>) -> Result<Vec<Batch>, Wrong> {
    key_of(body)?;
    let mut rest = line(body).1;
    let mut batches = Vec::new();
    while !rest.is_empty() {
        let (head, after) = line(rest);
        if head.is_empty() {
            rest = after;
            continue;
        }
        let head: ItemHead = serde_json::from_slice(head).map_err(|_| "an item has no header with its type")?;
        let (payload, after) = match head.length {
            Some(length) if length > after.len() => return Err("an item is longer than the envelope"),
            Some(length) => (&after[..length], after[length..].strip_prefix(b"\n").unwrap_or(&after[length..])),
            None => line(after),
        };
        rest = after;
        if batches.len() < MOST && matches!(head.of.as_str(), "event" | "client_report") {
            // One after the other: as values they take many times their room.
            let said = json(payload).ok_or("an event is not JSON")?;
            batches.push(if head.of == "event" { one(said, from) } else { Batch { losses: losses(&said), ..empty(from) } });
        }
    }
    Ok(batches)
}

fn line(text: &[u8]) -> (&[u8], &[u8]) {
    match text.iter().position(|byte| *byte == b'\n') {
        Some(end) => (&text[..end], &text[end + 1..]),
        None => (text, &[]),
    }
}

/// What an item says. A client that shortens a text in the middle of a character leaves half of it, which JSON's grammar has and a text has
/// not: a mark takes its place.
fn json(payload: &[u8]) -> Option<Value> {
    serde_json::from_slice(payload).ok().or_else(|| serde_json::from_slice(&whole(payload)).ok())
}

/// A text of JSON with a mark for every escape of half a character that its other half does not follow.
fn whole(payload: &[u8]) -> Vec<u8> {
    let unit = |at: usize| {
        let digits = payload.get(at..at + 6)?.strip_prefix(b"\\u")?;
        u16::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()
    };
    let (mut whole, mut at) = (Vec::with_capacity(payload.len()), 0);
    while let Some(byte) = payload.get(at) {
        let length = match (unit(at), unit(at + 6)) {
            (Some(0xd800..=0xdbff), Some(0xdc00..=0xdfff)) => 12,
            (Some(0xd800..=0xdfff), _) => 0,
            // Whatever is escaped here does not begin an escape itself.
            _ if *byte == b'\\' => 2,
            _ => 1,
        };
        if length == 0 {
            whole.extend(b"\\ufffd");
        }
        whole.extend(payload.iter().skip(at).take(length));
        at += if length == 0 { 6 } else { length };
    }
    whole
}

fn empty(from: &From<'_>) -> Batch {
    Batch {
        tenant: from.facts.tenant,
        build: String::new(),
        page_session: String::new(),
        number: None,
        remote: None,
        browser: browser(from.agent),
        fingerprint_version: i32::from(scrub::FINGERPRINT_VERSION),
        events: Vec::new(),
        losses: Vec::new(),
    }
}

fn losses(report: &Value) -> Vec<(String, i64)> {
    let of = |lost: &Value| {
        let count = lost["quantity"].as_i64().filter(|count| *count > 0)?;
        (lost["category"] == "error").then(|| (lost_for(text(&lost["reason"])), count.min(1_000_000)))
    };
    report["discarded_events"].as_array().into_iter().flatten().filter_map(of).take(10).collect()
}

fn one(mut said: Value, from: &From<'_>) -> Batch {
    let told = Told::of(&said);
    let build = name(text(&said["release"]), BUILD);
    // A page load is one trace; nothing else of what the clients send belongs to a tab.
    let page_session = name(text(&said["contexts"]["trace"]["trace_id"]), 64);
    let remote = text(&said["event_id"]).parse::<Uuid>().ok();
    let route = route(text(&said["request"]["url"]));
    forget(&mut said);
    let mut hide = Hide::default();
    hide.value(&mut said);
    let raw = said.to_string();
    let whole = raw.len() <= RAW;
    let event = event(told.kind, &told.message, &told.stack, &route, "");
    // The message and the stack are in it too: what was taken out of all of it is told once.
    let event = Event { raw: whole.then_some(raw), cut: !whole || event.cut, removed: rules(&hide.removed), ..event };
    Batch { build, page_session, remote, events: vec![event], ..empty(from) }
}

/// What a client says of an error, in the words of the beacon.
struct Told {
    kind: u8,
    message: String,
    stack: String,
}

impl Told {
    fn of(said: &Value) -> Self {
        // The last of them is the one that was thrown; those before it are its causes.
        let thrown = said["exception"]["values"].as_array().and_then(|values| values.last());
        let Some(thrown) = thrown else {
            let message = [&said["message"], &said["logentry"]["formatted"], &said["logentry"]["message"]];
            let message = message.into_iter().map(text).find(|message| !message.is_empty()).unwrap_or_default();
            return Self { kind: CONSOLE, message: message.to_owned(), stack: String::new() };
        };
        let (class, value) = (text(&thrown["type"]), text(&thrown["value"]));
        let mechanism = text(&thrown["mechanism"]["type"]);
        let kind = match () {
            () if mechanism.contains("unhandledrejection") => REJECTION,
            () if mechanism.contains("console") => CONSOLE,
            () => 0,
        };
        let message = if class.is_empty() { value.to_owned() } else { [class, ": ", value].concat() };
        Self { kind, message, stack: stack(&thrown["stacktrace"]["frames"]) }
    }
}

/// The innermost frame first, as engines write them.
fn stack(frames: &Value) -> String {
    let mut stack = String::new();
    for frame in frames.as_array().into_iter().flatten().rev().take(FRAMES) {
        let number = |name: &str| frame[name].as_u64().unwrap_or(0);
        let function = Some(text(&frame["function"])).filter(|name| *name != "?").unwrap_or_default();
        let file = Some(text(&frame["filename"])).filter(|file| !file.is_empty()).unwrap_or_else(|| text(&frame["abs_path"]));
        // Writing to a text never fails.
        let _ = writeln!(stack, "{function}@{file}:{}:{}", number("lineno"), number("colno"));
    }
    stack
}

/// The path of an address.
fn route(url: &str) -> String {
    let path = url.split_once("://").map_or(url, |(_, rest)| rest.find('/').map_or("/", |start| &rest[start..]));
    path.split(['?', '#']).next().unwrap_or_default().to_owned()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

/// What says who somebody is, or lets one act as them, is not kept at all.
fn forget(said: &mut Value) {
    if let Some(user) = said.get_mut("user").and_then(Value::as_object_mut) {
        user.retain(|name, _| name == "id");
    }
    if let Some(request) = said.get_mut("request").and_then(Value::as_object_mut) {
        request.retain(|name, _| !["cookies", "data", "env"].contains(&name.as_str()));
    }
}

/// Scrubs every text there is; of what has a secret's name, everything. The names of an event are few, and come again with each frame.
#[derive(Default)]
struct Hide {
    /// Name → as it is kept, nothing where a value under it would be hidden.
    names: HashMap<String, Option<String>>,
    removed: Counts,
}

impl Hide {
    fn value(&mut self, value: &mut Value) {
        match value {
            Value::String(said) => *said = fitted(said, 16_384, &mut self.removed).0,
            Value::Array(list) => match list.as_mut_slice() {
                // A name and its value, as headers and tags may be told.
                [Value::String(name), part] if self.name(name).is_none() => {
                    *name = clean(name, 200);
                    self.hide(part);
                }
                list => list.iter_mut().for_each(|part| self.value(part)),
            },
            Value::Object(of) => self.object(of),
            Value::Number(number) => {
                let said = number.to_string();
                let kept = fitted(&said, 200, &mut self.removed).0;
                if kept != said {
                    *value = kept.into();
                }
            }
            Value::Null | Value::Bool(_) => {}
        }
    }

    fn object(&mut self, of: &mut Map<String, Value>) {
        // `{"name": "Authorization", "value": …}`, as headers may be told too.
        let told = of.get("name").or_else(|| of.get("key")).and_then(Value::as_str).is_some_and(is_secret);
        for (name, mut part) in std::mem::take(of) {
            let kept = self.name(&name).clone();
            if kept.is_none() || (told && name == "value") {
                self.hide(&mut part);
            } else if !(part.is_number() && name.ends_with("timestamp")) {
                self.value(&mut part);
            }
            of.insert(kept.unwrap_or_else(|| clean(&name, 200)), part);
        }
    }

    fn hide(&mut self, part: &mut Value) {
        *part = HIDDEN.into();
        self.removed.count(Rule::Hidden);
    }

    fn name(&mut self, name: &str) -> &Option<String> {
        if !self.names.contains_key(name) {
            let kept = (!is_secret(name)).then(|| clean(name, 200));
            self.names.insert(name.to_owned(), kept);
        }
        &self.names[name]
    }
}

const HIDDEN: &str = "[hidden]";

/// Whether a value under this name would be hidden.
fn is_secret(name: &str) -> bool {
    scrub::scrub_to_string(&[name, "=a1b2c3"].concat()).1.get(Rule::Hidden) > 0
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::TenantId;
    use gate::KeyFacts;

    const EVENT: &str = r#"{"event_id":"9ec79c33ec9942ab8353589fcb2e04dc","platform":"javascript","release":"shop@4.2",
        "contexts":{"trace":{"trace_id":"771a43a4192642f0b136d5159a501700"}},"user":{"id":"7","email":"a.person@example.org","ip_address":"1.2.3.4"},
        "request":{"url":"https://shop.example/plans/7?token=abc","headers":{"User-Agent":"x","Authorization":"Bearer abcdef123456"}},
        "tags":[["X-Api-Key","abcd1234efgh"],["browser","Firefox"]],"extra":{"password":"hunter2","secrets":[1,[2,3]],"__proto__":{"admin":true},"pins":[1,2],"note":"mail a.person@example.org",
          "card":4111111111111111,"list":[{"name":"Authorization","value":"zyxw9876"},{"key":"theme","value":"dark"}]},"timestamp":1764115200.125,
        "exception":{"values":[{"type":"Error","value":"the cause"},{"type":"TypeError","value":"x is undefined","mechanism":{"type":"onunhandledrejection"},
          "stacktrace":{"frames":[{"filename":"https://shop.example/app.js","function":"?","lineno":1,"colno":2},{"filename":"https://shop.example/app.js","function":"draw","lineno":3,"colno":4}]}}]}}"#;

    fn read(body: &str) -> Result<Vec<Batch>, Wrong> {
        let facts = KeyFacts { tenant: TenantId(Uuid::nil()), origins: Vec::new() };
        let keyed = super::super::Keyed::default();
        super::batches(body.as_bytes(), &From { facts: &facts, keyed: &keyed, agent: "Firefox/149" })
    }

    fn batches(body: &str) -> Vec<Batch> {
        read(body).expect("an envelope")
    }

    #[test]
    fn an_event_is_told_in_the_beacons_words() {
        let event = EVENT.replace('\n', " ");
        let told = batches(&format!(
            "{{}}\n{{\"type\":\"session\"}}\n{{\"sid\":1}}\n{{\"type\":\"event\",\"length\":{}}}\n{event}\n",
            event.len()
        ));
        let (batch, event) = (&told[0], &told[0].events[0]);
        assert_eq!((told.len(), batch.build.as_str(), batch.page_session.as_str()), (1, "shop@4.2", "771a43a4192642f0b136d5159a501700"));
        assert_eq!((event.kind, event.route.as_str(), event.message.as_str()), ("rejection", "/plans/7", "TypeError: x is undefined"));
        assert!(event.stack.starts_with("draw@https://shop.example/app.js:3:4\n@https://shop.example/app.js:1:2"), "{}", event.stack);
        assert!(batch.remote.is_some());
    }

    #[test]
    fn nothing_of_a_secret_stays_and_the_rest_does() {
        let told = batches(&format!("{{}}\n{{\"type\":\"event\"}}\n{}", EVENT.replace('\n', " ")));
        let raw = told[0].events[0].raw.clone().unwrap_or_default();
        for secret in
            ["hunter2", "abcdef123456", "a.person@", "1.2.3.4", "token=abc", "abcd1234efgh", "[2,3]", "4111111111111111", "zyxw9876"]
        {
            assert!(!raw.contains(secret), "{secret}: {raw}");
        }
        assert!(
            raw.contains("the cause")
                && raw.contains(r#""__proto__":{"admin":true}"#)
                && raw.contains(r#""id":"7""#)
                && raw.contains("Firefox")
                && raw.contains("dark")
                && raw.contains("1764115200.125"),
            "{raw}"
        );
        assert_eq!(told[0].events[0].removed, "email:1 hidden:6 card:1", "of all that was said, also where it is not shown");
    }

    #[test]
    fn what_is_no_envelope_is_named_and_what_was_lost_is_counted() {
        for (body, wrong) in [
            ("", "the first line is not a JSON object"),
            ("[1]", "the first line is not a JSON object"),
            ("{}\nevent\n{}", "an item has no header with its type"),
            ("{}\n{\"type\":\"event\",\"length\":100}\n{}", "an item is longer than the envelope"),
            ("{}\n{\"type\":\"event\"}\n{\"a\":", "an event is not JSON"),
        ] {
            assert_eq!(read(body).err(), Some(wrong), "{body}");
        }
        let report = "{\"dsn\":\"https://kkkkkkkkkkkkkkkk@ops.example/1\"}\n{\"type\":\"client_report\"}\n{\"discarded_events\":[{\"reason\":\"ratelimit_backoff\",\"category\":\"error\",\"quantity\":3},{\"reason\":\"x\",\"category\":\"session\",\"quantity\":9}]}";
        assert_eq!(key_of(report.as_bytes()).as_deref(), Ok("kkkkkkkkkkkkkkkk"));
        assert_eq!(batches(report)[0].losses, [("ratelimit_backoff".to_owned(), 3)]);
    }

    #[test]
    fn half_a_character_costs_no_event() {
        let of = |message: &str| {
            let event = [r#"{"message":""#, message, r#"","breadcrumbs":[{"message":"cut off \ud83d..."}]}"#].concat();
            batches(&format!("{{}}\n{{\"type\":\"event\"}}\n{event}"))[0].events[0].message.clone()
        };
        assert_eq!(of(r"half \ude00 of it"), "half \u{fffd} of it");
        assert_eq!(
            of(r"whole \ud83d\ude00, twice \ud83d\ud83d\ude00, and at the end \uD83D"),
            "whole 😀, twice \u{fffd}😀, and at the end \u{fffd}"
        );
        assert_eq!(of(r"written \\ud83d, not escaped"), r"written \ud83d, not escaped");
    }

    #[test]
    fn the_route_is_the_path() {
        for (url, path) in [("https://a.example/b/c?d#e", "/b/c"), ("https://a.example", "/"), ("/b?c", "/b"), ("", "")] {
            assert_eq!(route(url), path);
        }
    }
}
