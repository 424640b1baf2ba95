//! Logs and bundles as scripts meet them: what is answered and what never is, who may, what stands in the audit, and streams that
//! end with their sign-in. Real files, over the whole web.

mod door;

use axum::{Router, body::to_bytes, extract::ConnectInfo, http::StatusCode};
use door::{Anna, Dir, Door, door};
use flate2::read::GzDecoder;
use futures::StreamExt;
use gate::{Feed, Intake};
use logs::{Logs, Source};
use serde_json::Value;
use server::{
    auth::Key,
    web::{self, AppState, Site},
};
use sha2::{Digest, Sha256};
use std::{fs, io::Read, net::SocketAddr, sync::Arc, time::Duration};
use tokio_tungstenite::tungstenite::{Message, client::IntoClientRequest};
use tokio_util::sync::CancellationToken;

const HERE: (&str, &str) = ("sec-fetch-site", "same-origin");
const LINES: &str = "2026-11-26T10:00:00Z INFO up\n2026-11-26T10:00:01Z WARN mail to ada@example.org from 10.1.2.3, token=hunter2\n\x1b[31m  continued\x1b[0m\nkey -----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQEFAASC\n-----END PRIVATE KEY-----\n2026-11-26T10:00:02Z ERROR ada@example.org from 10.1.2.3 again\n";
const SECRETS: [&str; 4] = ["ada@example", "hunter2", "MIIE", "10.1.2.3"];

struct Console {
    door: Door,
    anna: Anna,
    dir: Dir,
}

/// The door with all of the web behind it, Anna who may see all tenants, and a console that reads three logs, of which one is not there.
async fn console(name: &str) -> Console {
    let mut door = door().await;
    let anna = door.enrolled().await;
    let dir = Dir::new(&format!("logs-{name}"));
    fs::write(dir.join("shop.log"), LINES).expect("written");
    fs::write(dir.join("pay.log"), "2026-11-26T10:00:00Z ERROR from 10.1.2.3\n").expect("written");
    let of = |name: &str, file: &str| format!("{name}=file:{}", dir.join(file).display());
    let sources = Source::parse_all(&[of("shop", "shop.log"), of("gone", "gone.log"), of("pay", "pay.log")].join(",")).expect("sources");
    door.gate.keep_logs(Arc::new(Logs::new(sources)));
    let (feed, intake) = (Feed::open(&door.logins).await.expect("a feed"), Intake::open(&door.logins).await.expect("a lane"));
    let file = |name: &str| format!("/pkg/{name}");
    let site = Site { dir: "no-such-directory".into(), js: file("a.js"), wasm: file("a.wasm"), css: file("a.css"), parts: [].into() };
    let (origin, key) = ("http://127.0.0.1:3000".to_owned(), Key::from_bytes([7; 32]));
    let state = AppState::new(door.gate.clone(), feed, intake, site, origin, key, CancellationToken::new());
    let state =
        state.with_settings(serde_json::json!({ "settings": [{ "name": "listen", "value": "x" }], "migrations": ["0001 console"] }));
    door.router = web::router(state).layer(axum::Extension(ConnectInfo(SocketAddr::from(([127, 0, 0, 1], 7)))));
    Console { door, anna, dir }
}

impl Console {
    async fn get(&self, path: &str) -> door::Answer {
        self.door.send("GET", path, &[("cookie", &self.anna.cookie), HERE], String::new()).await
    }

    async fn json(&self, path: &str) -> Value {
        let answer = self.get(path).await;
        assert_eq!(answer.status, StatusCode::OK, "{path}: {}", answer.body);
        serde_json::from_str(&answer.body).expect("json")
    }

    fn viewed(&self, what: &str) -> String {
        self.door.sql(&format!("select count(*) from audit.entry where subject = '{what}' and outcome = 'viewed'"))
    }

    /// Anna's token, as a script has it.
    fn bearer(&self) -> String {
        format!("Bearer {}", self.anna.cookie.split_once('=').expect("a cookie").1)
    }

