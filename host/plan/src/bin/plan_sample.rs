//! `plan-sample KIND --out FILE`: writes a sample upload, a good one or one of the bad ones.

use clap::Parser;
use clap::builder::PossibleValuesParser;
use plan::sample;
use std::path::PathBuf;
use std::process::ExitCode;

/// Writes a sample floor plan, or a file the pipeline should refuse.
#[derive(Parser)]
#[command(version, about)]
struct Args {
    #[arg(value_parser = PossibleValuesParser::new(sample::KINDS))]
    kind: String,
    /// The file to write
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// Varies the layout; the same seed gives the same file
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

fn main() -> ExitCode {
    let args = Args::parse();
    let bytes = sample::by_name(&args.kind, args.seed).unwrap_or_default();
    match std::fs::write(&args.out, bytes) {
        Ok(()) => ExitCode::SUCCESS,
        Err(e) => {
            eprintln!("{} cannot be written: {e}", args.out.display());
            ExitCode::FAILURE
        }
    }
}
