//! The words of logs and of support bundles.

use super::value;
use clap::{Args, Subcommand};
use std::path::PathBuf;

#[derive(Debug, Args)]
pub struct LogsOf {
    /// Whose; without one, which there are. `frontend` is what the customers' browsers reported.
    pub service: Option<String>,
    /// How many of the last lines are looked at: 200 unless told otherwise.
    #[arg(long, short = 'n', value_parser = clap::value_parser!(i64).range(0..=5000))]
    pub tail: Option<i64>,
    /// Written within this span (5m) or since this moment.
    #[arg(long, value_parser = value::span_or_moment)]
    pub since: Option<String>,
    /// Only lines so grave or graver: trace, debug, info, warn, error or fatal.
    #[arg(long, value_parser = value::log_level)]
    pub level: Option<domain::LogLevel>,
    /// Only lines with this text; case does not count.
    #[arg(long)]
    pub find: Option<String>,
    /// The lines as they are in the log, without their secrets.
    #[arg(long)]
    pub plain: bool,
    /// Stay and print what is written from now on.
    #[arg(long, short)]
    pub follow: bool,
}

#[derive(Debug, Args)]
pub struct Bundle {
    /// Only say what would be in it.
    #[arg(long)]
    pub preview: bool,
    #[command(subcommand)]
    pub part: Option<BundlePart>,
}

#[derive(Debug, Subcommand)]
pub enum BundlePart {
    /// Check a bundle's sums and print what is in it; needs no console.
    #[command(after_help = "Example:\n  opsctl bundle inspect bundle.json.gz")]
    Inspect { file: PathBuf },
    /// What differs between two bundles: settings, figures, groups, kinds of log lines; needs no console.
    #[command(after_help = "Example:\n  opsctl bundle diff before.json.gz after.json.gz")]
    Diff { before: PathBuf, after: PathBuf },
}
