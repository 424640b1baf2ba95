//! Sent once, by whom it may be sent, and only what can be.

use crate::support::{LEASE, World, claimant};
use bus::{BusError, Finish};
use serde_json::json;
use sqlx::{Connection, PgConnection};

#[tokio::test]
async fn sending_twice_sends_once_and_another_body_is_refused() {
    let world = World::new().await;
    let send = world.command("Double", json!({ "n": 1 }));
    let first = world.bus.send(send.clone()).await.expect("sent");
    let second = world.bus.send(send.clone()).await.expect("sent again");
    assert!(!first.duplicate && second.duplicate);
    assert_eq!(first.msg_id, second.msg_id);
    assert_eq!(world.sql("select count(*) from pgmq.q_plans__commands"), "1");
    let other = bus::Send { data: json!({ "n": 2 }), ..send.clone() };
    let error = world.bus.send(other).await.expect_err("another body").to_string();
    assert!(error.contains(&send.command_id.to_string()), "{error}");
    let both = world.bus.send_many(vec![world.command("A", json!({})), send.clone(), send]).await.expect("sent");
    assert_eq!(both.iter().map(|s| s.duplicate).collect::<Vec<_>>(), [false, true, true]);
    assert_eq!(world.sql("select count(*) from pgmq.q_plans__commands"), "2");
}

#[tokio::test]
async fn what_cannot_be_sent_is_said_and_nothing_is_left_behind() {
    let world = World::new().await;
    let good = world.command("A", json!({}));
    let stranger = bus::Send { tenant: bus::TenantId(uuid::Uuid::from_u128(9)), ..good.clone() };
    assert!(matches!(world.bus.send(stranger).await, Err(BusError::UnknownTenant { .. })));
    let list = bus::Send { data: json!([1]), ..good.clone() };
    assert!(matches!(world.bus.send(list).await, Err(BusError::DataNotAnObject { .. })));
    let nul = bus::Send { data: json!({ "a": "\0" }), ..good.clone() };
    assert!(matches!(world.bus.send(nul).await, Err(BusError::Unstorable { .. })));
    let name = bus::Send { domain: "Plans; drop".into(), ..good };
    assert!(matches!(world.bus.send(name).await, Err(BusError::BadName { .. })));
    assert_eq!(world.sql("select count(*) from commandbus.command"), "0");
}

#[tokio::test]
async fn a_command_sent_in_a_transaction_lives_and_dies_with_it() {
    let world = World::new().await;
    let mut host = PgConnection::connect(&world.url).await.expect("the host's connection");
    for (commit, expected) in [(false, "0"), (true, "1")] {
        let mut transaction = host.begin().await.expect("begin");
        world.bus.send_in(&mut transaction, world.command("A", json!({}))).await.expect("sent");
        if commit {
            transaction.commit().await.expect("commit");
        } else {
            transaction.rollback().await.expect("rollback");
        }
        assert_eq!(world.sql("select count(*) from commandbus.command"), expected);
        assert_eq!(world.sql("select count(*) from pgmq.q_plans__commands"), expected);
    }
}

#[tokio::test]
async fn a_role_that_could_look_past_the_walls_is_refused() {
    let world = World::new().await;
    let error = bus::Bus::connect(&world.scratch.superuser_url, bus::Options::default()).await.expect_err("a superuser");
    assert!(matches!(error, BusError::UnsafeRole(_)), "{error}");
}

#[tokio::test]
async fn messages_that_mean_nothing_any_more_are_archived() {
    let world = World::new().await;
    let command = world.send("A").await;
    world.sql("select pgmq.send('plans__commands', message) from pgmq.q_plans__commands");
    world.sql("select pgmq.send('plans__commands', '{\"not\": \"a command\"}')");
    let claimed = world.bus.claim(&claimant("w", LEASE), 10).await.expect("claimed");
    assert_eq!(claimed.len(), 1);
    assert_eq!(world.sql("select count(*) from pgmq.q_plans__commands"), "1", "only the true message is left");
    assert_eq!(world.bus.complete(&claimed[0], &json!({})).await.expect("answered"), Finish::Done);
    assert_eq!(world.status(command), "COMPLETED");
}
