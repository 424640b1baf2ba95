//! The bench of the control plane: what is measured, in which order; each topic in a file of its own.

mod context;
mod logs;

use std::path::Path;

use anyhow::Result;

use super::{console::Console, database::Database, figure::Figure, seed};

/// What is measured, in this order; one of them may be asked for alone.
pub const PARTS: [&str; 2] = ["context", "logs"];

pub fn measure(home: &Path, site: &Path, only: Option<&str>) -> Result<Vec<Figure>> {
    let wanted = |part: &str| only.is_none_or(|only| only == part);
    let database = Database::start(home)?;
    let mut rows = Vec::new();
    if wanted("context") {
        let console = Console::start(home, site, &database)?;
        let seeded = seed::fill(&database)?;
        rows.extend(context::measure(&console, &seeded, &database)?);
    }
    if wanted("logs") {
        rows.extend(logs::measure(home, site, &database)?);
    }
    database.stop()?;
    Ok(rows)
}
