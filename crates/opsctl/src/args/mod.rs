//! What may be typed: every command with its help and an example. Values that can be judged without
//! the console (spans, amounts of memory, JSON) are judged here, so that a slip costs nothing.
//!
//! Not in here: what the commands do.

mod artifacts;
mod beacon;
mod bulk;
mod deed;
mod deploys;
mod groups;
mod logs;
mod look;
mod services;
mod session;
pub mod value;
mod views;
mod watch;

pub use artifacts::{ArtifactsPart, ArtifactsUpload};
pub use beacon::BeaconPart;
pub use bulk::{BulkPart, BulkStart, OneOperation};
pub use deed::{Cancel, Complete, Edit, Export, Kill, Reprocess, Retry, Reveal, Why};
pub use deploys::{DeployPart, DeploysList};
pub use groups::{GroupsList, GroupsPart, GroupsTriage, OneGroup};
pub use logs::{Bundle, BundlePart, LogsOf};
pub use look::{Audit, AuditPart, Compare, Events, Filter, FrontendLogs, Jobs, Resources, ShowPipeline, TroubleshootingList};
pub use services::ServicePart;
pub use session::{SessionPart, SessionStart, SignIn};
pub use views::ViewsPart;
pub use watch::{AlertPart, Alerts, AlertsPart, CheckPart, ChecksList, HeartbeatPart, WebhooksPart};

use clap::{Args, Parser, Subcommand};

/// The text under every `--help`.
const FOOTER: &str = "\
Exit codes:
  0  done
  1  the console cannot be reached, is too busy, or failed itself
  2  the command line is wrong, or a short id fits several things
  3  signed out
  4  refused: what is missing is printed, one thing a line
  5  not found, or not visible
  6  conflict: somebody or something was first
  7  the console did not understand a value
  8  the audit chain was recomputed and a link does not fit

Environment:
  OPS_URL          the console, like --url
  OPS_TOKEN        what a service account signs in with, in place of your own sign-in
  XDG_CONFIG_HOME  where opsctl/credentials.json is kept (else ~/.config)
  NO_COLOR         no colours";

