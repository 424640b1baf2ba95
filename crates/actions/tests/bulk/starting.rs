//! What a preview shows, and what a start refuses.

use super::*;
use domain::ProblemKind;

#[tokio::test(flavor = "multi_thread")]
async fn a_preview_counts_samples_and_says_what_would_be_skipped() {
    let world = world().await;
    world.many_failed(NORTHWIND, 40).await;
    world.many_failed(CONTOSO, 7).await;
    end(&world, "delete from pgmq.a_plans__commands where msg_id <= 3").await;
    let reader = world.sign_in(Person { writing: false, ..READY }).await;
    let seen = preview(&world, &reader).await;
    assert_eq!((&seen["count"], &seen["payloads_checked"]), (&json!(40), &json!(40)), "{seen}");
    assert_eq!(seen["sample"].as_array().map(Vec::len), Some(20));
    assert_eq!(seen["skips"], json!([{"reason": "NO_PAYLOAD", "count": 3}]));
    assert!(seen["token"].is_string() && seen["no_token"].is_null());
    let none = world.view(&reader, "bulk-preview", json!({"code": "NO_SUCH"})).await.expect("empty");
    assert_eq!((&none["count"], &none["token"]), (&json!(0), &Value::Null));
    let outside = world.sign_in(Person { session_on: None, ..READY }).await;
    let told = preview(&world, &outside).await;
    assert!(told["no_token"].as_str().is_some_and(|why| why.contains("support session")), "{told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rehearsal_of_a_start_leaves_nothing_and_uses_no_token() {
    let world = world().await;
    world.many_failed(NORTHWIND, 12).await;
    let token = world.sign_in(READY).await;
    let input = json!({"token": preview(&world, &token).await["token"], "rate": 7});
    let receipt = world.act(&token, "start-bulk-retry", Ask { rehearse: true, ..Ask::default() }, input.clone()).await.expect("rehearsed");
    assert_eq!((&receipt["rehearsed"], &receipt["output"]["items"]), (&json!(true), &json!(12)));
    assert!(receipt["effects"][0].as_str().is_some_and(|said| said.contains("12 commands") && said.contains("7 a second")), "{receipt}");
    assert_eq!(world.text("select count(*)::text from console.operation").await, "0");
    assert_eq!(world.text("select outcome from audit.entry order by id desc limit 1").await, "rehearsed");
    world.act(&token, "start-bulk-retry", Ask::default(), input).await.expect("the token is still good");
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_starts_with_one_token_one_wins_and_the_other_hears_its_name() {
    let world = world().await;
    for _ in 0..10 {
        world.many_failed(NORTHWIND, 50).await;
        let token = world.sign_in(READY).await;
        let input = json!({"token": preview(&world, &token).await["token"]});
        let (one, two) = tokio::join!(
            world.act(&token, "start-bulk-retry", Ask::default(), input.clone()),
            world.act(&token, "start-bulk-retry", Ask::default(), input.clone()),
        );
        assert_eq!([&one, &two].iter().filter(|result| result.is_ok()).count(), 1, "{one:?} {two:?}");
        for refused in [one, two].into_iter().filter_map(Result::err) {
            assert_eq!(refused.kind, ProblemKind::Conflict);
            assert!(refused.message.contains("Anna") && refused.message.contains("only one"), "{refused}");
        }
        let again = world.act(&token, "start-bulk-retry", Ask::default(), input).await.expect_err("used");
        assert!(again.message.contains("started operation"), "{again}");
    }
    assert_eq!(world.text("select count(*)::text from console.operation").await, "10");
    assert_eq!(world.text("select count(*)::text from audit.entry where outcome = 'accepted' and operation_id is not null").await, "10");
    sound(&world).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_drifted_a_vanished_an_old_and_a_foreign_preview_are_refused_by_name() {
    let world = world().await;
    let token = world.sign_in(READY).await;
    world.many_failed(NORTHWIND, 5).await;
    let subjects = world.subjects(&token, "retry-command", NORTHWIND).await;
    let seen = json!({"token": preview(&world, &token).await["token"]});
    world.act(&token, "retry-command", Ask::default(), input_for("retry-command", &subjects)).await.expect("retried");
    let drifted = world.act(&token, "start-bulk-retry", Ask::default(), seen.clone()).await.expect_err("drifted");
    assert_eq!(drifted.kind, ProblemKind::Conflict);
    for named in ["counted 6", "now 5", "Anna", "retried one at", "preview again"] {
        assert!(drifted.message.contains(named), "{named}: {drifted}");
    }
    // One fails anew: as many as before, yet not the same.
    let seen = json!({"token": preview(&world, &token).await["token"]});
    end(&world, "update commandbus.command set epoch = epoch + 1 where command_id = (select command_id from commandbus.command where status = 'IN_TROUBLESHOOTING_QUEUE' limit 1)").await;
    let moved = world.act(&token, "start-bulk-retry", Ask::default(), seen.clone()).await.expect_err("moved on");
    assert!(moved.message.contains("moved on"), "{moved}");
    end(&world, "update commandbus.command set status = 'CANCELED', finished_at = now() where status = 'IN_TROUBLESHOOTING_QUEUE'").await;
    let vanished = world.act(&token, "start-bulk-retry", Ask::default(), seen.clone()).await.expect_err("vanished");
    assert!(vanished.message.contains("none of them is left"), "{vanished}");

    let other = world.sign_in(READY).await;
    let foreign = world.act(&other, "start-bulk-retry", Ask::default(), seen).await.expect_err("foreign");
    assert_eq!(foreign.kind, ProblemKind::BadInput);
    assert!(foreign.message.contains("somebody else's"), "{foreign}");
    let garbled = world.act(&token, "start-bulk-retry", Ask::default(), json!({"token": "abc"})).await.expect_err("garbled");
    assert!(garbled.message.contains("not the token of a preview"), "{garbled}");
    let old = world.sealed_at(&token, NORTHWIND, -601).await;
    let expired = world.act(&token, "start-bulk-retry", Ask::default(), json!({"token": old})).await.expect_err("old");
    assert!(expired.message.contains("held for ten minutes"), "{expired}");
    for (field, value) in [("rate", 0), ("rate", 10_001), ("halt_percent", 101)] {
        let mut input = json!({"token": world.sealed(&token, NORTHWIND).await});
        input[field] = value.into();
        let wrong = world.act(&token, "start-bulk-retry", Ask::default(), input).await.expect_err(field);
        assert_eq!(wrong.kind, ProblemKind::BadInput, "{wrong}");
    }
    assert_eq!(world.text("select count(*)::text from console.operation_item").await, "0");
}
