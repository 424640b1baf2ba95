//! Checks that are run for real, by the way out that the configuration allows: names by the machine's resolver, certificates by a
//! handshake; and many checks that began together do not stay together.

mod door;
#[path = "../../crates/outbound/tests/tls/mod.rs"]
mod tls;
mod watching;

use gate::Found;
use outbound::{CertificateDer, Outbound};
use serde_json::{Value, json};
use server::config::Config;
use tls::tls;
use watching::*;

/// The way out as the server makes it of its configuration, which trusts the maker of the test's certificates besides.
fn out(flags: &[&str], roots: &[CertificateDer<'static>]) -> Outbound {
    let config = Config::read(["ops-console"].iter().chain(flags).map(Into::into).collect()).expect("a configuration");
    Outbound::new(config.allow_private, roots).expect("roots")
}

const LOOPBACK: [&str; 2] = ["--allow-private", "127.0.0.0/8, ::1"];

impl Watching {
    /// Saves a check that is run every second and judged at once.
    async fn every_second(&self, name: &str, more: Value) -> i64 {
        let mut input = json!({"name": name, "every": "1s", "fail_after": 1, "pass_after": 1});
        input.as_object_mut().expect("fields").extend(more.as_object().expect("fields").clone());
        self.check(input).await
    }

    async fn until_up(&self, check: i64) {
        self.until(&format!("select state = 'UP' and last_error is null from ops.check where id = {check}")).await;
    }

    async fn until_down(&self, check: i64, why: &str) {
        self.until(&format!("select state = 'DOWN' and last_error like '%{why}%' from ops.check where id = {check}")).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_is_up_while_it_resolves_to_what_it_should() {
    let w = watching().await;
    let known = w.every_second("Known", json!({"kind": "DNS", "target": "localhost"})).await;
    let right = w.every_second("Right", json!({"kind": "DNS", "target": "localhost", "resolves_to": "127.0.0.1"})).await;
    let wrong = w.every_second("Wrong", json!({"kind": "DNS", "target": "localhost", "resolves_to": "192.0.2.1"})).await;
    let unknown = w.every_second("Unknown", json!({"kind": "DNS", "target": "no-such-name.invalid"})).await;
    // Nobody connects to it, so it may be a private one.
    let _tasks = w.start_with(out(&[], &[]));
    w.until_up(known).await;
    w.until_up(right).await;
    w.until_down(wrong, "it resolves to %127.0.0.1%, not to 192.0.2.1").await;
    w.until_down(unknown, "the name no-such-name.invalid is not known").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_is_judged_by_its_days_and_its_maker() {
    let w = watching().await;
    let ((good, root), (old, old_root)) = (tls(30).await, tls(-3).await);
    let of = |port: u16| format!("localhost:{port}");
    let enough = w.every_second("Enough", json!({"kind": "CERTIFICATE", "target": of(good.port())})).await;
    let few = w.every_second("Few", json!({"kind": "CERTIFICATE", "target": of(good.port()), "days_left": 60})).await;
    let over = w.every_second("Over", json!({"kind": "CERTIFICATE", "target": of(old.port())})).await;
    let tasks = w.start_with(out(&LOOPBACK, &[root, old_root]));
    w.until_up(enough).await;
    w.until_down(few, "the certificate of localhost holds 29 days more, less than 60").await;
    w.until_down(over, "the certificate of localhost ended 3 days ago").await;
    drop(tasks);
    let _tasks = w.start_with(out(&LOOPBACK, &[]));
    w.until_down(enough, "the certificate of localhost is not accepted").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_private_is_reached_only_where_the_configuration_lists_it() {
    let w = watching().await;
    let ((at, root), site) = (tls(30).await, Site::open().await);
    site.answer(200, "fine");
    let certificate = w.every_second("Certificate", json!({"kind": "CERTIFICATE", "target": format!("localhost:{}", at.port())})).await;
    let page = w.every_second("Page", json!({"kind": "HTTP", "target": site.url})).await;
    let port = w.every_second("Port", json!({"kind": "TCP", "target": site.url.trim_start_matches("http://")})).await;
    // Without the setting, and with one that lists something else.
    for flags in [&[][..], &["--allow-private", "10.0.0.0/8"][..]] {
        w.sql("update ops.check set state = 'NEW', last_error = null");
        let _tasks = w.start_with(out(flags, std::slice::from_ref(&root)));
        for check in [certificate, page, port] {
            w.until_down(check, "which is loopback and not allowed; an administrator can allow it (`allow-private`)").await;
        }
    }
    assert_eq!(site.count(), 0, "nobody asked");
    let _tasks = w.start_with(out(&LOOPBACK, &[root]));
    for check in [certificate, page, port] {
        w.until_up(check).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn checks_that_began_together_do_not_stay_together() {
    let w = watching().await;
    w.sql(
        "insert into ops.check (name, kind, spec, every_secs, timeout_secs, fail_after, pass_after, saved_by, next_run_at)
         select 'Check ' || n, 'TCP', '{\"target\": \"db.example:5432\"}', 3600, 10, 3, 2, 'Anna', date_trunc('second', clock_timestamp())
         from generate_series(1, 300) n",
    );
    let run = w.monitor.claim(300).await.expect("claimed");
    assert_eq!(run.len(), 300, "all at once");
    for check in &run {
        assert!(w.monitor.settle(check, &Found { took_ms: 1, error: None }).await.expect("written"));
    }
    // In which minutes from now: an hour, and up to a twentieth sooner or later. By chance alone all of them fall into each minute of it.
    let next = "extract(epoch from next_run_at - last_at)";
    assert_eq!(w.sql(&format!("select bool_and({next} between 3600 * 0.95 - 60 and 3600 * 1.05 + 60) from ops.check")), "t");
    let minutes = format!("select count(distinct floor({next} / 60)) >= 5 and max({next}) - min({next}) > 240 from ops.check");
    assert_eq!(w.sql(&minutes), "t", "{}", w.sql(&format!("select min({next}) || ' ' || max({next}) from ops.check")));
    // And what is saved together does not begin together.
    for n in 0..8 {
        w.check(json!({"name": format!("New {n}"), "kind": "TCP", "target": "db.example:5432", "every": "1h"})).await;
    }
    let first = "select count(distinct floor(extract(epoch from next_run_at - created_at) * 10)) > 1 from ops.check where name like 'New%'";
    assert_eq!(w.sql(first), "t");
}
