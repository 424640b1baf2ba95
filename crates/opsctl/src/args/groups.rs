//! The words of groups of failures: listed, shown, triaged, noted.

use super::{Why, value};
use clap::{Args, Subcommand};
use domain::GroupState;

#[derive(Debug, Subcommand)]
pub enum GroupsPart {
    /// Groups that want a person, the last to fail first.
    #[command(after_help = "Examples:\n  opsctl groups list --order size\n  opsctl groups list --state snoozed --tenant acme")]
    List(GroupsList),
    /// One group: whom it happens to, in which types and builds, notes, and the newest commands.
    #[command(after_help = "Examples:\n  opsctl groups show 12\n  opsctl groups show 7 --frontend")]
    Show(OneGroup),
    /// Say where a group stands: new, investigating, known, snoozed or resolved.
    #[command(
        after_help = "Examples:\n  opsctl groups triage 12 known --ticket BUG-7\n  opsctl groups triage 12 snoozed --until 4h --per-hour 100\n  opsctl groups triage 12 resolved --release 2.4.1"
    )]
    Triage(GroupsTriage),
    /// Leave a note on a group for whoever looks at it next.
    #[command(after_help = "Example:\n  opsctl groups note 12 \"The vendor restarts at noon\"")]
    Note(GroupsNote),
}

#[derive(Debug, Args)]
pub struct GroupsList {
    /// new, investigating, known, snoozed, resolved, regressed or all; without it, what wants a person.
    #[arg(long, value_parser = value::group_state_or_all)]
    pub state: Option<String>,
    /// Slug or id: the counts are then this tenant's.
    #[arg(long)]
    pub tenant: Option<String>,
    /// Error code, such as OUT_OF_MEMORY.
    #[arg(long)]
    pub code: Option<String>,
    /// Domain and type, as in plans/IngestPlan.
    #[arg(long = "type", value_name = "DOMAIN/TYPE")]
    pub command_type: Option<String>,
    /// The last to fail first, or the largest.
    #[arg(long, value_parser = ["recent", "size"])]
    pub order: Option<String>,
    /// Rows on a page.
    #[arg(long, value_parser = clap::value_parser!(i64).range(1..=200))]
    pub limit: Option<i64>,
    /// Where the page before ended; printed under it.
    #[arg(long)]
    pub cursor: Option<String>,
}

#[derive(Debug, Args)]
pub struct OneGroup {
    /// Number of the group.
    pub group: i64,
    /// It is a group of frontend errors.
    #[arg(long)]
    pub frontend: bool,
    /// Number of one of its events: all that the page said of it, as JSON.
    #[arg(long, requires = "frontend", value_name = "NUMBER")]
    pub event: Option<i64>,
}

#[derive(Debug, Args)]
pub struct GroupsTriage {
    /// Number of the group.
    pub group: i64,
    /// It is a group of frontend errors.
    #[arg(long)]
    pub frontend: bool,
    /// new, investigating, known, snoozed or resolved.
    #[arg(value_parser = value::group_state)]
    pub to: GroupState,
    /// For known: where the cause is worked on.
    #[arg(long)]
    pub ticket: Option<String>,
    /// For snoozed: wake after this span (4h) or at this moment.
    #[arg(long, value_parser = value::span_or_moment)]
    pub until: Option<String>,
    /// For snoozed: wake after so many more failures.
    #[arg(long, value_name = "COUNT", value_parser = clap::value_parser!(i64).range(1..))]
    pub more: Option<i64>,
    /// For snoozed: wake when more than so many fail within an hour.
    #[arg(long, value_name = "COUNT", value_parser = clap::value_parser!(i64).range(1..))]
    pub per_hour: Option<i64>,
    /// For resolved: the build that mends it.
    #[arg(long)]
    pub release: Option<String>,
    /// What others should know; nothing of a customer's.
    #[arg(long)]
    pub note: Option<String>,
    #[command(flatten)]
    pub why: Why,
}

#[derive(Debug, Args)]
pub struct GroupsNote {
    /// Number of the group.
    pub group: i64,
    /// It is a group of frontend errors.
    #[arg(long)]
    pub frontend: bool,
    /// What others should know; nothing of a customer's.
    pub note: String,
    #[command(flatten)]
    pub why: Why,
}
