//! Bulk retries: previewed, frozen, sent as fast as it goes, and at a rate.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use gate::Token;
use serde_json::{Value, json};

use super::{
    super::{console::Console, database::Database, figure::Figure, http::Client},
    statements::Statements,
};

const TURNS: usize = 20;
const PATIENCE: Duration = Duration::from_secs(300);
const RATE: f64 = 200.0;

pub fn measure(console: &Console, token: &Token, database: &Database) -> Result<Vec<Figure>> {
    eprintln!("• measuring bulk retries …");
    let mut client = Client::open(&console.address, Some(token))?;
    let mut rows = Vec::new();
    {
        let mut statements = Statements::watch(database)?;
        let mut took = Vec::with_capacity(TURNS);
        for _ in 0..TURNS {
            statements.start_over()?;
            preview(&mut client, database, 1, 10_000)?;
            took.push(statements.took(&["bit_xor"])?);
        }
        rows.push(Figure::p95("preview counts 10,000 exactly SQL p95", took, 5.0));
    }
    let (large, _) = preview(&mut client, database, 0, 100_000)?;
    {
        let mut statements = Statements::watch(database)?;
        statements.start_over()?;
        let rehearsed = start(&mut client, &large, 10_000, true)?;
        ensure!(rehearsed["rehearsed"] == true, "{rehearsed}");
        let took = statements.took(&["into console.operation_item"])?;
        rows.push(Figure::at_most("bulk freezes 100,000 ids SQL", took.as_secs_f64() * 1000.0, "ms", 500.0));
    }
    let begun = Instant::now();
    let operation = operation(&start(&mut client, &large, 10_000, false)?)?;
    sent(database, &operation, 100_000)?;
    // No faster than asked: 10,000 in a second is the most there is.
    rows.push(Figure::at_least(
        "bulk sent with an audit entry each, no worker running",
        100_000.0 / begun.elapsed().as_secs_f64(),
        "commands/s",
        5_000.0,
    ));
    let (small, _) = preview(&mut client, database, 2, 4_000)?;
    let operation = self::operation(&start(&mut client, &small, RATE as i64, false)?)?;
    sent(database, &operation, 4_000)?;
    rows.push(Figure::at_most("bulk off the rate of 200/s", pace(database, &operation)?, "%", 5.0));
    Ok(rows)
}

/// The token of the commands of a group (by the number of the seed) at the first tenant, and the whole answer.
pub fn preview(client: &mut Client, database: &Database, group: u32, count: i64) -> Result<(String, Value)> {
    let id = database
        .script(&format!("select id from triage.failure_group where fingerprint = '01' || lpad(to_hex({group}), 14, '0');"), &[])?;
    let answer = client.data(&format!("/api/v1/support/bulk-preview?group={id}"))?;
    let said: Value = serde_json::from_slice(&answer.body)?;
    ensure!(answer.status == 200 && said["count"] == count, "the preview of {count} answered {}: {said}", answer.status);
    let token = said["token"].as_str().with_context(|| format!("no token: {said}"))?.to_owned();
    Ok((token, said))
}

pub fn start(client: &mut Client, token: &str, rate: i64, rehearse: bool) -> Result<Value> {
    let body = json!({ "input": {"token": token, "rate": rate, "no_canary": true, "halt_percent": 100}, "ask": {"rehearse": rehearse} });
    let answer = client.post("/api/v1/support/actions/start-bulk-retry", &body.to_string())?;
    let said: Value = serde_json::from_slice(&answer.body)?;
    ensure!(answer.status == 200, "the start answered {}: {said}", answer.status);
    Ok(said)
}

pub fn operation(receipt: &Value) -> Result<String> {
    Ok(receipt["output"]["operation"].as_str().with_context(|| format!("no operation: {receipt}"))?.to_owned())
}

/// Waits until all were sent.
fn sent(database: &Database, operation: &str, all: u32) -> Result<()> {
    let begun = Instant::now();
    let sql = format!("select sent from console.operation where id = '{operation}' and sent = {all};");
    while database.script(&sql, &[])?.is_empty() {
        ensure!(begun.elapsed() < PATIENCE, "the operation did not send all of its commands");
        std::thread::sleep(Duration::from_millis(50));
    }
    let entries =
        database.script(&format!("select count(*) from audit.entry where operation_id = '{operation}' and outcome = 'done';"), &[])?;
    ensure!(entries == all.to_string(), "{entries} entries for {all} commands");
    Ok(())
}

/// How far from the rate the sending was, in percent, from its first to its last chunk.
fn pace(database: &Database, operation: &str) -> Result<f64> {
    // The last chunk's commands were due before it; what came before it took the time from the first chunk on.
    let sql = format!(
        "with times as (select sent_at, count(*) as n from console.operation_item where operation_id = '{operation}' group by sent_at)
         select (sum(n) - (array_agg(n order by sent_at))[1]) / extract(epoch from max(sent_at) - min(sent_at)) from times;"
    );
    let rate: f64 = database.script(&sql, &[])?.parse()?;
    eprintln!("  bulk at {RATE}/s was sent at {rate:.2}/s");
    Ok(((rate - RATE) / RATE * 100.0).abs())
}
