//! The deed that asks for a running step to be killed: what it leaves, what it says when there is nothing to kill, and that asking
//! twice is asking once. That the worker does it is proved in the bus's own tests.

mod common;

use common::*;
use domain::{Ask, ProblemKind};
use serde_json::json;

const WISH: &str = "select coalesce(string_agg(number || ' ' || (kill_asked_by like 'Anna%') || ' ' || kill_force, ','), 'none') from pipeline.attempt where kill_asked_at is not null";

#[tokio::test(flavor = "multi_thread")]
async fn the_wish_its_history_and_its_entry_are_one_transaction() {
    let world = world().await;
    let token = world.sign_in(READY).await;
    let on = world.subjects(&token, "kill-job", NORTHWIND).await;
    let rehearsed =
        world.act(&token, "kill-job", Ask { rehearse: true, ..Ask::default() }, json!({"job": on.job})).await.expect("rehearsed");
    assert_eq!(rehearsed["rehearsed"], true);
    assert_eq!(world.text("select count(*)::text from pipeline.attempt where kill_asked_at is not null").await, "0");

    let receipt = world.act(&token, "kill-job", Ask::default(), json!({"job": on.job})).await.expect("asked");
    assert_eq!(receipt["output"], json!({"step": "wall_detection", "attempt": 3, "worker": "plans-1", "signal": "TERM", "already": false}));
    assert_eq!(receipt["changes"][0]["before"], "nothing");
    assert_eq!(world.text(WISH).await, "3 true false");
    assert_eq!(
        world.text("select event_type || ' ' || note from commandbus.audit a join commandbus.audit_note n on n.audit_id = a.id").await,
        "OPERATOR_KILL TERM for the process of wall_detection on plans-1"
    );
    let same = "select case when (select xmin::text from pipeline.attempt where number = 3) = all (select ((e.xid::text)::bigint % 4294967296)::text from audit.entry e where outcome = 'done')
                  and (select xmin::text from pipeline.attempt where number = 3) = (select xmin::text from commandbus.audit) then 'same' else 'other' end";
    assert_eq!(world.text(same).await, "same");
    assert_eq!(world.text("select status from commandbus.command").await, "IN_PROGRESS", "it is the worker's until that has done it");
}

#[tokio::test(flavor = "multi_thread")]
async fn asking_twice_is_asking_once_and_force_is_more() {
    let world = world().await;
    let token = world.sign_in(READY).await;
    let on = world.subjects(&token, "kill-job", NORTHWIND).await;
    let ask = async |force: bool| {
        let receipt = world.act(&token, "kill-job", Ask::default(), json!({"job": on.job, "force": force})).await.expect("asked");
        (receipt["output"]["already"].as_bool().expect("a truth"), receipt["changes"].as_array().expect("changes").len())
    };
    assert_eq!(ask(false).await, (false, 1));
    assert_eq!(ask(false).await, (true, 0));
    assert_eq!(ask(true).await, (false, 1));
    assert_eq!(ask(false).await, (true, 0), "who asked for force is not asked back");
    assert_eq!(world.text(WISH).await, "3 true true");
    assert_eq!(world.text("select count(*)::text from commandbus.audit where event_type = 'OPERATOR_KILL'").await, "2");
}

#[tokio::test(flavor = "multi_thread")]
async fn where_nothing_runs_the_reason_is_said() {
    let world = world().await;
    let token = world.sign_in(READY).await;
    let (command, job) = world.failed_command(NORTHWIND).await;
    let refused = async || {
        let problem = world.act(&token, "kill-job", Ask::default(), json!({"job": job})).await.expect_err("nothing to kill");
        assert_eq!(problem.kind, ProblemKind::Conflict);
        problem.message
    };
    assert!(refused().await.contains("its command is IN_TROUBLESHOOTING_QUEUE since"));
    world.runs(command).await;
    let mut db = world.db().await;
    sqlx::query("update commandbus.command set lease_until = clock_timestamp() - interval '1 second'")
        .execute(&mut db)
        .await
        .expect("lost");
    let said = refused().await;
    assert!(
        said.contains("The worker plans-1 is lost, last heard from at") && said.contains("whether the process still runs is not known"),
        "{said}"
    );
    sqlx::query("update commandbus.command set lease_until = clock_timestamp() + interval '30 seconds'")
        .execute(&mut db)
        .await
        .expect("held");
    sqlx::query("update pipeline.attempt set status = 'SUCCEEDED' where number = 3").execute(&mut db).await.expect("between two steps");
    assert!(refused().await.contains("between two steps"));
    assert_eq!(world.text("select count(*)::text from pipeline.attempt where kill_asked_at is not null").await, "0");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_that_does_not_answer_is_named_before_anybody_relies_on_it() {
    let world = world().await;
    let token = world.sign_in(READY).await;
    let on = world.subjects(&token, "kill-job", NORTHWIND).await;
    let mut db = world.db().await;
    sqlx::query("update commandbus.worker set heartbeat_at = clock_timestamp() - interval '1 minute'")
        .execute(&mut db)
        .await
        .expect("silent");
    let receipt = world.act(&token, "kill-job", Ask::default(), json!({"job": on.job, "force": true})).await.expect("asked");
    assert!(receipt["effects"].to_string().contains("The worker plans-1 does not answer, last heard from at"), "{receipt}");
}
