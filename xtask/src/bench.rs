//! `cargo xtask bench NAME`: the figures of the process as a whole (how long until it answers) are measured here; those from
//! inside come from the program `bench-NAME` of the server, one JSON object per line.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use clap::Args;

use crate::command::{cargo, command, run_quietly, step};
use crate::figures::{Figure, print};
use crate::processes::Process;
use crate::workspace::{self, Temporary};
use crate::{http, run, tools};

#[derive(Args)]
pub struct Flags {
    /// Which bench: `spine`
    name: String,
    /// One JSON object per line
    #[arg(long)]
    json: bool,
    /// Also measure a fresh clone with nothing built (about ten minutes)
    #[arg(long)]
    cold: bool,
}

/// Prints the rows; `false` when one is outside its limit.
pub fn bench(flags: &Flags) -> Result<bool> {
    if flags.name != "spine" {
        bail!("There is no bench called {}; there is: spine", flags.name);
    }
    tools::postgres()?;
    let mut rows = Vec::new();
    if flags.cold {
        rows.push(step("measuring a fresh clone", cold)?);
    }
    rows.push(step("measuring a warm start", warm)?);
    rows.extend(step("measuring the spine", inside)?);
    Ok(print(&rows, flags.json))
}

/// A place under the target directory, empty.
fn place(name: &str) -> Result<PathBuf> {
    let dir = workspace::target().join("bench").join(name);
    if dir.exists() {
        std::fs::remove_dir_all(&dir)?;
    }
    std::fs::create_dir_all(&dir)?;
    Ok(dir)
}

fn cold() -> Result<Figure> {
    let dir = place("cold")?;
    let data = Temporary::new("cold")?;
    let clone = dir.join("clone");
    run_quietly(command("git").args(["clone", "--quiet", "."]).arg(&clone))?;
    let took = until_ready(
        &clone,
        &dir.join("target"),
        data.path(),
        Duration::from_secs(40 * 60),
    )?;
    std::fs::remove_dir_all(&dir)?;
    Ok(Figure::at_most(
        "fresh clone → console answering",
        took.as_secs_f64() / 60.0,
        "min",
        Some(12.0),
    ))
}

fn warm() -> Result<Figure> {
    run::build(false)?;
    let data = Temporary::new("warm")?;
    let patience = Duration::from_secs(180);
    // The first start initialises the database; the figure is about every later one.
    until_ready(
        workspace::root(),
        &workspace::target(),
        data.path(),
        patience,
    )?;
    let took = until_ready(
        workspace::root(),
        &workspace::target(),
        data.path(),
        patience,
    )?;
    Ok(Figure::at_most(
        "warm run → console answering",
        took.as_secs_f64(),
        "s",
        Some(10.0),
    ))
}

/// How long `cargo xtask run --no-demo` takes until the console says it is ready; ended afterwards.
fn until_ready(
    checkout: &Path,
    target: &Path,
    data_dir: &Path,
    patience: Duration,
) -> Result<Duration> {
    let listen = http::free_address()?;
    let base = format!("http://{listen}");
    let start = Instant::now();
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut process = Process::start("cargo xtask run", Path::new(&cargo), |c: &mut Command| {
        c.current_dir(checkout)
            .env("CARGO_TARGET_DIR", target)
            .env_remove("DATABASE_URL");
        c.args([
            "xtask",
            "run",
            "--no-demo",
            "--listen",
            &listen,
            "--data-dir",
        ])
        .arg(data_dir);
        c.stdout(std::process::Stdio::null());
    })?;
    loop {
        if http::status(&base, "/readyz").is_ok_and(|code| code == 200) {
            return Ok(start.elapsed());
        }
        if let Some(status) = process.ended()? {
            bail!("`cargo xtask run` ended with {status}");
        }
        if start.elapsed() > patience {
            bail!("the console did not answer within {} s", patience.as_secs());
        }
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// The rows that the server's own bench program prints.
fn inside() -> Result<Vec<Figure>> {
    let said = run_quietly(cargo().args([
        "run",
        "--quiet",
        "--release",
        "-p",
        "server",
        "--bin",
        "bench-spine",
        "--",
        "--json",
    ]))?;
    let rows = said
        .lines()
        .filter(|line| line.trim_start().starts_with('{'));
    rows.map(|line| serde_json::from_str(line).with_context(|| format!("not a figure: {line}")))
        .collect()
}
