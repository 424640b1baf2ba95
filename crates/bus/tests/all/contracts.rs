//! What a host says of its payloads, and payloads no worker can read.

use crate::support::{World, options, start};
use bus::{BusError, CancellationToken, Worker};
use serde_json::json;

#[tokio::test]
async fn a_contract_that_cannot_be_kept_stops_the_worker_before_it_starts() {
    let world = World::new().await;
    let worker = Worker::new(world.bus.clone(), "plans", options("w"))
        .contract("Double", json!({ "type": "object", "properties": { "n": { "type": "string", "pattern": "^[0-9]+$" } } }));
    let error = worker.run(CancellationToken::new()).await.expect_err("no such promise");
    assert!(matches!(&error, BusError::BadContract { command_type, .. } if command_type == "Double"), "{error}");
    assert!(error.to_string().contains("pattern"), "{error}");
}

#[tokio::test]
async fn a_contract_is_written_down_and_the_worker_that_started_last_is_believed() {
    let world = World::new().await;
    let schema = |most: u32| json!({ "type": "object", "properties": { "n": { "type": "integer", "maximum": most }, "who": { "type": "object", "properties": { "pin": { "x-edit": "sensitive" } } } } });
    for (name, most) in [("w-1", 1), ("w-2", 2)] {
        let worker = Worker::new(world.bus.clone(), "plans", options(name))
            .contract("Double", schema(most))
            .check("Double", |_| async { Vec::new() });
        let (stop, running) = start(worker);
        world.until("select worker from commandbus.contract", name).await;
        stop.cancel();
        running.await.expect("a report");
    }
    assert_eq!(
        world.sql("select command_type, schema #>> '{properties,n,maximum}', sensitive, build from commandbus.contract"),
        "Double|2|[[\"who\", \"pin\"]]|test"
    );
    assert_eq!(world.sql("select string_agg(name || ' ' || checks[1], ',' order by name) from commandbus.worker"), "w-1 Double,w-2 Double");
    let shown = "select commandbus.shown('plans', 'Double', '{\"n\": 1, \"who\": {\"pin\": 4711, \"id\": 1}}')";
    assert_eq!(world.sql(shown), "{\"n\": 1, \"who\": {\"id\": 1, \"pin\": \"\u{2022}\u{2022}\u{2022}\u{2022}\u{2022}\u{2022}\"}}");
}

#[tokio::test]
async fn a_number_beyond_a_machine_stops_nobody_else_and_stays_what_it_is() {
    let world = World::new().await;
    let (huge, plain) = (world.send("Double").await, world.send("Double").await);
    world.sql(&format!(
        "update pgmq.q_plans__commands set message = jsonb_set(message, '{{data}}', '{{\"n\": 1e400, \"big\": 12345678901234567890123}}') where message ->> 'command_id' = '{huge}'"
    ));
    world.sql(&format!(
        "update pgmq.q_plans__commands set message = jsonb_set(message, '{{data}}', '{{\"n\": 12345678901234567890123}}') where message ->> 'command_id' = '{plain}'"
    ));
    let (stop, running) = start(
        Worker::new(world.bus.clone(), "plans", options("w"))
            .handle("Double", |claimed| async move { Ok(json!({ "text": &*claimed.text })) }),
    );
    world.until_status(plain, "COMPLETED").await;
    world.until_status(huge, "IN_TROUBLESHOOTING_QUEUE").await;
    stop.cancel();
    running.await.expect("a report");
    assert_eq!(world.sql("select body #>> '{result,text}' from commandbus.reply"), "{\"n\": 12345678901234567890123}");
    assert_eq!(world.sql(&format!("select last_error_code from commandbus.command where command_id = '{huge}'")), "PAYLOAD_UNREADABLE");
    let kept = "select payload = '{\"n\": 1e400, \"big\": 12345678901234567890123}' from commandbus.payload_archive";
    assert_eq!(world.sql(kept), "t");
    // Its message lost, it is sent anew as it was.
    world.sql(&format!("update commandbus.command set status = 'PENDING', msg_id = null where command_id = '{huge}'"));
    assert_eq!(world.bus.sweep().await.expect("swept").resent, 1);
    assert_eq!(world.sql("select message -> 'data' = '{\"n\": 1e400, \"big\": 12345678901234567890123}' from pgmq.q_plans__commands"), "t");
}
