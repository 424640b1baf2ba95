//! A container's log: of real containers from a real engine (podman, with busybox in them), and from a socket that answers as engines are
//! documented to, in pieces that a real one sends only once in a while.

mod common;

use common::{Dir, follow, next, of, want, words};
use domain::{At, LogLevel, LogLine};
use logs::Followed;
use std::{
    io::{BufRead, BufReader, Write},
    os::unix::net::{UnixListener, UnixStream},
    process::{Child, Command},
    time::{Duration, UNIX_EPOCH},
};

/// An engine with its containers in a directory of the test's; all of them end with it.
struct Podman {
    dir: Dir,
    service: Child,
}

impl Podman {
    fn start() -> Self {
        let dir = Dir::new("podman");
        let service = podman(&dir, "serve").spawn().expect("podman.sh starts");
        let socket = dir.path("engine.sock");
        let mut tries = 0;
        while UnixStream::connect(&socket).is_err() {
            tries += 1;
            assert!(tries < 600, "podman serves nothing at {}", socket.display());
            std::thread::sleep(Duration::from_millis(50));
        }
        Self { dir, service }
    }

    /// Starts a container; `options` are those of `podman run`.
    fn run(&self, script: &str, options: &[&str]) {
        let ran = podman(&self.dir, "run").arg(script).args(["--detach", "--log-driver", "k8s-file"]).args(options).output();
        let ran = ran.expect("podman.sh starts");
        assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    }

    fn source(&self, container: &str) -> String {
        format!("docker:{container}@{}", self.dir.path("engine.sock").display())
    }
}

impl Drop for Podman {
    fn drop(&mut self) {
        drop(podman(&self.dir, "end").output());
        drop(self.service.kill());
        drop(self.service.wait());
    }
}

fn podman(dir: &Dir, what: &str) -> Command {
    let mut podman = Command::new("sh");
    podman.arg(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/podman.sh")).arg(dir.path("")).arg(what);
    podman
}

/// Whether this machine can run no container: `cargo xtask test` has tried, and said so.
fn no_containers() -> bool {
    std::env::var("NO_CONTAINERS").is_ok_and(|why| !why.is_empty())
}

#[tokio::test(flavor = "multi_thread")]
async fn real_containers_are_read_and_followed() {
    if no_containers() {
        return;
    }
    let engine = Podman::start();
    // It waits for a file in its root, which we can write.
    let script = "echo INFO up token=hunter2; sleep 1; echo '2026-11-26T09:59:59Z ERROR no database' >&2; \
                  while [ ! -e /go ]; do sleep 0.1; done; echo WARN later password=hunter2; sleep 600";
    engine.run(script, &["--name", "plain"]);
    engine.run("printf '\\033[31mWARN\\033[0m red\\n'; sleep 600", &["--name", "tty", "--tty"]);

    let (plain, tty) = (of(&engine.source("plain")), of(&engine.source("tty")));
    let mut followed = follow(&plain, 2);
    assert_eq!([next(&mut followed).await, next(&mut followed).await], ["up token=[hidden]", "no database"]);
    let tail = plain.tail("app", want(50)).await.expect("read");
    let said: Vec<_> = tail.lines.iter().map(|line| (line.level.map(LogLevel::word), line.message.as_str())).collect();
    assert_eq!(said, [(Some("info"), "up token=[hidden]"), (Some("error"), "no database")]);
    let now = UNIX_EPOCH.elapsed().expect("a clock").as_secs();
    let lately = |line: &LogLine| line.ts.is_some_and(|ts| ts.secs_since(At::from_millis(0)).abs_diff(now.cast_signed()) < 600);
    assert!(tail.lines.iter().all(lately), "the engine's time, also of the one that says another: {:?}", tail.lines);

    engine.dir.write("rootfs/go", "");
    assert_eq!(next(&mut followed).await, "later password=[hidden]");
    assert_eq!(words(&plain.tail("app", want(1)).await.expect("read").lines), ["later password=[hidden]"]);

    let mut tail = tty.tail("app", want(50)).await.expect("read");
    while tail.lines.is_empty() {
        tokio::time::sleep(Duration::from_millis(50)).await;
        tail = tty.tail("app", want(50)).await.expect("read");
    }
    assert_eq!((words(&tail.lines), tail.lines[0].level), (vec!["red"], Some(LogLevel::Warn)));

    let refused = of(&engine.source("other")).tail("app", want(50)).await.expect_err("no such container").to_string();
    assert!(refused.contains("no such container"), "{refused}");
}

/// A socket that answers for two containers, `plain` without a terminal and `tty` with one.
fn engine(dir: &Dir) -> String {
    let socket = dir.path("engine.sock");
    let listener = UnixListener::bind(&socket).expect("a socket");
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let mut request = String::new();
            BufReader::new(stream.try_clone().expect("a clone")).read_line(&mut request).expect("a request");
            let body = match request.split_whitespace().nth(1).unwrap_or_default() {
                "/containers/plain/json" => b"{\"Config\":{\"Tty\":false}}".to_vec(),
                "/containers/tty/json" => b"{\"Config\":{\"Tty\":true}}".to_vec(),
                path if path.starts_with("/containers/plain/logs?stdout=1&stderr=1&timestamps=1&tail=50&") => [
                    frame(1, "2026-11-26T10:00:00.123456789Z INFO up and "),
                    frame(2, "2026-11-26T10:00:01.000000000Z 2026-11-26T09:59:59Z ERROR no database\n"),
                    frame(1, "running token=hunter2\n2026-11-26T10:00:02.000000000Z {\"level\":\"warn\",\"msg\":\"slow\"}\n"),
                ]
                .concat(),
                // Whoever follows is told what comes later, until the container ends.
                path if path.starts_with("/containers/plain/logs?") && path.contains("follow=1") => {
                    follow_up(&mut stream);
                    continue;
                }
                path if path.starts_with("/containers/tty/logs?") => {
                    b"2026-11-26T10:00:00.123456789Z \x1b[31mWARN\x1b[0m red\r\n2026-11-26T10:00:01.000000000Z plain".to_vec()
                }
                _ => {
                    stream.write_all(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n").expect("written");
                    continue;
                }
            };
            write!(stream, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n").expect("written");
            // In the smallest pieces: a frame may end anywhere.
            for piece in body.chunks(5) {
                write!(stream, "{:x}\r\n", piece.len())
                    .and_then(|()| stream.write_all(piece))
                    .and_then(|()| stream.write_all(b"\r\n"))
                    .expect("written");
            }
            stream.write_all(b"0\r\n\r\n").expect("written");
        }
    });
    socket.display().to_string()
}