    fn only_northwind(&self) {
        self.door.sql("update console.staff_role set only_tenant = '00000000-0000-0000-0000-00000000000a'");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn lines_come_as_an_array_or_as_they_are_and_without_their_secrets() {
    let console = console("lines").await;
    let lines = console.json("/api/ops/logs?service=shop&tail=100").await;
    let lines = lines.as_array().expect("an array, and nothing around it");
    let fields: Vec<&String> = lines[0].as_object().expect("an object").keys().collect();
    assert_eq!(fields, ["level", "message", "ts"]);
    let said: Vec<(&str, &str, &str)> = lines
        .iter()
        .map(|line| (line["ts"].as_str().unwrap_or(""), line["level"].as_str().unwrap_or(""), line["message"].as_str().unwrap_or("")))
        .collect();
    assert_eq!(
        said,
        [
            ("2026-11-26T10:00:00Z", "info", "up"),
            ("2026-11-26T10:00:01Z", "warn", "mail to [email] from 10.1.2.3, token=[hidden]"),
            ("2026-11-26T10:00:01Z", "warn", "  continued"),
            ("2026-11-26T10:00:01Z", "warn", "key [pem]"),
            ("2026-11-26T10:00:02Z", "error", "[email] from 10.1.2.3 again"),
        ]
    );
    let plain = console.get("/api/ops/logs?service=shop&tail=4&format=plain").await;
    assert_eq!(plain.body, "key [pem]\n2026-11-26T10:00:02Z ERROR [email] from 10.1.2.3 again\n");
    assert!(plain.headers["content-type"].to_str().expect("text").starts_with("text/plain"));
    assert_eq!(plain.headers["x-ops-removed"].to_str().expect("text"), "email=1 pem=1");
    let some = console.json("/api/ops/logs?service=shop&level=warn&find=AGAIN").await;
    assert_eq!(some.as_array().expect("an array").len(), 1);
    let none = console.json("/api/ops/logs?service=shop&since=2026-11-26T10:00:03Z").await;
    assert_eq!(none, serde_json::json!([]));
    // What there is, and what is the matter with it.
    let all = console.json("/api/ops/logs").await;
    let state: Vec<(&str, bool)> = all["services"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|one| (one["name"].as_str().expect("a name"), one["problem"].is_null()))
        .collect();
    assert_eq!(state, [("shop", true), ("gone", false), ("pay", true)]);
    for (path, status, word) in [
        ("/api/ops/logs?service=other", StatusCode::NOT_FOUND, "shop, gone, pay"),
        ("/api/ops/logs?service=gone", StatusCode::SERVICE_UNAVAILABLE, "is not there"),
        ("/api/ops/logs?service=shop&tail=5001", StatusCode::UNPROCESSABLE_ENTITY, "5000"),
        ("/api/ops/logs?service=shop&since=yesterday", StatusCode::UNPROCESSABLE_ENTITY, "yesterday"),
        ("/api/ops/logs?service=shop&format=xml", StatusCode::UNPROCESSABLE_ENTITY, "plain"),
        ("/api/ops/logs?service=shop&lines=5", StatusCode::UNPROCESSABLE_ENTITY, "lines"),
        ("/api/ops/logs/follow?tail=1", StatusCode::UNPROCESSABLE_ENTITY, "service"),
        ("/api/ops/logs/follow?service=other", StatusCode::NOT_FOUND, "shop"),
    ] {
        let answer = console.get(path).await;
        assert!(answer.status == status && answer.body.contains(word), "{path}: {} {}", answer.status, answer.body);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn it_takes_a_role_over_all_tenants_and_each_log_read_stands_in_the_audit() {
    let console = console("may").await;
    console.json("/api/ops/logs").await;
    assert_eq!(console.door.sql("select count(*) from audit.entry where action = 'view logs'"), "0", "what there is, is no content");
    for _ in 0..3 {
        console.json("/api/ops/logs?service=shop").await;
    }
    console.json("/api/ops/logs?service=pay").await;
    assert_eq!((console.viewed("log:shop"), console.viewed("log:pay")), ("1".into(), "1".into()), "once a minute for one log");
    for taken in ["1", "2"] {
        assert_eq!(console.get_bundle().await.0, StatusCode::OK);
        assert_eq!(console.viewed("support bundle"), taken, "each bundle");
    }
    console.only_northwind();
    for path in [
        "/api/ops/logs",
        "/api/ops/logs?service=shop",
        "/api/ops/logs/follow?service=shop",
        "/api/ops/support-bundle",
        "/api/v1/support/support-bundle",
    ] {
        let answer = console.get(path).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{path}");
        assert!(answer.body.contains("logs.read") && answer.body.contains("for all tenants"), "{path}: {}", answer.body);
        let nobody = console.door.send("GET", path, &[HERE], String::new()).await;
        assert_eq!(nobody.status, StatusCode::UNAUTHORIZED, "{path}");
    }
    assert_eq!(console.door.sql("select count(*) from audit.entry where subject = 'log:shop' and outcome = 'refused'"), "2");
    console.door.sql("update console.sign_in set second_factor_at = now() - interval '11 hours'");
    assert!(console.get("/api/ops/logs?service=shop").await.body.contains("second_factor"));
}

impl Console {
    async fn get_bundle(&self) -> (StatusCode, Vec<u8>) {
        use tower::ServiceExt;
        let request = axum::http::Request::get("/api/ops/support-bundle").header("cookie", &self.anna.cookie).header(HERE.0, HERE.1);
        let answer =
            self.door.router.clone().oneshot(request.body(axum::body::Body::empty()).expect("a request")).await.expect("an answer");
        let (parts, body) = answer.into_parts();
        (parts.status, to_bytes(body, 64 << 20).await.expect("whole").to_vec())
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bundle_is_whole_though_a_part_fails_and_holds_no_secret() {
    let console = console("bundle").await;
    let (_, packed) = console.get_bundle().await;
    let mut text = String::new();
    GzDecoder::new(packed.as_slice()).read_to_string(&mut text).expect("unpacked");
    for secret in SECRETS.iter().chain(&["anna@ops.example"]) {
        assert!(!text.contains(secret), "{secret} is in the bundle");
    }
    let bundle: Value = serde_json::from_str(&text).expect("json");
    let list = bundle["manifest"].as_array().expect("a manifest");
    let status = |name: &str| {
        list.iter().find(|one| one["name"] == name).unwrap_or_else(|| panic!("{name}: {list:?}"))["status"]
            .as_str()
            .expect("a word")
            .to_owned()
    };
    let views = actions::views::support_bundle::VIEWS.map(|(name, ..)| name);
    for name in views.into_iter().chain(["logs shop", "logs pay"]) {
        assert_eq!(status(name), "ok", "{name}");
    }
    assert_eq!(status("logs gone"), "failed");
    // Every part is what the manifest says, byte for byte.
    let parts: Vec<Part<'_>> = serde_json::from_str::<Parts<'_>>(&text).expect("parts").collectors;
    assert_eq!(parts.len(), list.len());
    for (part, listed) in parts.iter().zip(list) {
        let bytes = part.data.get().as_bytes();
        let sum = hex::encode(Sha256::digest(bytes));
        assert_eq!(
            (listed["name"].as_str(), listed["bytes"].as_u64(), listed["sha256"].as_str()),
            (Some(part.name), Some(bytes.len() as u64), Some(sum.as_str()))
        );
    }
    // The same address has the same name in both logs, and the next bundle gives it another.
    let name_in = |bundle: &Value, part: &str| {
        let part =
            bundle["collectors"].as_array().expect("parts").iter().find(|one| one["name"] == part).expect("the part")["data"].to_string();
        part.split([' ', ',', '"']).find(|word| word.starts_with("ip-")).expect("a name").to_owned()
    };
    assert_eq!(name_in(&bundle, "logs shop"), name_in(&bundle, "logs pay"));
    assert_eq!(
        (&bundle["redaction"]["removed"]["pem"], &bundle["redaction"]["pseudonyms"]["ip"]),
        (&1.into(), &3.into()),
        "{}",
        bundle["redaction"]
    );
    let (_, packed) = console.get_bundle().await;
    let mut text = String::new();
    GzDecoder::new(packed.as_slice()).read_to_string(&mut text).expect("unpacked");
    let other: Value = serde_json::from_str(&text).expect("json");
    assert_ne!(name_in(&other, "logs shop"), name_in(&bundle, "logs shop"));
}

#[derive(serde::Deserialize)]
struct Parts<'a> {
    #[serde(borrow)]
    collectors: Vec<Part<'a>>,
}

#[derive(serde::Deserialize)]
struct Part<'a> {
    name: &'a str,
    #[serde(borrow)]
    data: &'a serde_json::value::RawValue,
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_is_there_before_its_script_is() {
    let console = console("page").await;
    let page = console.get("/logs?service=shop&level=warn").await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(
        page.body.contains("<title>Logs \u{b7} Support console</title>") && page.body.contains("[email] from 10.1.2.3 again"),
        "{}",
        page.body
    );
    assert!(page.body.contains("<span>shop</span>") && !page.body.contains("hunter2"), "{}", page.body);
    let list = console.get("/logs").await.body;
    assert!(list.contains("/logs?service=pay") && list.contains("is not there"), "{list}");
    console.only_northwind();
    assert!(console.get("/logs?service=shop").await.body.contains("for all tenants together"));
}

/// The web on a real socket.
async fn listening(router: Router) -> SocketAddr {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("an address");
    tokio::spawn(async move { axum::serve(listener, router).await });
    address
}

#[tokio::test(flavor = "multi_thread")]
async fn a_follower_hears_new_lines_and_nothing_after_its_sign_in_ended() {
    let console = console("follow").await;
    let address = listening(console.door.router.clone()).await;
    let mut request = format!("ws://{address}/api/ops/logs/follow?service=shop&tail=1").into_client_request().expect("a request");
    request.headers_mut().insert("authorization", console.bearer().parse().expect("a header"));
    let (mut socket, _) = tokio_tungstenite::connect_async(request).await.expect("a socket");
    let mut next = async || loop {
        match tokio::time::timeout(Duration::from_secs(60), socket.next()).await.expect("something is said") {
            Some(Ok(Message::Text(text))) => return Some(text.to_string()),
            Some(Ok(Message::Ping(_))) => {}
            _ => return None,
        }
    };
    assert!(next().await.expect("the last line").contains("[email] from 10.1.2.3 again"));
    let mut file = fs::OpenOptions::new().append(true).open(console.dir.join("shop.log")).expect("opened");
    use std::io::Write;
    writeln!(file, "2026-11-26T10:00:03Z INFO new token=hunter2").expect("written");
    let line: Value = serde_json::from_str(&next().await.expect("the new line")).expect("json");
    assert_eq!((line["level"].as_str(), line["message"].as_str()), (Some("info"), Some("new token=[hidden]")));
    console.door.sql("update console.sign_in set revoked_at = now()");
    assert_eq!(next().await.as_deref(), Some("{\"over\":\"You are signed out.\"}"));
    writeln!(file, "2026-11-26T10:00:04Z INFO later").expect("written");
    assert_eq!(next().await, None, "it is closed");
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_has_no_socket_follows_by_lines_until_their_role_goes() {
    let console = console("ndjson").await;
    use tower::ServiceExt;
    let request = axum::http::Request::get("/api/ops/logs/follow?service=shop&tail=2&level=error")
        .header("cookie", &console.anna.cookie)
        .header(HERE.0, HERE.1);
    let answer = console.door.router.clone().oneshot(request.body(axum::body::Body::empty()).expect("a request")).await.expect("an answer");
    assert_eq!(answer.headers()["content-type"], "application/x-ndjson");
    let mut lines = answer.into_body().into_data_stream();
    let mut text = String::new();
    while !text.contains("again") {
        let piece = tokio::time::timeout(Duration::from_secs(60), lines.next()).await.expect("it comes").expect("open").expect("bytes");
        text.push_str(&String::from_utf8_lossy(&piece));
    }
    assert!(!text.contains("[pem]"), "only what is grave: {text}");
    console.only_northwind();
    let rest = async {
        while let Some(Ok(piece)) = lines.next().await {
            text.push_str(&String::from_utf8_lossy(&piece));
        }
    };
    tokio::time::timeout(Duration::from_secs(60), rest).await.expect("it ends");
    assert!(text.contains("Your roles do not let you read logs any more."), "{text}");
}
