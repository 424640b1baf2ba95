//! The control plane over a real database: what is read of the parts and who sees it, deploys that are told and noticed, and what is told
//! of them.

mod common;

use common::*;
use domain::{Ask, Compare, Fact, PartKind, PartStatus, Reading, Role};
use gate::Collector;
use serde_json::{Value, json};
use std::time::Duration;

const VIEWER: Person = Person { role: Role::Viewer, session_on: None, ..READY };
const ADMIN: Person = Person { role: Role::Admin, session_on: None, ..READY };

async fn kept(collector: &Collector, part: &str, read: Result<Reading, String>) {
    collector.keep(PartKind::of(part).expect("a part"), Duration::from_millis(3), read).await.expect("kept");
}

async fn part(world: &World, token: &gate::Token, name: &str) -> Value {
    let context = world.view(token, "context", json!({})).await.expect("the snapshot");
    context["parts"].as_array().expect("parts").iter().find(|part| part["name"] == name).cloned().expect(name)
}

async fn run(world: &World, sql: &'static str) {
    sqlx::raw_sql(sql).execute(&mut world.db().await).await.unwrap_or_else(|error| panic!("{sql}: {error}"));
}

fn reason() -> Ask {
    Ask { reason: "Told by the pipeline".into(), rehearse: false }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_role_on_one_tenant_sees_no_figure_of_others() {
    let world = world().await;
    for tenant in [NORTHWIND, NORTHWIND, NORTHWIND, CONTOSO] {
        world.failed_command(tenant).await;
    }
    world.count_groups().await;
    run(&world, "update commandbus.command set status = 'PENDING', visible_at = now() - interval '3 minutes' where tenant_id = '00000000-0000-0000-0000-00000000000a'").await;
    run(
        &world,
        "insert into telemetry.error_group (tenant_id, fingerprint, fingerprint_version, kind, title, route, count, first_seen, last_seen)
         values ('00000000-0000-0000-0000-00000000000a', '00000000000000aa', 1, 'error', 'x', '/', 3, now(), now())",
    )
    .await;
    let collector = world.collector().await;
    kept(&collector, "bus", Ok(collector.bus().await.expect("the bus"))).await;
    kept(&collector, "frontend", Ok(collector.frontend().await.expect("the pages"))).await;

    let everybody = world.sign_in(VIEWER).await;
    let bus = part(&world, &everybody, "bus").await;
    assert_eq!((bus["status"].as_str(), bus["tenant"].as_str()), (Some("warn"), None), "{bus}");
    let number = |part: &Value, fact: &str| {
        part["observed"].as_array().and_then(|facts| facts.iter().find(|f| f["name"] == fact)?["number"].as_i64())
    };
    assert_eq!(number(&bus, "plans__commands, waiting"), Some(3), "{bus}");
    assert!(bus["why"].as_str().is_some_and(|why| why.contains("plans__commands has waited for 3 m")), "{bus}");
    assert_eq!(number(&part(&world, &everybody, "frontend").await, "groups new within an hour"), Some(1));

    let contoso = world.sign_in(Person { only: Some(CONTOSO), ..VIEWER }).await;
    let bus = part(&world, &contoso, "bus").await;
    assert_eq!((bus["status"].as_str(), bus["tenant"].as_str()), (Some("pass"), Some("contoso")), "{bus}");
    assert_eq!((number(&bus, "plans__commands, waiting"), number(&bus, gate::IN_TROUBLESHOOTING)), (None, Some(1)), "{bus}");
    let pages = part(&world, &contoso, "frontend").await;
    assert_eq!((pages["status"].as_str(), number(&pages, "groups new within an hour")), (Some("pass"), None), "{pages}");
    let all = world.view(&contoso, "context", json!({})).await.expect("the snapshot").to_string();
    assert!(!all.contains("northwind"), "{all}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_old_or_fails_says_so_and_keeps_what_was_read() {
    let world = world().await;
    let viewer = world.sign_in(VIEWER).await;
    assert_eq!(part(&world, &viewer, "disk").await["why"], "No server has read this within ten minutes.");
    let collector = world.collector().await;
    let reading = || Reading::of("a disk", vec![Fact::number("free", 5, "bytes")]);
    kept(&collector, "disk", Ok(reading())).await;
    let fresh = part(&world, &viewer, "disk").await;
    assert_eq!((fresh["status"].as_str(), fresh["why"].as_str(), fresh["source"].as_str()), (Some("pass"), Some(""), Some("a disk")));

    kept(&collector, "disk", Err("The directory is gone.".into())).await;
    let failing = part(&world, &viewer, "disk").await;
    assert_eq!((failing["status"].as_str(), &failing["observed"]), (Some("warn"), &fresh["observed"]));
    assert!(failing["why"].as_str().is_some_and(|why| why.starts_with("The directory is gone. What is shown was read")), "{failing}");
    run(&world, "update ops.part set at = at - interval '2 minutes'").await;
    assert_eq!(part(&world, &viewer, "disk").await["status"], "fail", "it has failed for long");

    kept(&collector, "disk", Ok(reading().but(PartStatus::Warn, "Little is free."))).await;
    assert_eq!(part(&world, &viewer, "disk").await["why"], "Little is free.", "a good reading ends the failure");
    kept(&collector, "disk", Ok(reading())).await;
    run(&world, "update ops.part set at = at - interval '2 minutes'").await;
    let old = part(&world, &viewer, "disk").await;
    assert_eq!(old["status"], "warn");
    assert!(old["why"].as_str().is_some_and(|why| why.starts_with("This was read 2 m ago, although it is read every 15.0 s")), "{old}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_differs_between_servers_is_no_change_of_a_deploy() {
    let world = world().await;
    let collector = world.collector().await;
    // Another server with another setting, whose reading is the newest every other time.
    for at in ["now() + interval '1 second'", "now() - interval '30 seconds'"] {
        kept(&collector, "config", Ok(Reading::of("settings", vec![Fact::text("listen", "here").compared(Compare::Value)]))).await;
        let other = format!(
            "insert into ops.part select 'another:1', name, section, {at}, took_ms, period_ms, status, why, source, replace(facts::text, 'here', 'there')::jsonb
             from ops.part where server <> 'another:1' and name = 'config' on conflict (server, name) do update set at = excluded.at"
        );
        sqlx::raw_sql(sqlx::AssertSqlSafe(other)).execute(&mut world.db().await).await.expect("another server");
        run(&world, "update ops.ring set at = at - interval '1 hour'").await;
        collector.turn(None).await.expect("turned");
    }
    assert_eq!(world.text("select count(*) || ' ' || count(distinct facts -> 'config') from ops.ring").await, "2 1");
    // It is gone: the one that is left is told.
    run(
        &world,
        "update ops.part set at = now() - interval '2 minutes' where server = 'another:1'; update ops.ring set at = at - interval '1 hour'",
    )
    .await;
    collector.turn(None).await.expect("turned");
    let last = "select facts #>> '{config,0,text}' from ops.ring order by at desc limit 1";
    assert_eq!(world.text(last).await, "here");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_version_moves_with_readings_and_with_nothing_else() {
    let world = world().await;
    let viewer = world.sign_in(VIEWER).await;
    let collector = world.collector().await;
    kept(&collector, "disk", Ok(Reading::of("a disk", Vec::new()))).await;
    let version = async || world.view(&viewer, "context", json!({})).await.expect("the snapshot")["version"].clone();
    let first = version().await;
    assert_eq!(first, version().await, "ages do not count");
    kept(&collector, "disk", Ok(Reading::of("a disk", Vec::new()))).await;
    assert_ne!(first, version().await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_changed_build_of_workers_and_of_pages_is_noticed_once() {
    let world = world().await;
    let viewer = world.sign_in(VIEWER).await;
    let collector = world.collector().await;
    let rows = async || {
        let list = world.view(&viewer, "deploys", json!({})).await.expect("deploys");
        let row = |row: &Value| {
            format!("{} {} {} {}", row["service"].as_str().unwrap_or_default(), row["build_before"], row["build"], row["source"])
        };
        list["rows"].as_array().expect("rows").iter().map(row).collect::<Vec<_>>()
    };
    run(&world, "insert into commandbus.worker (name, domain, build) values ('plans-1', 'plans', 'b1')").await;
    run(&world, "insert into telemetry.page_session (tenant_id, id, build, browser, next) select '00000000-0000-0000-0000-00000000000a', 'tab ' || n, 'p1', 'Chrome 150', 1 from generate_series(1, 3) n").await;
    collector.turn(Some(("c1", 60.0))).await.expect("turned");
    assert_eq!(rows().await, [""; 0], "a first build is no change");
    run(&world, "update commandbus.worker set heartbeat_at = now(); insert into commandbus.worker (name, domain, build) values ('plans-2', 'plans', 'b2')").await;
    // Two tabs may be anybody's.
    run(&world, "insert into telemetry.page_session (tenant_id, id, build, browser, next) select '00000000-0000-0000-0000-00000000000a', 'forged ' || n, 'evil', 'curl', 1 from generate_series(1, 2) n").await;
    for _ in 0..2 {
        collector.turn(Some(("c1", 61.0))).await.expect("turned");
    }
    assert_eq!(rows().await, ["worker:plans \"b1\" \"b2\" \"noticed\""]);
    run(&world, "update telemetry.page_session set first_seen = first_seen - interval '1 hour'").await;
    run(&world, "insert into telemetry.page_session (tenant_id, id, build, browser, next) select '00000000-0000-0000-0000-00000000000a', 'new ' || n, 'p2', 'Chrome 150', 1 from generate_series(1, 4) n").await;
    for _ in 0..2 {
        collector.turn(Some(("c2", 0.0))).await.expect("turned");
    }
    let mut all = rows().await;
    all.sort();
    assert_eq!(all, ["console \"c1\" \"c2\" \"noticed\"", "frontend \"p1\" \"p2\" \"noticed\"", "worker:plans \"b1\" \"b2\" \"noticed\""]);
    let contoso = world.sign_in(Person { only: Some(CONTOSO), ..VIEWER }).await;
    let theirs = world.view(&contoso, "deploys", json!({})).await.expect("deploys").to_string();
    assert!(!theirs.contains("p2") && theirs.contains("worker:plans"), "{theirs}");
    // The pipeline tells of the same deploy later: it is the same one.
    let admin = world.sign_in(ADMIN).await;
    let told = json!({"service": "worker:plans", "build": "b2", "git_sha": "0A1B2C3D4E", "url": "https://ci.example/7"});
    let receipt = world.act(&admin, "record-deploy", reason(), told).await.expect("recorded");
    assert_eq!(receipt["output"]["repeated"], false);
    assert_eq!(rows().await.len(), 3);
    assert_eq!(world.text("select source || ' ' || git_sha from ops.deploy where service = 'worker:plans'").await, "recorded 0a1b2c3d4e");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deploy_told_twice_is_one_deploy() {
    let world = world().await;
    let admin = world.sign_in(ADMIN).await;
    let told = async |input: Value| {
        let receipt = world.act(&admin, "record-deploy", reason(), input).await.expect("recorded");
        (receipt["output"]["deploy"].as_i64().expect("a number"), receipt["output"]["repeated"] == true)
    };
    let (first, repeated) = told(json!({"service": "frontend", "build": "b1"})).await;
    assert!(!repeated);
    assert_eq!(told(json!({"service": "frontend", "build": "b1"})).await, (first, true));
    let (second, repeated) = told(json!({"service": "frontend", "build": "b2", "key": "run 7"})).await;
    assert!(!repeated && second != first);
    assert_eq!(told(json!({"service": "frontend", "build": "b2", "key": "run 7"})).await, (second, true));
    let (back, repeated) = told(json!({"service": "frontend", "build": "b1"})).await;
    assert!(!repeated && back != first, "going back to an older build is a deploy");
    assert_eq!(told(json!({"service": "frontend", "build": "b2", "key": "run 7"})).await, (second, true), "a late repetition");
    let at = "2026-01-01T10:00:00Z";
    let (dated, _) = told(json!({"service": "frontend", "build": "b0", "at": at})).await;
    assert_eq!(told(json!({"service": "frontend", "build": "b0", "at": at})).await, (dated, true));
    for (wrong, word) in [
        (json!({"service": "Frontend", "build": "b1"}), "small letters"),
        (json!({"service": "frontend", "build": " "}), "1 to 120 characters"),
        (json!({"service": "frontend", "build": "b1", "git_sha": "latest"}), "7 to 64 digits"),
        (json!({"service": "frontend", "build": "b1", "url": "javascript:alert(1)"}), "http://"),
        (json!({"service": "frontend", "build": "b1", "at": "2200-01-01T00:00:00Z"}), "still to come"),
    ] {
        let said = world.act(&admin, "record-deploy", reason(), wrong).await.expect_err(word).message;
        assert!(said.contains(word), "{said}");
    }
    let at_once = (0..4).map(|_| world.act(&admin, "record-deploy", reason(), json!({"service": "console", "build": "b9"})));
    let several = futures::future::join_all(at_once).await;
    let several: Vec<_> = several.into_iter().map(|receipt| receipt.expect("recorded")).collect();
    assert_eq!(several.iter().filter(|receipt| receipt["output"]["repeated"] == false).count(), 1, "{several:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_present_build_of_pages_is_the_newest_that_somebody_recorded_for_production() {
    let world = world().await;
    let admin = world.sign_in(ADMIN).await;
    run(
        &world,
        "insert into telemetry.error_group (tenant_id, fingerprint, fingerprint_version, kind, title, route, count, first_seen, last_seen)
         select id, '0100000000000001', 1, 'error', slug, '/', 1, now(), now() from console.tenant",
    )
    .await;
    let current = async || {
        let logs = world.view(&admin, "frontend-logs", json!({})).await.expect("the groups");
        let of = |slug| {
            logs["groups"].as_array().expect("groups").iter().find(|group| group["title"] == slug).expect("one")["current_build"].clone()
        };
        (of("northwind"), of("contoso"))
    };
    run(
        &world,
        "insert into ops.deploy (service, build, at, source, said_by) values ('frontend', 'noticed', now(), 'noticed', 'the console')",
    )
    .await;
    assert_eq!(current().await, (Value::Null, Value::Null), "what anybody can report is not believed");
    for input in [
        json!({"service": "frontend", "build": "b1"}),
        json!({"service": "frontend", "build": "b2", "tenant": "contoso", "environment": "production"}),
        json!({"service": "frontend", "build": "b3", "environment": "staging"}),
        json!({"service": "worker:plans", "build": "w1"}),
    ] {
        world.act(&admin, "record-deploy", reason(), input).await.expect("recorded");
    }
    assert_eq!(current().await, (json!("b1"), json!("b2")));
}

/// The database as it is read now and then: one fact moves by itself, the other does not.
fn database(us: i64) -> Reading {
    let version = Fact::text("PostgreSQL", "18.1").compared(domain::Compare::Value);
    Reading::of("a query", vec![Fact::number("round trip", us, "us"), version])
}

/// Four groups that came sixty times each within the hour before, and the readings of it; the last is ten minutes old.
async fn groups_before(world: &World, collector: &Collector) {
    run(world, "update ops.ring_setting set ring_seconds = 1, settle_seconds = 60").await;
    run(world, "insert into telemetry.error_group (tenant_id, fingerprint, fingerprint_version, kind, title, route, count, first_seen, last_seen)
         select case when n = 4 then '00000000-0000-0000-0000-00000000000b' else '00000000-0000-0000-0000-00000000000a' end::uuid, lpad(to_hex(n), 16, '0'), 1, 'error', 'page ' || n, '/', 100, now() - interval '3 days', now() - interval '2 hours'
         from generate_series(1, 4) n").await;
    kept(collector, "database", Ok(database(100))).await;
    collector.turn(None).await.expect("turned");
    run(world, "update ops.ring set at = at - interval '65 minutes'").await;
    // In the hour before the deploy each of them came sixty times.
    run(world, "update telemetry.error_group set count = count + 60, last_seen = now() - interval '10 minutes'").await;
    collector.turn(None).await.expect("turned");
    run(world, "update ops.ring set at = at - interval '10 minutes' where at > now() - interval '1 hour'").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deploy_tells_of_groups_that_are_new_gone_and_more() {
    let world = world().await;
    let (admin, viewer) = (world.sign_in(ADMIN).await, world.sign_in(VIEWER).await);
    let collector = world.collector().await;
    groups_before(&world, &collector).await;
    let at: String =
        world.text("select to_char((now() - interval '9 minutes') at time zone 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"')").await;
    let receipt =
        world.act(&admin, "record-deploy", reason(), json!({"service": "frontend", "build": "b2", "at": at})).await.expect("recorded");
    let deploy = json!({"deploy": receipt["output"]["deploy"]});
    let early = world.view(&viewer, "deploy", deploy.clone()).await.expect("the deploy");
    assert_eq!(early["changes"], json!([]), "{early}");
    assert!(early["notes"][0].as_str().is_some_and(|note| note.contains("no reading from before")), "{early}");
    // 1 goes on as before, 2 is gone, 3 comes four times as often, 4 of the other tenant is gone, 5 is new; and a command fails anew.
    run(&world, "update telemetry.error_group set last_seen = now(), count = count + case title when 'page 1' then 10 when 'page 3' then 40 else 0 end").await;
    run(
        &world,
        "insert into telemetry.error_group (tenant_id, fingerprint, fingerprint_version, kind, title, route, count, first_seen, last_seen)
         values ('00000000-0000-0000-0000-00000000000a', '00000000000000ff', 1, 'error', 'page 5', '/', 9, now(), now())",
    )
    .await;
    world.failed_command(CONTOSO).await;
    world.count_groups().await;
    // The same version of the database, another moment of it.
    kept(&collector, "database", Ok(database(90_000))).await;
    collector.turn(None).await.expect("turned");

    let told = |seen: &Value| {
        let one =
            |change: &Value| format!("{} {}", change["kind"].as_str().unwrap_or_default(), change["what"].as_str().unwrap_or_default());
        seen["changes"].as_array().expect("changes").iter().map(one).collect::<Vec<_>>()
    };
    let seen = world.view(&viewer, "deploy", deploy.clone()).await.expect("the deploy");
    assert_eq!(
        told(&seen),
        [
            "new ERROR: page 5",
            "new OUT_OF_MEMORY: wall_detection ran out of memory",
            "more ERROR: page 3",
            "gone ERROR: page 2",
            "gone ERROR: page 4"
        ],
        "{seen}"
    );
    assert!(seen["changes"][2]["after"].as_str().is_some_and(|after| after.starts_with("40 times, \u{d7} ")), "{seen}");
    let contoso = world.sign_in(Person { only: Some(CONTOSO), ..VIEWER }).await;
    let seen = world.view(&contoso, "deploy", deploy).await.expect("the deploy");
    assert_eq!(told(&seen), ["new OUT_OF_MEMORY: wall_detection ran out of memory", "gone ERROR: page 4"], "{seen}");
}

#[tokio::test(flavor = "multi_thread")]
async fn checks_and_alerts_say_how_they_are_to_whoever_collects() {
    let world = world().await;
    let mut db = world.db().await;
    sqlx::query(
        "insert into ops.check (name, kind, spec, saved_by, state, last_error) values ('Shop', 'HTTP', '{}', 'Anna', 'DOWN', 'it answered 503'), ('Mail', 'TCP', '{}', 'Anna', 'UP', null)",
    )
    .execute(&mut db)
    .await
    .expect("checks");
    sqlx::query(
        "insert into ops.alert (rule_name, severity, subject, title, value) values ('Down', 'CRITICAL', 'check:1', 'Shop is down', 1)",
    )
    .execute(&mut db)
    .await
    .expect("an alert");
    sqlx::query("set role ops_collector").execute(&mut db).await.expect("the role");
    let told: Vec<(String, String, String)> = sqlx::query_as(
        "select name, status, why from ops.check_figures() union all select 'alert', status, why from ops.alert_figures() order by 1",
    )
    .fetch_all(&mut db)
    .await
    .expect("figures");
    let mut told: Vec<String> = told.into_iter().map(|(name, status, why)| format!("{name} {status}: {why}")).collect();
    // Databases differ in what they take for the order of letters.
    told.sort();
    assert_eq!(told, ["Shop fail: Shop is down: it answered 503.", "alert fail: Shop is down", "up pass: 1 up"]);
}
