//! Groups of failures: their counts are what the queue holds, whatever happens to it; each person sees their own part; and a
//! group wakes and comes back when it should, and not before.

mod common;

use common::*;
use domain::{Ask, ProblemKind};
use serde_json::{Value, json};
use sqlx::PgConnection;
use uuid::Uuid;

/// Groups as their counts say, and as the queue says; the same text or the counts are wrong.
const KEPT: &str =
    "select coalesce(string_agg(g.fingerprint || ' ' || c.scope || ' ' || c.open, E'\\n' order by g.fingerprint, c.scope), '')
    from triage.group_count c join triage.failure_group g on g.id = c.group_id where c.open <> 0";
const THERE: &str = "select coalesce(string_agg(f || ' ' || s || ' ' || n, E'\\n' order by f, s), '') from (
    select last_fingerprint as f, s, count(*) as n from commandbus.command cross join lateral (values (tenant_id), ('00000000-0000-0000-0000-000000000000'::uuid)) t (s)
    where status = 'IN_TROUBLESHOOTING_QUEUE' group by 1, 2) counted";

/// A failure of a command, new or there before, under one of a few codes.
async fn fail(db: &mut PgConnection, tenant: Uuid, command: Uuid, code: u32, worker: Option<&str>) {
    sqlx::query(
        "insert into commandbus.command (tenant_id, command_id, domain, command_type, queue_name, status, attempts, max_attempts, correlation_id, worker, last_error_code, last_error_title, last_fingerprint)
         values ($1, $2, 'plans', 'IngestPlan', 'plans__commands', 'IN_TROUBLESHOOTING_QUEUE', 3, 3, $2, $4, 'CODE_' || $3, 'Title ' || $3, lpad($3::text, 16, '0'))
         on conflict (tenant_id, command_id) do update set status = excluded.status, finished_at = null, last_error_code = excluded.last_error_code,
           last_error_title = excluded.last_error_title, last_fingerprint = excluded.last_fingerprint",
    )
    .bind(tenant)
    .bind(command)
    .bind(i64::from(code))
    .bind(worker)
    .execute(db)
    .await
    .expect("a failure");
}

#[tokio::test(flavor = "multi_thread")]
async fn counts_are_what_the_queue_holds_whatever_happens_to_it() {
    let world = world().await;
    let mut db = world.db().await;
    for round in 0..12_u32 {
        for _ in 0..40 {
            let chance = rand_u128();
            let (tenant, command) = (if chance & 1 == 0 { NORTHWIND } else { CONTOSO }, Uuid::from_u128(1 + (chance >> 8) % 60));
            match (chance >> 32) % 8 {
                0..=3 => fail(&mut db, tenant, command, (chance >> 64) as u32 % 5, None).await,
                4 => run(&mut db, "update commandbus.command set status = 'PENDING' where tenant_id = $1 and command_id = $2 and status = 'IN_TROUBLESHOOTING_QUEUE'", tenant, command).await,
                5 => run(&mut db, "update commandbus.command set status = 'CANCELED', finished_at = now() where tenant_id = $1 and command_id = $2 and status <> 'CANCELED'", tenant, command).await,
                6 => run(&mut db, "update commandbus.command set attempts = attempts + 1 where tenant_id = $1 and command_id = $2", tenant, command).await,
                _ => run(&mut db, "delete from commandbus.command where tenant_id = $1 and command_id = $2", tenant, command).await,
            }
        }
        if round % 3 == 0 {
            continue; // Let some pile up, so that one that came and left is counted at once.
        }
        world.count_groups().await;
        assert_eq!(world.text(KEPT).await, world.text(THERE).await, "round {round}");
    }
    let queue = world.text("select string_agg(scope || ' ' || open, E'\\n' order by scope) from triage.queue_count").await;
    let there = world.text("select string_agg(s || ' ' || (select count(*) from commandbus.command where status = 'IN_TROUBLESHOOTING_QUEUE' and (tenant_id = s or s = '00000000-0000-0000-0000-000000000000')), E'\\n' order by s) from (select scope as s from triage.queue_count) x").await;
    assert_eq!(queue, there);
}

