//! Saves a synthetic check or a heartbeat: what is asked, how often, what is expected.

use domain::{Action, CheckKind, Kind, Meta, Permission, Subject};
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SaveCheck {
    /// Number of the check that is changed; without it a new one.
    #[serde(default)]
    pub check: Option<i64>,
    /// What it is called, 1 to 80 characters; each name once.
    pub name: String,
    /// HTTP, TCP, DNS, CERTIFICATE, BEACON or HEARTBEAT.
    pub kind: CheckKind,
    /// A URL, a host and port, or a name, as the kind asks; empty for heartbeats.
    #[serde(default)]
    pub target: String,
    /// How often it is run: `1s` to `24h`, `60s` unless said.
    #[serde(default)]
    pub every: Option<String>,
    /// How long an answer may take: `1s` to `60s`, `10s` unless said.
    #[serde(default)]
    pub timeout: Option<String>,
    /// Failures in a row after which it is down; 3 unless said.
    #[serde(default)]
    pub fail_after: Option<i64>,
    /// Successes in a row after which it is up again; 2 unless said.
    #[serde(default)]
    pub pass_after: Option<i64>,
    /// HTTP: the status; without it any from 200 to 299.
    #[serde(default)]
    pub status: Option<i64>,
    /// The slowest answer that is right, in milliseconds.
    #[serde(default)]
    pub max_ms: Option<i64>,
    /// HTTP: text that has to be in the answer.
    #[serde(default)]
    pub has: Option<String>,
    /// HTTP: text that must not be in it.
    #[serde(default)]
    pub lacks: Option<String>,
    /// HTTP: a place in a JSON answer, such as `/status`.
    #[serde(default)]
    pub pointer: Option<String>,
    /// HTTP: what stands there.
    #[serde(default)]
    pub equals: Option<String>,
    /// DNS: an address the name has to resolve to.
    #[serde(default)]
    pub resolves_to: Option<String>,
    /// CERTIFICATE: days it has to hold at least; 14 unless said.
    #[serde(default)]
    pub days_left: Option<i64>,
    /// HEARTBEAT: how often the job runs, such as `1h`; or a line of cron.
    #[serde(default)]
    pub period: Option<String>,
    /// HEARTBEAT: when the job runs, such as `30 3 * * *`.
    #[serde(default)]
    pub cron: Option<String>,
    /// HEARTBEAT: the time zone of the line of cron, such as `Europe/Vienna`; UTC unless said.
    #[serde(default)]
    pub zone: Option<String>,
    /// HEARTBEAT: how late it may be; `5m` unless said.
    #[serde(default)]
    pub grace: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SavedCheck {
    /// Its number.
    pub check: i64,
    /// The token of a new heartbeat. It is shown this once: only its hash is kept.
    pub token: Option<String>,
}

impl Action for SaveCheck {
    const META: Meta = Meta {
        name: "save-check",
        title: "Save the check",
        help: "Asks something from outside again and again, or waits for a job to report, and says when it is not as expected. Private addresses are only reached if the configuration allows them. Customers notice nothing but the requests.",
        path: "/fn/save-check",
        cli: "opsctl check save {name} --kind {kind} --target {target}",
        kind: Kind::Write,
        permission: Permission::CheckManage,
        consent: false,
        approval: false,
    };
    type Output = SavedCheck;
    fn subject(&self) -> Subject {
        Subject::Console
    }
}

#[cfg(feature = "server")]
mod server;
