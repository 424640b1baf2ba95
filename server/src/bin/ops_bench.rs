//! Measures the product from outside: the real console as a process of its own, over HTTP, on a durable private Postgres that
//! the bench fills itself. Prints one row per figure and ends with 1 when a limit is not kept.
//! Not in here: how long a start takes and what browsers download (`cargo xtask bench`, `cargo xtask size`).

#[path = "../bench/mod.rs"]
mod bench;

use std::{path::PathBuf, process::ExitCode};

use clap::{Parser, Subcommand};

/// The figures of the product
#[derive(Parser)]
struct Flags {
    /// One JSON object per line
    #[arg(long, global = true)]
    json: bool,
    /// Directory with the built pages
    #[arg(long, default_value = "site", value_name = "DIR", global = true)]
    site: PathBuf,
    #[command(subcommand)]
    bench: Bench,
}

#[derive(Subcommand)]
enum Bench {
    /// Pages, live events, memory and the bus, over 10,000 jobs and commands of 20 tenants
    Spine {
        /// The script of an open tab, run with node; without it that figure is left out
        #[arg(long, value_name = "FILE")]
        tab: Option<PathBuf>,
    },
    /// Lists, groups, previews and bulk retries, over very many open failures of 200 tenants in 5,000 groups
    Troubleshooting {
        /// How many
        #[arg(long, default_value_t = 1_000_000, value_parser = clap::value_parser!(u32).range(200_000..=20_000_000))]
        failures: u32,
        /// The script of a tab with a long run, run with node; without it these figures are left out
        #[arg(long, value_name = "FILE")]
        tree: Option<PathBuf>,
        /// Only this part
        #[arg(long, value_parser = bench::PARTS)]
        only: Option<String>,
    },
    /// What the beacon costs a page, and what of its last words arrives
    Beacon {
        /// The script of the page, run with node
        #[arg(long, value_name = "FILE")]
        page: PathBuf,
    },
    /// What pages report, as fast as it can be stored, with its senders on the same machine
    Ingest,
    /// The control plane: its snapshot over 10,000 jobs and commands of 20 tenants; a log of 10 GB, a bundle with 100 MB of logs
    Ops {
        /// Only this part
        #[arg(long, value_parser = bench::OPS_PARTS)]
        only: Option<String>,
    },
}

fn main() -> ExitCode {
    let flags = Flags::parse();
    let rows = match &flags.bench {
        Bench::Spine { tab } => bench::spine(&flags.site, tab.as_deref()),
        Bench::Troubleshooting { failures, tree, only } => bench::troubleshooting(&flags.site, tree.as_deref(), *failures, only.as_deref()),
        Bench::Beacon { page } => bench::beacon(&flags.site, page),
        Bench::Ingest => bench::ingest(&flags.site),
        Bench::Ops { only } => bench::control_plane(&flags.site, only.as_deref()),
    };
    match rows {
        Ok(rows) if bench::figure::print(&rows, flags.json) => ExitCode::SUCCESS,
        Ok(_) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("{error:#}");
            ExitCode::from(2)
        }
    }
}
