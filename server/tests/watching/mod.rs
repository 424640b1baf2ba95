//! A console with all of the web behind it, an administrator who is signed in, and servers of the test's own that are watched.

#![allow(dead_code, clippy::allow_attributes, reason = "each test binary uses its own part of the fixture")]

use crate::door::{Anna, Door, door};
use axum::{Router, extract::ConnectInfo, http::StatusCode};
use gate::{Feed, Intake, Monitor};
use serde_json::{Value, json};
use server::{
    auth::Key,
    watch::{Watch, start},
    web::{self, AppState},
};
use std::{
    collections::HashMap,
    net::SocketAddr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    task::JoinSet,
};
use tokio_util::sync::CancellationToken;

pub struct Watching {
    pub door: Door,
    pub anna: Anna,
    pub monitor: Monitor,
    /// The web alone, with no client in front of it.
    pub web: Router,
    key: Key,
}

pub async fn watching() -> Watching {
    let mut door = door().await;
    let anna = door.enrolled().await;
    door.sql("update console.staff_role set role = 'admin'");
    let (feed, intake) = (Feed::open(&door.logins).await.expect("a feed"), Intake::open(&door.logins).await.expect("a lane"));
    let monitor = Monitor::open(&door.logins, "server one".into()).await.expect("a monitor");
    let none = String::new;
    let site =
        web::Site { dir: "no-such-directory".into(), js: none(), wasm: none(), css: none(), parts: HashMap::new().into_iter().collect() };
    let key = Key::from_bytes([7; 32]);
    door.gate.seals_with(Arc::new(key.clone()));
    let state = AppState::new(door.gate.clone(), feed, intake, site, "http://127.0.0.1:3000".into(), key.clone(), CancellationToken::new())
        .with_heartbeats(monitor.clone());
    let web = web::router(state);
    door.router = web.clone().layer(axum::Extension(ConnectInfo(SocketAddr::from(([127, 0, 0, 1], 7)))));
    Watching { door, anna, monitor, web, key }
}

impl Watching {
    /// Everything that watches by itself, as a server starts it.
    pub fn start(&self) -> JoinSet<()> {
        self.start_with(outbound::Outbound::new("127.0.0.0/8, ::1".parse().expect("a list"), &[]).expect("roots"))
    }

    /// The same by another way out.
    pub fn start_with(&self, out: outbound::Outbound) -> JoinSet<()> {
        start(Watch { monitor: self.monitor.clone(), out, key: self.key.clone() })
    }

    pub async fn monitor(&self, name: &str) -> Monitor {
        Monitor::open(&self.door.logins, name.into()).await.expect("a monitor")
    }

    pub fn sql(&self, statement: &str) -> String {
        self.door.sql(statement).trim().to_owned()
    }

