//! What the beacon sends (`crates/beacon/WIRE.md`). Unknown fields are ignored.

use super::{
    From, clean, event,
    names::{BUILD, browser, lost_for, name},
};
use gate::{Batch, Event};
use serde::Deserialize;
use std::collections::BTreeMap;

#[derive(Deserialize)]
struct Wire {
    #[serde(default)]
    b: String,
    #[serde(default)]
    p: String,
    n: Option<u32>,
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
    #[serde(default)]
    h: String,
    #[serde(default)]
    x: String,
    #[serde(default = "one")]
    c: i64,
    #[serde(default)]
    cut: bool,
}

fn one() -> i64 {
    1
}

/// Most events of a batch that are taken: the beacon reckons with 99 bytes besides its texts and ends a batch at 8,000.
const MOST: usize = 81;

pub(super) fn batch(body: &[u8], from: &From<'_>) -> serde_json::Result<Batch> {
    let wire: Wire = serde_json::from_slice(body)?;
    let losses = wire.d.into_iter().filter(|(_, count)| *count > 0).take(10);
    Ok(Batch {
        tenant: from.facts.tenant,
        build: name(&wire.b, BUILD),
        page_session: name(&wire.p, 64),
        number: wire.n.map(i64::from),
        remote: None,
        browser: browser(from.agent),
        fingerprint_version: i32::from(scrub::FINGERPRINT_VERSION),
        events: wire.e.into_iter().take(MOST).map(WireEvent::read).collect(),
        losses: losses.map(|(reason, count)| (lost_for(&reason), count.min(1_000_000))).collect(),
    })
}

impl WireEvent {
    fn read(self) -> Event {
        // Who scrubs says which group it is, too; groups are formed from what this server says itself.
        let raw = !(self.h.len() == 16 && self.h.bytes().all(|digit| digit.is_ascii_hexdigit()));
        // Half a secret is not recognised as one: a text that was cut and not scrubbed ends at the last whole word.
        let whole = |text: &str| if raw && self.cut { scrub::edge(text.as_bytes()) } else { text.len() };
        let (message, stack) = (&self.m[..whole(&self.m).min(self.m.len())], &self.s[..whole(&self.s).min(self.s.len())]);
        // Later kinds are none of the beacon's.
        let kind = if self.k > 3 { 0 } else { self.k };
        // What the page removed is told by the page; what is removed here is counted here.
        let event = event(kind, message, stack, &self.r, if raw { "" } else { &self.x });
        Event {
            socket: clean(&self.w, 80),
            count: i32::try_from(self.c.clamp(1, 1_000_000)).unwrap_or(1),
            cut: self.cut || event.cut,
            command: self.q.parse().ok(),
            ..event
        }
    }
}
