//! The console killed with SIGKILL while pages report: what was answered is stored.

use std::{path::Path, time::Duration};

use anyhow::{Result, ensure};

use super::{
    super::{console::Console, database::Database, figure::Figure},
    load::{self, Load},
    stored,
};

const KILLS: u64 = 5;

pub fn measure(home: &Path, site: &Path, database: &Database) -> Result<Vec<Figure>> {
    let (mut events, mut answered, before) = (0, Vec::new(), stored(database)?);
    for kill in 0..KILLS {
        let console = Console::start(home, site, database)?;
        let address = console.address.clone();
        let sending = std::thread::spawn(move || load::run(&address, &Load::FULL, Duration::from_secs(20)));
        std::thread::sleep(Duration::from_millis(1_300 + 370 * kill));
        drop(console);
        let said = sending.join().map_err(|_| anyhow::anyhow!("a sender panicked"))??;
        events += said.accepted;
        answered.extend(said.answered);
    }
    // What the database was about to commit when its client went away, it has committed by now or never.
    std::thread::sleep(Duration::from_secs(1));
    let (there, lost) = (stored(database)? - before, lost(database, &answered)?);
    eprintln!("  killed {KILLS} times: {events} events in {} batches were answered, {there} events are stored", answered.len());
    ensure!(there >= events, "fewer events are in their groups than were answered");
    Ok(vec![Figure::at_most("ingest under five kills, answered and lost", lost, "batches", 0.0)])
}

/// Answered batches the console knows nothing of, one by one: others that were stored and never answered stand for none of them.
fn lost(database: &Database, answered: &[(String, u64)]) -> Result<f64> {
    let rows: Vec<String> = answered.iter().map(|(session, number)| format!("('{session}', {number}::bigint)")).collect();
    let sql = format!(
        "select count(*) from (values {}) a (id, n) where not exists
           (select from telemetry.page_session p where p.id = a.id and p.next > a.n and not a.n = any (p.missing));",
        rows.join(", ")
    );
    Ok(database.script(&sql, &[])?.parse()?)
}
