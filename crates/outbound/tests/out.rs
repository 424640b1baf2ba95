//! The way out against real servers on loopback, allowed here and refused by default; nothing a name or a redirect says gets around it.

mod tls;

use outbound::{Allowed, BODY_MOST, Outbound, Request, Trouble};
use std::{
    net::{IpAddr, Ipv4Addr, SocketAddr},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};
use tls::{now, tls};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};

const LIMIT: Duration = Duration::from_secs(5);

fn out(allow: &str) -> Outbound {
    Outbound::new(allow.parse::<Allowed>().expect("a list"), &[]).expect("roots")
}

/// Addresses of this machine: the first is allowed where a test says so, the second is not.
const OPEN: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);
const CLOSED: IpAddr = IpAddr::V4(Ipv4Addr::new(127, 0, 0, 2));

/// A server that answers every request with this text, and counts connections.
async fn server(answer: impl Fn(&str) -> Vec<u8> + Send + Sync + 'static) -> (SocketAddr, Arc<AtomicUsize>) {
    server_at(OPEN, answer).await
}

async fn server_at(ip: IpAddr, answer: impl Fn(&str) -> Vec<u8> + Send + Sync + 'static) -> (SocketAddr, Arc<AtomicUsize>) {
    let listener = TcpListener::bind((ip, 0)).await.expect("a free port");
    let (address, seen) = (listener.local_addr().expect("an address"), Arc::new(AtomicUsize::new(0)));
    let (count, answer) = (seen.clone(), Arc::new(answer));
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            count.fetch_add(1, Ordering::SeqCst);
            let answer = answer.clone();
            tokio::spawn(async move {
                let mut asked = vec![0; 8192];
                let Ok(read) = stream.read(&mut asked).await else { return };
                let answer = answer(&String::from_utf8_lossy(&asked[..read]));
                stream.write_all(&answer).await.ok();
                if answer.ends_with(b"...") {
                    tokio::time::sleep(Duration::from_secs(60)).await;
                }
            });
        }
    });
    (address, seen)
}

fn ok(body: &str) -> Vec<u8> {
    format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{body}", body.len()).into_bytes()
}

#[tokio::test]
async fn an_answer_comes_whole_and_says_who_asked() {
    let (at, _) = server(ok_if_ours).await;
    let answer = out("127.0.0.0/8").fetch(Request::get(&format!("http://{at}/health?a=1")), LIMIT).await.expect("an answer");
    assert_eq!((answer.status, answer.body.as_slice(), answer.cut), (200, b"fine".as_slice(), false));
}

fn ok_if_ours(asked: &str) -> Vec<u8> {
    let fits = asked.starts_with("GET /health?a=1 HTTP/1.1\r\n")
        && asked.contains("user-agent: ops-console/")
        && asked.contains("host: 127.0.0.1:");
    if fits { ok("fine") } else { b"HTTP/1.1 400 no\r\ncontent-length: 0\r\n\r\n".to_vec() }
}

#[tokio::test]
async fn nothing_that_is_not_public_is_reached_however_it_is_written() {
    let (at, seen) = server(|_| ok("secret")).await;
    let (port, out) = (at.port(), out(""));
    for host in [
        "127.0.0.1",
        "localhost",
        "2130706433",
        "0x7f000001",
        "0177.0.0.1",
        "0x7f.1",
        "127.1",
        "0",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "[64:ff9b::7f00:1]",
        "[::127.0.0.1]",
        "[2002:7f00:1::]",
        "10.0.0.1",
        "192.168.0.1",
        "169.254.169.254",
        "100.64.0.1",
        "224.0.0.1",
        "[fe80::1]",
        "[fd00::1]",
        "localhost.",
        "LOCALHOST",
        "127.0.0.1.",
    ] {
        let url = format!("http://{host}:{port}/");
        let trouble = out.fetch(Request::get(&url), LIMIT).await.expect_err(host);
        assert!(matches!(trouble, Trouble::Closed { .. } | Trouble::NoName(_) | Trouble::BadUrl(_)), "{host}: {trouble}");
        let bare = host.trim_matches(['[', ']']);
        for touched in [out.touch(bare, port, LIMIT).await, out.certificate(bare, port, LIMIT).await.map(drop)] {
            assert!(touched.is_err(), "{host}");
        }
    }
    for url in ["http://user:pw@127.0.0.1/", "ftp://127.0.0.1/", "file:///etc/passwd", "http://", "127.0.0.1", "http:///x"] {
        assert!(out.fetch(Request::get(url), LIMIT).await.is_err(), "{url}");
    }
    assert_eq!(seen.load(Ordering::SeqCst), 0, "nobody connected");
    let said = out.fetch(Request::get("http://localhost/"), LIMIT).await.expect_err("closed").to_string();
    assert!(said.contains("loopback") && said.contains("allow-private"), "{said}");
}

