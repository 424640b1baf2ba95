//! The benches: what is measured in which order is in a file each; how each figure is taken is in the files beside them.

mod bus;
mod console;
mod database;
mod failures;
pub mod figure;
mod http;
mod live;
mod memory;
mod ops;
mod pages;
mod seed;
mod spine;
mod tab;

use std::path::Path;

use anyhow::Result;
pub use failures::PARTS;
use figure::Figure;
pub use ops::PARTS as OPS_PARTS;

/// Takes every figure of the spine, or says why not with the last words of the console.
pub fn spine(site: &Path, tab: Option<&Path>) -> Result<Vec<Figure>> {
    at_home(|home| spine::measure(home, site, tab))
}

/// Takes every figure of troubleshooting, over so many open failures; or those of one part.
pub fn troubleshooting(site: &Path, tree: Option<&Path>, failures: u32, only: Option<&str>) -> Result<Vec<Figure>> {
    at_home(|home| failures::measure(home, site, tree, failures, only))
}

/// Takes every figure of the control plane; or those of one part.
pub fn control_plane(site: &Path, only: Option<&str>) -> Result<Vec<Figure>> {
    at_home(|home| ops::measure(home, site, only))
}

fn at_home(measure: impl FnOnce(&Path) -> Result<Vec<Figure>>) -> Result<Vec<Figure>> {
    let home = database::Home::make()?;
    measure(home.path()).map_err(|error| error.context(console::last_words(home.path())))
}
