//! The words of what watches by itself: checks, heartbeats, alerts, webhooks.

use super::Why;
use actions::views::checks::Stands;
use clap::{Args, Subcommand};
use domain::{AlertCondition, AlertSource, AlertState, CheckKind, Severity, WebhookForm};

#[derive(Debug, Args)]
pub struct ChecksList {
    /// new, up, down, paused, maintenance or not_checked.
    #[arg(long, value_parser = Stands::ALL.map(Stands::word))]
    pub stands: Option<String>,
    /// http, tcp, dns, certificate, beacon or heartbeat.
    #[arg(long)]
    pub kind: Option<CheckKind>,
    /// Rows on a page.
    #[arg(long, value_parser = clap::value_parser!(i64).range(1..=200))]
    pub limit: Option<i64>,
    /// Where the page before ended; printed under it.
    #[arg(long)]
    pub cursor: Option<String>,
}

#[derive(Debug, Args)]
pub struct OneCheck {
    /// Number of the check.
    pub check: i64,
    #[command(flatten)]
    pub why: Why,
}

#[derive(Debug, Subcommand)]
pub enum CheckPart {
    /// One check: its results, incidents, and when nobody checked.
    #[command(after_help = "Example:\n  opsctl check show 7")]
    Show {
        /// Number of the check.
        check: i64,
    },
    /// Save a check, or change one.
    #[command(
        after_help = "Examples:\n  opsctl check save Shop --kind http --target https://shop.example/health --pointer /status --equals ok --every 30s\n  opsctl check save Certificate --kind certificate --target shop.example --days-left 21\n  opsctl check save Database --kind tcp --target db.example:5432 --dry-run"
    )]
    Save(Box<CheckSave>),
    /// Run a check now, whatever its turn.
    #[command(after_help = "Example:\n  opsctl check run 7")]
    Run(OneCheck),
    /// Pause a check: it is not run, and raises nothing.
    #[command(after_help = "Example:\n  opsctl check pause 7 --reason \"The shop moves house\"")]
    Pause(OneCheck),
    /// Let a paused check go on.
    #[command(after_help = "Example:\n  opsctl check resume 7")]
    Resume(OneCheck),
    /// Take a check away, with its results.
    #[command(after_help = "Example:\n  opsctl check delete 7 --dry-run")]
    Delete(OneCheck),
    /// Say when a check, or all of them, may fail without anybody being called.
    #[command(after_help = "Example:\n  opsctl check maintenance --check 7 --from 10m --until 2h --because \"The database moves\"")]
    Maintenance {
        /// Number of the check; without it all.
        #[arg(long)]
        check: Option<i64>,
        /// A span from now, or a moment; without it now.
        #[arg(long)]
        from: Option<String>,
        /// A span from its beginning, or a moment.
        #[arg(long)]
        until: String,
        /// Why.
        #[arg(long)]
        because: String,
        #[command(flatten)]
        why: Why,
    },
    /// End maintenance before its time.
    #[command(after_help = "Example:\n  opsctl check end-maintenance 3")]
    EndMaintenance {
        /// Number of the window.
        maintenance: i64,
        #[command(flatten)]
        why: Why,
    },
}

