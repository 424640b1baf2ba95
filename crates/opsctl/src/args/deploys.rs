//! The words of deploys: listed, shown, recorded.

use super::{Why, value};
use clap::{Args, Subcommand};

#[derive(Debug, Args)]
pub struct DeploysList {
    /// Such as frontend, console or worker:plans.
    #[arg(long)]
    pub service: Option<String>,
    /// Slug or id: its own, and those for all.
    #[arg(long)]
    pub tenant: Option<String>,
    /// Rows on a page.
    #[arg(long, value_parser = clap::value_parser!(i64).range(1..=200))]
    pub limit: Option<i64>,
    /// Deploys with a smaller number than this; printed under the page before.
    #[arg(long)]
    pub before: Option<i64>,
}

#[derive(Debug, Subcommand)]
pub enum DeployPart {
    /// One deploy and what changed with it, what weighs most first.
    #[command(after_help = "Example:\n  opsctl deploy show 12")]
    Show {
        /// Number of the deploy.
        deploy: i64,
    },
    /// Say that a build of a service was deployed; the same again changes nothing.
    #[command(after_help = "Example:\n  opsctl deploy record frontend \"$BUILD\" --git-sha \"$GIT_SHA\" --link \"$RUN_URL\"")]
    Record(Box<DeployRecord>),
}

#[derive(Debug, Args)]
pub struct DeployRecord {
    /// Such as frontend, console or worker:plans.
    pub service: String,
    pub build: String,
    #[arg(long)]
    pub git_sha: Option<String>,
    /// Production when left out.
    #[arg(long)]
    pub environment: Option<String>,
    /// When (RFC 3339); now when left out.
    #[arg(long, value_parser = value::moment)]
    pub at: Option<String>,
    /// Where to read more: the run of the pipeline, the release.
    #[arg(long, value_name = "URL")]
    pub link: Option<String>,
    /// Slug or id of the tenant it is for; for all when left out.
    #[arg(long)]
    pub tenant: Option<String>,
    /// What you name this deploy by: the same again is the same deploy.
    #[arg(long)]
    pub key: Option<String>,
    #[command(flatten)]
    pub why: Why,
}