/// See what went wrong for a customer, prove why, and put it right, from a terminal.
#[derive(Debug, Parser)]
#[command(name = "opsctl", version, after_help = FOOTER, arg_required_else_help = true)]
pub struct Cli {
    /// The console's address; else where you signed in last, else http://127.0.0.1:3000.
    #[arg(long, env = "OPS_URL", global = true, value_parser = value::url)]
    pub url: Option<String>,
    /// Print what the console answered as JSON: indented on a terminal, one line otherwise.
    #[arg(long, global = true)]
    pub json: bool,
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Sign in with password and authenticator code; the token lives for at most an hour.
    #[command(after_help = "Example:\n  opsctl sign-in --email ada@example.com")]
    SignIn(SignIn),
    /// Give the token back and forget it.
    #[command(after_help = "Example:\n  opsctl sign-out")]
    SignOut,
    /// Who am I, and in which support session.
    #[command(after_help = "Example:\n  opsctl me --json | jq .actor.email")]
    Me,
    /// Active issues and how the parts are.
    #[command(after_help = "Example:\n  opsctl dashboard")]
    Dashboard,
    /// How the console and what it watches are: every part, worst first. JSON when its output is no terminal.
    #[command(after_help = "Examples:\n  opsctl summary\n  opsctl summary | jq '.parts[] | select(.status != \"pass\")'")]
    Summary,
    /// Deploys, newest first: recorded ones and those noticed from a changed build.
    #[command(after_help = "Example:\n  opsctl deploys --service frontend")]
    Deploys(DeploysList),
    /// One deploy and what changed with it; or record one.
    #[command(after_help = "Examples:\n  opsctl deploy show 12\n  opsctl deploy record frontend \"$BUILD\"")]
    Deploy {
        #[command(subcommand)]
        part: DeployPart,
    },
    /// Source maps and unstripped WASM of builds: they turn the frames of errors into files and lines.
    #[command(after_help = "Example:\n  opsctl artifacts upload dist --build \"$BUILD\"")]
    Artifacts {
        #[command(subcommand)]
        part: ArtifactsPart,
    },
    /// Runs of pipelines, newest first.
    #[command(after_help = "Example:\n  opsctl jobs --status failed --last 1h")]
    Jobs(Jobs),
    /// One run of a pipeline as a tree.
    #[command(after_help = "Example:\n  opsctl show-pipeline 2f6f1f0a1b2c --verbose")]
    ShowPipeline(ShowPipeline),
    /// Memory, CPU, time and disk of each attempt of a job against its limits.
    #[command(after_help = "Example:\n  opsctl resources 2f6f1f0a1b2c")]
    Resources(Resources),
    /// Two attempts of a step beside each other: what differs is marked.
    #[command(after_help = "Examples:\n  opsctl compare 2f6f1f0a1b2c\n  opsctl compare 2f6f1f0a1b2c 2 3 --step wall_detection")]
    Compare(Compare),
    /// The support session: a time box on one tenant, with a ticket and a reason.
    #[command(after_help = "Example:\n  opsctl session start --tenant acme --ticket 1234 --reason \"Upload of the floor plan fails\"")]
    Session {
        #[command(subcommand)]
        part: SessionPart,
    },
    /// Run a job again from one of its steps.
    #[command(after_help = "Example:\n  opsctl reprocess 2f6f1f0a1b2c --from-step wall_detection --memory 1G --dry-run")]
    Reprocess(Reprocess),
    /// Ask the process of a job's running step to end, or end it by force.
    #[command(after_help = "Example:\n  opsctl kill 2f6f1f0a1b2c --dry-run")]
    Kill(Kill),
    /// Commands that wait for a person.
    #[command(visible_alias = "tsq", after_help = "Example:\n  opsctl troubleshooting list --domain plans --since 24h")]
    Troubleshooting {
        #[command(subcommand)]
        part: TroubleshootingPart,
    },
    /// Failures that are alike, as groups: who looks into them, what is known, what is mended.
    #[command(after_help = "Example:\n  opsctl groups list --order size")]
    Groups {
        #[command(subcommand)]
        part: GroupsPart,
    },
    /// Filters of lists kept under a name.
    #[command(after_help = "Example:\n  opsctl views list")]
    Views {
        #[command(subcommand)]
        part: ViewsPart,
    },
    /// Retry many commands at once, as an operation that goes on by itself.
    #[command(after_help = "Example:\n  opsctl bulk preview --code OUT_OF_MEMORY --since 24h")]
    Bulk {
        #[command(subcommand)]
        part: BulkPart,
    },
    /// Every deed and every refusal, newest first.
    #[command(args_conflicts_with_subcommands = true, after_help = "Examples:\n  opsctl audit --my-actions --today\n  opsctl audit verify")]
    Audit(Audit),
    /// Errors the customers' browsers reported.
    #[command(after_help = "Example:\n  opsctl frontend-logs --since 5m")]
    FrontendLogs(FrontendLogs),
    /// The logs of the product and of the console; without a service, which there are.
    #[command(
        after_help = "Examples:\n  opsctl logs backend --since 5m --level warn\n  opsctl logs frontend | jq '.entries[] | {ts,message}'"
    )]
    Logs(LogsOf),
    /// A support bundle, to standard output: one compressed JSON document.
    #[command(
        args_conflicts_with_subcommands = true,
        after_help = "Examples:\n  opsctl bundle > bundle.json.gz\n  opsctl bundle --preview\n  opsctl bundle inspect bundle.json.gz"
    )]
    Bundle(Bundle),
    /// The telemetry of customers' pages: keys, and the lines that put it into a page.
    #[command(after_help = "Example:\n  opsctl beacon snippet --tenant acme")]
    Beacon {
        #[command(subcommand)]
        part: BeaconPart,
    },
    /// What changes, as it changes; as JSON lines into a pipe.
    #[command(after_help = "Examples:\n  opsctl events --follow\n  opsctl events --follow --kind alert,check | jq .subject")]
    Events(Events),
    /// Synthetic checks and heartbeats, and how they stand.
    #[command(after_help = "Example:\n  opsctl checks --stands down")]
    Checks(ChecksList),
    /// One check: shown, saved, run, paused; and maintenance.
    #[command(after_help = "Example:\n  opsctl check save Shop --kind http --target https://shop.example/health")]
    Check {
        #[command(subcommand)]
        part: CheckPart,
    },
    /// Jobs that report by themselves.
    #[command(after_help = "Example:\n  opsctl heartbeat add Nightly --cron \"30 3 * * *\" --zone Europe/Vienna")]
    Heartbeat {
        #[command(subcommand)]
        part: HeartbeatPart,
    },
    /// Alerts, and the rules by which they are raised.
    #[command(after_help = "Example:\n  opsctl alerts list")]
    Alerts(Alerts),
    /// One alert.
    #[command(after_help = "Example:\n  opsctl alert ack 12")]
    Alert {
        #[command(subcommand)]
        part: AlertPart,
    },
    /// Where alerts are sent to.
    #[command(after_help = "Example:\n  opsctl webhooks save Pager --target https://pager.example/hook")]
    Webhooks {
        #[command(subcommand)]
        part: WebhooksPart,
    },
    /// Accounts of scripts and agents.
    #[command(after_help = "Example:\n  opsctl service list")]
    Service {
        #[command(subcommand)]
        part: ServicePart,
    },
}

