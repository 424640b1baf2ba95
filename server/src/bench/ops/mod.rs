//! The bench of the control plane: what is measured, in which order; each topic in a file of its own.

mod context;

use std::path::Path;

use anyhow::Result;

use super::{console::Console, database::Database, figure::Figure, seed};

/// What is measured, in this order; one of them may be asked for alone.
pub const PARTS: [&str; 1] = ["context"];

pub fn measure(home: &Path, site: &Path, only: Option<&str>) -> Result<Vec<Figure>> {
    let wanted = |part: &str| only.is_none_or(|only| only == part);
    let database = Database::start(home)?;
    let console = Console::start(home, site, &database)?;
    let seeded = seed::fill(&database)?;
    let mut rows = Vec::new();
    if wanted("context") {
        rows.extend(context::measure(&console, &seeded, &database)?);
    }
    drop(console);
    database.stop()?;
    Ok(rows)
}
