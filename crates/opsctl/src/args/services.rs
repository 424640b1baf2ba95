//! The words of scripts' accounts.

use super::Why;
use clap::Subcommand;

#[derive(Debug, Subcommand)]
pub enum ServicePart {
    /// Whose scripts may do what, and until when.
    #[command(after_help = "Example:\n  opsctl service list")]
    List,
    /// Give a script an account for an hour at most; prints its token, once.
    #[command(
        after_help = "Examples:\n  opsctl service issue \"laptop agent\" --may read,logs.read --minutes 30\n  OPS_TOKEN=$(opsctl service issue pipeline --may deploy.record --reason \"Deploys of tonight\" --token-only) opsctl deploy record frontend b42"
    )]
    Issue {
        /// What it is called in the audit.
        name: String,
        /// What it may do: read, logs.read, deploy.record, check.manage, alert.acknowledge, group.triage, audit.read.
        #[arg(long, value_delimiter = ',')]
        may: Vec<String>,
        /// The one tenant it sees.
        #[arg(long)]
        tenant: Option<String>,
        /// Until it ends; at most 60.
        #[arg(long)]
        minutes: Option<i64>,
        /// Print the token and nothing else.
        #[arg(long, conflicts_with = "dry_run")]
        token_only: bool,
        #[command(flatten)]
        why: Why,
    },
    /// End one before its time.
    #[command(after_help = "Example:\n  opsctl service end 01931f3c-7a10-4c3e-9b9e-2f6f1f0a1b2c")]
    End {
        /// Its id.
        account: uuid::Uuid,
        #[command(flatten)]
        why: Why,
    },
}
