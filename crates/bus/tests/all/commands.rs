//! The promises of the bus over a real database: sent once, finished once, refused when late.

use crate::support::{World, options, start};
use bus::{BusError, Claimant, Failure, Finish, ReplyOutcome, RetryPolicy, Worker, WorkerOptions};
use serde_json::json;
use sqlx::{Connection, PgConnection};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

fn claimant(name: &str, lease: Duration) -> Claimant {
    Claimant {
        domain: "plans".into(),
        worker: name.into(),
        build: "test".into(),
        lease,
    }
}

const LEASE: Duration = Duration::from_secs(30);

#[tokio::test]
async fn a_command_goes_through_and_its_reply_comes_back() {
    let world = World::new().await;
    let command = world.send("Double").await;
    let (stop, worker) = start(
        Worker::new(world.bus.clone(), "plans", options("w")).handle("Double", |c| async move {
            assert_eq!((c.attempt, c.max_attempts), (1, 3));
            Ok(json!({ "n": c.data["n"].as_i64().expect("a number") * 2 }))
        }),
    );
    world.until_status(command, "COMPLETED").await;
    let reader = world.bus.replies("plans__replies").await.expect("a reader");
    let replies = reader.read(10, LEASE).await.expect("replies");
    assert_eq!(replies.len(), 1);
    assert_eq!(
        (replies[0].command_id, replies[0].outcome),
        (command, ReplyOutcome::Success)
    );
    assert_eq!(replies[0].result, Some(json!({ "n": 2 })));
    reader.acknowledge(&replies).await.expect("acknowledged");
    assert_eq!(world.sql("select count(*) from pgmq.q_plans__replies"), "0");
    assert_eq!(
        world.sql("select count(*) from pgmq.q_plans__commands"),
        "0"
    );
    assert_eq!(
        world.sql("select count(*) from pgmq.a_plans__commands"),
        "1"
    );
    assert_eq!(world.history(command), ["SENT", "RECEIVED", "COMPLETED"]);
    stop.cancel();
    assert_eq!(worker.await.expect("a report").completed, 1);
    assert_eq!(
        world.sql("select stopped_at is not null from commandbus.worker"),
        "t"
    );
}

#[tokio::test]
async fn sending_twice_sends_once_and_another_body_is_refused() {
    let world = World::new().await;
    let send = world.command("Double", json!({ "n": 1 }));
    let first = world.bus.send(send.clone()).await.expect("sent");
    let second = world.bus.send(send.clone()).await.expect("sent again");
    assert!(!first.duplicate && second.duplicate);
    assert_eq!(first.msg_id, second.msg_id);
    assert_eq!(
        world.sql("select count(*) from pgmq.q_plans__commands"),
        "1"
    );
    let other = bus::Send {
        data: json!({ "n": 2 }),
        ..send.clone()
    };
    let error = world
        .bus
        .send(other)
        .await
        .expect_err("another body")
        .to_string();
    assert!(error.contains(&send.command_id.to_string()), "{error}");
    let both = world
        .bus
        .send_many(vec![world.command("A", json!({})), send.clone(), send])
        .await
        .expect("sent");
    assert_eq!(
        both.iter().map(|s| s.duplicate).collect::<Vec<_>>(),
        [false, true, true]
    );
    assert_eq!(
        world.sql("select count(*) from pgmq.q_plans__commands"),
        "2"
    );
}

#[tokio::test]
async fn what_cannot_be_sent_is_said_and_nothing_is_left_behind() {
    let world = World::new().await;
    let good = world.command("A", json!({}));
    let stranger = bus::Send {
        tenant: bus::TenantId(uuid::Uuid::from_u128(9)),
        ..good.clone()
    };
    assert!(matches!(
        world.bus.send(stranger).await,
        Err(BusError::UnknownTenant { .. })
    ));
    let list = bus::Send {
        data: json!([1]),
        ..good.clone()
    };
    assert!(matches!(
        world.bus.send(list).await,
        Err(BusError::DataNotAnObject { .. })
    ));
    let nul = bus::Send {
        data: json!({ "a": "\0" }),
        ..good.clone()
    };
    assert!(matches!(
        world.bus.send(nul).await,
        Err(BusError::Unstorable { .. })
    ));
    let name = bus::Send {
        domain: "Plans; drop".into(),
        ..good
    };
    assert!(matches!(
        world.bus.send(name).await,
        Err(BusError::BadName { .. })
    ));
    assert_eq!(world.sql("select count(*) from commandbus.command"), "0");
}

