//! The whole web as browsers and other sites meet it: the headers of every answer, who may send, how much, and the live stream.

mod door;

use axum::{
    body::{Body, BodyDataStream},
    extract::ConnectInfo,
    http::{Request, StatusCode},
};
use door::{Anna, Door, door};
use futures::StreamExt;
use gate::{Feed, Intake};
use server::{
    auth::Key,
    web::{self, AppState, Site},
};
use std::{net::SocketAddr, time::Duration};
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;

const HERE: (&str, &str) = ("sec-fetch-site", "same-origin");

/// The door with all of the web behind it, and Anna, who may see Northwind only.
async fn console() -> (Door, Anna) {
    let mut door = door().await;
    let anna = door.enrolled().await;
    door.sql("update console.staff_role set only_tenant = '00000000-0000-0000-0000-00000000000a'");
    let (feed, intake) = (Feed::open(&door.logins).await.expect("a feed"), Intake::open(&door.logins).await.expect("a lane"));
    let file = |name: &str| format!("/pkg/{name}");
    let site = Site {
        dir: "no-such-directory".into(),
        js: file("a.js"),
        wasm: file("a.wasm"),
        css: file("a.css"),
        parts: [("audit".to_owned(), vec![file("audit.a.wasm")])].into(),
    };
    let (origin, key) = ("http://127.0.0.1:3000".to_owned(), Key::from_bytes([7; 32]));
    let state = AppState::new(door.gate.clone(), feed, intake, site, origin, key, CancellationToken::new());
    door.router = web::router(state).layer(axum::Extension(ConnectInfo(SocketAddr::from(([127, 0, 0, 1], 7)))));
    (door, anna)
}

