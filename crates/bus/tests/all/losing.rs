//! Leases, epochs, crashes and outages: what is late is refused, what is lost comes again.

use crate::support::{LEASE, World, claimant, options, start};
use bus::{Bus, Failure, Finish, Options, RetryPolicy, Worker, WorkerOptions};
use serde_json::json;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

#[tokio::test]
async fn the_late_worker_is_refused_and_changes_nothing() {
    let world = World::new().await;
    let command = world.send("Slow").await;
    let short = claimant("late", Duration::from_millis(300));
    let late = world.bus.claim(&short, 5).await.expect("claimed").remove(0);
    tokio::time::sleep(Duration::from_millis(1100)).await;
    let next = world.bus.claim(&claimant("next", LEASE), 5).await.expect("taken over").remove(0);
    assert_eq!((next.epoch, next.attempt), (late.epoch + 1, 2));
    let complete = async |claimed, by: &str| world.bus.complete(claimed, &json!({ "by": by })).await.expect("answered");
    assert_eq!(complete(&late, "late").await, Finish::Stale);
    let failure = Failure::permanent("X", "x", "x");
    let failed = world.bus.fail(&late, &failure, &RetryPolicy::default()).await;
    assert_eq!(failed.expect("answered"), Finish::Stale);
    assert_eq!(world.status(command), "IN_PROGRESS");
    assert_eq!(world.sql("select count(*) from pgmq.q_plans__replies"), "0");
    assert_eq!(complete(&next, "next").await, Finish::Done);
    assert_eq!(complete(&next, "next").await, Finish::Stale);
    assert_eq!(world.sql("select message -> 'result' ->> 'by' from pgmq.q_plans__replies"), "next");
    let history = ["SENT", "RECEIVED", "LEASE_EXPIRED", "RECEIVED", "COMPLETED"];
    assert_eq!(world.history(command), history);
}

#[tokio::test]
async fn a_worker_counts_its_late_results() {
    let world = World::new().await;
    let command = world.send("Slow").await;
    let (stop, worker) = start(Worker::new(world.bus.clone(), "plans", options("w")).handle("Slow", |c| async move {
        c.cancelled().await;
        Ok(json!({}))
    }));
    world.until_status(command, "IN_PROGRESS").await;
    // An operator takes it away; the next heartbeat tells the handler, whose result is refused.
    world.sql("update commandbus.command set status = 'CANCELED', epoch = epoch + 1, lease_until = null, finished_at = now()");
    tokio::time::sleep(Duration::from_millis(100)).await;
    stop.cancel();
    let report = worker.await.expect("a report");
    assert_eq!((report.completed, report.failed, report.stale), (0, 0, 1));
    assert_eq!(world.status(command), "CANCELED");
}

#[tokio::test]
async fn a_lost_lease_stops_the_handler_and_a_kept_one_outlives_its_length() {
    let world = World::new().await;
    let (kept, lost) = (world.send("Kept").await, world.send("Lost").await);
    let stopped = Arc::new(AtomicU32::new(0));
    let seen = stopped.clone();
    let settings = WorkerOptions { lease: Duration::from_millis(900), ..options("w") };
    let worker = Worker::new(world.bus.clone(), "plans", settings)
        .handle("Kept", |_| async move {
            tokio::time::sleep(Duration::from_millis(3500)).await;
            Ok(json!({}))
        })
        .handle("Lost", move |c| {
            let seen = seen.clone();
            async move {
                c.cancelled().await;
                seen.fetch_add(1, Ordering::SeqCst);
                Ok(json!({}))
            }
        });
    let (stop, worker) = start(worker);
    world.until_status(lost, "IN_PROGRESS").await;
    world.sql(&format!("update commandbus.command set epoch = epoch + 1, worker = 'other' where command_id = '{lost}'"));
    world.until_status(kept, "COMPLETED").await;
    assert_eq!(world.history(kept), ["SENT", "RECEIVED", "COMPLETED"], "nobody took over what was kept");
    assert!(stopped.load(Ordering::SeqCst) >= 1, "the handler that lost its lease was told");
    stop.cancel();
    assert!(worker.await.expect("a report").stale >= 1);
}

