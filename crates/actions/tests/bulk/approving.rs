//! A second person: above the size that is set nothing is sent before somebody else has agreed.

use super::*;

async fn limit(world: &World, above: i64) {
    let admin = world.sign_in(Person { role: domain::Role::Admin, session_on: None, ..READY }).await;
    let ask = Ask { reason: "Two people look at more".into(), rehearse: false };
    world.act(&admin, "set-approval-limit", ask, json!({"commands": above})).await.expect("set");
}

#[tokio::test(flavor = "multi_thread")]
async fn above_the_limit_somebody_else_has_to_approve() {
    let world = world().await;
    limit(&world, 4).await;
    world.many_failed(NORTHWIND, 5).await;
    let (proposer, second) = (world.sign_in(READY).await, world.sign_in(READY).await);
    let preview = world.view(&proposer, "bulk-preview", json!({})).await.expect("a preview");
    assert_eq!(preview["needs_approval"], true);
    let started = world
        .act(&proposer, "start-bulk-retry", Ask::default(), json!({"token": preview["token"], "no_canary": true}))
        .await
        .expect("started");
    assert_eq!(started["output"]["proposed"], true);
    assert!(started["effects"].to_string().contains("Nothing is sent yet"), "{started}");
    let operation = json!({"operation": started["output"]["operation"]});
    let mut runner = world.runner().await;
    for _ in 0..5 {
        runner.round().await.expect("a round");
    }
    assert_eq!(world.text("select count(*)::text from pgmq.q_plans__commands").await, "0", "nothing was sent");
    // Nobody alone, and nobody by the side door.
    let no = world.act(&proposer, "approve-operation", Ask::default(), operation.clone()).await.expect_err("the proposer");
    assert!(no.kind == ProblemKind::Conflict && no.message.contains("somebody else has to approve it"), "{no}");
    for deed in ["resume-operation", "pause-operation"] {
        let no = world.act(&second, deed, Ask::default(), operation.clone()).await.expect_err(deed);
        assert!(no.message.contains("PROPOSED"), "{no}");
    }
    world.act(&second, "approve-operation", Ask { rehearse: true, ..Ask::default() }, operation.clone()).await.expect("rehearsed");
    world.act(&second, "approve-operation", Ask::default(), operation.clone()).await.expect("approved");
    while world.text("select count(*)::text from pgmq.q_plans__commands").await != "5" {
        runner.round().await.expect("a round");
    }
    let shown = world.view(&second, "operation", operation.clone()).await.expect("shown");
    assert!(shown["row"]["approved_by"].is_string() && shown["row"]["approved_by"] != shown["row"]["staff_name"], "{shown}");
    let no = world.act(&second, "approve-operation", Ask::default(), operation).await.expect_err("twice");
    assert_eq!(no.kind, ProblemKind::Conflict);
}

#[tokio::test(flavor = "multi_thread")]
async fn at_the_limit_one_person_is_enough_and_a_proposal_can_be_declined_or_lapses() {
    let world = world().await;
    limit(&world, 5).await;
    world.many_failed(NORTHWIND, 5).await;
    let (proposer, second) = (world.sign_in(READY).await, world.sign_in(READY).await);
    assert_eq!(world.view(&proposer, "bulk-preview", json!({})).await.expect("a preview")["needs_approval"], false);
    limit(&world, 0).await;
    for decline in [true, false] {
        let preview = world.view(&proposer, "bulk-preview", json!({})).await.expect("a preview");
        let started = world.act(&proposer, "start-bulk-retry", Ask::default(), json!({"token": preview["token"]})).await.expect("started");
        let operation = json!({"operation": started["output"]["operation"]});
        let mut runner = world.runner().await;
        if decline {
            world.act(&second, "cancel-operation", Ask::default(), operation).await.expect("declined");
        } else {
            end(&world, "update console.operation set created_at = now() - interval '25 hours' where state = 'PROPOSED'").await;
            let no = world.act(&second, "approve-operation", Ask::default(), operation).await.expect_err("too late");
            assert!(no.message.contains("more than a day ago"), "{no}");
            runner.prune().await.expect("lapsed");
        }
        while world.text("select count(*)::text from console.operation where finished_at is null").await != "0" {
            runner.round().await.expect("a round");
        }
    }
    let ends = world.text("select string_agg(state || ' ' || skipped, ', ' order by created_at) from console.operation").await;
    assert_eq!(ends, "CANCELED 5, CANCELED 5", "and its commands are free for others");
    assert_eq!(world.text("select count(*)::text from pgmq.q_plans__commands").await, "0");
}
