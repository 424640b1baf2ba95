//! Bulk retry from the preview to the last outcome, on a real database: what a start refuses, how the runner goes on, and that
//! killing it loses nothing and sends nothing twice.

mod approving;
#[path = "../common/mod.rs"]
mod common;
mod killed;
mod reprocessing;
mod running;
mod starting;

use common::*;
use domain::{Ask, ProblemKind};
use gate::{Runner, Token};
use serde_json::{Value, json};
use uuid::Uuid;

/// A preview of everything, as the person sees it.
async fn preview(world: &World, token: &Token) -> Value {
    world.view(token, "bulk-preview", json!({"domain": "plans"})).await.expect("a preview")
}

/// Starts a bulk retry of everything; the operation.
async fn start(world: &World, token: &Token, mut input: Value) -> Uuid {
    input["token"] = preview(world, token).await["token"].clone();
    let receipt = world.act(token, "start-bulk-retry", Ask::default(), input).await.expect("accepted");
    receipt["output"]["operation"].as_str().expect("an operation").parse().expect("an id")
}

/// Rounds until nothing changes for a while.
async fn run(world: &World, runner: &mut Runner) {
    let mut quiet = 0;
    let mut before = String::new();
    while quiet < 3 {
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        runner.round().await.expect("a round");
        let now = counts(world).await;
        quiet = if now == before { quiet + 1 } else { 0 };
        before = now;
    }
}

/// The newest operation in a line.
async fn counts(world: &World) -> String {
    world
        .text(
            "select state || ' waiting ' || waiting || ' sent ' || sent || ' succeeded ' || succeeded || ' failed ' || failed || ' skipped ' || skipped || ' gone ' || gone
             from console.operation order by created_at desc limit 1",
        )
        .await
}

/// As if workers had done all that was sent.
async fn complete(world: &World) {
    end(world, "update commandbus.command set status = 'COMPLETED', finished_at = now(), updated_at = now() where status = 'PENDING'")
        .await;
}

async fn end(world: &World, sql: &'static str) {
    sqlx::query(sql).execute(&mut world.db().await).await.expect("commands end");
}

/// The counts of every operation are those of its items, and the chain of the audit is whole.
async fn sound(world: &World) {
    let odd = world
        .text(
            "select count(*)::text from console.operation o cross join lateral (
               select (count(*) filter (where state = 'WAITING'))::int as waiting, (count(*) filter (where state = 'SENT'))::int as sent,
                      (count(*) filter (where state = 'SUCCEEDED'))::int as succeeded, (count(*) filter (where state = 'FAILED'))::int as failed,
                      (count(*) filter (where state = 'SKIPPED'))::int as skipped, (count(*) filter (where state = 'GONE'))::int as gone
               from console.operation_item i where i.operation_id = o.id) n
             where (o.waiting, o.sent, o.succeeded, o.failed, o.skipped, o.gone) <> (n.waiting, n.sent, n.succeeded, n.failed, n.skipped, n.gone)",
        )
        .await;
    assert_eq!(odd, "0", "counts and items differ");
    let checked = store::chain::verify(&mut world.db().await).await.expect("verified");
    assert_eq!(checked.first_bad, None);
}
