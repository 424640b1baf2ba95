//! The events of operations for scripts: everything there is news of comes over a WebSocket and as server-sent events, each caused by what
//! causes it, and whoever was away hears what they missed, once.

mod door;
mod watching;

use axum::{
    body::{Body, BodyDataStream},
    http::{Request, StatusCode},
};
use domain::{PartKind, PartStatus, Reading};
use futures::StreamExt;
use gate::Collector;
use serde_json::{Value, json};
use std::time::Duration;
use watching::*;

const KINDS: [&str; 7] = ["run", "worker", "budget", "deploy", "alert", "group", "frontend"];
const NORTHWIND: &str = "00000000-0000-0000-0000-00000000000a";

/// A console of which something happens.
struct Happens {
    w: Watching,
    collector: Collector,
    count: u32,
}

impl Happens {
    async fn open() -> Self {
        let w = watching().await;
        w.sql(&format!("insert into telemetry.ingest_key (key, tenant_id, origins) values ('k0123456789abcdef', '{NORTHWIND}', '{{}}')"));
        // Alerts are of the rule below, and of no other.
        w.sql("delete from ops.alert_rule");
        w.sql("insert into triage.failure_group (fingerprint, error_code, title) values ('00000000000000aa', 'NO_BALCONY', 'It has none')");
        let (status, saved) = w.act("save-alert-rule", json!({"name": "Many wait", "source": "WAITING", "hold": "0s"})).await;
        assert_eq!(status, StatusCode::OK, "{saved}");
        let collector = Collector::open(&w.door.logins, "one:3000".to_owned()).await.expect("a collector");
        let happens = Self { w, collector, count: 0 };
        happens.budget(PartStatus::Pass).await;
        // A stream begins behind what is committed for everybody, and transactions of other tests' databases hold that back.
        happens.w.until("select pg_snapshot_xmin(pg_current_snapshot()) > max(xid) from live.event").await;
        happens
    }

    async fn budget(&self, status: PartStatus) {
        let reading = Reading::of("this process", Vec::new()).but(status, "It is told");
        self.collector.keep(PartKind::of("pools").expect("a part"), Duration::ZERO, Ok(reading)).await.expect("kept");
    }

    /// Makes something of this kind happen; tenant and subject as the event of it has to say.
    async fn cause(&mut self, kind: &str) -> (Value, Value) {
        self.count += 1;
        let (n, w) = (self.count, &self.w);
        match kind {
            "run" => {
                let job = w.sql(&format!(
                    "with c as (insert into commandbus.command (tenant_id, command_id, domain, command_type, queue_name, status, max_attempts, correlation_id)
                       values ('{NORTHWIND}', gen_random_uuid(), 'plans', 'IngestPlan', 'plans__commands', 'PENDING', 3, gen_random_uuid()) returning *)
                     insert into pipeline.job (tenant_id, job_id, command_id, pipeline, status)
                       select tenant_id, gen_random_uuid(), command_id, 'plan_ingest', 'RUNNING' from c returning job_id"
                ));
                (json!(NORTHWIND), json!(job))
            }
            "worker" => {
                w.sql(&format!("insert into commandbus.worker (name, domain, build) values ('plans-{n}', 'plans', 'w1')"));
                (Value::Null, json!(format!("plans-{n}")))
            }
            "budget" => {
                let used_up = w.sql("select status from ops.part where name = 'pools'") == "warn";
                self.budget(if used_up { PartStatus::Pass } else { PartStatus::Warn }).await;
                (Value::Null, json!("pools"))
            }
            "deploy" => {
                let (status, done) = w.act("record-deploy", json!({"service": "frontend", "build": format!("b{n}")})).await;
                assert_eq!(status, StatusCode::OK, "{done}");
                (Value::Null, json!(done["output"]["deploy"].to_string()))
            }
            "alert" => {
                // Opens, and closes the next time.
                w.sql(
                    "insert into triage.queue_count (scope, open) values ('00000000-0000-0000-0000-000000000000', 1)
                       on conflict (scope) do update set open = 1 - triage.queue_count.open",
                );
                assert_eq!(w.monitor.raise().await.expect("looked"), 1);
                (Value::Null, json!(w.sql("select max(id) from ops.alert")))
            }
            "group" => {
                let group: i64 = w.sql("select id from triage.failure_group").parse().expect("a group");
                let (status, done) = w.act("note-group", json!({"group": group, "note": "Seen again"})).await;
                assert_eq!(status, StatusCode::OK, "{done}");
                (Value::Null, json!("all"))
            }
            _ => {
                let batch = json!({"v": 1, "p": "tab", "n": n, "e": [{"k": 0, "r": "/", "m": format!("Error: {kind}")}]});
                let sent = w.door.send("POST", "/api/ops/frontend-log?k=k0123456789abcdef", &[], batch.to_string()).await;
                assert_eq!(sent.status, StatusCode::NO_CONTENT, "{}", sent.body);
                (json!(NORTHWIND), json!("all"))
            }
        }
    }
}

