//! Traces out, as OTLP over HTTP in JSON, when an endpoint is configured: spans of requests, views and deeds. Written by hand: the crates of
//! OpenTelemetry would be ten more, and still need a client of ours. Nothing is made, kept or sent where no endpoint is. Not in here:
//! metrics (see `web/metrics`), logs.
//!
//! A span has fields of its own only: what is asked for, by its name, and how it ended. Never an address, an id or an input.

use crate::edge;
use serde_json::{Value, json};
use std::{
    collections::BTreeMap,
    fmt,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::Relaxed},
        mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel},
    },
    time::{Duration, Instant},
};
use tracing::{
    Subscriber,
    field::{Field, Visit},
    span,
};
use tracing_subscriber::{Layer, layer::Context, registry::LookupSpan};

/// Target of the spans that are sent; they are below every level that is logged.
pub const TARGET: &str = gate::TRACE;
/// Spans that wait to be sent; beyond these they are dropped and counted.
const WAITING: usize = 4_096;
const BATCH: usize = 512;
const EVERY: Duration = Duration::from_secs(2);
const PATIENCE: Duration = Duration::from_secs(5);

/// Where spans go.
#[derive(Clone, Debug)]
pub struct Endpoint {
    /// Such as `http://127.0.0.1:4318`; `/v1/traces` is added.
    pub url: String,
    /// Sent along, such as an authorization.
    pub headers: Vec<(String, String)>,
}

/// A span that has ended.
struct Ended {
    trace: [u8; 16],
    id: [u8; 8],
    parent: Option<[u8; 8]>,
    name: &'static str,
    began: u64,
    ended: u64,
    fields: BTreeMap<&'static str, Value>,
}

enum Message {
    Span(Box<Ended>),
    /// Send what there is, and say so.
    Flush(SyncSender<()>),
}

/// Takes spans from the process.
pub struct Traces {
    out: SyncSender<Message>,
    clock: Clock,
    dropped: Arc<AtomicU64>,
}

/// Sends what waits when the program ends.
pub struct Flusher(SyncSender<Message>);

impl Drop for Flusher {
    fn drop(&mut self) {
        let (done, wait) = sync_channel(1);
        if self.0.try_send(Message::Flush(done)).is_ok() {
            wait.recv_timeout(PATIENCE).ok();
        }
    }
}

/// The machine's clock at the start, and what has passed since: spans never run backwards.
#[derive(Clone, Copy)]
struct Clock {
    nanos: u64,
    at: Instant,
}

impl Clock {
    fn now(&self) -> u64 {
        self.nanos + u64::try_from(self.at.elapsed().as_nanos()).unwrap_or(u64::MAX)
    }
}

/// A layer for the process' subscriber, and what sends the rest at the end.
#[must_use]
pub fn start(endpoint: Endpoint) -> (Traces, Flusher) {
    let (out, inbox) = sync_channel(WAITING);
    let dropped = Arc::new(AtomicU64::new(0));
    let sender = Sender { endpoint, agent: agent(), dropped: dropped.clone(), failing: false };
    let started = std::thread::Builder::new().name("traces".to_owned()).spawn(move || sender.run(&inbox));
    if let Err(error) = started {
        tracing::warn!(%error, "traces are not sent: the thread for it could not be started");
    }
    let nanos = u64::try_from(edge::now().millis()).unwrap_or_default() * 1_000_000;
    (Traces { out: out.clone(), clock: Clock { nanos, at: Instant::now() }, dropped }, Flusher(out))
}

/// A span on its way.
struct Open {
    trace: [u8; 16],
    id: [u8; 8],
    parent: Option<[u8; 8]>,
    began: u64,
    fields: BTreeMap<&'static str, Value>,
}

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for Traces {
    fn on_new_span(&self, attributes: &span::Attributes<'_>, id: &span::Id, context: Context<'_, S>) {
        let Some(span) = context.span(id) else { return };
        let mut fields = Fields::default();
        attributes.record(&mut fields);
        let above = span.parent().and_then(|parent| parent.extensions().get::<Open>().map(|open| (open.trace, open.id)));
        let told = fields.0.remove("traceparent").and_then(|said| parse(said.as_str()?));
        let (trace, parent) = match above.or(told) {
            Some((trace, parent)) => (trace, Some(parent)),
            None => (edge::random_bytes(), None),
        };
        span.extensions_mut().insert(Open { trace, id: edge::random_bytes(), parent, began: self.clock.now(), fields: fields.0 });
    }

    fn on_record(&self, id: &span::Id, values: &span::Record<'_>, context: Context<'_, S>) {
        let Some(span) = context.span(id) else { return };
        if let Some(open) = span.extensions_mut().get_mut::<Open>() {
            let mut fields = Fields(std::mem::take(&mut open.fields));
            values.record(&mut fields);
            open.fields = fields.0;
        }
    }

    fn on_close(&self, id: span::Id, context: Context<'_, S>) {
        let Some(span) = context.span(&id) else { return };
        let Some(Open { trace, id, parent, began, fields }) = span.extensions_mut().remove::<Open>() else { return };
        let ended = Box::new(Ended { trace, id, parent, name: span.name(), began, ended: self.clock.now(), fields });
        if self.out.try_send(Message::Span(ended)).is_err() {
            self.dropped.fetch_add(1, Relaxed);
        }
    }
}

