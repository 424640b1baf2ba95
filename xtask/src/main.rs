//! Every command of the project: `cargo xtask run | build | test | ci | tidy | gen | bench | size | dist`. Each does its own
//! set-up. This file only reads the command line; a command's work is in the file of its name.

mod assets;
mod beacon;
mod bench;
mod bindgen;
mod browser_test;
mod command;
mod dist;
mod figures;
mod generated;
mod http;
mod package;
mod processes;
mod run;
mod site;
mod size;
mod split;
mod stamp;
mod tally;
mod test;
mod tidy;
mod tools;
mod workspace;

use anyhow::Result;
use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(name = "cargo xtask", about = "Runs, tests, measures and packs the console. Every command does its own set-up.")]
struct Line {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    /// Builds and starts the console and the demo host until Ctrl-C
    Run(run::Flags),
    /// Builds everything `run` needs, and stops there
    Build,
    /// Runs every check and every test; the last line says how many passed and failed
    Test(test::Flags),
    /// `test` with the lock files as law, and the npm tools installed afresh
    Ci(test::Flags),
    /// Checks the laws of the code base that no compiler knows
    Tidy,
    /// Writes docs/generated anew
    Gen {
        /// Writes nothing; fails when the committed files differ
        #[arg(long)]
        check: bool,
    },
    /// Measures the figures of one bench and compares them with their limits
    Bench(bench::Flags),
    /// Measures what the browser downloads and compares it with the limits
    Size {
        /// One JSON object per line
        #[arg(long)]
        json: bool,
    },
    /// Packs dist/: a directory that runs without Rust and Node
    Dist,
}

fn main() -> std::process::ExitCode {
    match act(Line::parse().verb) {
        Ok(true) => std::process::ExitCode::SUCCESS,
        Ok(false) => std::process::ExitCode::FAILURE,
        Err(e) => {
            eprintln!("xtask: {e:#}");
            std::process::ExitCode::FAILURE
        }
    }
}

/// `false` when the command did its work and found something wrong.
fn act(verb: Verb) -> Result<bool> {
    match verb {
        Verb::Run(flags) => run::run(&flags).map(|()| true),
        Verb::Build => run::build(false).map(|()| true),
        Verb::Test(flags) => test::test(&flags, false),
        Verb::Ci(flags) => test::test(&flags, true),
        Verb::Tidy => tidy::tidy(),
        Verb::Gen { check } => generated::generate(check),
        Verb::Bench(flags) => bench::bench(&flags),
        Verb::Size { json } => size::size(json),
        Verb::Dist => dist::dist().map(|()| true),
    }
}
