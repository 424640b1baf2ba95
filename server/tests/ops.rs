//! The snapshot, deploys and metrics as scripts meet them, with the real collectors behind: a part that hangs on a lock and one whose
//! directory is gone make nobody wait.

mod door;
#[path = "../../crates/outbound/tests/tls/mod.rs"]
mod tls;

use axum::{extract::ConnectInfo, http::StatusCode};
use door::{Answer, Door, door};
use gate::{Collector, Feed, Intake};
use serde_json::Value;
use server::{
    auth::Key,
    collect::{self, Sources},
    config::Config,
    web::{self, AppState, Site},
};
use std::{net::SocketAddr, path::PathBuf, time::Duration};
use tokio_util::sync::CancellationToken;

const HERE: (&str, &str) = ("sec-fetch-site", "same-origin");
const TOKEN: &str = "a token for whoever measures";

struct Console {
    door: Door,
    cookie: String,
    state: AppState,
    data_dir: PathBuf,
}

/// The whole web with Anna signed in, who sees all tenants; the collectors in a hurry.
async fn console(name: &str) -> (Console, Sources) {
    configured(name, &[]).await
}

/// The same, started with these flags besides.
async fn configured(name: &str, flags: &[&str]) -> (Console, Sources) {
    let mut door = door().await;
    let anna = door.enrolled().await;
    let (feed, intake) = (Feed::open(&door.logins).await.expect("a feed"), Intake::open(&door.logins).await.expect("a lane"));
    let file = |name: &str| format!("/pkg/{name}");
    let site = Site { dir: "no-such-directory".into(), js: file("a.js"), wasm: file("a.wasm"), css: file("a.css"), parts: [].into() };
    let (origin, key) = ("http://127.0.0.1:3000".to_owned(), Key::from_bytes([7; 32]));
    let state = AppState::new(door.gate.clone(), feed, intake, site, origin, key, CancellationToken::new()).with_metrics_token(Some(TOKEN));
    door.router = web::router(state.clone()).layer(axum::Extension(ConnectInfo(SocketAddr::from(([192, 0, 2, 7], 7)))));
    let data_dir = std::env::temp_dir().join(format!("ops-{name}-{}", std::process::id()));
    std::fs::create_dir_all(&data_dir).expect("a data directory");
    let console = Console { door, cookie: anna.cookie, state, data_dir };
    let sources = console.sources(TOKEN, flags).await;
    (console, sources)
}

impl Console {
    async fn sources(&self, token: &str, flags: &[&str]) -> Sources {
        let words = ["ops-console", "--data-dir", self.data_dir.to_str().expect("text"), "--metrics-token", token];
        let config = Config::read(words.iter().chain(flags).map(Into::into).collect()).expect("a configuration");
        let collector = Collector::open(&self.door.logins, "here:3000".to_owned()).await.expect("a collector");
        let mut sources = Sources::of(&config, self.state.clone(), collector);
        sources.hurry = 50;
        sources
    }

    async fn get(&self, path: &str, more: &[(&str, &str)]) -> Answer {
        let headers = [&[("cookie", self.cookie.as_str()), HERE], more].concat();
        self.door.send("GET", path, &headers, String::new()).await
    }

    async fn context(&self) -> Value {
        let answer = self.get("/api/ops/context", &[]).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
        serde_json::from_str(&answer.body).expect("JSON")
    }

