//! Logs in a terminal: lines for whoever looks, JSON for a pipe, and staying while more is written.

use crate::{args, client::Client, failure::Failure, print, terminal::Terminal};
use actions::views::{
    frontend_logs::FrontendLogs,
    logs::{Logs, LogsOutput},
};
use domain::LogLine;
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Read};

/// The service that lies in no log.
const FRONTEND: &str = "frontend";
/// The longest line the console sends.
const LONGEST: u64 = 256 * 1024;

pub fn logs(words: args::LogsOf, client: &Client, terminal: Terminal) -> Result<(), Failure> {
    let args::LogsOf { service, tail, since, level, find, plain, follow } = words;
    if service.as_deref() == Some(FRONTEND) {
        return frontend(since, tail, client, terminal);
    }
    let input = Logs { service, tail, since, level, find, plain: plain.then_some(true) };
    if follow {
        return stay(&input, client, terminal);
    }
    let answer = client.view(&input)?;
    if input.service.is_none() {
        return terminal.answer::<LogsOutput>(answer, print::logs::services);
    }
    if plain || (terminal.live && !terminal.json) {
        let output: LogsOutput = crate::client::typed(print::clean(answer))?;
        return terminal.write(&print::logs::lines(&output, plain, terminal.paint));
    }
    // In a pipe: exactly the lines, as `/api/ops/logs` answers them.
    terminal.json(&answer["lines"])
}

/// What browsers reported, in the same shape as a log: the newest last.
fn frontend(since: Option<String>, tail: Option<i64>, client: &Client, terminal: Terminal) -> Result<(), Failure> {
    let input = FrontendLogs { since, limit: tail.map(|tail| tail.clamp(1, 200)), ..FrontendLogs::default() };
    let answer = client.view(&input)?;
    if terminal.live && !terminal.json {
        return terminal.answer(answer, |logs, paint| print::frontend::frontend_logs(logs, false, paint));
    }
    let mut entries: Vec<Value> = answer["groups"].as_array().cloned().unwrap_or_default();
    for entry in &mut entries {
        if let Some(fields) = entry.as_object_mut() {
            let (ts, message) = (fields.get("last_seen").cloned(), fields.remove("title"));
            fields.insert("ts".to_owned(), ts.unwrap_or_default());
            fields.insert("message".to_owned(), message.unwrap_or_default());
            fields.insert("level".to_owned(), json!("error"));
        }
    }
    entries.reverse();
    terminal.json(&json!({ "entries": entries }))
}

/// Prints what is written until somebody has seen enough.
fn stay(input: &Logs, client: &Client, terminal: Terminal) -> Result<(), Failure> {
    let Some(service) = &input.service else {
        return Err(Failure::Usage("Say whose log: opsctl logs SERVICE --follow. Which there are says: opsctl logs".to_owned()));
    };
    let plain = input.plain == Some(true);
    let tail = input.tail.unwrap_or(10);
    let format = if plain { "plain" } else { "json" };
    let mut path = format!("/api/ops/logs/follow?format={format}&tail={tail}&service=");
    crate::client::percent_encode(service, &mut path);
    let level = input.level.map(|level| level.word().to_owned());
    for (name, value) in [("since", &input.since), ("level", &level), ("find", &input.find)] {
        if let Some(value) = value {
            path = path + "&" + name + "=";
            crate::client::percent_encode(value, &mut path);
        }
    }
    let mut lines = BufReader::new(client.download(&path)?);
    loop {
        let mut line = String::new();
        let read = (&mut lines).take(LONGEST).read_line(&mut line);
        let read = read.map_err(|why| Failure::Unreachable { url: client.url.clone(), why: why.to_string() })?;
        if read == 0 {
            return Err(Failure::Unreachable { url: client.url.clone(), why: "the stream has ended".to_owned() });
        }
        let Ok(said) = serde_json::from_str::<Value>(&line) else { continue };
        told(said, plain, terminal)?;
    }
}

fn told(said: Value, plain: bool, terminal: Terminal) -> Result<(), Failure> {
    if let Some(why) = said["over"].as_str() {
        return Err(Failure::Usage(print::clean_text(why)));
    }
    if terminal.json || (!terminal.live && !plain) {
        return terminal.write(&(said.to_string() + "\n"));
    }
    if let Some(lines) = said["left_out"].as_u64() {
        return terminal
            .write(&(terminal.paint.dim(&format!("\u{2026} {lines} lines left out: they came faster than they were read")) + "\n"));
    }
    let line: LogLine = crate::client::typed(print::clean(said))?;
    terminal.write(&print::logs::line(&line, plain, terminal.paint))
}
