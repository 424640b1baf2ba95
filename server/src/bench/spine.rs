//! The bench of the spine: what is measured, in which order. How each figure is taken is in the files beside this one.

use std::path::Path;

use anyhow::Result;

use super::{bus, console::Console, database::Database, figure::Figure, live, memory, pages, seed, tab};

/// The console and the bus are measured one after the other, each with the machine to itself.
pub fn measure(home: &Path, site: &Path, tab: Option<&Path>) -> Result<Vec<Figure>> {
    let database = Database::start(home)?;
    let mut rows = Vec::new();
    {
        let console = Console::start(home, site, &database)?;
        let seeded = seed::fill(&database)?;
        rows.extend(pages::measure(&console, &seeded)?);
        rows.push(live::measure(&console, &seeded, &database)?);
        if let Some(script) = tab {
            rows.push(tab::measure(script, &console, &seeded, &database)?);
        }
        rows.push(memory::after_load(&console)?);
    }
    // A process that has served nothing but what a person looks at: its memory is not what a load left behind.
    {
        let console = Console::start(home, site, &database)?;
        let token = seed::sign_in(&database)?;
        rows.extend(memory::idle(&console, &token, &database)?);
    }
    rows.push(bus::measure(&database)?);
    database.stop()?;
    Ok(rows)
}
