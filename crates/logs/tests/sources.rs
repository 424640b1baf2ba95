//! Real programs that write logs: the private Postgres, nginx from the distribution's packages.

mod common;

use common::{Dir, follow, next, of_file, want, words};
use domain::LogLevel;
use logs::{Logs, Source};
use std::{
    io::{Read, Write},
    net::{TcpListener, TcpStream},
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
