//! The console killed with SIGKILL while pages report: what was answered is stored.

use std::{path::Path, time::Duration};

use anyhow::Result;

use super::{
    super::{console::Console, database::Database, figure::Figure},
    load::{self, Load},
    stored,
};

const KILLS: u64 = 5;

pub fn measure(home: &Path, site: &Path, database: &Database) -> Result<Vec<Figure>> {
    let (mut answered, before) = (0, stored(database)?);
    for kill in 0..KILLS {
        let console = Console::start(home, site, database)?;
        let address = console.address.clone();
        let sending = std::thread::spawn(move || load::run(&address, &Load::FULL, Duration::from_secs(20)));
        std::thread::sleep(Duration::from_millis(1_300 + 370 * kill));
        drop(console);
        answered += sending.join().map_err(|_| anyhow::anyhow!("a sender panicked"))??.accepted;
    }
    // What the database was about to commit when its client went away, it has committed by now or never.
    std::thread::sleep(Duration::from_secs(1));
    let there = stored(database)? - before;
    eprintln!("  killed {KILLS} times: {answered} events were answered, {there} are stored");
    Ok(vec![Figure::at_most("ingest under five kills, answered and lost", answered.saturating_sub(there) as f64, "events", 0.0)])
}