#[derive(Debug, Args)]
pub struct CheckSave {
    /// What it is called.
    pub name: String,
    /// Number of the check that is changed; without it a new one.
    #[arg(long)]
    pub check: Option<i64>,
    /// http, tcp, dns, certificate, beacon or heartbeat.
    #[arg(long)]
    pub kind: CheckKind,
    /// A URL, a host and port, or a name, as the kind asks.
    #[arg(long, default_value = "", hide_default_value = true)]
    pub target: String,
    /// How often, 1s to 24h; 60s unless said.
    #[arg(long)]
    pub every: Option<String>,
    /// How long an answer may take, 1s to 60s; 10s unless said.
    #[arg(long)]
    pub timeout: Option<String>,
    /// Failures in a row after which it is down; 3 unless said.
    #[arg(long)]
    pub fail_after: Option<i64>,
    /// Successes in a row after which it is up again; 2 unless said.
    #[arg(long)]
    pub pass_after: Option<i64>,
    /// http: the status; without it any from 200 to 299.
    #[arg(long)]
    pub status: Option<i64>,
    /// The slowest answer that is right, in milliseconds.
    #[arg(long)]
    pub max_ms: Option<i64>,
    /// http: text that has to be in the answer.
    #[arg(long)]
    pub has: Option<String>,
    /// http: text that must not be in it.
    #[arg(long)]
    pub lacks: Option<String>,
    /// http: a place in a JSON answer, such as /status.
    #[arg(long, requires = "equals")]
    pub pointer: Option<String>,
    /// http: what stands there.
    #[arg(long, requires = "pointer")]
    pub equals: Option<String>,
    /// dns: an address the name has to resolve to.
    #[arg(long)]
    pub resolves_to: Option<String>,
    /// certificate: days it has to hold at least; 14 unless said.
    #[arg(long)]
    pub days_left: Option<i64>,
    #[command(flatten)]
    pub why: Why,
}

#[derive(Debug, Subcommand)]
pub enum HeartbeatPart {
    /// Heartbeats: jobs that report by themselves.
    #[command(after_help = "Example:\n  opsctl heartbeat list")]
    List,
    /// Wait for a job: prints the line for its crontab, with its token, once.
    #[command(
        after_help = "Examples:\n  opsctl heartbeat add Nightly --cron \"30 3 * * *\" --zone Europe/Vienna --grace 20m\n  opsctl heartbeat add Sync --period 15m"
    )]
    Add {
        /// What it is called.
        name: String,
        /// How often the job runs, such as 1h.
        #[arg(long, required_unless_present = "cron", conflicts_with = "cron")]
        period: Option<String>,
        /// When the job runs: a line of cron.
        #[arg(long)]
        cron: Option<String>,
        /// The time zone of the line of cron; UTC unless said.
        #[arg(long, requires = "cron")]
        zone: Option<String>,
        /// How late it may be; 5m unless said.
        #[arg(long)]
        grace: Option<String>,
        #[command(flatten)]
        why: Why,
    },
}

#[derive(Debug, Args)]
pub struct Alerts {
    #[command(subcommand)]
    pub part: Option<AlertsPart>,
}

#[derive(Debug, Subcommand)]
pub enum AlertsPart {
    /// Alerts that are not over, newest first.
    #[command(after_help = "Examples:\n  opsctl alerts list\n  opsctl alerts list --all")]
    List {
        /// open, acknowledged or closed.
        #[arg(long)]
        state: Option<AlertState>,
        /// Also those that are over.
        #[arg(long)]
        all: bool,
        /// Rows on a page.
        #[arg(long, value_parser = clap::value_parser!(i64).range(1..=200))]
        limit: Option<i64>,
        /// Number before which the page begins; printed under the page before.
        #[arg(long)]
        before: Option<i64>,
    },
    /// The rules by which alerts are raised.
    #[command(after_help = "Example:\n  opsctl alerts rules")]
    Rules,
    /// Save a rule, or change one.
    #[command(
        after_help = "Examples:\n  opsctl alerts save-rule \"Many wait\" --source waiting --threshold 500 --severity critical\n  opsctl alerts save-rule \"Errors jump\" --source frontend --condition times --factor 5 --threshold 50 --window 10m\n  opsctl alerts save-rule \"Pages are silent\" --source frontend --condition absent --window 24h\n  opsctl alerts save-rule \"Told of deploys\" --source deploy --window 10m --severity info"
    )]
    SaveRule(RuleSave),
    /// Take a rule away; its open alerts close.
    #[command(after_help = "Example:\n  opsctl alerts delete-rule 5")]
    DeleteRule {
        /// Number of the rule.
        rule: i64,
        #[command(flatten)]
        why: Why,
    },
    /// Silence a rule for a while; without --until it speaks again.
    #[command(after_help = "Example:\n  opsctl alerts silence 5 --until 4h")]
    Silence {
        /// Number of the rule.
        rule: i64,
        /// A span from now, or a moment.
        #[arg(long)]
        until: Option<String>,
        #[command(flatten)]
        why: Why,
    },
}