#[tokio::test]
async fn a_command_sent_in_a_transaction_lives_and_dies_with_it() {
    let world = World::new().await;
    let mut host = PgConnection::connect(&world.url)
        .await
        .expect("the host's connection");
    for (commit, expected) in [(false, "0"), (true, "1")] {
        let mut transaction = host.begin().await.expect("begin");
        world
            .bus
            .send_in(&mut transaction, world.command("A", json!({})))
            .await
            .expect("sent");
        if commit {
            transaction.commit().await.expect("commit");
        } else {
            transaction.rollback().await.expect("rollback");
        }
        assert_eq!(
            world.sql("select count(*) from commandbus.command"),
            expected
        );
        assert_eq!(
            world.sql("select count(*) from pgmq.q_plans__commands"),
            expected
        );
    }
}

#[tokio::test]
async fn the_late_worker_is_refused_and_changes_nothing() {
    let world = World::new().await;
    let command = world.send("Slow").await;
    let short = Duration::from_millis(300);
    let late = world
        .bus
        .claim(&claimant("late", short), 5)
        .await
        .expect("claimed")
        .remove(0);
    tokio::time::sleep(Duration::from_millis(1100)).await;
    let next = world
        .bus
        .claim(&claimant("next", LEASE), 5)
        .await
        .expect("taken over")
        .remove(0);
    assert_eq!((next.epoch, next.attempt), (late.epoch + 1, 2));
    assert_eq!(
        world
            .bus
            .complete(&late, &json!({ "by": "late" }))
            .await
            .expect("answered"),
        Finish::Stale
    );
    let failure = Failure::permanent("X", "x", "x");
    assert_eq!(
        world
            .bus
            .fail(&late, &failure, &RetryPolicy::default())
            .await
            .expect("answered"),
        Finish::Stale
    );
    assert_eq!(world.status(command), "IN_PROGRESS");
    assert_eq!(world.sql("select count(*) from pgmq.q_plans__replies"), "0");
    assert_eq!(
        world
            .bus
            .complete(&next, &json!({ "by": "next" }))
            .await
            .expect("answered"),
        Finish::Done
    );
    assert_eq!(
        world
            .bus
            .complete(&next, &json!({ "by": "next" }))
            .await
            .expect("answered"),
        Finish::Stale
    );
    assert_eq!(
        world.sql("select message -> 'result' ->> 'by' from pgmq.q_plans__replies"),
        "next"
    );
    assert_eq!(
        world.history(command),
        ["SENT", "RECEIVED", "LEASE_EXPIRED", "RECEIVED", "COMPLETED"]
    );
}

#[tokio::test]
async fn a_worker_counts_its_late_results() {
    let world = World::new().await;
    let command = world.send("Slow").await;
    let (stop, worker) = start(
        Worker::new(world.bus.clone(), "plans", options("w")).handle("Slow", |c| async move {
            c.cancelled().await;
            Ok(json!({}))
        }),
    );
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
    let settings = WorkerOptions {
        lease: Duration::from_millis(900),
        ..options("w")
    };
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
    assert_eq!(
        world.history(kept),
        ["SENT", "RECEIVED", "COMPLETED"],
        "nobody took over what was kept"
    );
    assert!(
        stopped.load(Ordering::SeqCst) >= 1,
        "the handler that lost its lease was told"
    );
    stop.cancel();
    assert!(worker.await.expect("a report").stale >= 1);
}