#[tokio::test]
async fn a_redirect_is_judged_again_and_ends() {
    // One loopback address is allowed here, and no other.
    let only = out("127.0.0.1/32").resolving(|name| match name {
        "127.0.0.1" | "outside.test" => vec![OPEN],
        "inside.test" => vec![CLOSED],
        _ => Vec::new(),
    });
    let (inside, seen) = server_at(CLOSED, |_| ok("secret")).await;
    let to = format!("HTTP/1.1 302 Found\r\nlocation: http://inside.test:{}/\r\ncontent-length: 0\r\n\r\n", inside.port());
    let (at, first) = server(move |_| to.clone().into_bytes()).await;
    let trouble = only.fetch(Request::get(&format!("http://outside.test:{}/", at.port())), LIMIT).await.expect_err("judged again");
    assert_eq!(trouble, Trouble::Closed { host: "inside.test".into(), address: CLOSED, what: "loopback" });
    assert_eq!((first.load(Ordering::SeqCst), seen.load(Ordering::SeqCst)), (1, 0), "the first was asked, the second was not");
    let only = out("127.0.0.1/32");
    let elsewhere = "HTTP/1.1 302 Found\r\nlocation: http://169.254.169.254/latest/meta-data\r\ncontent-length: 0\r\n\r\n";
    let (meta, _) = server(move |_| elsewhere.as_bytes().to_vec()).await;
    let trouble = only.fetch(Request::get(&format!("http://{meta}/")), LIMIT).await.expect_err("judged again");
    assert!(matches!(trouble, Trouble::Closed { what: "link-local", .. }), "{trouble}");
    let (circle, hops) = server(|_| b"HTTP/1.1 301 Moved\r\nlocation: /again\r\ncontent-length: 0\r\n\r\n".to_vec()).await;
    let trouble = only.fetch(Request::get(&format!("http://{circle}/")), LIMIT).await.expect_err("no end");
    assert_eq!((trouble, hops.load(Ordering::SeqCst)), (Trouble::TooManyRedirects(5), 6));
    let url = format!("http://{circle}/");
    let stays = Request { follow: false, ..Request::get(&url) };
    assert_eq!(only.fetch(stays, LIMIT).await.expect("as it is").status, 301);
}

#[tokio::test]
async fn what_is_too_long_is_cut_and_what_is_too_slow_is_left() {
    let (long, _) =
        server(|_| format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{}", 2 * BODY_MOST, "x".repeat(2 * BODY_MOST)).into_bytes()).await;
    let out = out("127.0.0.1");
    let answer = out.fetch(Request::get(&format!("http://{long}/")), LIMIT).await.expect("a part");
    assert!(answer.cut && answer.body.len() == BODY_MOST);
    let (slow, _) = server(|_| b"HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\nwait...".to_vec()).await;
    let trouble = out.fetch(Request::get(&format!("http://{slow}/")), Duration::from_millis(300)).await.expect_err("too slow");
    assert_eq!(trouble, Trouble::TooSlow(1));
    let (broken, _) = server(|_| b"HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\nhalf".to_vec()).await;
    let trouble = out.fetch(Request::get(&format!("http://{broken}/")), LIMIT).await.expect_err("half");
    assert!(matches!(trouble, Trouble::BrokeOff { .. }), "{trouble}");
    let nobody = TcpListener::bind("127.0.0.1:0").await.expect("a port").local_addr().expect("an address");
    let trouble = out.touch("127.0.0.1", nobody.port(), LIMIT).await.expect_err("nobody");
    assert!(matches!(trouble, Trouble::NoConnection { .. }), "{trouble}");
}

#[tokio::test]
async fn an_answer_in_chunks_that_never_ends_is_cut_off() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let at = listener.local_addr().expect("an address");
    let sends = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.expect("asked");
        stream.write_all(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n").await.expect("a head");
        let chunk = format!("{:x}\r\n{}\r\n", 8192, "x".repeat(8192));
        while stream.write_all(chunk.as_bytes()).await.is_ok() {}
    });
    let answer = out("127.0.0.1").fetch(Request::get(&format!("http://{at}/")), LIMIT).await.expect("a part, long before the limit");
    assert_eq!((answer.status, answer.cut, answer.body.len()), (200, true, BODY_MOST));
    tokio::time::timeout(LIMIT, sends).await.expect("nobody reads on").expect("no panic");
}

