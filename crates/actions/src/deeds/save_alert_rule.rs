//! Saves a rule by which alerts are raised.

use domain::{Action, AlertCondition, AlertSource, Kind, Meta, Permission, Severity, Subject};
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SaveAlertRule {
    /// Number of the rule that is changed; without it a new one.
    #[serde(default)]
    pub rule: Option<i64>,
    /// What it is called, 1 to 80 characters; each name once.
    pub name: String,
    /// WAITING, ARRIVALS, GROUP, FRONTEND, CHECK, WORKER, QUEUE, AUDIT, RUN, BUDGET or DEPLOY.
    pub source: AlertSource,
    /// ABOVE, ABSENT (nothing came: no page is heard from, no run ended, nothing was deployed; for FRONTEND, RUN and DEPLOY) or TIMES (for
    /// ARRIVALS, FRONTEND and RUN); ABOVE unless said.
    #[serde(default)]
    pub condition: Option<AlertCondition>,
    /// More than this; 0 unless said.
    #[serde(default)]
    pub threshold: Option<i64>,
    /// For TIMES: so many times what the window before had.
    #[serde(default)]
    pub factor: Option<i64>,
    /// What is looked at, such as `10m`; `5m` unless said. At most `24h`; for TIMES over ARRIVALS and FRONTEND `12h`.
    #[serde(default)]
    pub window: Option<String>,
    /// How long the condition has to be gone before the alert closes, such as `60s`.
    #[serde(default)]
    pub hold: Option<String>,
    /// INFO, WARNING or CRITICAL; WARNING unless said.
    #[serde(default)]
    pub severity: Option<Severity>,
    /// For GROUP: its number.
    #[serde(default)]
    pub group: Option<i64>,
    /// True: it is kept and does not look; its open alerts close.
    #[serde(default)]
    pub off: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SavedAlertRule {
    /// Its number.
    pub rule: i64,
}

impl Action for SaveAlertRule {
    const META: Meta = Meta {
        name: "save-alert-rule",
        title: "Save the alert rule",
        help: "A rule is looked at every few seconds. What it finds is one alert for each thing it is about, however often it is found, until it is over. Customers notice nothing.",
        path: "/fn/save-alert-rule",
        cli: "opsctl alerts save-rule {name} --source {source} --threshold {threshold}",
        kind: Kind::Write,
        permission: Permission::AlertManage,
        consent: false,
        approval: false,
    };
    type Output = SavedAlertRule;
    fn subject(&self) -> Subject {
        Subject::Console
    }
}

#[cfg(feature = "server")]
mod server;
