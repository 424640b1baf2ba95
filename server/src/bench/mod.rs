//! The bench of the spine: what is measured, in which order. How each figure is taken is in the files beside this one.

mod bus;
mod console;
mod database;
pub mod figure;
mod http;
mod live;
mod memory;
mod pages;
mod seed;

use std::path::Path;

use anyhow::Result;
use console::Console;
use database::Database;
use figure::Figure;

/// Takes every figure. The console and the bus are measured one after the other, each with the machine to itself.
pub fn spine(site: &Path) -> Result<Vec<Figure>> {
    let home = database::Home::make()?;
    let database = Database::start(home.path())?;
    let mut rows = Vec::new();
    {
        let console = Console::start(home.path(), site, &database)?;
        let seeded = seed::fill(&database)?;
        rows.extend(pages::measure(&console, &seeded)?);
        rows.push(live::measure(&console, &seeded, &database)?);
        rows.push(memory::after_load(&console)?);
    }
    // A process that has served nothing but what a person looks at: its memory is not what a load left behind.
    {
        let console = Console::start(home.path(), site, &database)?;
        rows.extend(memory::idle(&console, &seed::sign_in(&database)?, &database)?);
    }
    rows.push(bus::measure(&database)?);
    database.stop()?;
    Ok(rows)
}
