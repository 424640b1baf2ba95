//! The bench of the beacon's lane: how many events a second are stored, grouped and queryable while their senders share the machine; how
//! long a page waits for its answer; what of the answered is lost when the server is killed; and what staff notice of a flood.

mod flood;
mod kill;
mod load;

use std::{
    path::Path,
    sync::atomic::{AtomicBool, Ordering},
    time::{Duration, Instant},
};

use anyhow::{Context, Result, ensure};

use super::{console::Console, database::Database, figure::Figure, http::Client, memory, seed};
use load::{Load, Said};

/// Tenants with a key each, and the origins their pages come from.
pub const TENANTS: usize = 200;
/// How long each rate is measured.
const LONG: Duration = Duration::from_secs(15);
const MEMORY_MB: f64 = 150.0;
const ANSWER_MS: f64 = 25.0;

pub fn measure(home: &Path, site: &Path) -> Result<Vec<Figure>> {
    let database = Database::start(home)?;
    let console = Console::start(home, site, &database)?;
    database.script(
        "insert into console.tenant (id, slug, name) select md5('tenant ' || n)::uuid, 'tenant-' || n, 'Tenant ' || n from generate_series(0, 199) n;
         insert into telemetry.ingest_key (key, tenant_id, label) select lpad(n::text, 16, 'k'), md5('tenant ' || n)::uuid, 'bench' from generate_series(0, 199) n;",
        &[],
    )?;
    let mut rows = Vec::new();
    let resident = Peak::watch(&console);
    let mut rate = |(name, answers), load: Load, limit| -> Result<()> {
        let (told, p99) = rate(&console, &database, &load)?;
        rows.push(match limit {
            Some(limit) => Figure::at_least(name, told, "events/s", limit),
            None => Figure::watched(name, told, "events/s"),
        });
        rows.push(Figure::watched(answers, p99, "ms"));
        Ok(())
    };
    rate(
        ("ingest of 1 kB events, as pages send them", "ingest answers p99 meanwhile, 1 kB"),
        Load { bytes: 1_000, together: 7, ..Load::FULL },
        Some(10_000.0),
    )?;
    rate(
        ("ingest of 3 kB events, as pages send them", "ingest answers p99 meanwhile, 3 kB"),
        Load { bytes: 3_000, together: 2, ..Load::FULL },
        Some(5_000.0),
    )?;
    // Each network is held to its rate: where a report has one event, it takes more of them.
    rate(
        ("ingest of 50 kB envelopes, one event each", "ingest answers p99 meanwhile, 50 kB"),
        Load { bytes: 50_000, together: 1, connections: 64, envelope: true, ..Load::FULL },
        Some(500.0),
    )?;
    rate(
        ("ingest of 1 kB events, one a request", "ingest answers p99 meanwhile, one a request"),
        Load { bytes: 1_000, together: 1, connections: 256, ..Load::FULL },
        None,
    )?;
    let calm = load::run(
        &console.address,
        &Load { bytes: 1_000, together: 7, every: Some(Duration::from_millis(179)), spread: true, ..Load::FULL },
        LONG,
    )?;
    rows.push(Figure::at_most("ingest answers p99 at about 4,500 events a second", calm.p99_ms(), "ms", ANSWER_MS));
    let rate = calm.accepted / LONG.as_secs();
    eprintln!("  at {rate} events a second: answers p50 {:.1}, p99 {:.1} ms of {}", calm.p50_ms(), calm.p99_ms(), calm.requests);
    rows.extend(flood::measure(&console, &seed::sign_in(&database)?)?);
    rows.push(Figure::at_most("ingest resident memory at most", resident.end()?, "MB", MEMORY_MB));
    drop(console);
    rows.extend(kill::measure(home, site, &database)?);
    database.stop()?;
    Ok(rows)
}

/// Events a second from the first sent to the last one in its group, queryable, and the rings as short as they are kept;
/// and how long 99 % of its answers took at most, in milliseconds.
fn rate(console: &Console, database: &Database, load: &Load) -> Result<(f64, f64)> {
    let before = stored(database)?;
    let begun = Instant::now();
    let said: Said = load::run(&console.address, load, LONG)?;
    let events = stored(database)? - before;
    ensure!(events >= said.accepted && said.accepted > 0, "{} events were answered and {events} are in their groups", said.accepted);
    let token = seed::sign_in(database)?;
    let asked = Client::open(&console.address, Some(&token))?.data("/api/ops/frontend-logs?since=1m")?;
    ensure!(asked.status == 200 && String::from_utf8_lossy(&asked.body).contains("\"groups\":[{"), "the newest groups cannot be asked for");
    while ring(database)? > 600 {
        ensure!(begun.elapsed() < LONG * 4, "the rings were not trimmed");
        std::thread::sleep(Duration::from_millis(50));
    }
    let took = begun.elapsed().as_secs_f64();
    eprintln!(
        "  {} B, {} a request: {} events stored in {took:.1} s; answers p50 {:.1}, p99 {:.1} ms; {} refused",
        load.bytes,
        load.together,
        said.accepted,
        said.p50_ms(),
        said.p99_ms(),
        said.refused
    );
    Ok((said.accepted as f64 / took, said.p99_ms()))
}

fn stored(database: &Database) -> Result<u64> {
    Ok(database.script("select coalesce(sum(count), 0) from telemetry.error_group;", &[])?.parse()?)
}

/// Events of the fullest route.
fn ring(database: &Database) -> Result<u64> {
    let sql = "select coalesce(max(n), 0) from (select count(*) as n from telemetry.event group by tenant_id, route) r;";
    Ok(database.script(sql, &[])?.parse()?)
}

/// The most memory the console's process had.
struct Peak {
    stop: std::sync::Arc<AtomicBool>,
    watching: std::thread::JoinHandle<f64>,
}

impl Peak {
    fn watch(console: &Console) -> Self {
        let (stop, pid) = (std::sync::Arc::new(AtomicBool::new(false)), console.pid());
        let stopped = stop.clone();
        let watching = std::thread::spawn(move || {
            let mut most = 0.0_f64;
            while !stopped.load(Ordering::Relaxed) {
                most = most.max(memory::resident_mb(pid).unwrap_or(0.0));
                std::thread::sleep(Duration::from_millis(100));
            }
            most
        });
        Self { stop, watching }
    }

    fn end(self) -> Result<f64> {
        self.stop.store(true, Ordering::Relaxed);
        self.watching.join().ok().context("watching the memory panicked")
    }
}
