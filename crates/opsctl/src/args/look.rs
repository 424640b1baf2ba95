//! The words of the commands that only look.

use super::value;
use clap::{Args, Subcommand};
use domain::JobStatus;

#[derive(Debug, Args)]
pub struct Jobs {
    /// waiting, running, succeeded, failed or canceled.
    #[arg(long, value_parser = value::job_status)]
    pub status: Option<JobStatus>,
    /// Changed within this span (30s, 5m, 24h, 7d) or since this moment.
    #[arg(long, value_parser = value::span_or_moment)]
    pub last: Option<String>,
    #[arg(long)]
    pub pipeline: Option<String>,
    /// Slug or id.
    #[arg(long)]
    pub tenant: Option<String>,
    /// Rows on a page.
    #[arg(long, value_parser = clap::value_parser!(i64).range(1..=200))]
    pub limit: Option<i64>,
    /// Where the page before ended; printed under it.
    #[arg(long)]
    pub cursor: Option<String>,
}

#[derive(Debug, Args)]
pub struct ShowPipeline {
    /// Id of the job, or its last 6 digits or more.
    pub job: String,
    /// The first step to list, of a run with more than 100; else those around what matters most.
    #[arg(long, value_parser = clap::value_parser!(i64).range(1..))]
    pub from: Option<i64>,
    /// Every attempt with its use of resources, its parameters and its log.
    #[arg(long, short)]
    pub verbose: bool,
    /// Stay until the job ends and show every change.
    #[arg(long, short)]
    pub follow: bool,
}

#[derive(Debug, Args)]
pub struct Compare {
    /// Id of the job, or its last 6 digits or more.
    pub job: String,
    /// Number of an attempt; else the last good one, or the one before the other.
    pub first: Option<i32>,
    /// Number of another; else the last that failed.
    pub second: Option<i32>,
    /// Which step; else the one where it went wrong.
    #[arg(long)]
    pub step: Option<String>,
}

#[derive(Debug, Args)]
pub struct Resources {
    /// Id of the job, or its last 6 digits or more.
    pub job: String,
    /// The first step to list, of a run with more than 1,000.
    #[arg(long, value_parser = clap::value_parser!(i64).range(1..))]
    pub from: Option<i64>,
}

// Which failed commands. No doc comment: clap would take it for the help of every command that has these words.
#[derive(Debug, Args)]
pub struct Filter {
    #[arg(long)]
    pub domain: Option<String>,
    /// Type of the command.
    #[arg(long = "type", alias = "command-type", value_name = "TYPE")]
    pub command_type: Option<String>,
    /// Error code, such as OUT_OF_MEMORY.
    #[arg(long)]
    pub code: Option<String>,
    /// Number of a group of failures.
    #[arg(long)]
    pub group: Option<i64>,
    /// Failed within this span (24h) or since this moment.
    #[arg(long, value_parser = value::span_or_moment)]
    pub since: Option<String>,
    /// Failed before this moment.
    #[arg(long, value_parser = value::moment)]
    pub until: Option<String>,
    /// A query line, such as 'attempts>2 payload.customer.id:42 "out of memory"'.
    #[arg(long, value_name = "LINE", value_parser = value::query_line)]
    pub find: Option<String>,
}

#[derive(Debug, Args)]
pub struct TroubleshootingList {
    #[command(flatten)]
    pub filter: Filter,
    /// Slug or id.
    #[arg(long)]
    pub tenant: Option<String>,
    /// Rows on a page.
    #[arg(long, value_parser = clap::value_parser!(i64).range(1..=200))]
    pub limit: Option<i64>,
    /// Rows to leave out; --cursor is cheaper.
    #[arg(long, value_parser = clap::value_parser!(i64).range(0..), conflicts_with = "cursor")]
    pub offset: Option<i64>,
    /// Where the page before ended; printed under it.
    #[arg(long)]
    pub cursor: Option<String>,
}

#[derive(Debug, Args)]
pub struct Audit {
    #[command(subcommand)]
    pub part: Option<AuditPart>,
    /// Only my own deeds.
    #[arg(long, visible_alias = "mine")]
    pub my_actions: bool,
    /// Only of this day (UTC) so far.
    #[arg(long)]
    pub today: bool,
    /// Within this span (24h) or since this moment.
    #[arg(long, value_parser = value::span_or_moment)]
    pub since: Option<String>,
    /// Slug or id.
    #[arg(long)]
    pub tenant: Option<String>,
    /// done, accepted, refused, rehearsed, viewed, failed, open or unknown.
    #[arg(long, value_parser = value::outcome)]
    pub outcome: Option<String>,
    /// Name of the action, such as retry-command.
    #[arg(long)]
    pub action: Option<String>,
    /// Only of this operation: its id, or its last 6 digits or more.
    #[arg(long)]
    pub operation: Option<String>,
    /// Rows on a page.
    #[arg(long, value_parser = clap::value_parser!(i64).range(1..=200))]
    pub limit: Option<i64>,
    /// Entries with a smaller number than this.
    #[arg(long)]
    pub before: Option<i64>,
    /// Also what was missing, what changed, and what was sent.
    #[arg(long, short)]
    pub verbose: bool,
}

#[derive(Debug, Subcommand)]
pub enum AuditPart {
    /// Recompute the hash chain; ends with 8 and names the first bad entry if there is one.
    #[command(after_help = "Example:\n  opsctl audit verify && echo whole")]
    Verify,
}

#[derive(Debug, Args)]
pub struct FrontendLogs {
    /// Last seen within this span (5m) or since this moment.
    #[arg(long, value_parser = value::span_or_moment)]
    pub since: Option<String>,
    #[arg(long)]
    pub route: Option<String>,
    #[arg(long)]
    pub build: Option<String>,
    /// new, investigating, known, snoozed, resolved, regressed or all; without it, what wants a person.
    #[arg(long, value_parser = value::group_state_or_all)]
    pub state: Option<String>,
    /// The last seen first, or the most frequent.
    #[arg(long, value_parser = ["recent", "count"])]
    pub order: Option<String>,
    /// One group: its events are listed too, inside a support session on its tenant.
    #[arg(long)]
    pub group: Option<i64>,
    /// Slug or id.
    #[arg(long)]
    pub tenant: Option<String>,
    /// Rows on a page.
    #[arg(long, value_parser = clap::value_parser!(i64).range(1..=200))]
    pub limit: Option<i64>,
    /// Where the page before ended; printed under it.
    #[arg(long)]
    pub cursor: Option<String>,
}

#[derive(Debug, Args)]
pub struct Events {
    /// Stay and print every change, one a line; without it, stop after the first.
    #[arg(long, short)]
    pub follow: bool,
    /// Kinds, parted by commas: alert, audit, budget, check, command, deploy, frontend, group, operation, run, session, webhook, worker.
    #[arg(long)]
    pub kind: Option<String>,
    /// Go on after this sequence, as a line before gave it; what is older than ten minutes is no longer kept.
    #[arg(long, value_name = "SEQ")]
    pub after: Option<String>,
}
