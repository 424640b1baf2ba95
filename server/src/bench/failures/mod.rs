//! The bench of troubleshooting: open failures by the million, and how fast they are listed, grouped, previewed and retried.

mod bulk;
mod kills;
mod lists;
mod races;
mod search;
mod statements;
mod tree;

use std::{
    path::Path,
    time::{Duration, Instant},
};

use anyhow::{Result, ensure};

use super::{console::Console, database::Database, figure::Figure, seed};

/// Rows filled in one transaction.
const PART: u32 = 100_000;
const PATIENCE: Duration = Duration::from_secs(900);

/// What is measured, in this order; one of them may be asked for alone.
pub const PARTS: [&str; 6] = ["lists", "search", "bulk", "tree", "kills", "races"];

pub fn measure(home: &Path, site: &Path, tree: Option<&Path>, failures: u32, only: Option<&str>) -> Result<Vec<Figure>> {
    let wanted = |part: &str| only.is_none_or(|only| only == part);
    let database = Database::start(home)?;
    let console = Console::start(home, site, &database)?;
    let counted = fill(&database, failures)?;
    let token = seed::sign_in(&database)?;
    let mut rows = vec![Figure::watched("group counts brought up to date", counted, "failures/s")];
    if wanted("lists") {
        rows.extend(lists::measure(&console, &token, &database)?);
    }
    if wanted("search") {
        rows.extend(search::measure(&console, &token)?);
    }
    if wanted("bulk") {
        rows.extend(bulk::measure(&console, &token, &database)?);
    }
    if let Some(script) = tree.filter(|_| wanted("tree")) {
        rows.extend(tree::measure(script, &console, &token, &database)?);
    }
    drop(console);
    if wanted("kills") {
        rows.extend(kills::measure(home, site, &database)?);
    }
    database.stop()?;
    if wanted("races") {
        rows.extend(races::measure()?);
    }
    Ok(rows)
}

/// Fills the queue while the console counts; how many failures it counted in a second, and had counted when this returns.
fn fill(database: &Database, failures: u32) -> Result<f64> {
    eprintln!("• filling the queue with {failures} failures …");
    database.script(
        "select commandbus.ensure_queue(queue) from unnest(array['plans__commands', 'tickets__commands']) queue;
         insert into console.tenant (id, slug, name) select md5('tenant ' || n)::uuid, 'tenant-' || n, 'Tenant ' || n from generate_series(0, 199) n;
         -- One person alone begins what is measured.
         update console.setting set approve_above = 1000000;
         insert into commandbus.worker (name, domain, build) select 'bench-' || n, 'plans', 'build-' || n from generate_series(0, 3) n;",
        &[],
    )?;
    let all = failures.to_string();
    for from in (0..failures).step_by(PART as usize) {
        let to = (from + PART).min(failures) - 1;
        database.script(include_str!("seed.sql"), &[("from", &from.to_string()), ("to", &to.to_string()), ("all", &all)])?;
    }
    let (begun, behind) = (Instant::now(), left(database)?);
    while left(database)? > 0 {
        ensure!(begun.elapsed() < PATIENCE, "the console did not count the failures");
        std::thread::sleep(Duration::from_millis(100));
    }
    let rate = behind as f64 / begun.elapsed().as_secs_f64();
    let counts = database.script("select open from triage.queue_count where scope = '00000000-0000-0000-0000-000000000000'; select count(*) from triage.failure_group;", &[])?;
    let groups =
        counts.split_once('\n').filter(|(open, _)| *open == failures.to_string()).and_then(|(_, groups)| groups.parse::<u32>().ok());
    ensure!(groups.is_some_and(|groups| (4_800..=5_000).contains(&groups)), "the counts are not what was filled: {counts:?}");
    // What the database does by itself within its first minutes.
    database.script("vacuum analyze;", &[])?;
    Ok(rate)
}

fn left(database: &Database) -> Result<u64> {
    Ok(database.script("select count(*) from triage.delta;", &[])?.parse()?)
}