#[derive(Debug, Subcommand)]
pub enum TroubleshootingPart {
    /// The commands that wait, newest first.
    #[command(after_help = "Example:\n  opsctl troubleshooting list --code OUT_OF_MEMORY --since 24h")]
    List(TroubleshootingList),
    /// One command: facts, history, and inside a support session its payload.
    #[command(after_help = "Example:\n  opsctl troubleshooting show 2f6f1f0a1b2c")]
    Show(OneCommand),
    /// Send a command again: same id, same payload, attempts from zero.
    #[command(after_help = "Example:\n  opsctl troubleshooting retry 2f6f1f0a1b2c --dry-run")]
    Retry(Retry),
    /// Send a command again with another payload; the former one is kept.
    #[command(
        after_help = "Examples:\n  opsctl troubleshooting edit 2f6f1f0a1b2c --set size=12 --set customer.name=Ada --dry-run\n  opsctl troubleshooting edit 2f6f1f0a1b2c --payload payload.json --check"
    )]
    Edit(Edit),
    /// Give a command up and tell the sender why.
    #[command(after_help = "Example:\n  opsctl troubleshooting cancel 2f6f1f0a1b2c --because \"You sent the plan again yesterday\"")]
    Cancel(Cancel),
    /// Declare a command done with a result given by hand, and tell the sender.
    #[command(after_help = "Example:\n  opsctl troubleshooting complete 2f6f1f0a1b2c --result '{\"rooms\": 12}'")]
    Complete(Complete),
    /// See the payload with what its contract calls sensitive.
    #[command(after_help = "Example:\n  opsctl troubleshooting reveal 2f6f1f0a1b2c --because \"The customer asks which account it was\"")]
    Reveal(Reveal),
    /// The list as a file: exactly what is filtered, with messages and payloads of the support session's tenant.
    #[command(
        after_help = "Example:\n  opsctl troubleshooting export --code OUT_OF_MEMORY --format jsonl --output failed.jsonl --reason \"Asked for by the customer\""
    )]
    Export(Export),
}

#[derive(Debug, Args)]
pub struct OneCommand {
    /// Id of the command, or its last 6 digits or more.
    pub command: String,
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
