//! Synthetic checks and heartbeats as a list: where each stands, since when, how it did, and when it is looked at next.

use domain::{At, CheckKind, CheckState, Permission, Sight, View, ViewMeta};
use serde::{Deserialize, Serialize};

/// Filters; empty means all.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Checks {
    /// `down`, `up`, `new`, `paused`, `maintenance` or `not_checked`.
    pub stands: Option<String>,
    /// HTTP, TCP, DNS, CERTIFICATE, BEACON or HEARTBEAT.
    pub kind: Option<CheckKind>,
    /// Rows on a page: 1 to 200, 50 unless said.
    pub limit: Option<i64>,
    /// Name after which the page begins.
    pub cursor: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ChecksOutput {
    pub now: At,
    /// By name.
    pub rows: Vec<CheckRow>,
    pub next: Option<String>,
    /// All there are, and those that are down.
    pub total: i64,
    pub down: i64,
    /// Maintenance that is open or comes.
    pub maintenance: Vec<MaintenanceRow>,
}

/// Where a check stands for whoever looks. What was not checked is never up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stands {
    New,
    Up,
    Down,
    Paused,
    Maintenance,
    NotChecked,
}

impl Stands {
    pub const ALL: [Self; 6] = [Self::New, Self::Up, Self::Down, Self::Paused, Self::Maintenance, Self::NotChecked];

    /// The word for it, as in the data.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Up => "up",
            Self::Down => "down",
            Self::Paused => "paused",
            Self::Maintenance => "maintenance",
            Self::NotChecked => "not_checked",
        }
    }

    /// What it is by its facts.
    #[must_use]
    pub const fn of(state: CheckState, paused: bool, excused: bool, stale: bool) -> Self {
        match state {
            _ if paused => Self::Paused,
            _ if stale => Self::NotChecked,
            _ if excused => Self::Maintenance,
            CheckState::New => Self::New,
            CheckState::Up => Self::Up,
            CheckState::Down => Self::Down,
        }
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CheckRow {
    pub check: i64,
    pub name: String,
    pub kind: CheckKind,
    /// What is asked; of heartbeats when they are expected.
    pub target: String,
    pub stands: Stands,
    pub state_at: At,
    pub last_at: Option<At>,
    pub last_ms: Option<i64>,
    /// Why it failed last, if it did.
    pub last_error: Option<String>,
    /// When it is run next; of heartbeats until when they have to be heard from.
    pub next_at: Option<At>,
    /// Of ten thousand results so many were right; null where there are none.
    pub uptime_day: Option<i64>,
    pub uptime_week: Option<i64>,
    /// Milliseconds of the newest results, oldest first.
    pub spark: Vec<u32>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MaintenanceRow {
    pub maintenance: i64,
    /// Null: all checks.
    pub check: Option<i64>,
    pub check_name: Option<String>,
    pub starts_at: At,
    pub ends_at: At,
    pub reason: String,
    pub saved_by: String,
}

/// `99.98 %`, of ten thousand.
#[must_use]
pub fn percent(of_ten_thousand: i64) -> String {
    let (whole, part) = (of_ten_thousand / 100, of_ten_thousand % 100);
    let (whole, nought) = (whole.to_string(), if part < 10 { "0" } else { "" });
    if part == 0 { whole + " %" } else { [&whole, ".", nought, &part.to_string(), " %"].concat() }
}

/// The line for a table of cron jobs that reports to a heartbeat: its end with its exit status, and the last of what it printed.
#[must_use]
pub fn cron_line(console: &str, token: &str, cron: Option<&str>) -> String {
    let (console, when) = (console.trim_end_matches('/'), cron.unwrap_or("0 * * * *"));
    let url = [console, "/api/ops/heartbeats/", token].concat();
    [
        when,
        " out=$(mktemp); curl -fsS -m 10 -X POST ",
        &url,
        "/start; /path/to/job >$out 2>&1; curl -fsS -m 10 --retry 3 --data-binary @$out ",
        &url,
        "/$?; rm -f $out",
    ]
    .concat()
}

impl View for Checks {
    const META: ViewMeta = ViewMeta {
        name: "checks",
        title: "Checks",
        path: "/fn/checks",
        cli: "opsctl checks",
        sight: Sight::Shared,
        permission: Permission::Read,
    };
    type Output = ChecksOutput;
}

#[cfg(feature = "server")]
pub(super) mod server;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_not_checked_is_never_up() {
        assert_eq!(Stands::of(CheckState::Up, false, false, true), Stands::NotChecked);
        assert_eq!(Stands::of(CheckState::Up, true, true, true), Stands::Paused);
        assert_eq!(Stands::of(CheckState::Down, false, true, false), Stands::Maintenance);
        assert_eq!((percent(10_000), percent(9_998), percent(9_905)), ("100 %".into(), "99.98 %".into(), "99.05 %".into()));
    }

    #[test]
    fn the_line_reports_how_the_job_ended() {
        let line = cron_line("https://ops.example/", "tok", Some("30 3 * * *"));
        assert!(line.starts_with("30 3 * * * ") && line.contains("-X POST https://ops.example/api/ops/heartbeats/tok/start;"), "{line}");
        assert!(line.contains("--data-binary @$out https://ops.example/api/ops/heartbeats/tok/$?;"), "{line}");
    }
}
