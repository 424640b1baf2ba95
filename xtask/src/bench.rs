//! `cargo xtask bench NAME`: the figures of the process as a whole (how long until it answers) are measured here; those from
//! inside come from the program `ops-bench` of the server, one JSON object per line.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use clap::Args;

use crate::command::{cargo, command, run as run_command, run_quietly, step};
use crate::figures::{Figure, print};
use crate::processes::Process;
use crate::workspace::{self, Temporary};
use crate::{http, run, size, tools};

#[derive(Args)]
pub struct Flags {
    /// Which bench: `spine`, `troubleshooting`, `beacon`, `ingest` or `ops`
    name: String,
    /// One JSON object per line
    #[arg(long)]
    json: bool,
    /// Also measure a fresh clone with nothing built (about a quarter of an hour)
    #[arg(long)]
    cold: bool,
    /// `troubleshooting` over 10,000,000 open failures instead of 1,000,000 (about half an hour)
    #[arg(long)]
    large: bool,
    /// One part of `troubleshooting`: lists, search, bulk, tree, kills or races; or of `ops`: context, logs
    #[arg(long)]
    only: Option<String>,
}

/// Prints the rows; `false` when one is outside its limit.
pub fn bench(flags: &Flags) -> Result<bool> {
    let rows = match flags.name.as_str() {
        "spine" => spine(flags.cold)?,
        "troubleshooting" => troubleshooting(flags.large, flags.only.as_deref())?,
        "beacon" => beacon()?,
        "ingest" => ingest()?,
        "ops" => ops(flags.only.as_deref())?,
        other => bail!("There is no bench called {other}; there are: spine, troubleshooting, beacon, ingest, ops"),
    };
    Ok(print(&rows, flags.json))
}

fn spine(from_nothing: bool) -> Result<Vec<Figure>> {
    tools::postgres()?;
    let mut rows = Vec::new();
    if from_nothing {
        rows.push(step("measuring a fresh clone", cold)?);
    }
    rows.push(step("measuring a warm start", warm)?);
    let tab = workspace::root().join("end2end/bench/tab.mjs");
    let chromium = tools::chromium()?;
    rows.extend(step("measuring the spine", || inside("spine", |bench| bench.arg("--tab").arg(tab).env("CHROMIUM", chromium)))?);
    Ok(rows)
}

fn troubleshooting(large: bool, only: Option<&str>) -> Result<Vec<Figure>> {
    tools::postgres()?;
    run::build(false)?;
    let failures = if large { "10000000" } else { "1000000" };
    let tree = workspace::root().join("end2end/bench/tree.mjs");
    let chromium = tools::chromium()?;
    step("measuring troubleshooting", || {
        inside("troubleshooting", |bench| {
            bench.args(["--failures", failures]).arg("--tree").arg(tree).env("CHROMIUM", chromium);
            bench.args(only.into_iter().flat_map(|part| ["--only", part]))
        })
    })
}

fn beacon() -> Result<Vec<Figure>> {
    tools::postgres()?;
    run::build(false)?;
    let mut rows = size::beacon()?;
    let page = workspace::root().join("end2end/bench/beacon.mjs");
    let chromium = tools::chromium()?;
    rows.extend(step("measuring the beacon", || inside("beacon", |bench| bench.arg("--page").arg(page).env("CHROMIUM", chromium)))?);
    Ok(rows)
}

fn ingest() -> Result<Vec<Figure>> {
    tools::postgres()?;
    run::build(false)?;
    step("measuring what pages report", || inside("ingest", |bench| bench))
}

fn ops(only: Option<&str>) -> Result<Vec<Figure>> {
    tools::postgres()?;
    run::build(false)?;
    step("measuring the control plane", || inside("ops", |bench| bench.args(only.into_iter().flat_map(|part| ["--only", part]))))
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
    let took = until_ready(&clone, &dir.join("target"), data.path(), Duration::from_secs(40 * 60))?;
    std::fs::remove_dir_all(&dir)?;
    Ok(Figure::at_most("fresh clone → console answering", took.as_secs_f64() / 60.0, "min", Some(12.0)))
}

fn warm() -> Result<Figure> {
    run::build(false)?;
    let data = Temporary::new("warm")?;
    let patience = Duration::from_secs(180);
    // The first start initialises the database; the figure is about every later one.
    until_ready(workspace::root(), &workspace::target(), data.path(), patience)?;
    let took = until_ready(workspace::root(), &workspace::target(), data.path(), patience)?;
    Ok(Figure::at_most("warm run → console answering", took.as_secs_f64(), "s", Some(10.0)))
}

/// How long `cargo xtask run --no-demo` takes until the console says it is ready; ended afterwards.
fn until_ready(checkout: &Path, target: &Path, data_dir: &Path, patience: Duration) -> Result<Duration> {
    let listen = http::free_address()?;
    let base = format!("http://{listen}");
    let start = Instant::now();
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut process = Process::start("cargo xtask run", Path::new(&cargo), |c: &mut Command| {
        c.current_dir(checkout).env("CARGO_TARGET_DIR", target).env_remove("DATABASE_URL");
        c.args(["xtask", "run", "--no-demo", "--listen", &listen, "--data-dir"]).arg(data_dir);
        c.stdout(Stdio::null());
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

/// The rows that the server's own bench program prints. It ends with 1 when a figure is outside its limit, which is a result
/// like any other; what it says while it works goes to standard error.
fn inside(name: &str, with: impl FnOnce(&mut Command) -> &mut Command) -> Result<Vec<Figure>> {
    // The programs it measures lie beside it: the console, and the examples of hosts of the bus and of races.
    const BESIDE: &str = "build --quiet --release -p server -p bus -p actions --features actions/server --bin ops-console --bin ops-bench \
        --example throughput --example worker --example stopped --example races";
    run_command(cargo().args(BESIDE.split_whitespace()))?;
    let program = workspace::bin("release").join("ops-bench");
    let mut bench = command(&program);
    bench.arg(name).arg("--json").arg("--site").arg(workspace::site());
    let out = with(&mut bench).stderr(Stdio::inherit()).output().with_context(|| format!("{} cannot be run", program.display()))?;
    if !matches!(out.status.code(), Some(0 | 1)) {
        bail!("{} ended with {}", program.display(), out.status);
    }
    rows(&String::from_utf8_lossy(&out.stdout))
}

fn rows(said: &str) -> Result<Vec<Figure>> {
    let rows =
        said.lines().map(|line| serde_json::from_str(line).with_context(|| format!("not a figure: {line}"))).collect::<Result<Vec<_>>>()?;
    if rows.is_empty() {
        bail!("the bench printed no figures");
    }
    Ok(rows)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_of_the_other_program_are_read_and_nothing_is_not_a_result() {
        let read = rows(
            r#"{"name":"bus throughput","value":1500.0,"unit":"commands/s","limit":2000.0,"ok":false}
{"name":"its private Postgres idle","value":60.5,"unit":"MB","limit":null,"ok":true}"#,
        )
        .unwrap();
        assert!(!read[0].ok && read[1].ok && read[1].limit.is_none());
        assert!(rows("").is_err());
        assert!(rows("thread panicked").is_err());
    }
}
