//! Traces against a real HTTP server that decodes what arrives: a deed is a span within its request, within the trace of who asked.

mod door;

use domain::Ask;
use door::{Dir, door};
use serde_json::Value;
use server::{measure::Measures, trace};
use std::{
    collections::BTreeMap,
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    process::{Child, Command, Stdio},
    sync::mpsc,
    time::{Duration, Instant},
};
use tracing_subscriber::{Layer, filter::Targets, layer::SubscriberExt, util::SubscriberInitExt};

/// Answers every request with 200 and hands over path, headers and body.
/// A path, headers and a body.
type Came = (String, BTreeMap<String, String>, Value);

fn receiver() -> (String, mpsc::Receiver<Came>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    let (tell, told) = mpsc::channel();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let mut reader = BufReader::new(stream);
            let mut lines = Vec::new();
            loop {
                let mut line = String::new();
                if reader.read_line(&mut line).unwrap_or(0) == 0 || line.trim().is_empty() {
                    break;
                }
                lines.push(line.trim().to_owned());
            }
            let Some(first) = lines.first().cloned() else { continue };
            let headers: BTreeMap<_, _> = lines
                .iter()
                .skip(1)
                .filter_map(|line| line.split_once(": "))
                .map(|(n, v)| (n.to_ascii_lowercase(), v.to_owned()))
                .collect();
            let mut body = vec![0; headers.get("content-length").and_then(|length| length.parse().ok()).unwrap_or(0)];
            reader.read_exact(&mut body).expect("a body");
            reader.get_mut().write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\ncontent-type: application/json\r\n\r\n{}").ok();
            let path = first.split(' ').nth(1).unwrap_or_default().to_owned();
            tell.send((path, headers, serde_json::from_slice(&body).expect("JSON"))).ok();
        }
    });
    (format!("http://{address}"), told)
}

fn text<'a>(span: &'a Value, attribute: &str) -> Option<&'a str> {
    let found = span["attributes"].as_array()?.iter().find(|found| found["key"] == attribute)?;
    found["value"]["stringValue"].as_str().or(found["value"]["intValue"].as_str())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deed_is_a_span_within_its_request() {
    let (url, told) = receiver();
    let endpoint = trace::Endpoint { url, headers: vec![("x-tenant".to_owned(), "ours".to_owned())] };
    let (layer, flusher) = trace::start(endpoint);
    tracing_subscriber::registry().with(layer.with_filter(Targets::new().with_target(trace::TARGET, tracing::Level::TRACE))).init();
    let door = door().await;
    let token = gate::Token::from_bytes([3; 32]);
    let gate = door.gate.clone();
    let router = axum::Router::new().route(
        "/api/v1/support/actions/save-view",
        axum::routing::post(move || async move {
            let entry = actions::table::action("save-view").expect("an action");
            let input = serde_json::json!({"name": "a secret name", "place": "jobs", "query": ""});
            let refused = gate.act(&token, entry, Ask::default(), input).await.expect_err("nobody is signed in");
            (axum::http::StatusCode::UNAUTHORIZED, refused.message)
        }),
    );
    let measures = Measures::default();
    let router = router.layer(axum::middleware::from_fn(move |request, next| measures.clone().count(request, next)));
    let request = axum::http::Request::post("/api/v1/support/actions/save-view?secret=of-the-address")
        .header("traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")
        .body(axum::body::Body::empty())
        .expect("a request");
    tower::ServiceExt::oneshot(router, request).await.expect("an answer");
    drop(flusher);

    let (path, headers, body) = told.recv_timeout(std::time::Duration::from_secs(10)).expect("spans arrive");
    assert_eq!((path.as_str(), headers["content-type"].as_str(), headers["x-tenant"].as_str()), ("/v1/traces", "application/json", "ours"));
    let resource = &body["resourceSpans"][0];
    assert!(resource["resource"]["attributes"].to_string().contains("ops-console"), "{body}");
    let spans = resource["scopeSpans"][0]["spans"].as_array().expect("spans");
    let named = |name: &str| spans.iter().find(|span| span["name"] == name).unwrap_or_else(|| panic!("no {name}: {body:#}"));
    let (request, deed) = (named("request"), named("deed"));
    assert_eq!(
        (&request["traceId"], &request["parentSpanId"]),
        (&Value::from("4bf92f3577b34da6a3ce929d0e0e4736"), &Value::from("00f067aa0ba902b7"))
    );
    assert_eq!((&deed["traceId"], &deed["parentSpanId"]), (&request["traceId"], &request["spanId"]));
    assert_eq!((text(request, "class"), text(request, "status"), text(deed, "action")), (Some("deed"), Some("401"), Some("save-view")));
    assert_eq!((&request["kind"], &deed["status"]["code"]), (&Value::from(2), &Value::from(2)), "the deed was refused: {deed}");
    let nanos = |span: &Value, field: &str| span[field].as_str().and_then(|nanos| nanos.parse::<u64>().ok()).expect("nanoseconds");
    assert!(
        nanos(request, "startTimeUnixNano") <= nanos(deed, "startTimeUnixNano")
            && nanos(deed, "endTimeUnixNano") <= nanos(request, "endTimeUnixNano")
    );
    let all = body.to_string();
    assert!(!all.contains("a secret name") && !all.contains("of-the-address"), "neither input nor address is sent: {all}");
}