#[tokio::test(flavor = "multi_thread")]
async fn every_answer_forbids_what_it_does_not_need() {
    let (door, anna) = console().await;
    let cookie = anna.cookie.as_str();
    for path in [
        "/",
        "/jobs",
        "/no-such-page",
        "/sign-in",
        "/healthz",
        "/readyz",
        "/api/v1/openapi.json",
        "/api/v1/support/no-such",
        "/pkg/no-such.js",
    ] {
        let answer = door.send("GET", path, &[("cookie", cookie), HERE], String::new()).await;
        let header = |name: &str| answer.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
        assert_eq!(header("x-content-type-options"), "nosniff", "{path}");
        let policy = header("content-security-policy");
        assert!(
            policy.starts_with("default-src 'none'") && policy.contains("frame-ancestors 'none'") && !policy.contains("unsafe-inline"),
            "{path}: {policy}"
        );
    }
    let page = door.get("/jobs", cookie).await;
    assert!(page.body.contains("<title>Jobs \u{b7} Support console</title>"), "{}", page.body);
    let policy = page.headers["content-security-policy"].to_str().expect("text");
    let nonce = policy.split("'nonce-").nth(1).and_then(|rest| rest.split('\'').next()).expect("a nonce");
    assert!(page.body.contains(&format!("nonce=\"{nonce}\"")), "the page's own script may run");
    let again = door.get("/jobs", cookie).await;
    assert!(!again.body.contains(nonce), "a nonce is used once");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_is_whole_also_when_it_ends_on_another_thread_than_it_began() {
    use app::routes::*;
    let (door, anna) = console().await;
    door.sql("update console.staff_role set only_tenant = null");
    let log = std::env::temp_dir().join(format!("server-web-{}.log", std::process::id()));
    std::fs::write(&log, "2026-11-26T10:00:00Z INFO up\n").expect("written");
    let sources = logs::Source::parse_all(&format!("shop=file:{}", log.display())).expect("a source");
    door.gate.keep_logs(std::sync::Arc::new(logs::Logs::new(sources)));
    let mut log_is_shown = false;
    for path in [
        DASHBOARD,
        TROUBLESHOOTING,
        GROUPS,
        JOBS,
        FRONTEND_ERRORS,
        LOGS,
        OPERATIONS,
        HEALTH,
        DEPLOYS,
        CHECKS,
        ALERTS,
        SERVICES,
        AUDIT,
        "/logs?service=shop",
    ] {
        let request = Request::get(path).header("cookie", &anna.cookie).header(HERE.0, HERE.1).body(Body::empty()).expect("a request");
        let response = door.router.clone().oneshot(request).await.expect("an answer");
        assert_eq!(response.status(), StatusCode::OK, "{path}");
        let runtime = tokio::runtime::Handle::current();
        let read = move || runtime.block_on(axum::body::to_bytes(response.into_body(), 16 << 20));
        let body = tokio::task::spawn_blocking(read).await.expect("nothing broke off").expect("all of it");
        let body = String::from_utf8_lossy(&body);
        assert!(body.contains("</html>"), "{path}");
        log_is_shown |= body.contains("Log of shop");
    }
    assert!(log_is_shown, "the page with the most that belongs to one thread was not drawn");
    std::fs::remove_file(&log).expect("removed");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_another_site_sends_is_not_looked_at() {
    let (door, anna) = console().await;
    let cookie = ("cookie", anna.cookie.as_str());
    for (method, path) in [
        ("POST", "/fn/retry-command"),
        ("POST", "/session/start"),
        ("POST", "/auth/sign-out"),
        ("GET", "/live"),
        ("GET", "/api/v1/support/me"),
    ] {
        for from in [("origin", "http://evil.example"), ("sec-fetch-site", "cross-site")] {
            let answer = door.send(method, path, &[cookie, from, ("content-type", "application/json")], "{}".to_owned()).await;
            assert_eq!(answer.status, StatusCode::FORBIDDEN, "{method} {path} {from:?}: {}", answer.body);
        }
    }
    assert_eq!(door.sql("select count(*) from console.sign_in where revoked_at is null"), "1", "Anna is still signed in");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_has_an_end_and_so_has_the_patience_with_a_page() {
    let (door, anna) = console().await;
    door.sql("insert into telemetry.ingest_key (key, tenant_id, origins) values ('k0123456789abcdef', '00000000-0000-0000-0000-00000000000a', '{http://shop.example}')");
    let beacon = "/api/ops/frontend-log?k=k0123456789abcdef";
    let long = format!("{{\"input\":\"{}\"}}", "x".repeat(70_000));
    for path in ["/fn/troubleshooting", "/api/v1/support/actions/retry-command", beacon] {
        let answer = door.send("POST", path, &[("cookie", &anna.cookie), HERE, ("content-type", "application/json")], long.clone()).await;
        let refused = matches!(answer.status, StatusCode::PAYLOAD_TOO_LARGE | StatusCode::UNPROCESSABLE_ENTITY);
        assert!(refused, "{path}: {} {}", answer.status, answer.body);
    }
    // What carries a payload may be large, for those who say who they are.
    for path in ["/fn/edit-command", "/api/v1/support/actions/edit-command", "/api/v1/support/actions/check-payload"] {
        let payload = serde_json::json!({ "n": "\u{e9}\"".repeat(300_000) }).to_string();
        let input = serde_json::json!({ "command": uuid::Uuid::nil(), "payload": payload, "version": "" });
        let body = serde_json::json!({ "ask": {}, "input": input }).to_string();
        let send = async |cookie: &str, body: String| {
            door.send("POST", path, &[("cookie", cookie), HERE, ("content-type", "application/json")], body).await
        };
        assert!(body.len() > 1_500_000);
        assert_ne!(send(&anna.cookie, body.clone()).await.status, StatusCode::PAYLOAD_TOO_LARGE, "{path}");
        assert_eq!(send("", body).await.status, StatusCode::PAYLOAD_TOO_LARGE, "{path} by nobody");
        assert_eq!(send(&anna.cookie, "x".repeat(6 << 20)).await.status, StatusCode::PAYLOAD_TOO_LARGE, "{path} beyond its end");
    }
    let length = long.len().to_string();
    let announced = [("origin", "http://shop.example"), ("content-length", length.as_str())];
    let answer = door.send("POST", beacon, &announced, long.clone()).await;
    assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE, "{}", answer.body);
    assert!(answer.headers.contains_key("x-ops-max") && answer.headers.contains_key("access-control-allow-origin"), "the page can read it");
    // Another site's page may report, and is allowed to read the answer; somebody else's may not.
    for (origin, allowed) in [("http://shop.example", true), ("http://evil.example", false)] {
        let answer = door.send("POST", beacon, &[("origin", origin), ("content-type", "text/plain")], "{}".to_owned()).await;
        assert_eq!(answer.headers.contains_key("access-control-allow-origin"), allowed, "{origin}");
    }
    let mut last = StatusCode::OK;
    for _ in 0..300 {
        last = door.send("POST", beacon, &[("origin", "http://shop.example")], "{}".to_owned()).await.status;
        if last == StatusCode::TOO_MANY_REQUESTS {
            break;
        }
    }
    assert_eq!(last, StatusCode::TOO_MANY_REQUESTS, "one address that never stops");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_browser_reports_by_itself_is_grouped_like_errors() {
    let (door, _) = console().await;
    door.sql("insert into telemetry.ingest_key (key, tenant_id, origins) values ('k0123456789abcdef', '00000000-0000-0000-0000-00000000000a', '{http://shop.example}')");
    let to = "/api/ops/reports?k=k0123456789abcdef&b=build-7";
    let shop = [
        ("origin", "http://shop.example"),
        ("content-type", "application/reports+json"),
        ("user-agent", "Mozilla/5.0 Chrome/156.0 Safari/537.36"),
    ];
    let asked = door.send("OPTIONS", to, &shop[..1], String::new()).await;
    assert_eq!(
        (asked.status, asked.headers["access-control-allow-headers"].as_bytes()),
        (StatusCode::NO_CONTENT, &b"content-type, x-sentry-auth"[..])
    );
    let reports = serde_json::json!([
        {"type": "crash", "age": 3, "url": "https://shop.example/plans/7", "user_agent": "x", "body": {"reason": "oom"}},
        {"type": "csp-violation", "url": "https://shop.example/", "body": {"effectiveDirective": "img-src", "blockedURL": "https://cdn.example/a.png"}},
        {"type": "csp-violation", "url": "https://shop.example/", "body": {"effectiveDirective": "img-src", "blockedURL": "https://cdn.example/b.png"}},
    ]);
    assert_eq!(door.send("POST", to, &shop, reports.to_string()).await.status, StatusCode::NO_CONTENT);
    let groups =
        "select string_agg(kind || ' ' || count || ' ' || title || ' ' || last_build, ', ' order by kind) from telemetry.error_group";
    assert_eq!(
        door.sql(groups),
        "crash 1 The page ran out of memory build-7, policy 2 img-src kept the page from https://cdn.example build-7"
    );
    assert_eq!(door.sql("select distinct browser from telemetry.event"), "Chrome 156");
    assert_eq!(door.send("POST", to, &shop, "{}".to_owned()).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(door.send("POST", "/api/ops/reports?k=nobody", &shop, "[]".to_owned()).await.status, StatusCode::FORBIDDEN);
}

#[test]
fn what_is_in_the_tables_is_in_the_browser() {
    app::api::register();
    let known = app::api::registered();
    let tables =
        actions::table::ACTIONS.iter().map(|entry| entry.meta.path).chain(actions::table::VIEWS.iter().map(|entry| entry.meta.path));
    let missing: Vec<_> = tables.filter(|path| !known.contains(path)).collect();
    assert!(missing.is_empty(), "no server function for {missing:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_names_the_files_of_its_parts_and_no_others() {
    let (door, anna) = console().await;
    for (path, named) in [("/audit?mine=1", true), ("/", false), ("/jobs", false)] {
        let page = door.send("GET", path, &[("cookie", &anna.cookie), HERE], String::new()).await.body;
        assert!(page.contains(r#"href="/pkg/a.wasm""#), "{path}: {page}");
        assert_eq!(page.contains(r#"<link rel="preload" href="/pkg/audit.a.wasm" as="fetch""#), named, "{path}: {page}");
    }
}

#[test]
fn every_action_has_its_button() {
    let buttons = app::deeds::DeedKind::ALL.map(|kind| kind.meta().name);
    // What only looks is a button within a dialog; what is set once for the whole console is set in a terminal, and a
    // deploy is told, and its artifacts are sent, by the pipeline that did it.
    let elsewhere = ["set-approval-limit", "record-deploy", "upload-artifact", "delete-artifacts"];
    let is_deed = |meta: &&'static domain::Meta| meta.kind == domain::Kind::Write && !elsewhere.contains(&meta.name);
    let deeds = actions::table::ACTIONS.iter().map(|entry| entry.meta).filter(is_deed);
    let pages = sources("../app/src/pages".as_ref());
    // Deeds of plain values are named by the buttons themselves.
    let plain = |name: &str| pages.contains(&format!("<PlainButton meta=const {{ &{}::META }}", type_of(name)));
    let without: Vec<_> = deeds.map(|meta| meta.name).filter(|name| !buttons.contains(name) && !plain(name)).collect();
    assert!(without.is_empty(), "done from a terminal only: {without:?}");
}

/// All of the files below a directory.
fn sources(dir: &std::path::Path) -> String {
    let entries = std::fs::read_dir(dir).expect("a directory").map(|entry| entry.expect("an entry").path());
    entries.map(|path| if path.is_dir() { sources(&path) } else { std::fs::read_to_string(path).expect("a text") }).collect()
}

/// `save-check` is `SaveCheck`.
fn type_of(name: &str) -> String {
    name.split('-').map(|word| word[..1].to_uppercase() + &word[1..]).collect()
}

/// An open stream of a tab.
struct Stream(BodyDataStream, String);

impl Stream {
    async fn open(door: &Door, cookie: &str, last: &str) -> Self {
        let request = Request::get("/live").header("cookie", cookie).header(HERE.0, HERE.1).header("last-event-id", last);
        let response = door.router.clone().oneshot(request.body(Body::empty()).expect("a request")).await.expect("an answer");
        assert_eq!(response.status(), StatusCode::OK);
        let mut stream = Self(response.into_body().into_data_stream(), String::new());
        stream.until("event: open").await;
        stream
    }

    /// Reads on until it has said this; everything it said by then.
    async fn until(&mut self, what: &str) -> String {
        let heard = async {
            while !self.1.contains(what) {
                let Some(Ok(bytes)) = self.0.next().await else { panic!("the stream ended: {}", self.1) };
                self.1.push_str(&String::from_utf8_lossy(&bytes));
            }
        };
        tokio::time::timeout(Duration::from_secs(10), heard).await.unwrap_or_else(|_| panic!("never said {what}: {}", self.1));
        self.1.clone()
    }
}

fn happened(door: &Door, tenant: char, subject: &str) {
    door.sql(&format!(
        "insert into live.event (kind, tenant_id, subject) values ('job', '00000000-0000-0000-0000-00000000000{tenant}', '{subject}')"
    ));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_carries_what_one_may_see_and_goes_on_where_it_broke() {
    let (door, anna) = console().await;
    let mut stream = Stream::open(&door, &anna.cookie, "").await;
    happened(&door, 'b', "foreign");
    happened(&door, 'a', "first");
    let heard = stream.until("\"first\"").await;
    assert!(!heard.contains("foreign"), "{heard}");
    let id = heard.lines().filter_map(|line| line.strip_prefix("id: ")).next_back().expect("an id").to_owned();
    drop(stream);
    happened(&door, 'a', "while it was away");
    let heard = Stream::open(&door, &anna.cookie, &id).await.until("while it was away").await;
    // A page whose place cannot be read reads all anew, as it does when its stream is there again, and goes on from now.
    let mut lost = Stream::open(&door, &anna.cookie, "a damaged place").await;
    lost.until("event: open\ndata: {}\n\nevent: open").await;
    happened(&door, 'a', "after the gap");
    assert!(!lost.until("after the gap").await.contains("while it was away"), "{}", lost.1);
    assert!(!heard.contains("\"first\""), "{heard}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_ends_with_its_session_when_the_time_is_over_and_with_the_sign_in() {
    let (door, anna) = console().await;
    let session = [("tenant", "northwind"), ("ticket", "SUP-1"), ("reason", "The upload fails for them")];
    let body: String = session.iter().map(|(name, value)| format!("{name}={}&", value.replace(' ', "+"))).collect();
    let form = [("cookie", anna.cookie.as_str()), HERE, ("content-type", "application/x-www-form-urlencoded")];
    let started = door.send("POST", "/session/start", &form, format!("{body}minutes=60")).await;
    assert_eq!(started.status, StatusCode::SEE_OTHER, "{}", started.body);
    assert_eq!(door.sql("select count(*) from console.support_session where ended_at is null"), "1");
    let mut stream = Stream::open(&door, &anna.cookie, "").await;
    door.sql("update console.support_session set started_at = started_at - interval '59 minutes', expires_at = clock_timestamp()");
    assert!(stream.until("event: end").await.contains("The support session has ended."));
    let mut stream = Stream::open(&door, &anna.cookie, "").await;
    door.sql("update console.sign_in set revoked_at = clock_timestamp()");
    assert!(stream.until("event: end").await.contains("You are signed out."));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tab_beside_the_one_that_raises_is_not_told_that_it_is_signed_out() {
    let (door, anna) = console().await;
    let mut stream = Stream::open(&door, &anna.cookie, "").await;
    door.sql("update console.sign_in set token_hash = sha256('another'), scope_hash = sha256('another too')");
    let end = async {
        while let Some(Ok(bytes)) = stream.0.next().await {
            stream.1.push_str(&String::from_utf8_lossy(&bytes))
        }
    };
    tokio::time::timeout(Duration::from_secs(10), end).await.expect("the stream ends, so that the browser opens it anew");
    assert!(!stream.1.contains("event: end"), "{}", stream.1);
}

#[tokio::test(flavor = "multi_thread")]
async fn clients_of_another_make_report_too_each_event_once() {
    let (door, _) = console().await;
    door.sql("insert into telemetry.ingest_key (key, tenant_id, origins) values ('k0123456789abcdef', '00000000-0000-0000-0000-00000000000a', '{http://shop.example}')");
    let event = r#"{"event_id":"9ec79c33ec9942ab8353589fcb2e04dc","release":"shop-4","request":{"url":"https://shop.example/plans/7?a=b"},"extra":{"password":"hunter2"},"exception":{"values":[{"type":"TypeError","value":"a balcony for jane.doe@example.com"}]}}"#;
    let envelope = format!("{{\"dsn\":\"https://k0123456789abcdef@ops.example/1\"}}\n{{\"type\":\"event\"}}\n{event}\n");
    let (to, keyed) = ("/api/1/envelope/", "/api/1/envelope/?sentry_key=k0123456789abcdef&sentry_version=7");
    let shop = ("origin", "http://shop.example");
    let asked = door.send("OPTIONS", keyed, &[shop], String::new()).await;
    assert!(asked.headers["access-control-allow-headers"].to_str().expect("text").contains("x-sentry-auth"));
    // The key in the address, in the envelope, in a header; the same event each time.
    let auth = ("x-sentry-auth", "Sentry sentry_version=7, sentry_key=k0123456789abcdef, sentry_client=a/1");
    for (path, headers) in [(keyed, vec![shop]), (to, vec![shop]), (to, vec![shop, auth])] {
        let answer = door.send("POST", path, &headers, envelope.clone()).await;
        assert_eq!((answer.status, answer.body.as_str()), (StatusCode::OK, r#"{"id":"9ec79c33ec9942ab8353589fcb2e04dc"}"#), "{path}");
        assert_eq!(answer.headers["access-control-allow-origin"], "http://shop.example");
    }
    let stored = "select g.count || ' ' || e.route || ' ' || e.build || ' ' || e.message || ' ' || (e.raw::jsonb -> 'extra' ->> 'password') from telemetry.event e join telemetry.error_group g on g.id = e.group_id";
    assert_eq!(door.sql(stored), "1 /plans/7 shop-4 TypeError: a balcony for [email] [hidden]");

    let answer = door.send("POST", &keyed.replace("k01", "x01"), &[shop], envelope.clone()).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
    let answer = door.send("POST", keyed, &[shop], "no envelope".to_owned()).await;
    assert!(
        answer.status == StatusCode::UNPROCESSABLE_ENTITY && answer.body.contains("the first line"),
        "{} {}",
        answer.status,
        answer.body
    );
    for path in [keyed, "/api/ops/frontend-log?k=k0123456789abcdef"] {
        // A body in chunks that never ends is cut off at its limit.
        let endless = futures::stream::repeat_with(|| Ok::<_, std::io::Error>(vec![b' '; 16 * 1024]));
        let request = Request::post(path).header("origin", "http://shop.example").body(Body::from_stream(endless)).expect("a request");
        let answer =
            tokio::time::timeout(Duration::from_secs(20), door.router.clone().oneshot(request)).await.expect("an end").expect("an answer");
        assert_eq!(answer.status(), StatusCode::PAYLOAD_TOO_LARGE, "{path}");
        let other = door.send("POST", path, &[shop, ("content-encoding", "br")], "x".to_owned()).await;
        assert_eq!(other.status, StatusCode::UNSUPPORTED_MEDIA_TYPE, "{path}");
    }
    let mut last = door.send("POST", keyed, &[shop], envelope.clone()).await;
    for _ in 0..300 {
        last = door.send("POST", keyed, &[shop], envelope.clone()).await;
        if last.status == StatusCode::TOO_MANY_REQUESTS {
            break;
        }
    }
    assert_eq!(
        (last.status, last.headers["x-sentry-rate-limits"].as_bytes()),
        (StatusCode::TOO_MANY_REQUESTS, &b"5:error;default:key:rate"[..])
    );
}