#[derive(Default)]
struct Fields(BTreeMap<&'static str, Value>);

impl Visit for Fields {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.0.insert(field.name(), value.into());
    }
    fn record_i64(&mut self, field: &Field, value: i64) {
        self.0.insert(field.name(), value.into());
    }
    fn record_u64(&mut self, field: &Field, value: u64) {
        self.0.insert(field.name(), i64::try_from(value).unwrap_or(i64::MAX).into());
    }
    fn record_bool(&mut self, field: &Field, value: bool) {
        self.0.insert(field.name(), value.into());
    }
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.0.insert(field.name(), format!("{value:?}").into());
    }
}

/// W3C `traceparent`: `00-` trace `-` span `-` flags. Zeros are none.
fn parse(said: &str) -> Option<([u8; 16], [u8; 8])> {
    let mut parts = said.split('-');
    let (version, trace, span) = (parts.next()?, parts.next()?, parts.next()?);
    let bytes = |text: &str| hex::decode(text).ok();
    let trace: [u8; 16] = bytes(trace)?.try_into().ok()?;
    let span: [u8; 8] = bytes(span)?.try_into().ok()?;
    (version.len() == 2 && version != "ff" && trace != [0; 16] && span != [0; 8]).then_some((trace, span))
}

struct Sender {
    endpoint: Endpoint,
    agent: ureq::Agent,
    dropped: Arc<AtomicU64>,
    failing: bool,
}

fn agent() -> ureq::Agent {
    use ureq::tls::{RootCerts, TlsConfig};
    let tls = TlsConfig::builder().root_certs(RootCerts::PlatformVerifier).build();
    // A redirect would carry spans, and what the headers hold, elsewhere.
    ureq::Agent::config_builder().tls_config(tls).max_redirects(0).timeout_global(Some(PATIENCE)).build().into()
}

impl Sender {
    /// Until the process lets go of all its ends.
    fn run(mut self, inbox: &Receiver<Message>) {
        let mut batch: Vec<Ended> = Vec::new();
        let mut due = Instant::now() + EVERY;
        loop {
            let message = inbox.recv_timeout(due.saturating_duration_since(Instant::now()));
            let done = match message {
                Ok(Message::Span(span)) => {
                    batch.push(*span);
                    if batch.len() < BATCH {
                        continue;
                    }
                    None
                }
                Ok(Message::Flush(done)) => Some(done),
                Err(RecvTimeoutError::Timeout) => None,
                Err(RecvTimeoutError::Disconnected) => return self.send(&mut batch),
            };
            self.send(&mut batch);
            due = Instant::now() + EVERY;
            if let Some(done) = done {
                done.try_send(()).ok();
            }
        }
    }

    fn send(&mut self, batch: &mut Vec<Ended>) {
        if batch.is_empty() {
            return;
        }
        let body = body(batch, self.dropped.swap(0, Relaxed)).to_string();
        let url = format!("{}/v1/traces", self.endpoint.url.trim_end_matches('/'));
        let mut request = self.agent.post(&url).header("content-type", "application/json");
        for (name, value) in &self.endpoint.headers {
            request = request.header(name, value);
        }
        let sent = request.send(&body);
        if let Err(error) = &sent {
            self.dropped.fetch_add(batch.len() as u64, Relaxed);
            if !self.failing {
                tracing::warn!(%error, "traces could not be sent; they are dropped until they can");
            }
        }
        self.failing = sent.is_err();
        batch.clear();
    }
}

/// `ExportTraceServiceRequest` in its JSON form: ids in hexadecimal, 64-bit numbers as texts.
fn body(batch: &[Ended], dropped: u64) -> Value {
    let spans: Vec<Value> = batch.iter().map(span_of).collect();
    let mut resource =
        vec![attribute("service.name", &"ops-console".into()), attribute("service.version", &env!("CARGO_PKG_VERSION").into())];
    if dropped > 0 {
        resource.push(attribute("ops.spans_dropped", &dropped.into()));
    }
    json!({"resourceSpans": [{"resource": {"attributes": resource}, "scopeSpans": [{"scope": {"name": "ops-console"}, "spans": spans}]}]})
}

fn span_of(span: &Ended) -> Value {
    // A request is served for somebody; what it does inside is not.
    let kind = if span.name == "request" { 2 } else { 1 };
    let failed = span.fields.get("failed").and_then(Value::as_bool).unwrap_or_default();
    let attributes: Vec<Value> =
        span.fields.iter().filter(|(name, _)| **name != "failed").map(|(name, value)| attribute(name, value)).collect();
    let mut told = json!({
        "traceId": hex::encode(span.trace), "spanId": hex::encode(span.id), "name": span.name, "kind": kind,
        "startTimeUnixNano": span.began.to_string(), "endTimeUnixNano": span.ended.to_string(),
        "attributes": attributes, "status": {"code": if failed { 2 } else { 0 }},
    });
    if let (Some(parent), Some(told)) = (span.parent, told.as_object_mut()) {
        told.insert("parentSpanId".to_owned(), hex::encode(parent).into());
    }
    told
}

fn attribute(name: &str, value: &Value) -> Value {
    let value = match value {
        Value::Bool(is) => json!({"boolValue": is}),
        Value::Number(number) => json!({"intValue": number.to_string()}),
        other => json!({"stringValue": other.as_str().unwrap_or_default()}),
    };
    json!({"key": name, "value": value})
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_whole_traceparent_is_believed() {
        let good = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
        assert_eq!(parse(good).map(|(trace, span)| (trace[0], span[7])), Some((0x4b, 0xb7)));
        for bad in [
            "",
            "00-4bf9-00f067aa0ba902b7-01",
            "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
        ] {
            assert!(parse(bad).is_none(), "{bad}");
        }
    }
}