/// The program itself, ended when this is dropped.
struct Program(Child);

impl Drop for Program {
    fn drop(&mut self) {
        self.0.kill().ok();
        self.0.wait().ok();
    }
}

/// What a running console wrote of itself into its directory.
fn runtime(data: &std::path::Path, program: &mut Child) -> Value {
    let begun = Instant::now();
    loop {
        if let Ok(text) = std::fs::read(data.join("runtime.json")) {
            return serde_json::from_slice(&text).expect("JSON");
        }
        assert!(begun.elapsed() < Duration::from_secs(60) && program.try_wait().expect("its state").is_none(), "it did not start");
        std::thread::sleep(Duration::from_millis(50));
    }
}

#[test]
fn the_program_sends_traces_where_its_configuration_says() {
    let (url, told) = receiver();
    let dir = Dir::new("traced");
    let manifest = r#"{"js":"/pkg/a.js","wasm":"/pkg/a.wasm","css":"/pkg/a.css","parts":{}}"#;
    std::fs::write(dir.join("manifest.json"), manifest).expect("written");
    let database = cluster::scratch().expect("a scratch cluster").fresh_database().expect("a database");
    let mut command = Command::new(env!("CARGO_BIN_EXE_ops-console"));
    command.args(["--listen", "127.0.0.1:0", "--data-dir"]).arg(dir.join("data")).arg("--site").arg(dir.join(""));
    command.env("DATABASE_URL", &database.superuser_url).env("OPS_OTLP_ENDPOINT", url).env("OPS_OTLP_HEADERS", "x-tenant=ours");
    let mut program = Program(command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("started"));
    let runtime = runtime(&dir.join("data"), &mut program.0);
    let address = runtime["console_url"].as_str().and_then(|url| url.strip_prefix("http://")).expect("an address");
    let mut asked = TcpStream::connect(address).expect("it listens");
    let trace = "4bf92f3577b34da6a3ce929d0e0e4736";
    let parent = format!("traceparent: 00-{trace}-00f067aa0ba902b7-01");
    write!(asked, "GET /sign-in HTTP/1.1\r\nHost: {address}\r\n{parent}\r\nConnection: close\r\n\r\n").expect("asked");
    asked.read_to_end(&mut Vec::new()).expect("answered");
    let begun = Instant::now();
    loop {
        let left = Duration::from_secs(60).checked_sub(begun.elapsed()).expect("a span of the request comes");
        let (path, headers, body) = told.recv_timeout(left).expect("traces come");
        assert_eq!((path.as_str(), headers["x-tenant"].as_str()), ("/v1/traces", "ours"));
        if body.to_string().contains(trace) {
            return;
        }
    }
}