async fn run(db: &mut PgConnection, sql: &'static str, tenant: Uuid, command: Uuid) {
    sqlx::query(sql).bind(tenant).bind(command).execute(db).await.expect(sql);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_who_count_at_once_count_once() {
    let world = world().await;
    world.many_failed(NORTHWIND, 3_000).await;
    let counting: Vec<_> = (0..6)
        .map(|_| {
            let gate = world.gate.clone();
            tokio::spawn(async move { gate.count_groups().await })
        })
        .collect();
    for counted in counting {
        counted.await.expect("ran").expect("counted");
    }
    world.count_groups().await;
    assert_eq!(world.text(KEPT).await, world.text(THERE).await);
    assert_eq!(
        world
            .text(
                "select open || ' ' || total || ' ' || tenants from triage.group_count where scope = '00000000-0000-0000-0000-000000000000'"
            )
            .await,
        "3000 3000 1"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn each_sees_the_counts_of_their_tenants() {
    let world = world().await;
    let mut db = world.db().await;
    for n in 0..3 {
        fail(&mut db, NORTHWIND, Uuid::from_u128(100 + n), 1, None).await;
    }
    fail(&mut db, CONTOSO, Uuid::from_u128(200), 1, None).await;
    fail(&mut db, CONTOSO, Uuid::from_u128(201), 2, None).await;
    world.count_groups().await;
    let everybody = world.sign_in(Person { session_on: None, ..READY }).await;
    let north = world.sign_in(Person { session_on: None, only: Some(NORTHWIND), ..READY }).await;
    let counts = |said: &Value| {
        let rows = said["rows"].as_array().expect("rows").iter();
        rows.map(|row| format!("{} {} {} {}", row["code"].as_str().unwrap_or_default(), row["open"], row["tenants"], row["total"]))
            .collect::<Vec<_>>()
    };
    let size = json!({"order": "size"});
    let all = world.view(&everybody, "groups", size.clone()).await.expect("groups");
    assert_eq!(
        (counts(&all), &all["total"], &all["open"]),
        (vec!["CODE_1 4 2 4".to_owned(), "CODE_2 1 1 1".to_owned()], &json!(2), &json!(5))
    );
    let contoso = world.view(&everybody, "groups", json!({"order": "size", "tenant": "contoso"})).await.expect("groups");
    assert_eq!(contoso["open"], 2, "{contoso}");
    let mine = world.view(&north, "groups", size).await.expect("groups");
    assert_eq!(counts(&mine), ["CODE_1 3 1 3"], "{mine}");
    let group = mine["rows"][0]["id"].as_i64().expect("id");
    let shown = world.view(&north, "group", json!({"group": group})).await.expect("their group");
    assert_eq!(shown["tenants"].as_array().map(Vec::len), Some(1), "{shown}");
    assert!(!shown.to_string().contains("Contoso"), "{shown}");
    assert_eq!((&shown["types"], &shown["releases"]), (&json!([]), &json!([])), "counted over all tenants");
    let no = world.view(&north, "groups", json!({"command_type": "plans/IngestPlan"})).await.expect_err("not theirs to count");
    assert_eq!(no.kind, ProblemKind::BadInput);
    let other = all["rows"][1]["id"].as_i64().expect("id");
    assert_eq!(world.view(&north, "group", json!({"group": other})).await.expect_err("not theirs").kind, ProblemKind::NotFound);
    let no = world.view(&north, "groups", json!({"tenant": "contoso"})).await.expect_err("not theirs");
    assert_eq!(no.kind, ProblemKind::BadInput);
    // A group is everybody's: a role over one tenant may look, not decide for all.
    let ask = Ask { reason: "It bothers only us".into(), ..Ask::default() };
    let refused = world.act(&north, "triage-group", ask, json!({"group": group, "to": "INVESTIGATING"})).await.expect_err("not for all");
    assert!(refused.kind == ProblemKind::Refused && refused.message.contains("group.triage"), "{refused}");
    assert_eq!(world.text("select distinct state from triage.failure_group").await, "NEW");
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_of_groups_follow_without_a_gap() {
    let world = world().await;
    let mut db = world.db().await;
    for code in 0..23 {
        for n in 0..=u128::from(code % 4) {
            fail(&mut db, NORTHWIND, Uuid::from_u128(u128::from(code) * 100 + n + 1), code, None).await;
        }
    }
    world.count_groups().await;
    let token = world.sign_in(Person { session_on: None, ..READY }).await;
    for order in ["recent", "size"] {
        let (mut seen, mut cursor) = (Vec::new(), Value::Null);
        loop {
            let page = world.view(&token, "groups", json!({"order": order, "limit": 5, "cursor": cursor})).await.expect("a page");
            seen.extend(page["rows"].as_array().expect("rows").iter().map(|row| (row["open"].as_i64(), row["id"].as_i64())));
            cursor = page["next"].clone();
            if cursor.is_null() {
                break;
            }
        }
        let mut once = seen.clone();
        once.sort_unstable();
        once.dedup();
        assert_eq!((seen.len(), once.len()), (23, 23), "{order}");
        assert!(order == "recent" || seen.is_sorted_by(|a, b| a >= b), "{seen:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_snoozed_group_wakes_at_its_time_its_count_or_its_rate() {
    let world = world().await;
    let mut db = world.db().await;
    let token = world.sign_in(READY).await;
    let state = "select state || ': ' || why from triage.failure_group";
    fail(&mut db, NORTHWIND, Uuid::from_u128(1), 1, None).await;
    let group = world.group_of(Uuid::from_u128(1)).await;
    let snooze = |how: Value| {
        let mut input = json!({"group": group, "to": "SNOOZED", "note": "Waits for the vendor."});
        input.as_object_mut().expect("object").extend(how.as_object().expect("object").clone());
        input
    };
    world.act(&token, "triage-group", Ask::default(), snooze(json!({"more": 2}))).await.expect("snoozed");
    fail(&mut db, NORTHWIND, Uuid::from_u128(2), 1, None).await;
    world.count_groups().await;
    assert_eq!(world.text(state).await, "SNOOZED: Waits for the vendor.");
    let hidden = world.view(&token, "groups", json!({})).await.expect("groups");
    assert_eq!(hidden["total"], 0, "{hidden}");
    fail(&mut db, NORTHWIND, Uuid::from_u128(3), 1, None).await;
    world.count_groups().await;
    assert_eq!(world.text(state).await, "NEW: It woke: it has failed as often as it was snoozed for.");

    world.act(&token, "triage-group", Ask::default(), snooze(json!({"per_hour": 4}))).await.expect("snoozed");
    fail(&mut db, NORTHWIND, Uuid::from_u128(4), 1, None).await;
    world.count_groups().await;
    assert!(world.text(state).await.starts_with("SNOOZED"));
    fail(&mut db, NORTHWIND, Uuid::from_u128(5), 1, None).await;
    world.count_groups().await;
    // The fifth of this hour, unless the hour has just turned: then there is one more to come.
    if world.text(state).await.starts_with("SNOOZED") {
        for n in 6..11 {
            fail(&mut db, NORTHWIND, Uuid::from_u128(n), 1, None).await;
        }
        world.count_groups().await;
    }
    assert_eq!(world.text(state).await, "NEW: It woke: more than 4 failed within an hour.");

    world.act(&token, "triage-group", Ask::default(), snooze(json!({"until": "1h"}))).await.expect("snoozed");
    sqlx::query("update triage.failure_group set snooze_until = clock_timestamp()").execute(&mut db).await.expect("the hour passes");
    world.count_groups().await;
    assert_eq!(world.text(state).await, "NEW: It was snoozed until now.");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_resolved_group_comes_back_with_a_new_build_and_not_with_an_echo_of_the_old() {
    let world = world().await;
    let mut db = world.db().await;
    let token = world.sign_in(READY).await;
    for build in ["1.0", "1.1", "1.2"] {
        sqlx::query("insert into commandbus.worker (name, domain, build) values ('w' || $1, 'plans', $1)")
            .bind(build)
            .execute(&mut db)
            .await
            .expect("worker");
    }
    let state = "select state || coalesce(': ' || why, '') from triage.failure_group";
    fail(&mut db, NORTHWIND, Uuid::from_u128(1), 1, Some("w1.0")).await;
    let group = world.group_of(Uuid::from_u128(1)).await;
    let resolve = json!({"group": group, "to": "RESOLVED", "release": "1.1"});
    world.act(&token, "triage-group", Ask::default(), resolve.clone()).await.expect("resolved");
    fail(&mut db, NORTHWIND, Uuid::from_u128(2), 1, Some("w1.0")).await;
    world.count_groups().await;
    assert_eq!(world.text(state).await, "RESOLVED");
    fail(&mut db, NORTHWIND, Uuid::from_u128(3), 1, Some("w1.2")).await;
    world.count_groups().await;
    assert_eq!(world.text(state).await, "REGRESSED: It failed again with build 1.2.");
    world.act(&token, "triage-group", Ask::default(), resolve).await.expect("resolved again");
    fail(&mut db, NORTHWIND, Uuid::from_u128(4), 1, Some("w1.1")).await;
    world.count_groups().await;
    assert_eq!(world.text(state).await, "REGRESSED: It failed again with build 1.1.");
    let shown = world.view(&token, "group", json!({"group": group})).await.expect("the group");
    let releases: Vec<&str> = shown["releases"].as_array().expect("releases").iter().filter_map(|row| row["value"].as_str()).collect();
    assert_eq!(releases, ["1.1", "1.2", "1.0"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_host_that_gives_no_fingerprint_is_grouped_by_code_and_title_also_the_second_time() {
    let world = world().await;
    let (command, _) = world.failed_command(NORTHWIND).await;
    let first = world.group_of(command).await;
    let mut db = world.db().await;
    for status in ["PENDING", "IN_TROUBLESHOOTING_QUEUE"] {
        sqlx::query("update commandbus.command set status = $2, last_error_code = 'OTHER', last_error_title = 'Something else' where command_id = $1")
            .bind(command)
            .bind(status)
            .execute(&mut db)
            .await
            .expect(status);
    }
    let second = world.group_of(command).await;
    assert_ne!(first, second);
    assert_eq!(world.text(KEPT).await, world.text(THERE).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_build_of_any_length_is_counted() {
    let world = world().await;
    let mut db = world.db().await;
    sqlx::query("insert into commandbus.worker (name, domain, build) values ('long', 'plans', repeat('b', 5000))")
        .execute(&mut db)
        .await
        .expect("worker");
    fail(&mut db, NORTHWIND, Uuid::from_u128(1), 1, None).await;
    let group = world.group_of(Uuid::from_u128(1)).await;
    let token = world.sign_in(READY).await;
    world.act(&token, "triage-group", Ask::default(), json!({"group": group, "to": "RESOLVED"})).await.expect("resolved");
    fail(&mut db, NORTHWIND, Uuid::from_u128(2), 1, Some("long")).await;
    world.count_groups().await;
    assert!(world.text("select state || why from triage.failure_group").await.starts_with("REGRESSEDIt failed again with build bbb"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_does_not_go_with_a_state_is_named_and_changes_nothing() {
    let world = world().await;
    let token = world.sign_in(READY).await;
    let (command, _) = world.failed_command(NORTHWIND).await;
    let group = world.group_of(command).await;
    for (input, why) in [
        (json!({"group": group, "to": "KNOWN"}), "ticket"),
        (json!({"group": group, "to": "SNOOZED"}), "when to wake"),
        (json!({"group": group, "to": "REGRESSED"}), "by itself"),
        (json!({"group": group, "to": "SNOOZED", "until": "yesterday"}), "time like"),
        (json!({"group": group, "to": "NEW", "release": "1.0"}), "RESOLVED only"),
        (json!({"group": group, "to": "GONE"}), "not known"),
    ] {
        let no = world.act(&token, "triage-group", Ask::default(), input).await.expect_err(why);
        assert!(no.kind == ProblemKind::BadInput && no.message.contains(why), "{no}");
    }
    let no = world.act(&token, "note-group", Ask::default(), json!({"group": group, "note": "  "})).await.expect_err("empty");
    assert!(no.message.contains("empty"), "{no}");
    assert_eq!(world.text("select state || (select count(*) from triage.group_note) from triage.failure_group").await, "NEW0");
    let rehearsed = world
        .act(&token, "triage-group", Ask { rehearse: true, ..Ask::default() }, json!({"group": group, "to": "KNOWN", "ticket": "BUG-7"}))
        .await
        .expect("rehearsed");
    assert!(rehearsed["changes"].to_string().contains("BUG-7"), "{rehearsed}");
    assert_eq!(world.text("select state from triage.failure_group").await, "NEW");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_group_of_frontend_errors_is_triaged_as_one_of_failures_is() {
    let world = world().await;
    let token = world.sign_in(Person { session_on: None, ..READY }).await;
    let (command, _) = world.failed_command(NORTHWIND).await;
    let group = world.frontend_group(NORTHWIND).await;
    let view = async |token, input| world.view(token, "frontend-logs", input).await.expect("the list")["groups"].clone();
    assert_eq!(view(&token, json!({})).await[0]["standing"]["state"], "NEW");
    let why = Ask { reason: "It is worked on already".into(), ..Ask::default() };
    let known = json!({"group": group, "frontend": true, "to": "KNOWN", "ticket": "WEB-7", "note": "The new viewer does it"});
    let before = world.text("select count(*)::text from triage.group_note").await;
    world.act(&token, "triage-group", Ask { rehearse: true, ..why.clone() }, known.clone()).await.expect("rehearsed");
    assert_eq!(world.text("select state from telemetry.error_group").await, "NEW", "a rehearsal changes nothing");
    let receipt = world.act(&token, "triage-group", why.clone(), known).await.expect("triaged");
    assert!(receipt["changes"].as_array().is_some_and(|changes| changes.iter().any(|change| change["after"] == "KNOWN")), "{receipt}");
    world
        .act(&token, "note-group", why.clone(), json!({"group": group, "frontend": true, "note": "Seen in Firefox only"}))
        .await
        .expect("noted");
    assert_eq!(world.text("select count(*)::text from triage.group_note").await, before, "not where failures have their notes");
    assert_eq!(world.text("select subject from audit.entry order by id desc limit 1").await, format!("frontend-group:{group}"));

    assert_eq!(view(&token, json!({})).await, json!([]), "known groups want nobody");
    for filter in [json!({"state": "all"}), json!({"state": "KNOWN"}), json!({"group": group}), json!({"state": "all", "order": "count"})] {
        assert_eq!(view(&token, filter.clone()).await[0]["standing"]["ticket"], "WEB-7", "{filter}");
    }
    let wrong = world.view(&token, "frontend-logs", json!({"state": "ASLEEP"})).await.expect_err("no state");
    assert!(wrong.message.contains("ASLEEP"), "{wrong}");

    let page = world.view(&token, "frontend-group", json!({"group": group})).await.expect("the group");
    assert_eq!((&page["notes"][0]["note"], &page["notes"][1]["note"]), (&json!("Seen in Firefox only"), &json!("The new viewer does it")));
    assert_eq!((&page["browsers"][0]["value"], &page["browsers"][0]["tabs"]), (&json!("Firefox 149"), &json!(1)));
    assert_eq!((&page["inside"], &page["events"], &page["commands"]), (&json!(false), &json!([]), &json!([])));
    let inside = world.sign_in(READY).await;
    let page = world.view(&inside, "frontend-group", json!({"group": group})).await.expect("the group");
    assert_eq!(page["commands"][0]["command"], json!(command), "what the tab had just sent");
    assert!(!page["commands"][0]["job"].is_null(), "and its job");
    let viewer = world.sign_in(Person { role: domain::Role::Viewer, session_on: None, ..READY }).await;
    let no = world.act(&viewer, "triage-group", why, json!({"group": group, "frontend": true, "to": "NEW"})).await.expect_err("a viewer");
    assert_eq!(no.kind, ProblemKind::Refused);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_only_older_builds_do_is_told_from_what_the_present_one_does() {
    let world = world().await;
    let token = world.sign_in(Person { session_on: None, ..READY }).await;
    let group = world.frontend_group(NORTHWIND).await;
    let mut db = world.db().await;
    let mut told = async |sql: &'static str| {
        sqlx::query(sql).execute(&mut db).await.unwrap_or_else(|error| panic!("{sql}: {error}"));
        let logs = world.view(&token, "frontend-logs", json!({"group": group})).await.expect("the group");
        let row: actions::views::frontend_logs::GroupRow = serde_json::from_value(logs["groups"][0].clone()).expect("a row");
        format!("{:?}", row.age())
    };
    assert_eq!(told("select").await, "Unknown", "nobody recorded a deploy");
    let deploy = "insert into ops.deploy (service, build, at, source, said_by) values ('frontend', 'b1', now(), 'recorded', 'CI')";
    assert_eq!(told(deploy).await, "Present");
    let next = "insert into ops.deploy (scope, service, build, at, source, said_by) values ('00000000-0000-0000-0000-00000000000a', 'frontend', 'b2', now(), 'recorded', 'CI')";
    assert_eq!(told(next).await, "Older");
    assert_eq!(
        told("update telemetry.error_group set title = 'TypeError: Failed to fetch dynamically imported module: /assets/app-#.js'").await,
        "StaleBuild"
    );
    assert_eq!(told("insert into telemetry.group_session (tenant_id, group_id, page_session, build, browser, route) select tenant_id, id, 'tab2', 'b2', 'Firefox 149', '/plans' from telemetry.error_group").await, "Present");
}
