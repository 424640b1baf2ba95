//! Finding commands by what their errors and payloads say, as somebody in a support session on the largest tenant does: what the
//! console takes for the first page over HTTP.

use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use gate::Token;

use super::super::{console::Console, figure::Figure, http::Client};

const WARM_UPS: u32 = 5;
const MEASURED: u32 = 60;
const SERVER_MS: f64 = 150.0;

/// What is looked for in a turn, and how many rows its first page has to have.
type Line = (fn(u32) -> String, std::ops::RangeInclusive<usize>);

pub fn measure(console: &Console, token: &Token) -> Result<Vec<Figure>> {
    eprintln!("• measuring search …");
    let mut client = Client::open(&console.address, Some(token))?;
    // Numbers of the seed: the first tenant has the first 114,000 commands.
    let asked: [(&'static str, Line); 6] = [
        ("search of a rare text in errors server p95", (|turn| format!("error:plan-{}.pdf", 20_011 + turn * 997), 1..=1)),
        ("search of a frequent text in errors server p95", (|_| "error:\"needed more than\"".to_owned(), 50..=50)),
        ("search of a text nobody wrote server p95", (|turn| format!("\"nothing like it {turn}\""), 0..=0)),
        ("search of a rare text anywhere server p95", (|turn| format!("plan-{}.pdf", 20_017 + turn * 991), 1..=1)),
        ("search of a title at all tenants server p95", (|turn| format!("\"in way {}\"", 1_000 + turn), 1..=50)),
        (
            "search of a value at its place in payloads server p95",
            (|turn| format!("payload.plan.file:plan-{}.pdf attempts>2", 20_021 + turn * 983), 1..=1),
        ),
    ];
    asked.into_iter().map(|(name, line)| Ok(Figure::p95(name, timed(&mut client, &line)?, SERVER_MS))).collect()
}

fn timed(client: &mut Client, (line, rows): &Line) -> Result<Vec<Duration>> {
    let mut took = Vec::new();
    for turn in 0..WARM_UPS + MEASURED {
        let line = line(turn);
        let path = format!("/api/v1/support/troubleshooting?find={}", encoded(&line));
        let start = Instant::now();
        let answer = client.data(&path)?;
        let elapsed = start.elapsed();
        let said: serde_json::Value = serde_json::from_slice(&answer.body)?;
        let found = said["rows"].as_array().map(Vec::len);
        ensure!(
            answer.status == 200 && found.is_some_and(|found| rows.contains(&found)),
            "{line} answered {} with {found:?} rows",
            answer.status
        );
        if turn >= WARM_UPS {
            took.push(elapsed);
        }
    }
    Ok(took)
}

fn encoded(text: &str) -> String {
    text.bytes().map(|byte| if byte.is_ascii_alphanumeric() { char::from(byte).to_string() } else { format!("%{byte:02X}") }).collect()
}
