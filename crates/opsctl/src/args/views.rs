//! The words of saved views.

use super::{Why, value};
use clap::Subcommand;

#[derive(Debug, Subcommand)]
pub enum ViewsPart {
    /// One's own and those others share.
    #[command(after_help = "Example:\n  opsctl views list --place troubleshooting")]
    List {
        /// The list: troubleshooting, groups, jobs, operations or frontend-errors.
        #[arg(long, value_parser = value::kept_place)]
        place: Option<String>,
    },
    /// Keep how a list is filtered.
    #[command(
        after_help = "Example:\n  opsctl views save \"Out of memory\" --place troubleshooting --query \"code=OUT_OF_MEMORY&since=24h\""
    )]
    Save {
        name: String,
        /// The list: troubleshooting, groups, jobs, operations or frontend-errors.
        #[arg(long, value_parser = value::kept_place)]
        place: String,
        /// The query of its address in the console.
        #[arg(long)]
        query: String,
        /// All staff see it: nothing of a customer's may be in it.
        #[arg(long)]
        shared: bool,
        #[command(flatten)]
        why: Why,
    },
    /// Take one of one's own away.
    #[command(after_help = "Example:\n  opsctl views forget 7")]
    Forget {
        /// Its number.
        view: i64,
        #[command(flatten)]
        why: Why,
    },
}