/// What is said of a change, but for its place.
fn told(event: &Value) -> (Value, Value, Value) {
    assert_eq!(event["event"], "change", "{event}");
    (event["kind"].clone(), event["tenant"].clone(), event["subject"].clone())
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_happens_is_told_over_a_socket() {
    let mut happens = Happens::open().await;
    let path = format!("/api/ops/events?kind={}", KINDS.join(","));
    let (mut socket, _) = happens.w.socket(&path).await;
    assert_eq!(socket.text().await["event"], "open");
    let mut last = String::new();
    // Twice: what begins, and what is over.
    for kind in KINDS.into_iter().chain(KINDS) {
        let (tenant, subject) = happens.cause(kind).await;
        let event = socket.text().await;
        assert_eq!(told(&event), (json!(kind), tenant, subject), "nothing before it and nothing twice");
        last = event["seq"].as_str().expect("a place").to_owned();
    }
    drop(socket);
    let mut missed = Vec::new();
    for kind in KINDS {
        let (tenant, subject) = happens.cause(kind).await;
        missed.push((json!(kind), tenant, subject));
    }
    let (mut socket, _) = happens.w.socket(&format!("{path}&after={last}")).await;
    assert_eq!(socket.text().await["event"], "open");
    for one in missed {
        assert_eq!(told(&socket.text().await), one);
    }
}

/// Server-sent events as a script reads them.
struct Stream(BodyDataStream, String);

impl Stream {
    async fn open(w: &Watching, path: &str, last: Option<&str>) -> Self {
        let mut request = Request::get(path).header("cookie", &w.anna.cookie).header("sec-fetch-site", "same-origin");
        if let Some(last) = last {
            request = request.header("last-event-id", last);
        }
        let answer = tower::ServiceExt::oneshot(w.door.router.clone(), request.body(Body::empty()).expect("a request")).await;
        let answer = answer.expect("an answer");
        assert_eq!((answer.status(), answer.headers()["content-type"].as_bytes()), (StatusCode::OK, &b"text/event-stream"[..]));
        let mut stream = Self(answer.into_body().into_data_stream(), String::new());
        assert_eq!(stream.next().await.1["event"], "open");
        stream
    }

    /// The next event: its id, and what it says.
    async fn next(&mut self) -> (String, Value) {
        let heard = async {
            loop {
                if let Some((event, rest)) = self.1.split_once("\n\n") {
                    let field = |name: &str| event.lines().find_map(|line| line.strip_prefix(name)).map(|text| text.trim().to_owned());
                    let (id, name, data) = (field("id:"), field("event:"), field("data:"));
                    self.1 = rest.to_owned();
                    // What keeps the line warm says nothing.
                    let Some(data) = data else { continue };
                    let said: Value = serde_json::from_str(&data).expect("json");
                    assert_eq!(name.as_deref(), said["event"].as_str());
                    return (id.unwrap_or_default(), said);
                }
                let Some(Ok(bytes)) = self.0.next().await else { panic!("the stream ended: {}", self.1) };
                self.1.push_str(&String::from_utf8_lossy(&bytes));
            }
        };
        tokio::time::timeout(Duration::from_secs(60), heard).await.expect("something is said")
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_happens_is_told_as_server_sent_events_that_go_on_where_they_broke_off() {
    let mut happens = Happens::open().await;
    let path = format!("/api/ops/events?kind={}", KINDS.join(","));
    let mut stream = Stream::open(&happens.w, &path, None).await;
    let mut last = String::new();
    for kind in KINDS {
        let (tenant, subject) = happens.cause(kind).await;
        let (id, event) = stream.next().await;
        assert_eq!(told(&event), (json!(kind), tenant, subject));
        assert_eq!(event["seq"], json!(id), "a browser sends its id by itself");
        last = id;
    }
    drop(stream);
    // It breaks off, and things go on.
    let mut missed = Vec::new();
    for kind in KINDS {
        let (tenant, subject) = happens.cause(kind).await;
        missed.push((json!(kind), tenant, subject));
    }
    let mut stream = Stream::open(&happens.w, &path, Some(&last)).await;
    for one in missed {
        assert_eq!(told(&stream.next().await.1), one, "nothing left out, and nothing twice");
    }
    let (tenant, subject) = happens.cause("run").await;
    assert_eq!(told(&stream.next().await.1), (json!("run"), tenant, subject), "and on");
    // Of one kind alone, from the same place.
    let mut runs = Stream::open(&happens.w, "/api/ops/events?kind=run", Some(&last)).await;
    assert_eq!(told(&runs.next().await.1).0, "run");
    assert_eq!(told(&runs.next().await.1), (json!("run"), json!(NORTHWIND), event_subject(&happens)));
}

/// The newest run there is.
fn event_subject(happens: &Happens) -> Value {
    json!(happens.w.sql("select job_id from pipeline.job order by created_at desc limit 1"))
}