#[tokio::test]
async fn transient_failures_are_retried_until_a_person_has_to_look() {
    let world = World::new().await;
    let command = world.send("Flaky").await;
    let tries = Arc::new(AtomicU32::new(0));
    let count = tries.clone();
    let (stop, worker) = start(
        Worker::new(world.bus.clone(), "plans", options("w")).handle("Flaky", move |_| {
            count.fetch_add(1, Ordering::SeqCst);
            async {
                Err(Failure::transient(
                    "DOWN",
                    "The service is down",
                    "The service at 10.0.0.1 is down.",
                ))
            }
        }),
    );
    world
        .until_status(command, "IN_TROUBLESHOOTING_QUEUE")
        .await;
    assert_eq!(tries.load(Ordering::SeqCst), 3);
    assert_eq!(
        world.history(command),
        [
            "SENT",
            "RECEIVED",
            "RETRY_SCHEDULED",
            "RECEIVED",
            "RETRY_SCHEDULED",
            "RECEIVED",
            "RETRY_EXHAUSTED",
            "MOVED_TO_TSQ"
        ]
    );
    assert_eq!(
        world.sql("select last_error_type, last_error_code, last_error_title, attempts from commandbus.command"),
        "TRANSIENT|DOWN|The service is down|3"
    );
    assert_eq!(
        world.sql("select message from commandbus.command_error"),
        "The service at 10.0.0.1 is down."
    );
    assert_eq!(
        world.sql("select payload from commandbus.payload_archive"),
        r#"{"n": 1}"#
    );
    assert_eq!(
        world.sql("select count(*) from pgmq.q_plans__commands"),
        "0"
    );
    assert_eq!(
        world.sql("select count(*) from commandbus.reply"),
        "0",
        "no reply before a person decided"
    );
    stop.cancel();
    assert_eq!(worker.await.expect("a report").failed, 3);
}

#[tokio::test]
async fn refusals_panics_and_unknown_types_go_where_they_belong() {
    let world = World::new().await;
    let (rule, crash, unknown, nul) = (
        world.send("Rule").await,
        world.send("Crash").await,
        world.send("Nobody").await,
        world.send("Nul").await,
    );
    let worker = Worker::new(world.bus.clone(), "plans", options("w"))
        .handle("Rule", |_| async {
            Err(Failure::business(
                "NOT_A_PDF",
                "The file is not a PDF",
                "a.txt is not a PDF.",
            ))
        })
        .handle("Crash", |_| async { panic!("index out of bounds") })
        .handle("Nul", |_| async { Ok(json!({ "text": "\0" })) });
    let (stop, worker) = start(worker);
    world.until_status(rule, "FAILED").await;
    let reply =
        "select outcome, body ->> 'error_code', body ->> 'error_message' from commandbus.reply";
    assert_eq!(world.sql(reply), "FAILED|NOT_A_PDF|a.txt is not a PDF.");
    assert_eq!(
        world.history(rule),
        ["SENT", "RECEIVED", "BUSINESS_RULE_FAILED"]
    );
    for (command, code, kind) in [
        (crash, "HANDLER_PANICKED", "TRANSIENT"),
        (unknown, "UNKNOWN_COMMAND_TYPE", "PERMANENT"),
        (nul, "RESULT_NOT_STORED", "PERMANENT"),
    ] {
        world
            .until_status(command, "IN_TROUBLESHOOTING_QUEUE")
            .await;
        let found = world.sql(&format!("select last_error_code, last_error_type from commandbus.command where command_id = '{command}'"));
        assert_eq!(found, format!("{code}|{kind}"));
    }
    assert!(
        world
            .sql(&format!(
                "select message from commandbus.command_error where command_id = '{crash}'"
            ))
            .contains("index out of bounds")
    );
    stop.cancel();
    worker.await.expect("a report");
}

