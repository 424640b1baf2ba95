//! A run of 20,000 steps on the screen: how long until somebody who opens its page can work with it, and what the browser holds
//! for it. The tab is `end2end/bench/tree.mjs`.

use std::{path::Path, process::Command};

use anyhow::{Context, Result, ensure};
use gate::Token;
use serde::Deserialize;

use super::super::{console::Console, database::Database, figure::Figure};

const STEPS: u32 = 20_000;
const TIMES: u32 = 5;
const OPENS_MS: f64 = 1_000.0;
const HEAP_MB: f64 = 60.0;
const SCROLL_MS: f64 = 500.0;

/// What the tab saw, one for each time it opened the page.
#[derive(Deserialize)]
struct Seen {
    /// From asking for the page to the frame that shows the step that failed, with the page alive.
    opened_ms: f64,
    /// From a jump far down the list to the frame that shows the steps there.
    scrolled_ms: f64,
    /// Objects of the page and the module's memory, after all of that.
    heap_mb: f64,
    /// Lines of the list that are elements of the page.
    lines: u32,
}

pub fn measure(script: &Path, console: &Console, token: &Token, database: &Database) -> Result<Vec<Figure>> {
    eprintln!("• measuring a run of {STEPS} steps …");
    let job = database.script(include_str!("tree.sql"), &[("steps", &STEPS.to_string()), ("slug", "tenant-0")])?;
    let mut node = Command::new("node");
    node.arg(script).arg(format!("/jobs/{job}?skipped=shown")).arg(TIMES.to_string());
    node.env("CONSOLE_URL", format!("http://{}", console.address)).env("COOKIE", format!("__Host-ops={}", token.expose()));
    let out = node.stderr(std::process::Stdio::inherit()).output().context("`node` cannot be run")?;
    ensure!(out.status.success(), "the tab ended with {}", out.status);
    let said = String::from_utf8_lossy(&out.stdout);
    let seen: Vec<Seen> =
        said.lines().map(|line| serde_json::from_str(line).with_context(|| format!("the tab said “{line}”"))).collect::<Result<_>>()?;
    ensure!(seen.len() == TIMES as usize, "the tab opened the page {} times instead of {TIMES}", seen.len());
    ensure!(seen.iter().all(|seen| (20..=400).contains(&seen.lines)), "the list did not hold a screenful: {said}");
    let worst = |of: fn(&Seen) -> f64| seen.iter().map(of).fold(0.0, f64::max);
    Ok(vec![
        Figure::at_most("tree of 20,000 steps opens", worst(|seen| seen.opened_ms), "ms", OPENS_MS),
        Figure::at_most("tree of 20,000 steps, jump to its end", worst(|seen| seen.scrolled_ms), "ms", SCROLL_MS),
        Figure::at_most("tree heap", worst(|seen| seen.heap_mb), "MB", HEAP_MB),
    ])
}
