//! Real programs that write logs: the private Postgres, nginx from the distribution's packages; and a container engine's socket,
//! spoken to as it is documented.

mod common;

use common::{Dir, follow, next, of, of_file, want, words};
use domain::LogLevel;
use logs::{Followed, Logs, Source};
use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    os::unix::net::{UnixListener, UnixStream},
    path::Path,
    process::{Child, Command, Stdio},
    time::Duration,
};

#[tokio::test]
async fn postgres_says_what_it_refused() {
    let dir = Dir::new("postgres");
    let data = dir.path("data");
    let postgres = tokio::task::spawn_blocking(move || cluster::Cluster::start(&data, &cluster::Options::throwaway()))
        .await
        .expect("started")
        .expect("a Postgres");
    let psql = cluster::Binaries::find().expect("binaries").dir().join("psql");
    let url = postgres.url(postgres.superuser(), "postgres");
    let said = Command::new(psql).args([&url, "-c", "select 'token=hunter2secret' from no_such_table"]).output().expect("psql runs");
    assert!(!said.status.success());
    let logs = Logs::new(vec![Source::own("postgres-own", postgres.log())]);
    let tail = logs.tail("postgres-own", want(50)).await.expect("read");
    let at =
        tail.lines.iter().position(|line| line.message.contains("no_such_table")).unwrap_or_else(|| panic!("{:?}", words(&tail.lines)));
    assert_eq!(tail.lines[at].level, Some(LogLevel::Error));
    let statement = &tail.lines[at + 1];
    assert!(statement.message.contains("STATEMENT") && statement.message.contains("token=[hidden]"), "{statement:?}");
    assert_eq!((statement.level, statement.ts.is_some()), (Some(LogLevel::Error), true), "a part of the line before");
    assert!(tail.lines.iter().all(|line| line.ts.is_some()), "{:?}", tail.lines);
    postgres.stop().expect("stopped");
}

struct Nginx(Child);

impl Drop for Nginx {
    fn drop(&mut self) {
        // Told to end, so that it ends its worker too.
        drop(Command::new("kill").arg(self.0.id().to_string()).status());
        drop(self.0.wait());
    }
}

fn nginx(dir: &Dir) -> (Nginx, u16) {
    let program = ["/usr/sbin/nginx", "/usr/bin/nginx"].into_iter().find(|path| Path::new(path).is_file());
    let program = program.expect("nginx is installed; `cargo xtask test` does that, or apt-get install -y nginx-light");
    let port = TcpListener::bind("127.0.0.1:0").and_then(|free| free.local_addr()).expect("a free port").port();
    let at = |name: &str| dir.path(name).display().to_string();
    let config = format!(
        "daemon off; worker_processes 1; pid {}; error_log {} info; events {{ worker_connections 64; }}\n\
         http {{ access_log {}; client_body_temp_path {}; proxy_temp_path {}; fastcgi_temp_path {}; uwsgi_temp_path {}; scgi_temp_path {};\n\
         server {{ listen 127.0.0.1:{port}; root {}; }} }}\n",
        at("pid"),
        at("error.log"),
        at("access.log"),
        at("t1"),
        at("t2"),
        at("t3"),
        at("t4"),
        at("t5"),
        at("www")
    );
    let child = Command::new(program)
        .arg("-e")
        .arg(dir.path("error.log"))
        .arg("-c")
        .arg(dir.write("nginx.conf", config))
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .spawn();
    (Nginx(child.expect("nginx starts")), port)
}

fn get(port: u16, path: &str) -> std::io::Result<String> {
    let mut stream = TcpStream::connect(("127.0.0.1", port))?;
    write!(stream, "GET {path} HTTP/1.1\r\nHost: shop.example\r\nUser-Agent: test\r\nConnection: close\r\n\r\n")?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    Ok(answer)
}

#[tokio::test(flavor = "multi_thread")]
async fn nginx_says_what_it_served_and_what_it_could_not() {
    let dir = Dir::new("nginx");
    std::fs::create_dir(dir.path("www")).expect("a directory");
    std::fs::write(dir.path("www/a.txt"), "there").expect("written");
    // It may run as another user than the one who made the directory.
    for path in [dir.path("www"), dir.path("")] {
        assert!(Command::new("chmod").args(["-R", "a+rX"]).arg(path).status().expect("chmod runs").success());
    }
    let (_nginx, port) = nginx(&dir);
    while get(port, "/a.txt").is_err() {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let logs = of_file(&dir.path("access.log"));
    let mut followed = follow(&logs, 0);
    tokio::time::sleep(Duration::from_millis(500)).await;
    assert!(get(port, "/missing?token=hunter2&page=2").expect("an answer").contains("404"));
    let line = next(&mut followed).await;
    assert!(line.contains("GET /missing?token=") && line.contains("404") && !line.contains("hunter2"), "{line}");
    let access = logs.tail("app", want(10)).await.expect("read");
    let last = access.lines.last().expect("a line");
    assert_eq!((last.level, last.ts.is_some()), (Some(LogLevel::Warn), true));
    let served = access.lines.iter().find(|line| line.message.contains("a.txt")).expect("the first request");
    assert_eq!(served.level, Some(LogLevel::Info));
    let errors = of_file(&dir.path("error.log")).tail("app", want(50)).await.expect("read");
    let missing =
        errors.lines.iter().find(|line| line.message.contains("/missing")).unwrap_or_else(|| panic!("{:?}", words(&errors.lines)));
    assert_eq!((missing.level, missing.ts.is_some()), (Some(LogLevel::Error), true));
    assert!(!missing.message.contains("hunter2"), "{missing:?}");
}

/// An engine with two containers, `plain` without a terminal and `tty` with one.
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