#[tokio::test]
async fn a_name_with_one_closed_address_is_closed_in_whatever_order_they_come() {
    let (open, at_open) = server(|_| ok("fine")).await;
    let both = out("127.0.0.1/32").resolving(|name| match name {
        "open-first.test" => vec![OPEN, CLOSED],
        "closed-first.test" => vec![CLOSED, OPEN],
        "mapped.test" => vec![OPEN, Ipv4Addr::new(127, 0, 0, 2).to_ipv6_mapped().into()],
        "open.test" => vec![OPEN],
        _ => Vec::new(),
    });
    let port = open.port();
    for host in ["open-first.test", "closed-first.test", "mapped.test"] {
        let trouble = both.fetch(Request::get(&format!("http://{host}:{port}/")), LIMIT).await.expect_err(host);
        assert!(matches!(trouble, Trouble::Closed { .. }), "{host}: {trouble}");
        assert!(both.touch(host, port, LIMIT).await.is_err() && both.certificate(host, port, LIMIT).await.is_err(), "{host}");
    }
    assert_eq!(at_open.load(Ordering::SeqCst), 0, "not even the open one was asked");
    assert_eq!(both.fetch(Request::get(&format!("http://open.test:{port}/")), LIMIT).await.expect("an answer").body, b"fine");
    assert_eq!(both.touch("nobody.test", port, LIMIT).await, Err(Trouble::NoName("nobody.test".into())));
}

#[tokio::test]
async fn a_name_that_means_something_else_a_moment_later_is_connected_to_as_it_was_judged() {
    let (open, at_open) = server(|_| ok("fine")).await;
    // At the same port of the closed address somebody listens, too.
    let closed = TcpListener::bind((CLOSED, open.port())).await.expect("the same port");
    let asked = Arc::new(AtomicUsize::new(0));
    let count = asked.clone();
    let rebinding = out("127.0.0.1/32").resolving(move |_| vec![if count.fetch_add(1, Ordering::SeqCst) == 0 { OPEN } else { CLOSED }]);
    let url = format!("http://turns.test:{}/", open.port());
    assert_eq!(rebinding.fetch(Request::get(&url), LIMIT).await.expect("an answer").body, b"fine");
    assert_eq!(
        (asked.load(Ordering::SeqCst), at_open.load(Ordering::SeqCst)),
        (1, 1),
        "asked once: what was judged is what was connected to"
    );
    let trouble = rebinding.fetch(Request::get(&url), LIMIT).await.expect_err("it means something else now");
    assert!(matches!(trouble, Trouble::Closed { .. }), "{trouble}");
    assert!(tokio::time::timeout(Duration::from_millis(50), closed.accept()).await.is_err(), "nobody came");
}

#[tokio::test]
async fn a_certificate_is_judged_and_its_end_is_read_even_if_it_is_refused() {
    let (at, root) = tls(30).await;
    let allowed: Allowed = "127.0.0.0/8, ::1".parse().expect("a list");
    let trusting = Outbound::new(allowed.clone(), &[root]).expect("roots");
    let url = format!("https://localhost:{}/", at.port());
    assert_eq!(trusting.fetch(Request::get(&url), LIMIT).await.expect("an answer").body, b"over tls");
    let (ends, trouble) = trusting.certificate("localhost", at.port(), LIMIT).await.expect("a certificate");
    assert!((29 * 86_400..=30 * 86_400).contains(&(ends - now())) && trouble.is_none(), "{trouble:?}");
    let strict = Outbound::new(allowed.clone(), &[]).expect("roots");
    let trouble = strict.fetch(Request::get(&url), LIMIT).await.expect_err("nobody knows its maker");
    assert!(matches!(trouble, Trouble::BadCertificate { .. }), "{trouble}");
    let (ends, trouble) = strict.certificate("localhost", at.port(), LIMIT).await.expect("seen all the same");
    assert!(ends > now() && trouble.is_some());
    let (old, root) = tls(-3).await;
    let (ends, trouble) =
        Outbound::new(allowed, &[root]).expect("roots").certificate("localhost", old.port(), LIMIT).await.expect("seen all the same");
    assert!(ends < now() - 2 * 86_400 && trouble.expect("expired").to_string().contains("xpired"));
}

#[tokio::test]
async fn names_are_resolved_without_a_connection() {
    let found = out("").names("localhost", LIMIT).await.expect("known");
    assert!(found.iter().all(std::net::IpAddr::is_loopback) && !found.is_empty());
    assert!(matches!(out("").names("no-such-name.invalid", LIMIT).await, Err(Trouble::NoName(_))));
}
