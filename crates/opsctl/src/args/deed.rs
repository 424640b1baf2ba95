//! The words of the commands that change something. All of them can be rehearsed.

use super::{look::Filter, value};
use actions::deeds::export_commands::ExportFormat;
use clap::Args;
use exact::Set;
use std::path::PathBuf;

/// What is said besides the input of an action.
#[derive(Debug, Args)]
pub struct Why {
    /// Run it, show what would change, take it back.
    #[arg(long)]
    pub dry_run: bool,
    /// Why; without it the reason of the support session stands.
    #[arg(long, default_value = "", hide_default_value = true)]
    pub reason: String,
}

#[derive(Debug, Args)]
pub struct Reprocess {
    /// Id of the job, or its last 6 digits or more.
    pub job: String,
    /// The first step to run again.
    #[arg(long)]
    pub from_step: String,
    /// Memory limit of the steps run again, such as 1G; else as it is.
    #[arg(long, value_parser = value::memory)]
    pub memory: Option<String>,
    /// Parameters laid over the present ones: a JSON object.
    #[arg(long, value_name = "JSON", value_parser = value::object)]
    pub params: Option<String>,
    #[command(flatten)]
    pub why: Why,
}

#[derive(Debug, Args)]
pub struct Kill {
    /// Id of the job, or its last 6 digits or more.
    pub job: String,
    /// KILL instead of TERM: for a process that does not end when it is asked to.
    #[arg(long)]
    pub force: bool,
    #[command(flatten)]
    pub why: Why,
}

#[derive(Debug, Args)]
pub struct Retry {
    /// Id of the command, or its last 6 digits or more.
    pub command: String,
    /// Keep the attempts already used instead of starting from zero.
    #[arg(long)]
    pub keep_attempts: bool,
    #[command(flatten)]
    pub why: Why,
}

#[derive(Debug, Args)]
pub struct Edit {
    /// Id of the command, or its last 6 digits or more.
    pub command: String,
    /// The whole payload as JSON, from a file or with - from standard input; else the present one.
    #[arg(long, value_name = "FILE")]
    pub payload: Option<PathBuf>,
    /// Give a field another value; may be repeated. The value is JSON, and text where it is none.
    #[arg(long, value_name = "PATH=VALUE")]
    pub set: Vec<Set>,
    /// Only ask a worker whether it would take it.
    #[arg(long, conflicts_with = "unchecked")]
    pub check: bool,
    /// Send it although no worker said yes to it.
    #[arg(long)]
    pub unchecked: bool,
    #[command(flatten)]
    pub why: Why,
}

#[derive(Debug, Args)]
pub struct Cancel {
    /// Id of the command, or its last 6 digits or more.
    pub command: String,
    /// Told to the sender, so write it for the customer.
    #[arg(long)]
    pub because: String,
    #[command(flatten)]
    pub why: Why,
}

#[derive(Debug, Args)]
pub struct Complete {
    /// Id of the command, or its last 6 digits or more.
    pub command: String,
    /// The result told to the sender: a JSON object.
    #[arg(long, value_name = "JSON", value_parser = value::object)]
    pub result: Option<String>,
    #[command(flatten)]
    pub why: Why,
}

#[derive(Debug, Args)]
pub struct Export {
    #[command(flatten)]
    pub filter: Filter,
    /// Slug or id.
    #[arg(long)]
    pub tenant: Option<String>,
    /// csv or jsonl.
    #[arg(long, default_value = "csv", value_parser = value::export_format)]
    pub format: ExportFormat,
    /// The file to write; else standard output. A file that is there is replaced once the new one is whole.
    #[arg(long, short)]
    pub output: Option<PathBuf>,
    #[command(flatten)]
    pub why: Why,
}

#[derive(Debug, Args)]
pub struct Reveal {
    /// Id of the command, or its last 6 digits or more.
    pub command: String,
    /// Why it has to be seen; it stands in the audit.
    #[arg(long)]
    pub because: String,
    #[command(flatten)]
    pub why: Why,
}