#[tokio::test]
async fn a_stopping_worker_gives_back_what_it_did_not_finish() {
    let world = World::new().await;
    let command = world.send("Long").await;
    let endless = |c: bus::Claimed| async move {
        c.cancelled().await;
        Err(Failure::transient("STOPPED", "Stopped", "Stopped."))
    };
    let (stop, worker) =
        start(Worker::new(world.bus.clone(), "plans", options("one")).handle("Long", endless));
    world.until_status(command, "IN_PROGRESS").await;
    stop.cancel();
    worker.await.expect("a report");
    assert_eq!(
        world.sql("select status, attempts, last_error_code from commandbus.command"),
        "PENDING|0|WORKER_STOPPED"
    );
    let (stop, worker) = start(
        Worker::new(world.bus.clone(), "plans", options("two"))
            .handle("Long", |_| async { Ok(json!({})) }),
    );
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
    let claimed = world
        .bus
        .claim(&claimant("w", LEASE), 5)
        .await
        .expect("claimed");
    assert_eq!(
        (claimed[0].command_id, &claimed[0].data),
        (command, &json!({ "n": 1 }))
    );
    world.sql("update commandbus.command set lease_until = now() - interval '1 s', attempts = 3");
    let swept = world.bus.sweep().await.expect("swept");
    assert_eq!((swept.expired, swept.given_up), (1, 1));
    assert_eq!(
        world.sql("select status, last_error_code from commandbus.command"),
        "IN_TROUBLESHOOTING_QUEUE|WORKER_LOST"
    );
    assert_eq!(
        world
            .bus
            .complete(&claimed[0], &json!({}))
            .await
            .expect("answered"),
        Finish::Stale
    );
    assert_eq!(
        world.history(command),
        [
            "SENT",
            "RECEIVED",
            "LEASE_EXPIRED",
            "RETRY_EXHAUSTED",
            "MOVED_TO_TSQ"
        ]
    );
    let lost = world.send("A").await;
    world.sql("delete from pgmq.q_plans__commands");
    assert_eq!(world.bus.sweep().await.expect("swept").given_up, 1);
    assert_eq!(
        world.sql(&format!(
            "select last_error_code from commandbus.command where command_id = '{lost}'"
        )),
        "PAYLOAD_LOST"
    );
}

#[tokio::test]
async fn messages_that_mean_nothing_any_more_are_archived() {
    let world = World::new().await;
    let command = world.send("A").await;
    world.sql("select pgmq.send('plans__commands', message) from pgmq.q_plans__commands");
    world.sql("select pgmq.send('plans__commands', '{\"not\": \"a command\"}')");
    let claimed = world
        .bus
        .claim(&claimant("w", LEASE), 10)
        .await
        .expect("claimed");
    assert_eq!(claimed.len(), 1);
    assert_eq!(
        world.sql("select count(*) from pgmq.q_plans__commands"),
        "1",
        "only the true message is left"
    );
    assert_eq!(
        world
            .bus
            .complete(&claimed[0], &json!({}))
            .await
            .expect("answered"),
        Finish::Done
    );
    assert_eq!(world.status(command), "COMPLETED");
}

#[tokio::test]
async fn a_role_that_could_look_past_the_walls_is_refused() {
    let world = World::new().await;
    let error = bus::Bus::connect(&world.scratch.superuser_url, bus::Options::default())
        .await
        .expect_err("a superuser");
    assert!(matches!(error, BusError::UnsafeRole(_)), "{error}");
}

#[tokio::test]
async fn a_database_that_drops_every_connection_costs_no_command() {
    let world = World::new().await;
    let many = (0..300)
        .map(|n| world.command("A", json!({ "n": n })))
        .collect();
    world.bus.send_many(many).await.expect("sent");
    let settings = WorkerOptions {
        concurrency: 8,
        batch: 8,
        lease: Duration::from_secs(1),
        ..options("w")
    };
    let (stop, worker) = start(Worker::new(world.bus.clone(), "plans", settings).handle(
        "A",
        |_| async {
            tokio::time::sleep(Duration::from_millis(10)).await;
            Ok(json!({}))
        },
    ));
    for _ in 0..8 {
        tokio::time::sleep(Duration::from_millis(60)).await;
        world.sql("select count(pg_terminate_backend(pid)) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()");
    }
    world
        .until(
            "select count(*) from commandbus.command where status = 'COMPLETED'",
            "300",
        )
        .await;
    assert_eq!(
        world.sql(
            "select count(*), count(distinct message ->> 'command_id') from pgmq.q_plans__replies"
        ),
        "300|300"
    );
    stop.cancel();
    worker.await.expect("a report");
}