    /// Asks until it is so; each call is answered from what was read last.
    async fn until(&self, what: &str, is: impl Fn(&Value) -> bool) -> Value {
        let mut last = Value::Null;
        for _ in 0..300 {
            last = self.context().await;
            if is(&last) {
                return last;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("never {what}: {last:#}");
    }
}

impl Console {
    /// What a deploy changed, as soon as that is known: kind, what, before and after of each.
    async fn changes(&self, deploy: &Value) -> Vec<String> {
        for _ in 0..200 {
            let seen = self.get(&format!("/api/v1/support/deploy?deploy={deploy}"), &[]).await.body;
            let seen: Value = serde_json::from_str(&seen).expect("JSON");
            let side = |one: &Value, name: &str| one[name].as_str().unwrap_or_default().to_owned();
            let one = |one: &Value| ["kind", "what", "before", "after"].map(|name| side(one, name)).join("|");
            let changes: Vec<String> = seen["changes"].as_array().expect("changes").iter().map(one).collect();
            if !changes.is_empty() {
                return changes;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        panic!("nothing changed")
    }
}

/// Somebody else's transaction that holds a table for so long, or until it is sent away.
fn holds(door: &Door, table: &str, secs: u32) -> tokio::task::JoinHandle<Result<(), ()>> {
    let url = door.scratch.superuser_url.clone();
    let words = format!("lock table {table} in access exclusive mode; select pg_sleep({secs})");
    tokio::task::spawn_blocking(move || {
        let psql = cluster::Binaries::find().map_err(drop)?.program("psql");
        let ended = std::process::Command::new(psql)
            .args(["--no-psqlrc", "-v", "ON_ERROR_STOP=1", "-1", "-qc", &words, &url])
            .output()
            .map_err(drop)?;
        if ended.status.success() { Ok(()) } else { Err(()) }
    })
}

fn part<'a>(context: &'a Value, name: &str) -> &'a Value {
    context["parts"].as_array().expect("parts").iter().find(|part| part["name"] == name).unwrap_or_else(|| panic!("no {name}"))
}

fn says(context: &Value, name: &str, words: &str) -> bool {
    part(context, name)["why"].as_str().is_some_and(|why| why.contains(words))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_part_that_hangs_and_one_that_fails_make_nobody_wait() {
    let (console, sources) = console("hangs").await;
    let _tasks = collect::start(sources);
    let all = |context: &Value| context["parts"].as_array().is_some_and(|parts| parts.iter().all(|part| part["at"].is_string()));
    let first = console.until("all read", all).await;
    // The database may be an old one here, and the disk nearly full.
    for well in ["bus", "live", "latency", "pools", "limits", "deploy", "migrations", "config", "frontend"] {
        assert_eq!(part(&first, well)["status"], "pass", "{first:#}");
    }
    assert!(part(&first, "checks")["observed"].to_string().contains("none is saved"), "{first:#}");
    assert!(!first.to_string().contains(TOKEN), "a secret of the configuration");

    // Somebody holds the workers' table, and the data directory is gone.
    let holder = holds(&console.door, "commandbus.worker", 120);
    std::fs::remove_dir(&console.data_dir).expect("removed");
    let hung = console
        .until("both said", |context| says(context, "workers", "did not answer within 1.8 s") && says(context, "disk", "cannot be read"))
        .await;
    assert_ne!(part(&hung, "workers")["status"], "pass");
    assert!(part(&hung, "disk")["observed"].to_string().contains("free"), "what was read before is still shown");
    // The others go on being read meanwhile.
    let moved = |before: Value| {
        move |now: &Value| ["database", "bus", "pools"].iter().all(|name| part(now, name)["at"] != part(&before, name)["at"])
    };
    console.until("the others read again", moved(hung)).await;
    console.door.sql("select pg_terminate_backend(pid) from pg_stat_activity where query like 'lock table commandbus.worker%' and pid <> pg_backend_pid()");
    assert!(holder.await.expect("ran").is_err(), "it was sent away in the middle of its transaction");
    std::fs::create_dir_all(&console.data_dir).expect("made again");
    let well = console.until("well again", |context| !says(context, "disk", "cannot") && !says(context, "workers", "answer")).await;
    assert_ne!(part(&well, "workers")["status"], "fail");
    std::fs::remove_dir_all(&console.data_dir).ok();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_snapshot_is_sent_once_and_read_by_people_too() {
    let (console, sources) = console("etag").await;
    // Read once by hand: nothing moves between two calls.
    let collected = sources.collector.database().await.map_err(|problem| problem.message);
    sources.collector.keep(domain::PartKind::of("database").expect("a part"), Duration::ZERO, collected).await.expect("kept");
    let first = console.get("/api/ops/context", &[]).await;
    let tag = first.headers["etag"].to_str().expect("a tag").to_owned();
    assert!(first.headers["cache-control"].to_str().is_ok_and(|said| said.contains("no-cache")));
    let again = console.get("/api/ops/context", &[("if-none-match", &format!("W/\"other\", {tag}"))]).await;
    assert_eq!((again.status, again.body.as_str()), (StatusCode::NOT_MODIFIED, ""));
    let plain = console.get("/api/ops/context?format=plain", &[("if-none-match", &tag)]).await;
    assert_eq!(plain.status, StatusCode::OK, "the text is another thing than the JSON");
    assert!(plain.headers["content-type"].to_str().is_ok_and(|kind| kind.starts_with("text/plain")));
    assert!(plain.body.contains("  database  (here:3000") && plain.body.contains("PostgreSQL: "), "{}", plain.body);
    let collected = sources.collector.database().await.map_err(|problem| problem.message);
    sources.collector.keep(domain::PartKind::of("database").expect("a part"), Duration::ZERO, collected).await.expect("kept");
    assert_eq!(console.get("/api/ops/context", &[("if-none-match", &tag)]).await.status, StatusCode::OK, "it was read anew");
    assert_eq!(console.get("/api/ops/context?format=xml", &[]).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(console.door.send("GET", "/api/ops/context", &[], String::new()).await.status, StatusCode::UNAUTHORIZED);
    std::fs::remove_dir_all(&console.data_dir).ok();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pipeline_tells_of_a_deploy_in_one_line() {
    let (console, _sources) = console("deploys").await;
    let post = async |body: &str, more: &[(&str, &str)]| {
        let headers = [&[("cookie", console.cookie.as_str()), HERE, ("content-type", "application/json")], more].concat();
        let answer = console.door.send("POST", "/api/ops/deploys", &headers, body.to_owned()).await;
        (answer.status, serde_json::from_str::<Value>(&answer.body).unwrap_or_default())
    };
    let told = r#"{"service": "frontend", "build": "b7", "git_sha": "0a1b2c3d"}"#;
    let (status, refused) = post(told, &[]).await;
    assert_eq!(status, StatusCode::FORBIDDEN, "support staff deploy nothing: {refused}");
    console.door.sql("update console.staff_role set role = 'lead'");
    let (status, first) = post(told, &[("idempotency-key", "run 7")]).await;
    assert_eq!((status, &first["output"]["repeated"]), (StatusCode::OK, &Value::Bool(false)), "{first}");
    let (_, again) = post(told, &[("idempotency-key", "run 7")]).await;
    assert_eq!((&again["output"]["deploy"], &again["output"]["repeated"]), (&first["output"]["deploy"], &Value::Bool(true)));
    assert_eq!(
        console.door.sql("select reason from audit.entry where action = 'record-deploy' order by id desc limit 1").trim(),
        "A deploy of frontend, build b7"
    );
    let listed = console.get("/api/ops/deploys?service=frontend", &[]).await.body;
    assert!(listed.contains("\"b7\"") && listed.contains("0a1b2c3d"), "{listed}");
    assert_eq!(post(r#"{"service": "frontend", "build": "b8", "colour": "blue"}"#, &[]).await.0, StatusCode::UNPROCESSABLE_ENTITY);
    std::fs::remove_dir_all(&console.data_dir).ok();
}

#[tokio::test(flavor = "multi_thread")]
async fn metrics_are_for_this_machine_or_for_who_has_the_token() {
    let (console, sources) = console("metrics").await;
    console.door.sql("insert into commandbus.command (tenant_id, command_id, domain, command_type, queue_name, status, max_attempts, correlation_id)
        select '00000000-0000-0000-0000-00000000000a', gen_random_uuid(), 'plans', 'IngestPlan', 'plans__commands', 'PENDING', 3, gen_random_uuid() from generate_series(1, 4)");
    let bus = sources.collector.bus().await.expect("the bus");
    console.state.last.lock().expect("whole").insert("bus", bus);
    let ask = async |headers: &[(&str, &str)]| console.door.send("GET", "/metrics", headers, String::new()).await;
    assert_eq!(ask(&[]).await.status, StatusCode::UNAUTHORIZED, "from another machine");
    assert_eq!(ask(&[("authorization", "Bearer a token for whoever guesses")]).await.status, StatusCode::UNAUTHORIZED);
    let told = ask(&[("authorization", &format!("Bearer {TOKEN}"))]).await;
    assert_eq!(told.status, StatusCode::OK);
    for line in [
        "# TYPE ops_requests_total counter",
        "ops_queue_depth{queue=\"plans__commands\"} 4",
        "ops_open_failures 0",
        "ops_live_subscribers 0",
        "ops_pool_connections_max{pool=\"reading\"} 8",
        "ops_request_seconds_bucket{class=\"page\",le=\"+Inf\"}",
        "ops_build_info{version=",
    ] {
        assert!(told.body.contains(line), "{line}: {}", told.body);
    }
    assert!(!told.body.contains("northwind") && !told.body.contains("00000000-0000"), "nothing of a tenant's");
    // Each line is a comment, or a name with labels and a number.
    for line in told.body.lines().filter(|line| !line.starts_with('#')) {
        let (name, value) = line.rsplit_once(' ').unwrap_or_else(|| panic!("{line}"));
        assert!(value.parse::<f64>().is_ok() && name.starts_with("ops_"), "{line}");
    }
    let refused = ask(&[]).await.status;
    assert_eq!(refused, StatusCode::UNAUTHORIZED);
    let counted = ask(&[("authorization", &format!("Bearer {TOKEN}"))]).await.body;
    assert!(counted.contains("ops_requests_total{class=\"probe\",status=\"4xx\"} 3"), "{counted}");
    let near = web::router(console.state.clone()).layer(axum::Extension(ConnectInfo(SocketAddr::from(([127, 0, 0, 1], 7)))));
    for (headers, status) in [(vec![], StatusCode::OK), (vec![("x-forwarded-for", "203.0.113.9")], StatusCode::UNAUTHORIZED)] {
        let mut request = axum::http::Request::get("/metrics");
        for (name, value) in headers {
            request = request.header(name, value);
        }
        let answer =
            tower::ServiceExt::oneshot(near.clone(), request.body(axum::body::Body::empty()).expect("a request")).await.expect("an answer");
        assert_eq!(answer.status(), status);
    }
    std::fs::remove_dir_all(&console.data_dir).ok();
}

/// What a part says under a name.
fn observed<'a>(context: &'a Value, name: &str, fact: &str) -> &'a Value {
    let facts = part(context, name)["observed"].as_array().expect("facts");
    facts.iter().find(|one| one["name"] == fact).unwrap_or(&Value::Null)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_snapshot_says_which_commit_and_images_this_is_and_it_is_noticed_as_a_deploy() {
    let sha = "0a1b2c3d4e5f60718293a4b5c6d7e8f901234567";
    let flags = ["--git-sha", sha, "--images", "web=shop:1.4, worker=registry.example/plans:2.0"];
    let (console, sources) = configured("commit", &flags).await;
    // As if another build had run here before.
    console.door.sql("insert into ops.build (scope, service, build, since) values ('00000000-0000-0000-0000-000000000000', 'console', 'older', now() - interval '1 day')");
    let _tasks = collect::start(sources);
    let read = console.until("its build", |now| observed(now, "deploy", "build")["text"] == sha[..12]).await;
    let text = |fact: &str| observed(&read, "deploy", fact)["text"].as_str().unwrap_or_default().to_owned();
    assert_eq!((text("commit"), text("version")), (sha.to_owned(), env!("CARGO_PKG_VERSION").to_owned()));
    assert_eq!((text("image web"), text("image worker")), ("shop:1.4".to_owned(), "registry.example/plans:2.0".to_owned()));
    let plain = console.get("/api/ops/context?format=plain", &[]).await.body;
    assert!(plain.contains(&format!("commit: {sha}")) && plain.contains("image web: shop:1.4"), "{plain}");
    // Nobody had to say so.
    let noticed = async || {
        let listed = console.get("/api/ops/deploys?service=console", &[]).await.body;
        serde_json::from_str::<Value>(&listed).expect("JSON")["rows"][0].clone()
    };
    console.until("noticed", |_| console.door.sql("select count(*) from ops.deploy where service = 'console'").trim() == "1").await;
    let row = noticed().await;
    assert_eq!((&row["build"], &row["build_before"], &row["source"]), (&sha[..12].into(), &"older".into(), &"noticed".into()), "{row}");
    std::fs::remove_dir_all(&console.data_dir).ok();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_snapshot_says_until_when_the_certificate_people_meet_holds() {
    for (days, status, why) in
        [(60, "pass", ""), (10, "warn", "The certificate of localhost runs out in 9 days."), (-2, "fail", "has run out")]
    {
        let (at, _) = tls::tls(days).await;
        let url = format!("https://localhost:{}", at.port());
        let (console, sources) = configured(&format!("certificate{days}"), &["--public-url", &url]).await;
        let _tasks = collect::start(sources);
        let read = console.until("the certificate", |now| part(now, "certificate")["at"].is_string()).await;
        let part = part(&read, "certificate");
        assert_eq!(part["status"], status, "{part}");
        assert!(part["why"].as_str().is_some_and(|said| said.contains(why)) && (part["why"] == "") == why.is_empty(), "{part}");
        assert_eq!(
            (&observed(&read, "certificate", "host")["text"], &observed(&read, "certificate", "days left")["number"]),
            (&"localhost".into(), &(days - 1).into())
        );
        std::fs::remove_dir_all(&console.data_dir).ok();
    }
    // Without https there is none, and where nobody answers that is said.
    let (console, sources) = configured("certificate-none", &["--public-url", "https://localhost:1"]).await;
    let _tasks = collect::start(sources);
    console.until("nobody there", |now| says(now, "certificate", "The certificate of localhost cannot be read")).await;
    std::fs::remove_dir_all(&console.data_dir).ok();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_read_again_grows_older_and_stays_the_same_snapshot() {
    let (console, sources) = console("older").await;
    let collected = sources.collector.database().await.map_err(|problem| problem.message);
    sources.collector.keep(domain::PartKind::of("database").expect("a part"), Duration::ZERO, collected).await.expect("kept");
    let answer = console.get("/api/ops/context", &[]).await;
    let tag = answer.headers["etag"].to_str().expect("a tag").to_owned();
    let first: Value = serde_json::from_str(&answer.body).expect("JSON");
    let age = |now: &Value| part(now, "database")["age_ms"].as_i64().expect("an age");
    let older = console.until("older", |now| age(now) >= age(&first) + 100).await;
    assert_eq!((&part(&older, "database")["at"], &older["version"]), (&part(&first, "database")["at"], &first["version"]));
    assert_eq!(console.get("/api/ops/context", &[("if-none-match", &tag)]).await.status, StatusCode::NOT_MODIFIED, "only its age moved");
    console.door.sql("update ops.part set at = at - interval '5 minutes' where name = 'database'");
    assert!(age(&console.context().await) >= 300_000);
    let plain = console.get("/api/ops/context?format=plain", &[]).await.body;
    let line = plain.lines().find(|line| line.contains("  database  (")).expect("its line");
    assert!(line.starts_with("warn  database  (here:3000, 5 m") && line.ends_with(" ago)"), "{line}");
    std::fs::remove_dir_all(&console.data_dir).ok();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deploy_tells_which_settings_migrations_queues_and_answers_are_not_what_they_were() {
    let (console, before) = configured("changed", &["--images", "web=shop:1.4"]).await;
    console.door.sql("update console.staff_role set role = 'lead'; update ops.ring_setting set ring_seconds = 1, settle_seconds = 4");
    let list = || console.get("/api/v1/support/troubleshooting", &[]);
    let mut tasks = collect::start(before);
    // Answers count from the first reading on.
    console.until("a first reading", |now| part(now, "latency")["at"].is_string()).await;
    for _ in 0..30 {
        assert_eq!(list().await.status, StatusCode::OK);
    }
    let ring = "select count(*) > 0 from ops.ring where facts::text like '%view, p95%' and facts ?& array['bus', 'config', 'migrations']";
    console.until("a reading from before", |_| console.door.sql(ring).trim() == "t").await;
    tasks.shutdown().await;

    // Another program, with other settings, where much waits and answers are slow.
    let told = r#"{"service": "console", "build": "b9"}"#;
    let headers = [("cookie", console.cookie.as_str()), HERE, ("content-type", "application/json")];
    let recorded = console.door.send("POST", "/api/ops/deploys", &headers, told.to_owned()).await;
    let deploy = serde_json::from_str::<Value>(&recorded.body).expect("a receipt")["output"]["deploy"].clone();
    console.door.sql(
        "insert into commandbus.command (tenant_id, command_id, domain, command_type, queue_name, status, max_attempts, correlation_id)
         select '00000000-0000-0000-0000-00000000000a', gen_random_uuid(), 'plans', 'IngestPlan', 'plans__commands', 'PENDING', 3, gen_random_uuid()
         from generate_series(1, 40);
         insert into public._sqlx_migrations (version, description, success, checksum, execution_time) values (9999, 'of a later program', true, '', 0)",
    );
    let _tasks = collect::start(console.sources("another token for whoever measures", &["--images", "web=shop:1.5"]).await);
    let held = holds(&console.door, "commandbus.command", 1);
    console.until("the table is held", |_| console.door.sql("select count(*) from pg_locks where relation = 'commandbus.command'::regclass and mode = 'AccessExclusiveLock' and granted").trim() == "1").await;
    for answer in futures::future::join_all((0..60).map(|_| list())).await {
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    }
    held.await.expect("ran").expect("held");
    let changes = console.changes(&deploy).await;
    for wanted in [
        "migration|9999 of a later program||applied",
        "setting|metrics-token|not shown|another, not shown",
        "setting|images|web=shop:1.4|web=shop:1.5",
        "build|image web|shop:1.4|shop:1.5",
        "queue|plans__commands, waiting|none|40 commands",
    ] {
        assert!(changes.iter().any(|one| one == wanted), "{wanted} is not among {changes:#?}");
    }
    assert!(changes.iter().any(|one| one.starts_with("latency|view, p")), "{changes:#?}");
    assert!(["latency|", "queue|"].iter().any(|kind| changes[0].starts_with(kind)), "what is many times as much weighs most: {changes:#?}");
    std::fs::remove_dir_all(&console.data_dir).ok();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_snapshot_says_which_alerts_are_open() {
    let (console, sources) = console("alerts").await;
    let _tasks = collect::start(sources);
    console.until("none", |now| observed(now, "alerts", "alerts")["text"] == "none is open").await;
    let raised = "insert into ops.alert (rule_name, severity, subject, title, value) values ('Mine', 'CRITICAL', '', 'Runs of pipelines fail', 9) returning id";
    let alert = console.door.sql(raised).trim().to_owned();
    let read = console.until("one is open", |now| part(now, "alerts")["status"] == "fail").await;
    assert!(part(&read, "alerts")["why"].as_str().is_some_and(|why| why.contains("Runs of pipelines fail")), "{}", part(&read, "alerts"));
    assert_eq!(read["status"], "fail", "as bad as the worst of its parts");
    console.door.sql(&format!("update ops.alert set state = 'CLOSED', closed_at = clock_timestamp() where id = {alert}"));
    console.until("it is over", |now| part(now, "alerts")["status"] == "pass").await;
    std::fs::remove_dir_all(&console.data_dir).ok();
}
