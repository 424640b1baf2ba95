//! The words of the commands that change something. All of them can be rehearsed.

use super::value;
use clap::Args;

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
