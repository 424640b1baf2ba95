//! The words of signing in and of the support session.

use clap::{Args, Subcommand};

#[derive(Debug, Args)]
pub struct SignIn {
    /// Asked for when left out.
    #[arg(long)]
    pub email: Option<String>,
    /// Read the password from the first line of standard input instead of asking for it.
    #[arg(long)]
    pub password_stdin: bool,
    /// Code of the authenticator; asked for when left out.
    #[arg(long)]
    pub code: Option<String>,
}

#[derive(Debug, Subcommand)]
pub enum SessionPart {
    /// Start one: read-only, at most an hour.
    #[command(
        after_help = "Example:\n  opsctl session start --tenant acme --ticket 1234 --reason \"Upload of the floor plan fails\" --minutes 30"
    )]
    Start(SessionStart),
    /// Raise it to write for ten minutes with a fresh authenticator code.
    #[command(after_help = "Example:\n  opsctl session raise --code 123456")]
    Raise {
        /// Asked for when left out.
        #[arg(long)]
        code: Option<String>,
    },
    /// Back to read-only.
    #[command(after_help = "Example:\n  opsctl session lower")]
    Lower,
    /// End it.
    #[command(after_help = "Example:\n  opsctl session end")]
    End,
    /// Which one is running.
    #[command(after_help = "Example:\n  opsctl session show")]
    Show,
}

#[derive(Debug, Args)]
pub struct SessionStart {
    /// Slug or id.
    #[arg(long)]
    pub tenant: String,
    #[arg(long)]
    pub ticket: String,
    /// In at least ten characters; the customer may read it.
    #[arg(long)]
    pub reason: String,
    #[arg(long, default_value_t = 60, value_parser = clap::value_parser!(i64).range(1..=60))]
    pub minutes: i64,
}