#[tokio::test]
async fn a_stopping_worker_gives_back_what_it_did_not_finish() {
    let world = World::new().await;
    let command = world.send("Long").await;
    let endless = |c: bus::Claimed| async move {
        c.cancelled().await;
        Err(Failure::transient("STOPPED", "Stopped", "Stopped."))
    };
    let (stop, worker) = start(Worker::new(world.bus.clone(), "plans", options("one")).handle("Long", endless));
    world.until_status(command, "IN_PROGRESS").await;
    stop.cancel();
    worker.await.expect("a report");
    assert_eq!(world.sql("select status, attempts, last_error_code from commandbus.command"), "PENDING|0|WORKER_STOPPED");
    let (stop, worker) = start(Worker::new(world.bus.clone(), "plans", options("two")).handle("Long", |_| async { Ok(json!({})) }));
    world.until_status(command, "COMPLETED").await;
    stop.cancel();
    worker.await.expect("a report");
}

#[tokio::test]
async fn the_sweep_sends_lost_messages_anew_and_gives_up_on_killers() {
    let world = World::new().await;
    let command = world.send("A").await;
    world.sql("select pgmq.archive('plans__commands', msg_id) from pgmq.q_plans__commands");
    assert_eq!(world.bus.sweep().await.expect("swept").resent, 1);
    let claimed = world.bus.claim(&claimant("w", LEASE), 5).await.expect("claimed");
    assert_eq!((claimed[0].command_id, &claimed[0].data), (command, &json!({ "n": 1 })));
    world.sql("update commandbus.command set lease_until = now() - interval '1 s', attempts = 3");
    let swept = world.bus.sweep().await.expect("swept");
    assert_eq!((swept.expired, swept.given_up), (1, 1));
    assert_eq!(world.sql("select status, last_error_code from commandbus.command"), "IN_TROUBLESHOOTING_QUEUE|WORKER_LOST");
    assert_eq!(world.bus.complete(&claimed[0], &json!({})).await.expect("answered"), Finish::Stale);
    assert_eq!(world.history(command), ["SENT", "RECEIVED", "LEASE_EXPIRED", "RETRY_EXHAUSTED", "MOVED_TO_TSQ"]);
    let lost = world.send("A").await;
    world.sql("delete from pgmq.q_plans__commands");
    assert_eq!(world.bus.sweep().await.expect("swept").given_up, 1);
    assert_eq!(world.sql(&format!("select last_error_code from commandbus.command where command_id = '{lost}'")), "PAYLOAD_LOST");
}

#[tokio::test]
async fn a_database_that_drops_every_connection_costs_no_command() {
    let world = World::new().await;
    let many = (0..300).map(|n| world.command("A", json!({ "n": n }))).collect();
    world.bus.send_many(many).await.expect("sent");
    let settings = WorkerOptions { concurrency: 8, batch: 8, lease: Duration::from_secs(1), ..options("w") };
    let (stop, worker) = start(Worker::new(world.bus.clone(), "plans", settings).handle("A", |_| async {
        tokio::time::sleep(Duration::from_millis(10)).await;
        Ok(json!({}))
    }));
    for _ in 0..8 {
        tokio::time::sleep(Duration::from_millis(60)).await;
        world.sql(
            "select count(pg_terminate_backend(pid)) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()",
        );
    }
    world.until("select count(*) from commandbus.command where status = 'COMPLETED'", "300").await;
    assert_eq!(world.sql("select count(*), count(distinct message ->> 'command_id') from pgmq.q_plans__replies"), "300|300");
    stop.cancel();
    worker.await.expect("a report");
}

#[tokio::test]
async fn a_database_that_never_answers_is_an_error_soon() {
    let mute = std::net::TcpListener::bind("127.0.0.1:0").expect("a listener");
    let url = format!("postgres://ops_bus@{}/console", mute.local_addr().expect("an address"));
    let options = Options { patience: Duration::from_millis(200), ..Options::default() };
    let answered = tokio::time::timeout(Duration::from_secs(20), Bus::connect(&url, options)).await.expect("an answer");
    let error = answered.expect_err("nobody is there").to_string();
    assert!(error.starts_with("The command bus could not use its database"), "{error}");
}