fn follow_up(stream: &mut UnixStream) {
    write!(stream, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n").expect("written");
    for text in ["2026-11-26T10:00:03Z INFO first\n", "2026-11-26T10:00:04Z INFO later password=hunter2\n"] {
        let frame = frame(1, text);
        // The second only once the first was on its way for a while.
        std::thread::sleep(Duration::from_millis(200));
        write!(stream, "{:x}\r\n", frame.len())
            .and_then(|()| stream.write_all(&frame))
            .and_then(|()| stream.write_all(b"\r\n"))
            .expect("written");
    }
    stream.write_all(b"0\r\n\r\n").expect("written");
}

fn frame(stream: u8, text: &str) -> Vec<u8> {
    let length = u32::try_from(text.len()).expect("short").to_be_bytes();
    [&[stream, 0, 0, 0][..], &length, text.as_bytes()].concat()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_containers_streams_are_put_together() {
    let dir = Dir::new("engine");
    let socket = engine(&dir);
    let tail = of(&format!("docker:plain@{socket}")).tail("app", want(50)).await.expect("read");
    let said: Vec<_> = tail
        .lines
        .iter()
        .map(|line| (line.ts.map(|at| at.clock()).unwrap_or_default(), line.level.map(LogLevel::word), line.message.as_str()))
        .collect();
    assert_eq!(
        said,
        [
            ("10:00:01".to_owned(), Some("error"), "no database"),
            ("10:00:00".to_owned(), Some("info"), "up and running token=[hidden]"),
            ("10:00:02".to_owned(), Some("warn"), "slow"),
        ]
    );
    let tail = of(&format!("docker:tty@{socket}")).tail("app", want(50)).await.expect("read");
    assert_eq!(words(&tail.lines), ["red", "plain"]);
    assert_eq!(tail.lines[0].level, Some(LogLevel::Warn));
    let refused = of(&format!("docker:other@{socket}")).tail("app", want(50)).await.expect_err("no such container").to_string();
    assert!(refused.contains("no such container"), "{refused}");
    let refused = of("docker:web@/no/such.sock").tail("app", want(50)).await.expect_err("no engine").to_string();
    assert!(refused.contains("no container engine at /no/such.sock"), "{refused}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_container_is_followed_until_it_ends() {
    let dir = Dir::new("engine-followed");
    let socket = engine(&dir);
    let mut followed = follow(&of(&format!("docker:plain@{socket}")), 7);
    assert_eq!([next(&mut followed).await, next(&mut followed).await], ["first", "later password=[hidden]"]);
    let over = tokio::time::timeout(Duration::from_secs(60), followed.recv()).await.expect("an end");
    assert!(matches!(&over, Some(Followed::Over(why)) if why == "The source has ended."), "{over:?}");
}
