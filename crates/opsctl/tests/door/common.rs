//! A console of the test's own on a free port, and `opsctl` run against it with a home of its own.

use serde_json::Value;
use std::{
    ffi::OsStr,
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
    sync::{Arc, Mutex},
};

/// What the console was asked.
#[derive(Clone, Debug)]
pub struct Asked {
    pub method: String,
    pub path: String,
    pub bearer: Option<String>,
    pub body: Value,
}

/// Status and body for a request.
pub type Answer = (u16, String);

pub struct Console {
    pub url: String,
    asked: Arc<Mutex<Vec<Asked>>>,
}

impl Console {
    /// Answers until the test process ends.
    pub fn start(answer: impl Fn(&Asked) -> Answer + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let asked = Arc::new(Mutex::new(Vec::new()));
        let (seen, answer) = (asked.clone(), Arc::new(answer));
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (seen, answer) = (seen.clone(), answer.clone());
                std::thread::spawn(move || serve(stream, &seen, &*answer));
            }
        });
        Self { url, asked }
    }

    pub fn asked(&self) -> Vec<Asked> {
        self.asked.lock().expect("no panic while serving").clone()
    }
}

fn serve(stream: TcpStream, seen: &Mutex<Vec<Asked>>, answer: &dyn Fn(&Asked) -> Answer) -> Option<()> {
    let mut lines = BufReader::new(stream.try_clone().ok()?);
    let mut first = String::new();
    lines.read_line(&mut first).ok()?;
    let mut words = first.split_whitespace();
    let (method, path) = (words.next()?.to_owned(), words.next()?.to_owned());
    let (mut bearer, mut length) = (None, 0);
    loop {
        let mut line = String::new();
        lines.read_line(&mut line).ok()?;
        let Some((name, value)) = line.trim_end().split_once(": ") else {
            break;
        };
        match name.to_ascii_lowercase().as_str() {
            "authorization" => bearer = value.strip_prefix("Bearer ").map(str::to_owned),
            "content-length" => length = value.parse().ok()?,
            _ => {}
        }
    }
    let mut body = vec![0; length];
    lines.read_exact(&mut body).ok()?;
    let asked = Asked { method, path, bearer, body: serde_json::from_slice(&body).unwrap_or_default() };
    seen.lock().ok()?.push(asked.clone());
    let (status, body) = answer(&asked);
    let kind = if ["/live", "/api/ops/events"].iter().any(|stream| asked.path.starts_with(stream)) {
        "text/event-stream"
    } else {
        "application/json"
    };
    let mut stream = stream;
    write!(stream, "HTTP/1.1 {status} Said\r\nContent-Type: {kind}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}", body.len())
        .ok()
}

/// A person's home, gone with the test.
pub struct Home(PathBuf);

impl Home {
    pub fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("opsctl-{name}-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&path);
        Self(path)
    }

    pub fn credentials(&self) -> PathBuf {
        self.0.join("opsctl").join("credentials.json")
    }

    /// As if this person had signed in at the console with the token `tok-1`.
    pub fn signed_in(self, console: &Console) -> Self {
        let words = ["sign-in", "--url", &console.url, "--email", "a@b.c", "--password-stdin", "--code", "123 456"];
        let out = self.run_with_input(&words, "correct horse\n");
        assert_eq!(out.status.code(), Some(0), "{}", String::from_utf8_lossy(&out.stderr));
        self
    }

    pub fn run(&self, words: &[&str]) -> Output {
        self.run_with_input(words, "")
    }

    pub fn run_with_input(&self, words: &[&str], input: &str) -> Output {
        let mut child = command(&self.0).args(words).spawn().expect("opsctl starts");
        child.stdin.take().expect("a pipe").write_all(input.as_bytes()).expect("read by opsctl or buffered");
        child.wait_with_output().expect("opsctl ends")
    }

    pub fn command(&self) -> Command {
        command(&self.0)
    }

    /// With this in `OPS_TOKEN`.
    pub fn run_as(&self, token: impl AsRef<OsStr>, words: &[&str]) -> Output {
        command(&self.0).env("OPS_TOKEN", token).args(words).output().expect("opsctl ends")
    }
}

fn command(home: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_opsctl"));
    command
        .env("XDG_CONFIG_HOME", home)
        .env_remove("OPS_URL")
        .env_remove("OPS_TOKEN")
        // Nobody listens there: this machine is never asked for through a proxy.
        .env("HTTP_PROXY", "http://127.0.0.1:9")
        .env("http_proxy", "http://127.0.0.1:9")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

impl Drop for Home {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

pub fn stdout(out: &Output) -> String {
    String::from_utf8_lossy(&out.stdout).into_owned()
}

pub fn stderr(out: &Output) -> String {
    String::from_utf8_lossy(&out.stderr).into_owned()
}