#[derive(Debug, Args)]
pub struct RuleSave {
    /// What it is called.
    pub name: String,
    /// Number of the rule that is changed; without it a new one.
    #[arg(long)]
    pub rule: Option<i64>,
    /// waiting, arrivals, group, frontend, check, worker, queue, audit, run, budget or deploy.
    #[arg(long)]
    pub source: AlertSource,
    /// above, absent or times. Absent is for frontend, run and deploy: no page is heard from, no run ended, nothing was deployed. A page
    /// speaks only when something went wrong there, so a short window without a word may be a good one.
    #[arg(long)]
    pub condition: Option<AlertCondition>,
    /// More than this.
    #[arg(long)]
    pub threshold: Option<i64>,
    /// For times: so many times what the window before had.
    #[arg(long)]
    pub factor: Option<i64>,
    /// What is looked at, such as 10m; at most 24h, and 12h where times compares arrivals or frontend with the window before.
    #[arg(long)]
    pub window: Option<String>,
    /// How long it has to be over before the alert closes, such as 60s.
    #[arg(long)]
    pub hold: Option<String>,
    /// info, warning or critical.
    #[arg(long)]
    pub severity: Option<Severity>,
    /// For group: its number.
    #[arg(long)]
    pub group: Option<i64>,
    /// Keep it without looking.
    #[arg(long)]
    pub off: bool,
    #[command(flatten)]
    pub why: Why,
}

#[derive(Debug, Subcommand)]
pub enum AlertPart {
    /// Say that one looks after an alert.
    #[command(after_help = "Example:\n  opsctl alert ack 12 --note \"The vendor restarts\" --reason \"On call this week\"")]
    Ack {
        /// Number of the alert.
        alert: i64,
        /// What others should know.
        #[arg(long)]
        note: Option<String>,
        #[command(flatten)]
        why: Why,
    },
}

#[derive(Debug, Subcommand)]
pub enum WebhooksPart {
    /// Where alerts are sent to, and the newest messages.
    #[command(after_help = "Example:\n  opsctl webhooks list")]
    List {
        /// Messages of this webhook only.
        #[arg(long)]
        webhook: Option<i64>,
    },
    /// Save where alerts are sent to; prints the secret, once.
    #[command(
        after_help = "Examples:\n  opsctl webhooks save Pager --target https://pager.example/hook --least critical\n  opsctl webhooks save Chat --target https://discord.com/api/webhooks/1/x --form discord"
    )]
    Save {
        /// What it is called.
        name: String,
        /// Number of the webhook that is changed; without it a new one.
        #[arg(long)]
        webhook: Option<i64>,
        /// Where it is sent to; kept encrypted.
        #[arg(long)]
        target: Option<String>,
        /// standard or discord.
        #[arg(long)]
        form: Option<WebhookForm>,
        /// The least severity that is sent.
        #[arg(long)]
        least: Option<Severity>,
        /// Keep it without sending.
        #[arg(long)]
        off: bool,
        /// Give it a new secret.
        #[arg(long)]
        rotate: bool,
        #[command(flatten)]
        why: Why,
    },
    /// Send a message that says it is a test.
    #[command(after_help = "Example:\n  opsctl webhooks test 2")]
    Test {
        /// Number of the webhook.
        webhook: i64,
        #[command(flatten)]
        why: Why,
    },
    /// Take a webhook away, with what was not delivered yet.
    #[command(after_help = "Example:\n  opsctl webhooks delete 2")]
    Delete {
        /// Number of the webhook.
        webhook: i64,
        #[command(flatten)]
        why: Why,
    },
    /// Send a message again: the same, under the same id.
    #[command(after_help = "Example:\n  opsctl webhooks redeliver 01931f3c-7a10-7c3e-9b9e-2f6f1f0a1b2c")]
    Redeliver {
        /// Id of the message.
        delivery: uuid::Uuid,
        #[command(flatten)]
        why: Why,
    },
}