    /// Until a statement says true.
    pub async fn until(&self, statement: &str) {
        let wait = async {
            while self.sql(statement) != "t" {
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        };
        if tokio::time::timeout(Duration::from_secs(60), wait).await.is_err() {
            panic!(
                "never: {statement}\n{}\n{}",
                self.sql("select string_agg(c::text, E'\\n') from ops.check c"),
                self.sql("select string_agg(d::text, E'\\n') from ops.delivery d")
            );
        }
    }

    pub async fn ask(&self, action: &str, ask: Value, input: Value) -> (StatusCode, Value) {
        let body = json!({ "ask": ask, "input": input }).to_string();
        let headers = [("cookie", self.anna.cookie.as_str()), ("sec-fetch-site", "same-origin"), ("content-type", "application/json")];
        let answer = self.door.send("POST", &format!("/api/v1/support/actions/{action}"), &headers, body).await;
        (answer.status, serde_json::from_str(&answer.body).unwrap_or_else(|error| panic!("{error}: {}", answer.body)))
    }

    pub async fn act(&self, action: &str, input: Value) -> (StatusCode, Value) {
        self.ask(action, json!({ "reason": "It has to be watched" }), input).await
    }

    /// Saves a check; its number.
    pub async fn check(&self, input: Value) -> i64 {
        let (status, saved) = self.act("save-check", input).await;
        assert_eq!(status, StatusCode::OK, "{saved}");
        saved["output"]["check"].as_i64().expect("a number")
    }

    pub async fn view(&self, path: &str) -> Value {
        let headers = [("cookie", self.anna.cookie.as_str()), ("sec-fetch-site", "same-origin")];
        let answer = self.door.send("GET", &format!("/api/v1/support/{path}"), &headers, String::new()).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
        serde_json::from_str(&answer.body).expect("json")
    }

    /// The console on a port of its own.
    async fn served(&self) -> TcpStream {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let at = listener.local_addr().expect("an address");
        let router = self.door.router.clone();
        tokio::spawn(async move { axum::serve(listener, router).await });
        TcpStream::connect(at).await.expect("connected")
    }

    pub async fn raw(&self, request: &str) -> String {
        let mut stream = self.served().await;
        stream.write_all(request.as_bytes()).await.expect("sent");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.expect("answered");
        answer
    }

    /// A WebSocket, or what was answered instead.
    pub async fn socket(&self, path: &str) -> (Socket, String) {
        let mut stream = self.served().await;
        let request = format!(
            "GET {path} HTTP/1.1\r\nhost: x\r\ncookie: {}\r\nsec-fetch-site: same-origin\r\nconnection: Upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
            self.anna.cookie
        );
        stream.write_all(request.as_bytes()).await.expect("sent");
        let mut answer = Vec::new();
        while !answer.ends_with(b"\r\n\r\n") {
            answer.push(stream.read_u8().await.expect("a head"));
        }
        let mut answer = String::from_utf8(answer).expect("text");
        if !answer.starts_with("HTTP/1.1 101") {
            let mut rest = vec![0; 4096];
            let read = stream.read(&mut rest).await.expect("a body");
            answer.push_str(&String::from_utf8_lossy(&rest[..read]));
        }
        (Socket(stream), answer)
    }
}

/// The reading half of a WebSocket, by the letter of RFC 6455.
pub struct Socket(TcpStream);

impl Socket {
    /// The next text.
    pub async fn text(&mut self) -> Value {
        let next = async {
            loop {
                let (first, second) = (self.0.read_u8().await.expect("a frame"), self.0.read_u8().await.expect("a frame"));
                let length = match second {
                    126 => usize::from(self.0.read_u16().await.expect("a length")),
                    length => usize::from(length),
                };
                let mut data = vec![0; length];
                self.0.read_exact(&mut data).await.expect("a frame");
                if first == 0x81 {
                    return serde_json::from_slice(&data).expect("json");
                }
            }
        };
        tokio::time::timeout(Duration::from_secs(10), next).await.expect("something is said")
    }
}

/// A web server of the test's own: says what it is told to, and keeps what it was asked.
pub struct Site {
    pub url: String,
    pub listens: Arc<AtomicBool>,
    says: Arc<Mutex<HashMap<String, (u16, String)>>>,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Site {
    pub async fn open() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let site = Self { url, listens: Arc::new(AtomicBool::new(true)), says: Arc::default(), asked: Arc::default() };
        let (listens, says, asked) = (site.listens.clone(), site.says.clone(), site.asked.clone());
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                if listens.load(Ordering::SeqCst) {
                    tokio::spawn(serve(stream, says.clone(), asked.clone()));
                }
            }
        });
        site
    }

    /// To whatever is asked.
    pub fn answer(&self, status: u16, body: &str) {
        self.say("", status, body);
    }

    pub fn say(&self, path: &str, status: u16, body: &str) {
        self.says.lock().expect("no panic").insert(path.to_owned(), (status, body.to_owned()));
    }

    pub fn count(&self) -> usize {
        self.asked.lock().expect("no panic").len()
    }

    pub fn asked(&self, at: usize) -> String {
        self.asked.lock().expect("no panic")[at].clone()
    }
}

async fn serve(mut stream: TcpStream, says: Arc<Mutex<HashMap<String, (u16, String)>>>, asked: Arc<Mutex<Vec<String>>>) {
    let mut request = String::new();
    let mut piece = vec![0; 65_536];
    loop {
        let Ok(read) = stream.read(&mut piece).await else { return };
        request.push_str(&String::from_utf8_lossy(&piece[..read]));
        let whole = request.split_once("\r\n\r\n").is_some_and(|(head, body)| {
            let length = header(&format!("{head}\r\n\r\n"), "content-length").parse().unwrap_or(0);
            body.len() >= length
        });
        if whole || read == 0 {
            break;
        }
    }
    let path = request.split(' ').nth(1).unwrap_or_default().to_owned();
    let (status, body) = {
        let says = says.lock().expect("no panic");
        says.get(&path).or_else(|| says.get("")).cloned().unwrap_or((404, String::new()))
    };
    asked.lock().expect("no panic").push(request);
    let answer = format!("HTTP/1.1 {status} Said\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}", body.len());
    stream.write_all(answer.as_bytes()).await.ok();
}

pub fn header(request: &str, name: &str) -> String {
    let head = request.split("\r\n\r\n").next().unwrap_or_default();
    let found = head.lines().filter_map(|line| line.split_once(": ")).find(|(is, _)| is.eq_ignore_ascii_case(name));
    found.map(|(_, value)| value.to_owned()).unwrap_or_default()
}

pub fn body(request: &str) -> &str {
    request.split_once("\r\n\r\n").map(|(_, body)| body).unwrap_or_default()
}
