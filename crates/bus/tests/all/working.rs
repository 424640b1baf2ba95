//! What becomes of commands that handlers finish, refuse or fail.

use crate::support::{LEASE, World, options, start};
use bus::{Failure, ReplyOutcome, Worker};
use serde_json::json;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

#[tokio::test]
async fn a_command_goes_through_and_its_reply_comes_back() {
    let world = World::new().await;
    let command = world.send("Double").await;
    let (stop, worker) = start(Worker::new(world.bus.clone(), "plans", options("w")).handle("Double", |c| async move {
        assert_eq!((c.attempt, c.max_attempts), (1, 3));
        Ok(json!({ "n": c.data["n"].as_i64().expect("a number") * 2 }))
    }));
    world.until_status(command, "COMPLETED").await;
    let reader = world.bus.replies("plans__replies").await.expect("a reader");
    let replies = reader.read(10, LEASE).await.expect("replies");
    assert_eq!(replies.len(), 1);
    assert_eq!((replies[0].command_id, replies[0].outcome), (command, ReplyOutcome::Success));
    assert_eq!(replies[0].result, Some(json!({ "n": 2 })));
    reader.acknowledge(&replies).await.expect("acknowledged");
    assert_eq!(world.sql("select count(*) from pgmq.q_plans__replies"), "0");
    assert_eq!(world.sql("select count(*) from pgmq.q_plans__commands"), "0");
    assert_eq!(world.sql("select count(*) from pgmq.a_plans__commands"), "1");
    assert_eq!(world.history(command), ["SENT", "RECEIVED", "COMPLETED"]);
    stop.cancel();
    assert_eq!(worker.await.expect("a report").completed, 1);
    assert_eq!(world.sql("select stopped_at is not null from commandbus.worker"), "t");
}

#[tokio::test]
async fn transient_failures_are_retried_until_a_person_has_to_look() {
    let world = World::new().await;
    let command = world.send("Flaky").await;
    let tries = Arc::new(AtomicU32::new(0));
    let count = tries.clone();
    let (stop, worker) = start(Worker::new(world.bus.clone(), "plans", options("w")).handle("Flaky", move |_| {
        count.fetch_add(1, Ordering::SeqCst);
        async { Err(Failure::transient("DOWN", "The service is down", "The service at 10.0.0.1 is down.")) }
    }));
    world.until_status(command, "IN_TROUBLESHOOTING_QUEUE").await;
    assert_eq!(tries.load(Ordering::SeqCst), 3);
    assert_eq!(
        world.history(command),
        ["SENT", "RECEIVED", "RETRY_SCHEDULED", "RECEIVED", "RETRY_SCHEDULED", "RECEIVED", "RETRY_EXHAUSTED", "MOVED_TO_TSQ"]
    );
    assert_eq!(
        world.sql("select last_error_type, last_error_code, last_error_title, attempts from commandbus.command"),
        "TRANSIENT|DOWN|The service is down|3"
    );
    assert_eq!(world.sql("select message from commandbus.command_error"), "The service at 10.0.0.1 is down.");
    assert_eq!(world.sql("select payload from commandbus.payload_archive"), r#"{"n": 1}"#);
    assert_eq!(world.sql("select count(*) from pgmq.q_plans__commands"), "0");
    assert_eq!(world.sql("select count(*) from commandbus.reply"), "0", "no reply before a person decided");
    stop.cancel();
    assert_eq!(worker.await.expect("a report").failed, 3);
}

#[tokio::test]
async fn refusals_panics_and_unknown_types_go_where_they_belong() {
    let world = World::new().await;
    let (rule, crash, unknown, nul) =
        (world.send("Rule").await, world.send("Crash").await, world.send("Nobody").await, world.send("Nul").await);
    let worker = Worker::new(world.bus.clone(), "plans", options("w"))
        .handle("Rule", |_| async { Err(Failure::business("NOT_A_PDF", "The file is not a PDF", "a.txt is not a PDF.")) })
        .handle("Crash", |_| async { panic!("index out of bounds") })
        .handle("Nul", |_| async { Ok(json!({ "text": "\0" })) });
    let (stop, worker) = start(worker);
    world.until_status(rule, "FAILED").await;
    let reply = "select outcome, body ->> 'error_code', body ->> 'error_message' from commandbus.reply";
    assert_eq!(world.sql(reply), "FAILED|NOT_A_PDF|a.txt is not a PDF.");
    assert_eq!(world.history(rule), ["SENT", "RECEIVED", "BUSINESS_RULE_FAILED"]);
    for (command, code, kind) in
        [(crash, "HANDLER_PANICKED", "TRANSIENT"), (unknown, "UNKNOWN_COMMAND_TYPE", "PERMANENT"), (nul, "RESULT_NOT_STORED", "PERMANENT")]
    {
        world.until_status(command, "IN_TROUBLESHOOTING_QUEUE").await;
        let found = world.sql(&format!("select last_error_code, last_error_type from commandbus.command where command_id = '{command}'"));
        assert_eq!(found, format!("{code}|{kind}"));
    }
    assert!(
        world.sql(&format!("select message from commandbus.command_error where command_id = '{crash}'")).contains("index out of bounds")
    );
    stop.cancel();
    worker.await.expect("a report");
}
