//! Measures the spine from outside: the real console as a process of its own, over HTTP, on a durable private Postgres with
//! 10,000 jobs and 10,000 commands of 20 tenants. Prints one row per figure and ends with 1 when a limit is not kept.
//! Not in here: how long a start takes and what browsers download (`cargo xtask bench`, `cargo xtask size`).

#[path = "../bench/mod.rs"]
mod bench;

use std::{path::PathBuf, process::ExitCode};

use clap::Parser;

/// The figures of the spine
#[derive(Parser)]
struct Flags {
    /// One JSON object per line
    #[arg(long)]
    json: bool,
    /// Directory with the built pages
    #[arg(long, default_value = "site", value_name = "DIR")]
    site: PathBuf,
    /// The script of an open tab, run with node; without it that figure is left out
    #[arg(long, value_name = "FILE")]
    tab: Option<PathBuf>,
}

fn main() -> ExitCode {
    let flags = Flags::parse();
    match bench::spine(&flags.site, flags.tab.as_deref()) {
        Ok(rows) if bench::figure::print(&rows, flags.json) => ExitCode::SUCCESS,
        Ok(_) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("{error:#}");
            ExitCode::from(2)
        }
    }
}
