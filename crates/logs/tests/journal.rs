//! A real journal, written by systemd's own program and read by its own: the unit that is configured and no other, with the journal's times
//! and levels and without secrets, also while it grows.

mod common;

use common::{Dir, follow, next, of, want, words};
use domain::At;
use logs::{Logs, Most, Want};
use std::{
    fmt::Write as _,
    io::Write as _,
    path::Path,
    process::{Child, Command, Stdio},
};

const WRITER: &str = "/lib/systemd/systemd-journal-remote";
/// 2026-11-26T10:00:00Z, in microseconds.
const BEGIN: u64 = 1_795_687_200_000_000;
const UNIT: &str = "postgresql@17-main.service";

/// An entry in the form in which journals are exported: fields, and an empty line.
fn entry(second: u64, unit: &str, priority: u8, message: &str) -> Vec<u8> {
    let mut fields = String::new();
    write!(
        fields,
        "__REALTIME_TIMESTAMP={}\n__MONOTONIC_TIMESTAMP={}\n_BOOT_ID=0123456789abcdef0123456789abcdef\n_MACHINE_ID={MACHINE}\n_SYSTEMD_UNIT={unit}\nPRIORITY={priority}\n",
        BEGIN + second * 1_000_000,
        1_000 + second
    )
    .expect("a text");
    let mut entry = fields.into_bytes();
    if message.contains('\n') {
        // What has line ends of its own says how long it is.
        entry.extend(b"MESSAGE\n");
        entry.extend((message.len() as u64).to_le_bytes());
    } else {
        entry.extend(b"MESSAGE=");
    }
    entry.extend(message.as_bytes());
    entry.extend(b"\n\n");
    entry
}

const MACHINE: &str = "fedcba9876543210fedcba9876543210";

/// A program that writes what it is given into a journal, until this is dropped.
struct Writer(Child);

impl Writer {
    /// Where a host has its journal: in a directory of the machine's within the one that is named.
    fn begin(directory: &Path) -> Self {
        let machine = directory.join(MACHINE);
        std::fs::create_dir_all(&machine).expect("a directory");
        let mut command = Command::new(WRITER);
        command.arg("-o").arg(machine.join("system.journal")).arg("-").stdin(Stdio::piped()).stderr(Stdio::null());
        Self(command.spawn().expect("systemd-journal-remote is installed; `cargo xtask test` does that"))
    }

    fn write(&mut self, entry: &[u8]) {
        let pipe = self.0.stdin.as_mut().expect("a pipe");
        pipe.write_all(entry).and_then(|()| pipe.flush()).expect("written");
    }

    fn end(&mut self) {
        drop(self.0.stdin.take());
        assert!(self.0.wait().expect("ended").success());
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        drop(self.0.stdin.take());
        drop(self.0.wait());
    }
}

fn journal(directory: &Path) -> Logs {
    of(&format!("journal:{UNIT}@{}", directory.display()))
}

fn written(dir: &Dir) -> Writer {
    let mut writer = Writer::begin(&dir.path("host"));
    for (second, unit, priority, message) in [
        (0, UNIT, 6, "ready to accept connections"),
        (1, "sshd.service", 3, "somebody else's"),
        (2, UNIT, 4, "login of ada@example.org with password=hunter2horse"),
        (3, UNIT, 3, "relation \"rooms\" does not exist\nSTATEMENT: select 1"),
        (4, UNIT, 7, "checkpoint"),
    ] {
        writer.write(&entry(second, unit, priority, message));
    }
    writer
}

#[tokio::test]
async fn a_unit_is_read_with_the_journals_times_and_levels_and_without_secrets() {
    let dir = Dir::new("journal-tail");
    written(&dir).end();
    let logs = journal(&dir.path("host"));
    let tail = logs.tail("app", want(50)).await.expect("read");
    let said: Vec<_> = tail
        .lines
        .iter()
        .map(|line| {
            (line.ts.map(|ts| ts.to_string()).unwrap_or_default(), line.level.map_or("", |level| level.word()), line.message.as_str())
        })
        .collect();
    let at = |second: u64| At::from_millis(i64::try_from(BEGIN / 1000 + second * 1000).expect("small")).to_string();
    assert_eq!(
        said,
        [
            (at(0), "info", "ready to accept connections"),
            (at(2), "warn", "login of [email] with password=[hidden]"),
            (at(3), "error", "relation \"rooms\" does not exist STATEMENT: select 1"),
            (at(4), "debug", "checkpoint"),
        ]
    );
    assert_eq!((tail.done.removed["email"], tail.done.removed["hidden"]), (1, 1), "{:?}", tail.done);
    let last = logs.tail("app", want(2)).await.expect("read");
    assert_eq!(words(&last.lines), ["relation \"rooms\" does not exist STATEMENT: select 1", "checkpoint"], "the last ones");
    let since = Want { since: Some(at(3).parse().expect("a time")), ..want(50) };
    assert_eq!(logs.tail("app", since).await.expect("read").lines.len(), 2);
    let few = Want { most: Most { lines: 50, bytes: 40 }, ..want(50) };
    let few = logs.tail("app", few).await.expect("read");
    assert_eq!(words(&few.lines), ["checkpoint"], "the newest");
    assert_eq!(few.done.cut, ["Older lines were left out: not more than 40 bytes of a log are read."]);
    let none = of(&format!("journal:nginx.service@{}", dir.path("host").display()));
    assert!(none.tail("app", want(50)).await.expect("read").lines.is_empty(), "a unit that said nothing");
}

#[tokio::test]
async fn a_follower_hears_what_is_written_into_a_journal() {
    let dir = Dir::new("journal-follow");
    let mut writer = written(&dir);
    let logs = journal(&dir.path("host"));
    // The writer is a program of its own: it has come so far when the last of it can be read.
    let there = async {
        while logs.tail("app", want(50)).await.map_or(0, |tail| tail.lines.len()) < 4 {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(60), there).await.expect("written");
    let mut followed = follow(&logs, 1);
    assert_eq!(next(&mut followed).await, "checkpoint");
    writer.write(&entry(5, "sshd.service", 6, "somebody else's"));
    writer.write(&entry(6, UNIT, 6, "new token=hunter2"));
    assert_eq!(next(&mut followed).await, "new token=[hidden]");
}

#[tokio::test]
async fn a_journal_that_is_not_there_is_told_where_it_is_listed_and_where_it_is_read() {
    let dir = Dir::new("journal-gone");
    let logs = journal(&dir.path("gone"));
    let listed = logs.services().await.remove(0);
    assert_eq!((listed.kind, listed.place), ("journal", format!("{UNIT} in {}", dir.path("gone").display())));
    assert!(listed.problem.is_some_and(|problem| problem.contains("cannot be opened")));
    let refused = logs.tail("app", want(5)).await.expect_err("nothing is there").to_string();
    assert!(refused.contains("journalctl ended with") && refused.contains("gone"), "{refused}");
    drop(written(&dir));
    assert_eq!(journal(&dir.path("host")).services().await.remove(0).problem, None);
}
