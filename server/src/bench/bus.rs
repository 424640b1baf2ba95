//! Throughput of the bus: the example a host would start from, as a process of its own, on the database of the bench with all
//! its rows and with nothing given up for speed.

use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};

use super::{console, database::Database, figure::Figure};

const COMMANDS: &str = "20000";
const LIMIT_PER_SECOND: f64 = 2_000.0;

pub fn measure(database: &Database) -> Result<Figure> {
    eprintln!("• measuring the bus …");
    let program = console::sibling("examples/throughput", "cargo build -p bus --example throughput, in the same profile")?;
    let out = Command::new(&program)
        .args([&database.bus_url(), COMMANDS])
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .output()
        .with_context(|| format!("{} cannot be run", program.display()))?;
    ensure!(out.status.success(), "the throughput of the bus was not measured: {}", out.status);
    let said: serde_json::Value = serde_json::from_slice(&out.stdout).context("the example printed no line of JSON")?;
    let rate = said["value"].as_f64().context("the example printed no value")?;
    Ok(Figure::at_least("bus throughput", rate, "commands/s", LIMIT_PER_SECOND))
}
