//! The runner killed in the middle, again and again, with others beside it.

use super::*;
use std::time::{Duration, Instant};

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn killed_at_any_moment_nothing_is_lost_and_nothing_is_sent_twice() {
    let world = world().await;
    world.many_failed(NORTHWIND, 6_000).await;
    let token = world.sign_in(READY).await;
    start(&world, &token, json!({"rate": 10_000, "no_canary": true, "halt_percent": 100})).await;
    let mut kills = 0;
    for at in (3..).step_by(17) {
        let (mut one, mut two) = (world.runner().await, world.runner().await);
        let working = tokio::spawn(async move {
            loop {
                // A connection that was cut off is an error here, and the next round goes on.
                drop(tokio::join!(one.round(), two.round()));
            }
        });
        // At first hardly a chunk comes to its end; on a busy machine it has to come there, too, some day.
        tokio::time::sleep(Duration::from_millis(at % 230 + at / 8)).await;
        if at % 2 == 0 {
            // The database loses the process in the middle of a statement, as after kill -9.
            end(
                &world,
                "select pg_terminate_backend(pid) from pg_stat_activity where usename = 'ops_hand' and datname = current_database()",
            )
            .await;
        }
        working.abort();
        kills += usize::from(working.await.is_err_and(|error| error.is_cancelled()));
        // Its lease runs out.
        end(&world, "update console.operation set lease_until = now() - interval '1 second'").await;
        complete(&world).await;
        sound(&world).await;
        if counts(&world).await.starts_with("FINISHED") {
            break;
        }
    }
    assert!(kills > 3, "{kills}");
    assert_eq!(counts(&world).await, "FINISHED waiting 0 sent 0 succeeded 6000 failed 0 skipped 0 gone 0");
    let messages = world.text("select count(*) || ' ' || count(distinct message ->> 'command_id') from pgmq.q_plans__commands").await;
    assert_eq!(messages, "6000 6000", "one message a command");
    let entries = world.text("select count(*) || ' ' || count(distinct subject) from audit.entry where action = 'retry-command'").await;
    assert_eq!(entries, "6000 6000", "one entry a command");
    let events =
        world.text("select count(*) || ' ' || count(distinct command_id) from commandbus.audit where event_type = 'OPERATOR_RETRY'").await;
    assert_eq!(events, "6000 6000", "one event a command");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lease_keeps_others_out_until_it_runs_out() {
    let world = world().await;
    world.many_failed(NORTHWIND, 50).await;
    let token = world.sign_in(READY).await;
    start(&world, &token, json!({"rate": 10, "no_canary": true})).await;
    let (mut first, mut second) = (world.runner().await, world.runner().await);
    first.round().await.expect("claimed");
    let holder = "select encode(lease_hash, 'hex') from console.operation";
    let held = world.text(holder).await;
    second.round().await.expect("nothing for the second");
    assert_eq!(world.text(holder).await, held);
    let since = Instant::now();
    while world.text(holder).await == held {
        tokio::time::sleep(Duration::from_millis(100)).await;
        second.round().await.expect("a round");
        assert!(since.elapsed() < Duration::from_secs(8), "it never took over");
    }
    assert!(since.elapsed() > Duration::from_secs(4), "it took over too early");
}
