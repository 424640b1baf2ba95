//! How the runner goes on: stages, outcomes, halting, holding, skipping, pace.

use super::*;
use std::time::{Duration, Instant};

#[tokio::test(flavor = "multi_thread")]
async fn one_then_five_then_twenty_five_then_the_rest_each_after_the_outcomes_before() {
    let world = world().await;
    world.many_failed(NORTHWIND, 99).await;
    let token = world.sign_in(READY).await;
    let (first, _) = world.failed_command(NORTHWIND).await;
    start(&world, &token, json!({"rate": 10_000})).await;
    // The tab is closed: the operation goes on without its person.
    end(&world, "update console.support_session set ended_at = now(), ended_by = 'staff'").await;
    let mut runner = world.runner().await;
    for (sent, well) in [(1, 0), (5, 1), (25, 6), (69, 31)] {
        run(&world, &mut runner).await;
        let state = if sent == 69 { "RAMPING" } else { "CANARY" };
        let line = format!("{state} waiting {} sent {sent} succeeded {well} failed 0 skipped 0 gone 0", 100 - sent - well);
        assert_eq!(counts(&world).await, line);
        complete(&world).await;
    }
    run(&world, &mut runner).await;
    assert_eq!(counts(&world).await, "FINISHED waiting 0 sent 0 succeeded 100 failed 0 skipped 0 gone 0");
    sound(&world).await;

    let rows = world.text("select count(*) || ' ' || count(distinct subject) || ' ' || count(distinct operation_id) || ' ' || min(title) || ' ' || min(reason) from audit.entry where action = 'retry-command' and outcome = 'done' and xid is not null").await;
    assert_eq!(rows, "100 100 1 Retry the command Plan upload for the east wing fails");
    let events = world.text("select count(*) || ' ' || count(distinct command_id) from commandbus.audit where event_type = 'OPERATOR_RETRY' and who like 'Anna%'").await;
    assert_eq!(events, "100 100");
    assert_eq!(world.text("select count(*) || ' ' || count(distinct message ->> 'command_id') || ' ' || min(message -> 'data' ->> 'file') from pgmq.q_plans__commands").await, "100 100 east-wing.pdf");
    let linked = world.text("select count(*)::text from console.operation_item i join audit.entry e on e.id = i.audit_id and e.subject = 'command:' || i.command_id and e.operation_id = i.operation_id join pgmq.q_plans__commands q on q.msg_id = i.msg_id").await;
    assert_eq!(linked, "100");
    let mut db = world.db().await;
    let job: String = sqlx::query_scalar("select string_agg(s.status, ' ' order by s.ordinal) from pipeline.step s join pipeline.job j using (tenant_id, job_id) where j.command_id = $1").bind(first).fetch_one(&mut db).await.expect("its job");
    assert_eq!(job, "SUCCEEDED SUCCEEDED WAITING WAITING WAITING");

    assert_eq!(runner.prune().await.expect("nothing to forget yet"), 0);
    end(&world, "update console.operation set finished_at = now() - interval '91 days'").await;
    assert_eq!(runner.prune().await.expect("forgotten"), 1);
    assert_eq!(world.text("select count(*)::text from console.operation_item").await, "0");
}

