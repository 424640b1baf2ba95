//! Watching over real servers and a real Postgres: checks that go down and come up, servers that die in the middle, heartbeats that are
//! late, alerts that are told, and receivers that fail before they take it.

mod door;
mod watching;

use axum::{
    body::Body,
    extract::ConnectInfo,
    http::{Request, StatusCode},
};
use gate::{Found, Ping, Pinged};
use serde_json::{Value, json};
use server::watch::signature;
use std::{
    net::{Ipv6Addr, SocketAddr},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};
use tower::ServiceExt;
use watching::*;

#[tokio::test(flavor = "multi_thread")]
async fn a_check_that_goes_down_raises_an_alert_that_is_told_signed_and_once() {
    let w = watching().await;
    let (site, hook) = (Site::open().await, Site::open().await);
    let (_, saved) = w.act("save-webhook", json!({"name": "Chat", "url": format!("{}/hook?token=abc", hook.url)})).await;
    let secret = saved["output"]["secret"].as_str().expect("shown once").to_owned();
    assert_eq!(w.sql("select count(*) from ops.webhook where encode(url_sealed, 'escape') like '%abc%'"), "0");
    assert_eq!(w.sql("select count(*) from audit.link where body like '%token=abc%'"), "0", "an address may be a secret");
    let check =
        w.check(json!({"name": "Shop", "kind": "HTTP", "target": format!("{}/health", site.url), "every": "1s", "has": "fine"})).await;
    site.answer(200, "fine");
    hook.answer(500, "");
    let _tasks = w.start();
    w.until(&format!("select state = 'UP' from ops.check where id = {check}")).await;
    site.answer(200, "all is lost");
    w.until(&format!("select state = 'DOWN' from ops.check where id = {check}")).await;
    let said = w.view("checks").await;
    assert_eq!(said["rows"][0]["stands"], "down");
    assert!(said["rows"][0]["last_error"].as_str().expect("why").contains("lacks the text"), "{said}");
    // The receiver fails first; then it takes the very same under the same id.
    w.until("select attempts >= 1 and last_status = 500 and state = 'WAITING' from ops.delivery").await;
    hook.answer(204, "");
    w.until("with now as (update ops.delivery set next_at = clock_timestamp() where state = 'WAITING') select bool_and(state = 'DELIVERED') from ops.delivery").await;
    let (first, last) = (hook.asked(0), hook.asked(hook.count() - 1));
    assert_eq!((header(&first, "webhook-id"), body(&first)), (header(&last, "webhook-id"), body(&last)));
    assert!(first.starts_with("POST /hook?token=abc HTTP/1.1\r\n") && header(&first, "content-type") == "application/json");
    for asked in [&first, &last] {
        let (id, at) = (header(asked, "webhook-id"), header(asked, "webhook-timestamp"));
        let wanted = signature(&secret, &id, at.parse().expect("seconds"), body(asked)).expect("a secret");
        assert_eq!(header(asked, "webhook-signature"), wanted);
        assert!(id.starts_with("msg_") && header(asked, "user-agent").starts_with("ops-console/"));
    }
    let told: Value = serde_json::from_str(body(&first)).expect("json");
    assert_eq!((told["type"].as_str(), told["data"]["rule"].as_str()), (Some("alert.opened"), Some("A check is down")));
    assert_eq!(w.sql("select count(*) from ops.alert where subject like 'check:%'"), "1", "one alert, however often it is found");
    // Somebody looks after it; then it comes up and closes by itself.
    let alert: i64 = w.sql("select id from ops.alert").parse().expect("a number");
    let (status, _) = w.act("acknowledge-alert", json!({"alert": alert, "note": "I look"})).await;
    assert_eq!(status, StatusCode::OK);
    let (status, again) = w.act("acknowledge-alert", json!({"alert": alert})).await;
    assert_eq!(status, StatusCode::CONFLICT, "{again}");
    site.answer(200, "fine");
    w.until(&format!("select state = 'CLOSED' from ops.alert where id = {alert}")).await;
    assert_eq!(w.sql(&format!("select count(*) from ops.incident where check_id = {check} and up_at > down_since")), "1");
    assert_eq!(
        w.sql("select string_agg(event, ' ' order by created_at) from ops.delivery"),
        "alert.opened alert.acknowledged alert.closed"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_dies_leaves_its_check_to_another_and_no_slot_is_run_twice() {
    let w = watching().await;
    let check = w.check(json!({"name": "Database", "kind": "TCP", "target": "127.0.0.1:1"})).await;
    w.sql("update ops.check set next_run_at = clock_timestamp()");
    let two = w.monitor("server two").await;
    let held = w.monitor.claim(10).await.expect("claimed").pop().expect("one is due");
    assert!(two.claim(10).await.expect("claimed").is_empty(), "somebody runs it");
    // The first is killed: its lease runs out.
    w.sql("update ops.check set lease_until = clock_timestamp() - interval '1 second'");
    let taken = two.claim(10).await.expect("claimed").pop().expect("taken over");
    let found = Found { took_ms: 3, error: None };
    assert!(!w.monitor.settle(&held, &found).await.expect("asked"), "it comes too late to write");
    assert!(two.settle(&taken, &found).await.expect("asked"));
    assert!(!two.settle(&taken, &found).await.expect("asked"), "the slot is over");
    assert_eq!(w.sql(&format!("select count(*) || ' ' || min(runner) from ops.check_result where check_id = {check}")), "1 server two");
    // Many at once: each slot once.
    w.sql("update ops.check set every_secs = 1, next_run_at = clock_timestamp()");
    let (a, b) = tokio::join!(w.monitor.claim(10), two.claim(10));
    assert_eq!(a.expect("asked").len() + b.expect("asked").len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_nobody_checked_is_never_up() {
    let w = watching().await;
    let check = w.check(json!({"name": "Shop", "kind": "TCP", "target": "127.0.0.1:1"})).await;
    w.sql("update ops.check set state = 'UP', last_ok = true, created_at = now() - interval '2 hours', last_at = now() - interval '1 hour', next_run_at = now() - interval '59 minutes'");
    assert_eq!(w.view("checks").await["rows"][0]["stands"], "not_checked");
    assert_eq!(w.view("checks?stands=not_checked").await["rows"].as_array().map(Vec::len), Some(1));
    assert_eq!(w.view("checks?stands=up").await["rows"].as_array().map(Vec::len), Some(0));
    let run = w.monitor.claim(1).await.expect("claimed").pop().expect("due");
    assert!(w.monitor.settle(&run, &Found { took_ms: 1, error: None }).await.expect("written"));
    let said = w.view(&format!("check?check={check}")).await;
    assert_eq!(said["row"]["stands"], "up");
    let gap = &said["gaps"][0];
    assert!(gap["from"].as_str() < gap["to"].as_str(), "{said}");
    assert_eq!(
        w.sql("select extract(epoch from to_at - from_at)::int / 60 from ops.check_gap"),
        "59",
        "what was missed is told, and not run sixty times"
    );
    assert_eq!(w.sql("select count(*) from ops.check where next_run_at > now()"), "1");
}

#[tokio::test(flavor = "multi_thread")]
async fn maintenance_keeps_failures_from_being_incidents() {
    let w = watching().await;
    let check = w.check(json!({"name": "Shop", "kind": "TCP", "target": "127.0.0.1:1", "fail_after": 1})).await;
    let (status, window) = w.act("save-maintenance", json!({"check": check, "until": "1h", "because": "The database moves"})).await;
    assert_eq!(status, StatusCode::OK, "{window}");
    let failed = Found { took_ms: 1, error: Some("no".into()) };
    for _ in 0..3 {
        w.sql("update ops.check set next_run_at = clock_timestamp()");
        let run = w.monitor.claim(1).await.expect("claimed").pop().expect("due");
        assert!(w.monitor.settle(&run, &failed).await.expect("written"));
    }
    w.monitor.raise().await.expect("looked");
    assert_eq!(w.sql("select (select count(*) from ops.incident) || ' ' || (select count(*) from ops.check_result where excused) || ' ' || (select count(*) from ops.check_hour) || ' ' || (select count(*) from ops.alert where subject like 'check:%')"), "0 3 0 0");
    assert_eq!(w.view("checks").await["rows"][0]["stands"], "maintenance");
    w.act("end-maintenance", json!({"maintenance": window["output"]["maintenance"]})).await;
    w.sql("update ops.check set next_run_at = clock_timestamp()");
    let run = w.monitor.claim(1).await.expect("claimed").pop().expect("due");
    w.monitor.settle(&run, &failed).await.expect("written");
    w.monitor.raise().await.expect("looked");
    assert_eq!(
        w.sql("select (select count(*) from ops.incident) || ' ' || (select count(*) from ops.alert where subject like 'check:%')"),
        "1 1"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_reports_and_is_missed_when_it_does_not() {
    let w = watching().await;
    let input = json!({"name": "Nightly", "kind": "HEARTBEAT", "period": "1h", "grace": "5m"});
    let (_, rehearsed) = w.ask("save-check", json!({"reason": "It has to be watched", "rehearse": true}), input.clone()).await;
    assert_eq!(rehearsed["output"]["token"], Value::Null, "what is taken back leaves nothing");
    let (status, saved) = w.act("save-check", input).await;
    assert_eq!(status, StatusCode::OK, "{saved}");
    let (token, check) = (saved["output"]["token"].as_str().expect("shown once").to_owned(), &saved["output"]["check"]);
    assert_eq!(w.sql(&format!("select count(*) from ops.check where encode(token_hash, 'escape') like '%{token}%'")), "0");
    let beat = |path: String| format!("/api/ops/heartbeats/{path}");
    let status = async |method: &str, path: String, body: &str| w.door.send(method, &path, &[], body.to_owned()).await.status;
    assert_eq!(status("GET", beat(token.clone()), "").await, StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(w.sql("select count(*) from ops.check_result"), "0", "looking changes nothing");
    assert_eq!(status("POST", beat(format!("{token}/start")), "").await, StatusCode::OK);
    w.sql("update ops.check set started_at = clock_timestamp() - interval '3 seconds'");
    let long = format!("{} password=hunter2horse the end", "x".repeat(70_000));
    assert_eq!(status("POST", beat(format!("{token}/0")), &long).await, StatusCode::OK);
    let said = w.view(&format!("check?check={check}")).await;
    let result = &said["results"][0];
    assert!(result["ok"] == true && result["took_ms"].as_i64() >= Some(3_000), "{result}");
    let output = result["output"].as_str().expect("kept");
    assert!(output.ends_with("the end") && output.len() < 12_000 && !output.contains("hunter2horse"), "{}", &output[output.len() - 80..]);
    assert_eq!(status("POST", beat(format!("{token}/137")), "killed").await, StatusCode::OK);
    assert_eq!(w.sql("select state || ' ' || last_error from ops.check"), "DOWN The job ended with status 137.");
    assert_eq!(status("POST", beat(token.clone()), "").await, StatusCode::OK);
    assert_eq!(w.sql("select state from ops.check"), "UP");
    for unknown in ["nobody", "nobody/fail", &token[1..]] {
        assert_eq!(status("POST", beat(unknown.to_owned()), "").await, StatusCode::NOT_FOUND, "{unknown}");
    }
    assert_eq!(status("POST", beat(format!("{token}/maybe")), "").await, StatusCode::UNPROCESSABLE_ENTITY);
    // Then it does not come.
    assert_eq!(w.monitor.late().await.expect("looked"), 0);
    w.sql("update ops.check set due_by = clock_timestamp() - interval '1 second'");
    let (one, two) = (w.monitor.late(), w.monitor("server two").await);
    let (one, two) = tokio::join!(one, two.late());
    assert_eq!(one.expect("looked") + two.expect("looked"), 1, "late once");
    assert_eq!(w.monitor.late().await.expect("looked"), 0);
    w.monitor.raise().await.expect("looked");
    assert!(w.sql("select title from ops.alert where subject like 'check:%'").contains("was not heard from"));
    w.act("pause-check", json!({"check": check, "paused": true})).await;
    let hash: [u8; 32] = <sha2::Sha256 as sha2::Digest>::digest(token.as_bytes()).into();
    assert_eq!(w.monitor.ping(&hash, &Ping::Started).await.expect("asked"), Pinged::Paused);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_storm_of_reports_is_answered_without_looking_up() {
    let w = watching().await;
    let mut last = StatusCode::OK;
    for _ in 0..70 {
        last = w.door.send("POST", "/api/ops/heartbeats/not-a-token", &[], String::new()).await.status;
    }
    assert_eq!(last, StatusCode::TOO_MANY_REQUESTS);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_network_has_one_share_of_reports_however_many_addresses_it_has() {
    let w = watching().await;
    let from = async |host: u16, network: u16| {
        let address = Ipv6Addr::new(0x2001, 0xdb8, 0, network, 0, 0, 0, host);
        let mut request = Request::post(format!("/api/ops/heartbeats/token-{host}")).body(Body::empty()).expect("a request");
        request.extensions_mut().insert(ConnectInfo(SocketAddr::from((address, 7))));
        w.web.clone().oneshot(request).await.expect("an answer").status()
    };
    let mut last = StatusCode::OK;
    for host in 0..1_201 {
        last = from(host, 1).await;
    }
    assert_eq!(last, StatusCode::TOO_MANY_REQUESTS, "each with an address and a token of its own");
    assert_eq!(from(7_000, 2).await, StatusCode::NOT_FOUND, "another network is heard");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_job_prints_is_only_text_for_those_who_read_it() {
    let w = watching().await;
    let (_, saved) = w.act("save-check", json!({"name": "Nightly", "kind": "HEARTBEAT", "period": "1h"})).await;
    let (token, check) = (saved["output"]["token"].as_str().expect("shown once").to_owned(), &saved["output"]["check"]);
    let printed = "\u{1b}[31mred\u{1b}[0m user\u{202e}txt.exe\nsecond line\n".to_owned();
    assert_eq!(w.door.send("POST", &format!("/api/ops/heartbeats/{token}/fail"), &[], printed).await.status, StatusCode::OK);
    let said = w.view(&format!("check?check={check}")).await;
    assert_eq!(said["results"][0]["output"], "red user\\u{202e}txt.exe\nsecond line\n");
    let headers = [("cookie", w.anna.cookie.as_str()), ("sec-fetch-site", "same-origin")];
    for path in [format!("/api/v1/support/check?check={check}"), format!("/checks/{check}")] {
        let shown = w.door.send("GET", &path, &headers, String::new()).await;
        assert_eq!(shown.status, StatusCode::OK, "{path}");
        assert!(shown.body.contains("txt.exe") && !shown.body.contains(['\u{202e}', '\u{1b}']), "{path}: {}", shown.body);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_in_chunks_that_never_ends_is_cut_off_at_its_limit() {
    const CHUNK: usize = 16 * 1024;
    let w = watching().await;
    let (_, saved) = w.act("save-check", json!({"name": "Nightly", "kind": "HEARTBEAT", "period": "1h"})).await;
    let token = saved["output"]["token"].as_str().expect("shown once");
    for (path, most) in [(format!("/api/ops/heartbeats/{token}/0"), 16 << 20), ("/api/ops/deploys".to_owned(), 64 << 10)] {
        let taken = Arc::new(AtomicUsize::new(0));
        let count = taken.clone();
        let endless = futures::stream::repeat_with(move || {
            count.fetch_add(CHUNK, Ordering::SeqCst);
            Ok::<_, std::io::Error>(vec![b' '; CHUNK])
        });
        let request = Request::post(&path)
            .header("cookie", &w.anna.cookie)
            .header("sec-fetch-site", "same-origin")
            .header("content-type", "application/json")
            .body(Body::from_stream(endless))
            .expect("a request");
        let answer = w.door.router.clone().oneshot(request);
        let answer = tokio::time::timeout(Duration::from_secs(20), answer).await.expect("an end").expect("an answer");
        assert_eq!(answer.status(), StatusCode::PAYLOAD_TOO_LARGE, "{path}");
        let taken = taken.load(Ordering::SeqCst);
        assert!(taken <= most + 4 * CHUNK, "{path} read {taken} bytes");
    }
    assert_eq!(w.sql("select (select count(*) from ops.check_result) || ' ' || (select count(*) from ops.deploy)"), "0 0");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_dead_says_why_and_is_sent_again_by_a_deed() {
    let w = watching().await;
    let hook = Site::open().await;
    hook.answer(410, "");
    w.act("save-webhook", json!({"name": "Gone", "url": format!("{}/x", hook.url), "form": "DISCORD"})).await;
    let (status, tested) = w.act("test-webhook", json!({"webhook": 1})).await;
    assert_eq!(status, StatusCode::OK, "{tested}");
    let _tasks = w.start();
    w.until("select state = 'DEAD' and last_error like '%wants no more%' from ops.delivery").await;
    let told: Value = serde_json::from_str(body(&hook.asked(0))).expect("json");
    assert!(told["content"].as_str().expect("a text").contains("tests the webhook") && told["allowed_mentions"]["parse"] == json!([]));
    hook.answer(200, "ok");
    let delivery = w.sql("select id from ops.delivery");
    w.act("redeliver", json!({"delivery": delivery})).await;
    w.until("select state = 'DELIVERED' from ops.delivery").await;
    assert_eq!(header(&hook.asked(0), "webhook-id"), header(&hook.asked(1), "webhook-id"));
    // A receiver that does not exist any more, and one that is not public.
    hook.listens.store(false, Ordering::SeqCst);
    w.act("save-webhook", json!({"name": "Meta", "url": "http://169.254.169.254/latest"})).await;
    w.act("test-webhook", json!({"webhook": 2})).await;
    w.until("select last_error like '%link-local%' and state = 'WAITING' from ops.delivery where webhook_id = 2").await;
    w.sql("update ops.delivery set attempts = 11, next_at = clock_timestamp() where webhook_id = 2");
    w.until("select state = 'DEAD' and attempts = 12 from ops.delivery where webhook_id = 2").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn events_come_over_a_socket_and_go_on_where_they_broke_off() {
    let w = watching().await;
    let (mut socket, _) = w.socket("/api/ops/events?kind=check").await;
    let open = socket.text().await;
    assert_eq!(open["event"], "open");
    w.check(json!({"name": "First", "kind": "DNS", "target": "localhost"})).await;
    let first = socket.text().await;
    assert_eq!((first["kind"].as_str(), first["subject"].as_str()), (Some("check"), Some("1")));
    drop(socket);
    w.check(json!({"name": "Second", "kind": "DNS", "target": "localhost"})).await;
    let seq = first["seq"].as_str().expect("a sequence");
    let (mut socket, _) = w.socket(&format!("/api/ops/events?kind=check&after={seq}")).await;
    assert_eq!(socket.text().await["event"], "open");
    let second = socket.text().await;
    assert_eq!((second["subject"].as_str(), second["event"].as_str()), (Some("2"), Some("change")), "nothing twice, nothing left out");
    // What is no longer kept is said.
    let (mut socket, _) = w.socket("/api/ops/events?after=1-1").await;
    assert_eq!((socket.text().await["event"].as_str(), socket.text().await["event"].as_str()), (Some("open"), Some("gap")));
    // So is a place that is still to come, after which nobody would hear anything.
    let (mut socket, _) = w.socket("/api/ops/events?after=999999999999-1").await;
    assert_eq!(socket.text().await["event"], "open");
    let gap = socket.text().await;
    assert!(gap["event"] == "gap" && gap["why"].as_str().is_some_and(|why| why.contains("none of this console's")), "{gap}");
    w.check(json!({"name": "Third", "kind": "DNS", "target": "localhost"})).await;
    assert_eq!(socket.text().await["event"], "change");
    for damaged in ["7", "7-", "-7-1", "seven-1", "7-1x", "%ff"] {
        let (_, refused) = w.socket(&format!("/api/ops/events?after={damaged}")).await;
        assert!(refused.starts_with("HTTP/1.1 422") && refused.contains("is no place in the events"), "{damaged}: {refused}");
        let headers = [("cookie", w.anna.cookie.as_str()), ("sec-fetch-site", "same-origin"), ("last-event-id", damaged)];
        let refused = w.door.send("GET", "/api/ops/events?after=7-1", &headers, String::new()).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{damaged}");
        assert!(refused.body.contains("Say the `seq` of the last event you saw"), "{}", refused.body);
    }
    let (_, refused) = w.socket("/api/ops/events?kind=chekc").await;
    assert!(refused.starts_with("HTTP/1.1 422") && refused.contains("check"), "{refused}");
    let stranger = w.raw("GET /api/ops/events HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").await;
    assert!(stranger.starts_with("HTTP/1.1 401"), "{stranger}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_with_the_beacon_is_checked_without_a_browser() {
    let w = watching().await;
    let site = Site::open().await;
    let page = format!(
        "<html><script type=\"module\" src=\"/b/loader.js\" data-url=\"{}/report?k=k0123456789abcdef\" data-build=\"1\"></script>",
        site.url
    );
    site.say("/", 200, &page);
    site.say("/b/loader.js", 200, "import './core.wasm'");
    site.say("/b/core.wasm", 200, "\0asm\u{1}");
    site.say("/report?k=k0123456789abcdef", 204, "");
    let check =
        w.check(json!({"name": "Page", "kind": "BEACON", "target": format!("{}/", site.url), "every": "1s", "fail_after": 1})).await;
    let _tasks = w.start();
    w.until(&format!("select state = 'UP' from ops.check where id = {check}")).await;
    let inline = page.replace("src=\"/b/loader.js\"", "data-wasm=\"/b/core.wasm\"");
    site.say("/inline", 200, &inline);
    let inline = w
        .check(json!({"name": "Inline", "kind": "BEACON", "target": format!("{}/inline", site.url), "every": "1s", "fail_after": 1}))
        .await;
    w.until(&format!("select state = 'UP' from ops.check where id = {inline}")).await;
    site.say("/report?k=k0123456789abcdef", 403, "");
    w.until(&format!("select last_error like '%is answered 403, not 204%' from ops.check where id = {check}")).await;
    site.say("/", 200, "<html>no script</html>");
    w.until(&format!("select last_error like '%no line that loads the beacon%' from ops.check where id = {check}")).await;
}
