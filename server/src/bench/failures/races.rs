//! Races, told by programs of their own on databases of their own: everybody at one command at once, and workers that come back
//! after their leases.

use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use super::super::{console, figure::Figure};

const ROUNDS: &str = "2000";
const STOPPED: &str = "500";

pub fn measure() -> Result<Vec<Figure>> {
    eprintln!("• measuring races …");
    let races = told("races", "actions", ROUNDS)?;
    eprintln!("  {races}");
    let stopped = told("stopped", "bus", STOPPED)?;
    eprintln!("  {stopped}");
    let wrong = |said: &Value| said["wrong"].as_f64().context("nothing was counted");
    Ok(vec![
        Figure::at_most("race of 2,000 rounds, other than one winner who is named", wrong(&races)?, "rounds", 0.0),
        Figure::at_most("race of 500 stopped workers' late completions, accepted or lost", wrong(&stopped)?, "commands", 0.0),
    ])
}

fn told(name: &str, package: &str, rounds: &str) -> Result<Value> {
    let build = format!("cargo build -p {package} --example {name}, in the same profile");
    let program = console::sibling(&format!("examples/{name}"), &build)?;
    let out = Command::new(&program).arg(rounds).stdin(Stdio::null()).stderr(Stdio::inherit()).output();
    let out = out.with_context(|| format!("{} cannot be run", program.display()))?;
    ensure!(out.status.success(), "{name} ended with {}", out.status);
    serde_json::from_slice(&out.stdout).with_context(|| format!("{name} printed no line of JSON"))
}
