//! What the beacon costs a customer's page, in a real Chromium, and what of its last words arrives. The page is `end2end/bench/beacon.mjs`.

use std::{net::TcpListener, path::Path, process::Command};

use anyhow::{Context, Result, ensure};
use serde::Deserialize;

use super::{console::Console, database::Database, figure::Figure};

const KEY: &str = "benchbenchbench1";
const EVENT_US: f64 = 50.0;
const BLOCK_MS: f64 = 50.0;
const DELIVERED: f64 = 99.0;
/// Tabs that are closed.
const TABS: u32 = 10;

/// What the script saw.
#[derive(Deserialize)]
struct Seen {
    /// Microseconds the beacon kept the page from going on, for each failure.
    took: Vec<f64>,
    /// Of a page's first 180, when the engine has not compiled what runs.
    first: Vec<f64>,
    /// The same in a page without the beacon: what the measuring itself takes.
    plain: Vec<f64>,
    /// Microseconds an event took of the main thread on average, with what was read of it a second later; one for each page.
    all: Vec<f64>,
    /// The longest time the page could do nothing else.
    block_ms: f64,
    /// The same when every third error is also written to the console; and then in a page without the beacon.
    spoken_ms: f64,
    plain_ms: f64,
    came: u32,
    storm_ms: f64,
    /// Events that happened in the moment their tab was closed.
    sent: u32,
}

pub fn measure(home: &Path, site: &Path, script: &Path) -> Result<Vec<Figure>> {
    let database = Database::start(home)?;
    let console = Console::start(home, site, &database)?;
    // Free now; nobody else is asked to listen in between.
    let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
    database.script(
        "insert into console.tenant (id, slug, name) values (md5('shop')::uuid, 'shop', 'Shop');
         insert into telemetry.ingest_key (key, tenant_id, label, origins) values (:'key', md5('shop')::uuid, 'bench', array[:'origin']);",
        &[("key", KEY), ("origin", &format!("http://127.0.0.1:{port}"))],
    )?;
    let mut node = Command::new("node");
    node.arg(script).arg(port.to_string()).arg(TABS.to_string());
    node.env("CONSOLE_URL", format!("http://{}", console.address)).env("KEY", KEY);
    let out = node.stderr(std::process::Stdio::inherit()).output().context("`node` cannot be run")?;
    ensure!(out.status.success(), "the page ended with {}", out.status);
    let mut seen: Seen = serde_json::from_slice(&out.stdout).context("what the page said cannot be read")?;
    ensure!(seen.came >= 10_000 && seen.sent == 30 * TABS, "the page did not do what was asked of it");
    let count = |which: &str| -> Result<f64> {
        Ok(database
            .script(&format!("select coalesce(sum(count), 0) from telemetry.event where route = '/closing' and {which};"), &[])?
            .parse()?)
    };
    let (arrived, whole) = (count("true")?, count("not cut")?);
    for (what, values) in [("of all", &mut seen.took), ("of the first", &mut seen.first), ("without the beacon", &mut seen.plain)] {
        eprintln!("  an event {what}: p50 {:.0}, p99 {:.0} µs of {}", share(values, 50), share(values, 99), values.len());
    }
    let Seen { came, storm_ms, sent, .. } = seen;
    eprintln!("  {came} errors within {storm_ms:.0} ms; {arrived} of {sent} events of closed tabs arrived, {whole} with their whole stack");
    drop(console);
    database.stop()?;
    Ok(vec![
        Figure::at_most("page: one event on its main thread p99", share(&mut seen.took, 99), "µs", EVENT_US),
        Figure::watched("page: the same of a page's first 180", share(&mut seen.first, 99), "µs"),
        Figure::watched("page: the same without the beacon", share(&mut seen.plain, 99), "µs"),
        Figure::watched("page: all that is done for an event, also later: the mean, the worst page", share(&mut seen.all, 100), "µs"),
        Figure::at_most("page: longest block while 10,000 errors come in a second", seen.block_ms, "ms", BLOCK_MS),
        Figure::watched("page: the same with 3,333 lines in the console, which the measuring program reads", seen.spoken_ms, "ms"),
        Figure::watched("page: the same without the beacon", seen.plain_ms, "ms"),
        Figure::at_least("delivery of 30 events of 3 kB at tab close", arrived / f64::from(seen.sent) * 100.0, "%", DELIVERED),
        Figure::watched("delivery of the same with their whole stacks", whole / f64::from(seen.sent) * 100.0, "%"),
    ])
}

/// The smallest value that so many percent do not exceed.
fn share(values: &mut [f64], percent: usize) -> f64 {
    values.sort_unstable_by(f64::total_cmp);
    let rank = (values.len() * percent).div_ceil(100).max(1);
    values.get(rank - 1).copied().unwrap_or(0.0)
}
