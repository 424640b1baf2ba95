//! The words of bulk retries: previewed, started, followed, steered.

use super::{Why, look::Filter, value};
use clap::{Args, Subcommand};
use domain::{ItemState, OperationState};
use exact::Set;

#[derive(Debug, Subcommand)]
pub enum BulkPart {
    /// What a bulk retry would be about: count, sample, what would be skipped, and the token that starts it.
    #[command(after_help = "Example:\n  opsctl bulk preview --code OUT_OF_MEMORY --since 24h")]
    Preview(BulkPreview),
    /// Retry all commands of a preview: a few first, the rest once these went well.
    #[command(
        after_help = "Example:\n  opsctl bulk start TOKEN --rate 50 --halt-percent 5 --dry-run\n  opsctl bulk start TOKEN --set kind=plan"
    )]
    Start(BulkStart),
    /// One operation: how it stands, and its items.
    #[command(after_help = "Example:\n  opsctl bulk show 2f6f1f0a1b2c --state failed")]
    Show(BulkShow),
    /// Operations, newest first.
    #[command(after_help = "Example:\n  opsctl bulk list --state ramping")]
    List(BulkList),
    /// Send nothing more until somebody lets it go on.
    #[command(after_help = "Example:\n  opsctl bulk pause 2f6f1f0a1b2c")]
    Pause(OneOperation),
    /// Let an operation go on that was paused or halted by itself.
    #[command(after_help = "Example:\n  opsctl bulk resume 2f6f1f0a1b2c --reason \"The worker has more memory now\"")]
    Resume(OneOperation),
    /// Let an operation begin that somebody else proposed.
    #[command(after_help = "Example:\n  opsctl bulk approve 2f6f1f0a1b2c")]
    Approve(OneOperation),
    /// Over how many commands an operation needs a second person.
    #[command(after_help = "Example:\n  opsctl bulk approval-limit 500 --reason \"Two people look at more than 500\"")]
    ApprovalLimit {
        #[arg(value_parser = clap::value_parser!(i64).range(0..=actions::deeds::set_approval_limit::MOST_ALONE))]
        commands: i64,
        #[command(flatten)]
        why: Why,
    },
    /// Give an operation up: what still waits is skipped.
    #[command(after_help = "Example:\n  opsctl bulk cancel 2f6f1f0a1b2c")]
    Cancel(OneOperation),
}

#[derive(Debug, Args)]
pub struct BulkPreview {
    #[command(flatten)]
    pub filter: Filter,
    /// Whole id of a command chosen by itself; may be given several times.
    #[arg(long)]
    pub command: Vec<String>,
}

#[derive(Debug, Args)]
pub struct BulkStart {
    /// The token a preview gave; it holds for ten minutes and starts one operation.
    pub token: String,
    /// Commands sent in a second, at most.
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(i64).range(1..=10_000))]
    pub rate: i64,
    /// Give a field of each payload another value first; may be repeated. The value is JSON, and text where it is none. Commands whose
    /// payload has no such field, locks it, or would not fit its type any more are skipped.
    #[arg(long, value_name = "PATH=VALUE")]
    pub set: Vec<Set>,
    /// Run the job of each again from this step: what the steps before it left is used again. Commands without a run that has come to
    /// it are skipped.
    #[arg(long, value_name = "STEP", conflicts_with = "set")]
    pub from_step: Option<String>,
    /// Memory limit of the steps run again, such as 1G.
    #[arg(long, value_name = "AMOUNT", requires = "from_step", default_value = "", hide_default_value = true)]
    pub memory: String,
    /// Parameters laid over the present ones of the steps run again: a JSON object.
    #[arg(long, value_name = "JSON", requires = "from_step", default_value = "", hide_default_value = true)]
    pub params: String,
    /// Do not begin with 1, then 5, then 25.
    #[arg(long)]
    pub no_canary: bool,
    /// Halt when more than this share of the confirmed outcomes failed; 100 never halts.
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(i64).range(0..=100))]
    pub halt_percent: i64,
    #[command(flatten)]
    pub why: Why,
}

#[derive(Debug, Args)]
pub struct BulkShow {
    /// Id of the operation, or its last 6 digits or more.
    pub operation: String,
    /// waiting, sent, succeeded, failed, skipped or gone.
    #[arg(long, value_parser = value::item_state)]
    pub state: Option<ItemState>,
    /// Items on a page.
    #[arg(long, value_parser = clap::value_parser!(i64).range(1..=200))]
    pub limit: Option<i64>,
    /// Items after this one; printed under the page.
    #[arg(long)]
    pub after: Option<i64>,
}

#[derive(Debug, Args)]
pub struct BulkList {
    /// proposed, canary, ramping, paused, halted, canceled or finished.
    #[arg(long, value_parser = value::operation_state)]
    pub state: Option<OperationState>,
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
pub struct OneOperation {
    /// Id of the operation, or its last 6 digits or more.
    pub operation: String,
    #[command(flatten)]
    pub why: Why,
}
