//! "Why is it not moving?" over real rows: for each thing that can hold a command up, the console says that one, with the fact it was
//! told from; on the command's page and on the job's alike.

mod common;

use common::*;
use serde_json::{Value, json};
use uuid::Uuid;

const PENDING: &str = "update commandbus.command set status = 'PENDING', updated_at = now() - interval '10 seconds', visible_at = now() - interval '10 seconds' where command_id = $1";
const HEARD: &str = "insert into commandbus.worker (name, domain, build) select 'plans-9', 'plans', 'b' where $1::uuid is not null on conflict (name) do update set heartbeat_at = clock_timestamp(), stopped_at = null";

/// What both pages say after `changes`, the command's id being `$1`.
async fn told(world: &World, token: &gate::Token, changes: &[&'static str]) -> Value {
    let (command, job) = world.failed_command(NORTHWIND).await;
    let mut db = world.db().await;
    for &sql in changes {
        sqlx::query(sql).bind(command).execute(&mut db).await.unwrap_or_else(|error| panic!("{sql}: {error}"));
    }
    let page = world.view(token, "command", json!({"command": command})).await.expect("the command");
    let of_job = world.view(token, "job", json!({"job": job})).await.expect("the job");
    assert_eq!(page["standstill"]["blocker"], of_job["standstill"]["blocker"], "{page}");
    // It must not stand in the way of the next one.
    sqlx::query("delete from commandbus.worker where $1::uuid is not null").bind(command).execute(&mut db).await.expect("no workers");
    sqlx::query("update commandbus.command set status = 'CANCELED', finished_at = now(), lease_until = null where command_id = $1")
        .bind(command)
        .execute(&mut db)
        .await
        .expect("out");
    page["standstill"].clone()
}

fn says(told: &Value, blocker: &str, sentence: &str, evidence: &str) {
    assert_eq!(told["blocker"], blocker, "{told}");
    assert!(told["sentence"].as_str().is_some_and(|said| said.contains(sentence)), "{sentence}: {told}");
    assert!(told["evidence"].to_string().contains(evidence), "{evidence}: {told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_command_in_the_queue_says_for_which_worker_moment_or_turn_it_waits() {
    let world = world().await;
    let token = world.sign_in(READY).await;
    says(&told(&world, &token, &[PENDING]).await, "NO_WORKER", "No worker of plans is heard from", "none ever reported");
    let silent = "update commandbus.worker set heartbeat_at = now() - interval '3 minutes' where $1::uuid is not null";
    says(
        &told(&world, &token, &[PENDING, HEARD, silent]).await,
        "NO_WORKER",
        "It starts once one runs",
        "0 answer, the last heard from 3 m",
    );
    let stopped = "update commandbus.worker set stopped_at = now() where $1::uuid is not null";
    says(&told(&world, &token, &[PENDING, HEARD, stopped]).await, "NO_WORKER", "", "0 answer");
    let later = "update commandbus.command set visible_at = now() + interval '40 seconds' where command_id = $1";
    says(&told(&world, &token, &[PENDING, HEARD, later]).await, "NOT_YET_VISIBLE", "tried again in", "attempt 3 of 3");
    says(&told(&world, &token, &[PENDING, HEARD]).await, "UNKNOWN", "nobody knows why", "1 answer");
    let ahead = "insert into commandbus.command (tenant_id, command_id, domain, command_type, queue_name, status, max_attempts, correlation_id, visible_at)
         select tenant_id, gen_random_uuid(), domain, command_type, queue_name, 'PENDING', 3, gen_random_uuid(), visible_at - interval '1 second'
         from commandbus.command, generate_series(1, 7) where command_id = $1";
    says(&told(&world, &token, &[PENDING, HEARD, ahead]).await, "BEHIND_OTHERS", "7 commands of its queue", "PENDING for");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_command_under_way_says_whether_its_worker_lives() {
    let world = world().await;
    let token = world.sign_in(READY).await;
    let taken = "update commandbus.command set status = 'IN_PROGRESS', worker = 'plans-9', lease_until = clock_timestamp() + interval '50 seconds' where command_id = $1";
    let silent = "update commandbus.worker set heartbeat_at = now() - interval '45 seconds' where $1::uuid is not null";
    let over = "update commandbus.command set lease_until = now() - interval '2 seconds' where command_id = $1";
    says(&told(&world, &token, &[HEARD, taken]).await, "NONE", "A worker is on it", "worker plans-9: heard from 0 s ago");
    says(&told(&world, &token, &[HEARD, silent, taken]).await, "WORKER_SILENT", "Its lease ends in", "heard from 45 s ago");
    says(&told(&world, &token, &[taken]).await, "UNKNOWN", "never said it lives", "never heard from");
    says(&told(&world, &token, &[HEARD, silent, taken, over]).await, "WORKER_SILENT", "lease has run out", "heard from 45 s ago");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_command_for_a_person_says_which_operation_has_it() {
    let world = world().await;
    let token = world.sign_in(READY).await;
    says(&told(&world, &token, &[]).await, "PERSON", "retry it, complete it, or cancel it", "IN_TROUBLESHOOTING_QUEUE for");
    for (state, blocker, sentence) in [
        ("RAMPING", "RATE_LIMIT", "waits for its turn in an operation"),
        ("PAUSED", "OPERATION_HELD", "an operation that stands still"),
        ("HALTED", "OPERATION_HELD", "an operation that stands still"),
        ("PROPOSED", "OPERATION_HELD", "a second person has to approve"),
    ] {
        let operation: Uuid = world.operation(NORTHWIND, state).await;
        let item = "insert into console.operation_item (tenant_id, operation_id, seq, command_id, state)
             select c.tenant_id, o.id, 1, c.command_id, 'WAITING' from commandbus.command c join console.operation o using (tenant_id)
             where c.command_id = $1 and not exists (select from console.operation_item i where i.operation_id = o.id)";
        says(&told(&world, &token, &[item]).await, blocker, sentence, &format!("operation {operation}: {state}, 50 a second"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_has_ended_is_not_asked_why() {
    let world = world().await;
    let token = world.sign_in(READY).await;
    let ended = "update commandbus.command set status = 'COMPLETED', finished_at = now() where command_id = $1";
    assert_eq!(told(&world, &token, &[ended]).await, Value::Null);
}
