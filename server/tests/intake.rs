//! How much and how often customers' pages may report, as they meet it over the web: what is packed and too large, and who comes too
//! often, from one network or with one key, while everybody else is served.

mod door;
mod reporting;

use axum::http::StatusCode;
use door::Answer;
use flate2::{Compression, write::GzEncoder};
use reporting::*;
use std::{io::Write, net::IpAddr};
use uuid::Uuid;

const MEBIBYTE: usize = 1024 * 1024;
const GZIP: (&str, &str) = ("content-encoding", "gzip");

fn packed(text: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(text).expect("packed");
    encoder.finish().expect("packed")
}

/// An envelope with one event, of exactly so many bytes.
fn envelope(id: Uuid, size: usize) -> Vec<u8> {
    let id = id.simple();
    let start = format!(
        "{{}}\n{{\"type\":\"event\"}}\n{{\"event_id\":\"{id}\",\"exception\":{{\"values\":[{{\"type\":\"TypeError\",\"value\":\"no balcony\"}}]}},\"extra\":{{\"walls\":\""
    );
    let end = "\"}}\n";
    let filled = "a wall, ".bytes().cycle().take(size - start.len() - end.len());
    start.bytes().chain(filled).chain(end.bytes()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_packed_envelope_may_have_a_mebibyte_and_not_a_byte_more() {
    let pages = reporting().await;
    let from: IpAddr = [192, 0, 2, 1].into();
    let send = async |body: Vec<u8>| {
        assert!(body.len() < MEBIBYTE / 10, "small until it is unpacked: {}", body.len());
        pages.send(from, ENVELOPE, &[SHOP, GZIP], body).await
    };
    let ids = [Uuid::from_u128(1), Uuid::from_u128(2)];
    for (id, size) in ids.into_iter().zip([MEBIBYTE - 1, MEBIBYTE]) {
        let taken = send(packed(&envelope(id, size))).await;
        assert_eq!((taken.status, taken.body), (StatusCode::OK, format!("{{\"id\":\"{}\"}}", id.simple())), "{size}");
    }
    let kept = "select count(*) || ' ' || bool_and(message = 'TypeError: no balcony' and pg_column_size(raw) * 10 < octet_length(raw)) from telemetry.event";
    assert_eq!(pages.sql(kept), "2 true");
    // More of them than may be read at once of one network: each gives its place back, although it is refused.
    let bomb = packed(&vec![b' '; 50 * MEBIBYTE]);
    let over = packed(&envelope(Uuid::from_u128(3), MEBIBYTE + 1));
    for body in [&over, &bomb, &over, &bomb, &over, &bomb] {
        let refused = send(body.clone()).await;
        assert_eq!(refused.status, StatusCode::PAYLOAD_TOO_LARGE, "{}", refused.body);
        assert_eq!(refused.headers["access-control-allow-origin"], SHOP.1, "the page can read it");
    }
    assert_eq!(pages.sql(kept), "2 true", "nothing of them is kept");
    assert_eq!(send(packed(&envelope(Uuid::from_u128(4), 4096))).await.status, StatusCode::OK);
    // Small ones need no such place, however many come at once.
    let small = (5..65).map(|id| pages.send(from, ENVELOPE, &[SHOP], envelope(Uuid::from_u128(id), 32 * 1024)));
    for answer in futures::future::join_all(small).await {
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    }
    assert_eq!(pages.sql("select count(*) from telemetry.event"), "63");
}

/// What both roads take for no report at all: it is judged for its rate, and costs nothing afterwards.
const NOTHING: &str = "no report";

/// Sends until it is refused for its rate; how often it was let in before, and the refusal.
async fn until_refused(pages: &Reporting, path: &str, from: impl Fn(u32) -> IpAddr) -> (u32, Answer) {
    for sent in 0..20_000 {
        let answer = pages.send(from(sent), path, &[SHOP], NOTHING).await;
        if answer.status == StatusCode::TOO_MANY_REQUESTS {
            return (sent, answer);
        }
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{path}: {}", answer.body);
    }
    panic!("{path} is never refused");
}

/// What somebody who is told to wait reads, whichever client it is.
fn says_when(refused: &Answer) {
    let header = |name: &str| refused.headers[name].to_str().expect("text");
    let wait: u32 = header("retry-after").parse().expect("seconds");
    assert!((1..=60).contains(&wait), "{wait}");
    assert_eq!(header("x-sentry-rate-limits"), format!("{wait}:error;default:key:rate"));
    assert_eq!(header("access-control-allow-origin"), SHOP.1, "the page can read it");
    let readable = header("access-control-expose-headers");
    assert!(readable.contains("retry-after") && readable.contains("x-sentry-rate-limits"), "{readable}");
}

/// Of another network each time.
fn everywhere(sent: u32) -> IpAddr {
    let [_, high, middle, low] = sent.to_be_bytes();
    IpAddr::from([10 + high, middle, low, 1])
}

#[tokio::test(flavor = "multi_thread")]
async fn who_comes_too_often_from_one_network_is_told_when_to_come_again_and_others_are_served() {
    let pages = reporting().await;
    for (n, path) in [(1, BEACON), (2, ENVELOPE)] {
        // Whatever its last digits say.
        let near = |sent: u32| IpAddr::from([192, 0, n, u8::try_from(sent % 250).expect("small")]);
        let (served, refused) = until_refused(&pages, path, near).await;
        assert!(served >= 200, "{path}: ten seconds' worth at once, not {served}");
        says_when(&refused);
        // The same key from another network, on both roads.
        for (path, body, status) in
            [(BEACON, "{}".into(), StatusCode::NO_CONTENT), (ENVELOPE, envelope(Uuid::from_u128(n.into()), 300), StatusCode::OK)]
        {
            let answer = pages.send([198, 51, 100, n].into(), path, &[SHOP], body).await;
            assert_eq!(answer.status, status, "{path}: {}", answer.body);
        }
    }
    // One network is one, by whichever road.
    let one = |_| IpAddr::from([203, 0, 113, 9]);
    until_refused(&pages, BEACON, one).await;
    let (served, _) = until_refused(&pages, ENVELOPE, one).await;
    assert!(served < 200, "what the beacon used up is not there for envelopes: {served}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_comes_too_often_is_told_when_to_come_again_and_another_key_is_served() {
    let pages = reporting().await;
    for path in [BEACON, ENVELOPE] {
        let (served, refused) = until_refused(&pages, path, everywhere).await;
        says_when(&refused);
        if path == BEACON {
            assert!(served >= 1_000, "ten seconds' worth at once, not {served}");
        } else {
            assert!(served < 1_000, "a key is one, by whichever road: {served}");
        }
        // From a network that was not heard of, and from one the key was refused in.
        for from in [IpAddr::from([198, 51, 100, 1]), everywhere(served)] {
            let other = pages.send(from, &path.replace(KEY, OTHER), &[SHOP], NOTHING).await;
            assert_eq!(other.status, StatusCode::UNPROCESSABLE_ENTITY, "{path}: {}", other.body);
        }
    }
    // The key may stand in the envelope alone.
    let named = format!("{{\"dsn\":\"https://{KEY}@ops.example/1\"}}\n");
    let mut last = None;
    for sent in 0..20_000 {
        let answer = pages.send(everywhere(50_000 + sent), "/api/1/envelope/", &[SHOP], named.clone()).await;
        if answer.status == StatusCode::TOO_MANY_REQUESTS {
            last = Some(sent);
            break;
        }
    }
    assert!(last.is_some_and(|sent| sent < 1_000), "{last:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn no_door_of_pages_names_an_origin_it_does_not_know() {
    let pages = reporting().await;
    let hostile =
        ["http://evil.example", "null", "*", "http://shop.example.evil.example", "http://shop.example:81", "https://shop.example"];
    let asked = async |method: &str, path: &str, origin: &str| {
        let headers = [("origin", origin), ("content-type", "text/plain")];
        let answer = pages.door.send(method, path, &headers, NOTHING.to_owned()).await;
        assert_eq!(answer.headers["vary"], "origin", "{method} {path}");
        answer.headers.get("access-control-allow-origin").map(|named| named.to_str().expect("text").to_owned())
    };
    for path in [BEACON, "/api/ops/reports?k=k0123456789abcdef", ENVELOPE] {
        for method in ["OPTIONS", "POST"] {
            for origin in hostile {
                assert_eq!(asked(method, path, origin).await, None, "{method} {path} {origin}");
            }
            assert_eq!(asked(method, path, SHOP.1).await.as_deref(), Some(SHOP.1), "{method} {path}");
            let unknown = path.replace(KEY, "k9999999999999999");
            assert_eq!(asked(method, &unknown, SHOP.1).await, None, "{method} {path}: with no key of ours nobody is known");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_page_of_another_origin_sends_is_refused_and_not_stored() {
    let pages = reporting().await;
    let batch = r#"{"v":1,"p":"a1","n":0,"e":[{"k":0,"c":1,"m":"Error: theirs","s":"","r":"/"}]}"#;
    let reports = r#"[{"type":"crash","url":"http://evil.example/","body":{"reason":"oom"}},
        {"type":"deprecation","url":"http://evil.example/","body":{"id":"Unload","message":"Unload is deprecated"}}]"#;
    let envelope = envelope(Uuid::from_u128(1), 300);
    let doors = [(BEACON, batch.as_bytes()), ("/api/ops/reports?k=k0123456789abcdef", reports.as_bytes()), (ENVELOPE, &envelope)];
    let groups = || pages.sql("select count(*) from telemetry.error_group");
    let mut n = 0;
    let mut send = async |path: &str, headers: &[(&str, &str)], body: &[u8]| {
        n += 1;
        pages.send([198, 51, n, 1].into(), path, headers, body.to_vec()).await
    };
    for origin in ["http://evil.example", "http://shop.example:81", "*"] {
        for (path, body) in doors {
            let answer = send(path, &[("origin", origin)], body).await;
            assert_eq!(answer.status, StatusCode::FORBIDDEN, "{path} {origin}");
            assert!(answer.body.contains("not among the origins of the key"), "{}", answer.body);
        }
        assert_eq!(groups(), "0", "{origin}");
    }
    // Nor does it take anything from those who may, from however many networks it comes.
    for n in 0..1_500_u16 {
        let [high, low] = n.to_be_bytes();
        assert_eq!(
            pages.send([10, low, high, 1].into(), BEACON, &[("origin", "http://evil.example")], NOTHING).await.status,
            StatusCode::FORBIDDEN
        );
    }
    // The same from where the key belongs, from the console itself, from a page that does not say, and from what is no page.
    for (path, body) in doors {
        for headers in [&[SHOP][..], &[("origin", "http://127.0.0.1:3000")], &[("origin", "null")], &[]] {
            let answer = send(path, headers, body).await;
            assert!(answer.status.is_success(), "{path} {headers:?}: {} {}", answer.status, answer.body);
        }
    }
    assert_eq!(pages.sql("select string_agg(kind, ' ' order by kind) from telemetry.error_group"), "crash deprecation error error");
}

#[tokio::test(flavor = "multi_thread")]
async fn behind_a_proxy_networks_are_those_of_the_pages() {
    let pages = reporting().await;
    let asked =
        async |proxy: [u8; 4], page: &str| pages.send(proxy.into(), BEACON, &[SHOP, ("x-forwarded-for", page)], NOTHING).await.status;
    let refused = async |proxy: [u8; 4], page: &dyn Fn(u32) -> String| {
        for n in 0..2_000 {
            if asked(proxy, &page(n)).await == StatusCode::TOO_MANY_REQUESTS {
                return n;
            }
        }
        panic!("{} was never refused", page(0));
    };
    let (trusted, stranger) = ([127, 0, 0, 1], [203, 0, 113, 80]);
    let burst = refused(trusted, &|_| "192.0.2.1".to_owned()).await;
    assert_ne!(asked(trusted, "198.51.100.7").await, StatusCode::TOO_MANY_REQUESTS, "another page's network, through the same proxy");
    // Whoever is no proxy of ours says what they like, and is one network all the same.
    assert!(refused(stranger, &|n| format!("192.0.{}.1", 3 + n % 250)).await < 2 * burst);
    assert_ne!(asked(trusted, "192.0.3.1").await, StatusCode::TOO_MANY_REQUESTS);
}