#[tokio::test(flavor = "multi_thread")]
async fn too_many_failures_halt_it_and_letting_it_go_on_begins_anew() {
    let world = world().await;
    world.many_failed(NORTHWIND, 60).await;
    let token = world.sign_in(READY).await;
    let operation = start(&world, &token, json!({"rate": 10_000, "halt_percent": 20})).await;
    let mut runner = world.runner().await;
    run(&world, &mut runner).await;
    complete(&world).await;
    run(&world, &mut runner).await;
    let fail = "update commandbus.command set status = 'IN_TROUBLESHOOTING_QUEUE', updated_at = now() where command_id in (select command_id from commandbus.command where status = 'PENDING' limit 2)";
    end(&world, fail).await;
    run(&world, &mut runner).await;
    assert_eq!(counts(&world).await, "HALTED waiting 54 sent 3 succeeded 1 failed 2 skipped 0 gone 0");
    let shown = world.view(&token, "operation", json!({"operation": operation, "state": "FAILED"})).await.expect("shown");
    let note = "Halted by itself: 2 of 3 confirmed outcomes failed (66.6 %), more than 20 %.";
    assert_eq!((&shown["row"]["note"], shown["items"].as_array().map(Vec::len)), (&json!(note), Some(2)), "{shown}");
    // Outcomes of what was sent still come in.
    complete(&world).await;
    run(&world, &mut runner).await;
    assert_eq!(counts(&world).await, "HALTED waiting 54 sent 0 succeeded 4 failed 2 skipped 0 gone 0");
    world.act(&token, "resume-operation", Ask::default(), json!({"operation": operation})).await.expect("resumed");
    run(&world, &mut runner).await;
    assert_eq!(counts(&world).await, "CANARY waiting 53 sent 1 succeeded 4 failed 2 skipped 0 gone 0");
    for _ in 0..4 {
        complete(&world).await;
        run(&world, &mut runner).await;
    }
    assert_eq!(counts(&world).await, "FINISHED waiting 0 sent 0 succeeded 58 failed 2 skipped 0 gone 0");
    sound(&world).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn pausing_resuming_and_cancelling_work_at_once_and_only_where_they_make_sense() {
    let world = world().await;
    world.many_failed(NORTHWIND, 400).await;
    let token = world.sign_in(READY).await;
    let operation = start(&world, &token, json!({"rate": 100, "no_canary": true})).await;
    let on = json!({"operation": operation});
    let mut runner = world.runner().await;
    let act = async |action| world.act(&token, action, Ask::default(), on.clone()).await;
    run_for(&mut runner, 300).await;
    act("pause-operation").await.expect("paused");
    let held = counts(&world).await;
    assert!(held.starts_with("PAUSED"), "{held}");
    run_for(&mut runner, 1_000).await;
    assert_eq!(counts(&world).await, held, "nothing is sent while it is held");
    let twice = act("pause-operation").await.expect_err("paused already");
    assert!(twice.message.contains("PAUSED since") && twice.message.contains("Paused by Anna"), "{twice}");
    act("resume-operation").await.expect("resumed");
    run_for(&mut runner, 300).await;
    let sent = |text: &str| text.split(' ').nth(4).and_then(|n| n.parse::<i64>().ok()).expect("sent");
    let (before, after) = (sent(&held), sent(&counts(&world).await));
    assert!((10..=45).contains(&(after - before)), "no burst after a pause: {before} {after}");
    act("cancel-operation").await.expect("cancelled");
    run(&world, &mut runner).await;
    let canceled = counts(&world).await;
    assert!(
        canceled.starts_with("CANCELED waiting 0 sent") && canceled.contains(&format!("skipped {}", 400 - sent(&canceled))),
        "{canceled}"
    );
    complete(&world).await;
    run(&world, &mut runner).await;
    assert!(counts(&world).await.starts_with("CANCELED waiting 0 sent 0 succeeded"));
    assert_eq!(world.text("select (finished_at is not null)::text from console.operation").await, "true");
    let over = act("resume-operation").await.expect_err("over");
    assert!(over.message.contains("CANCELED since"), "{over}");
    assert_eq!(
        world.text("select count(*)::text from audit.entry where operation_id is not null and subject like 'operation:%'").await,
        "3"
    );
    sound(&world).await;
}

async fn run_for(runner: &mut Runner, millis: u64) {
    let start = Instant::now();
    while start.elapsed() < Duration::from_millis(millis) {
        runner.round().await.expect("a round");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_left_lost_its_payload_vanished_or_waits_elsewhere_is_told_apart() {
    let world = world().await;
    world.many_failed(NORTHWIND, 10).await;
    let token = world.sign_in(READY).await;
    let first = start(&world, &token, json!({"rate": 10_000, "no_canary": true})).await;
    world.many_failed(NORTHWIND, 4).await;
    let second = start(&world, &token, json!({"rate": 10_000, "no_canary": true})).await;
    assert_eq!(counts(&world).await, "RAMPING waiting 4 sent 0 succeeded 0 failed 0 skipped 10 gone 0");
    end(&world, "update commandbus.command set status = 'CANCELED', finished_at = now() where msg_id in (1, 2)").await;
    end(&world, "delete from pgmq.a_plans__commands where msg_id = 3").await;
    end(&world, "delete from commandbus.command where msg_id = 4").await;
    run(&world, &mut world.runner().await).await;
    let reasons = "select string_agg(n || ' ' || state || coalesce(' ' || reason, ''), ', ' order by state, reason collate \"C\") from (select state, reason, count(*) as n from console.operation_item where operation_id = $1 group by 1, 2) g";
    let mut db = world.db().await;
    let told: String = sqlx::query_scalar(reasons).bind(first).fetch_one(&mut db).await.expect("items");
    assert_eq!(told, "1 GONE, 6 SENT, 2 SKIPPED NOT_WAITING, 1 SKIPPED NO_PAYLOAD");
    let told: String = sqlx::query_scalar(reasons).bind(second).fetch_one(&mut db).await.expect("items");
    assert_eq!(told, "4 SENT, 10 SKIPPED ELSEWHERE");
    let listed = world.view(&token, "operations", json!({"limit": 1})).await.expect("listed");
    assert_eq!((&listed["rows"][0]["operation"], listed["next"].is_string()), (&json!(second), true));
    sound(&world).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_rate_is_never_exceeded() {
    let world = world().await;
    world.many_failed(NORTHWIND, 2_000).await;
    let token = world.sign_in(READY).await;
    start(&world, &token, json!({"rate": 200, "no_canary": true})).await;
    run_for(&mut world.runner().await, 4_000).await;
    let rate: f64 = world.text("select (count(*) / extract(epoch from max(i.sent_at) - min(o.paced_at - make_interval(secs => (o.sent / 200.0)::float8))))::text from console.operation_item i join console.operation o on o.id = i.operation_id where i.state = 'SENT'").await.parse().expect("a rate");
    // How near it comes on this machine is a figure, and the bench's.
    assert!((1.0..=210.0).contains(&rate), "{rate} a second");
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_lease_the_runner_sees_and_changes_nothing() {
    use sqlx::ConnectOptions;
    let world = world().await;
    world.many_failed(NORTHWIND, 3).await;
    let token = world.sign_in(READY).await;
    let operation = start(&world, &token, json!({"no_canary": true})).await;
    let mut hand = store::login_url(&world.admin, "ops_hand", None).connect().await.expect("sign in");
    sqlx::query("select set_config('ops.operation', $1::text, false), set_config('ops.lease', 'guessed', false)")
        .bind(operation.to_string())
        .execute(&mut hand)
        .await
        .expect("forged");
    let seen: i64 = sqlx::query_scalar("select (select count(*) from commandbus.command) + (select count(*) from console.operation_item)")
        .fetch_one(&mut hand)
        .await
        .expect("rows");
    assert_eq!(seen, 0);
    let sent = sqlx::query("select * from commandbus.transport_send_many(array[gen_random_uuid()])").execute(&mut hand).await;
    assert!(sent.is_err_and(|error| error.to_string().contains("no lease")));
    for table in ["commandbus.audit_note", "commandbus.command_error", "commandbus.payload_archive", "console.staff"] {
        let read = sqlx::query(sqlx::AssertSqlSafe(format!("select 1 from {table}"))).execute(&mut hand).await;
        assert!(read.is_err_and(|error| error.to_string().contains("permission denied")), "{table}");
    }
}
