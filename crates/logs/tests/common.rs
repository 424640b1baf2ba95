//! A directory of the test's own, and reading what lies in it. Not in here: tests.
#![allow(dead_code, clippy::allow_attributes, reason = "each test binary uses its own part of it")]

use domain::{At, LogLine};
use logs::{Followed, Logs, Most, Refused, Source, Tail, Want};
use std::{
    fs,
    path::{Path, PathBuf},
    time::Duration,
};
use tokio::sync::mpsc;

pub struct Dir(PathBuf);

impl Dir {
    pub fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("logs-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(&path).expect("a directory");
        Self(path.canonicalize().expect("a real one"))
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    pub fn write(&self, name: &str, text: impl AsRef<[u8]>) -> PathBuf {
        fs::write(self.path(name), text).expect("written");
        self.path(name)
    }
}

impl Drop for Dir {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

pub fn now() -> At {
    "2026-11-26T12:00:00Z".parse().expect("a time")
}

pub fn want(lines: u64) -> Want {
    Want { most: Most { lines, bytes: 4 << 20 }, since: None, plain: false, now: now(), pseudonyms: None, until: None }
}

/// The logs of one service, `app`.
pub fn of(what: &str) -> Logs {
    Logs::new(Source::parse_all(&format!("app={what}")).expect("a source"))
}

pub fn of_file(path: &Path) -> Logs {
    of(&format!("file:{}", path.display()))
}

pub async fn tail(path: &Path, lines: u64) -> Result<Tail, Refused> {
    of_file(path).tail("app", want(lines)).await
}

pub fn words(lines: &[LogLine]) -> Vec<&str> {
    lines.iter().map(|line| line.message.as_str()).collect()
}

pub fn follow(logs: &Logs, lines: u64) -> mpsc::Receiver<Followed> {
    let (sender, followed) = mpsc::channel(10_000);
    logs.follow("app", want(lines), sender).expect("followed");
    followed
}

/// The next line; a test that waits for it in vain fails and does not hang.
pub async fn next(followed: &mut mpsc::Receiver<Followed>) -> String {
    match tokio::time::timeout(Duration::from_secs(60), followed.recv()).await.expect("a line comes") {
        Some(Followed::Line(line)) => line.message,
        other => panic!("no line but {other:?}"),
    }
}
