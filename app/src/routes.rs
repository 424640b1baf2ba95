//! Every URL of the console as a function, so that a link and a route cannot disagree, and the few
//! things one does with a query string. Not in here: what stands on the pages.

use domain::{CommandId, JobId, OperationId, TenantId};

/// The dashboard.
pub const DASHBOARD: &str = "/";
/// The troubleshooting queue; filters are its query.
pub const TROUBLESHOOTING: &str = "/troubleshooting";
/// Groups of failures; filters are its query.
pub const GROUPS: &str = "/troubleshooting/groups";
/// Runs of pipelines; filters are its query.
pub const JOBS: &str = "/jobs";
/// Groups of frontend errors; filters are its query.
pub const FRONTEND_ERRORS: &str = "/frontend-errors";
/// Logs; filters are its query.
pub const LOGS: &str = "/logs";
/// What is written to a log from now on, as a WebSocket.
pub const FOLLOW_LOG: &str = "/api/ops/logs/follow";
/// A support bundle, as a file.
pub const SUPPORT_BUNDLE: &str = "/api/ops/support-bundle";
/// Deeds over many commands; filters are its query.
pub const OPERATIONS: &str = "/operations";
/// How the console and what it watches are.
pub const HEALTH: &str = "/health";
/// Deploys; filters are its query.
pub const DEPLOYS: &str = "/deploys";
/// Synthetic checks and heartbeats; filters are its query.
pub const CHECKS: &str = "/checks";
/// Alerts, their rules, and where they are sent to.
pub const ALERTS: &str = "/alerts";
/// Accounts of scripts and agents.
pub const SERVICES: &str = "/service-accounts";
/// The audit timeline; filters are its query.
pub const AUDIT: &str = "/audit";
/// Where somebody signs in; outside the app.
pub const SIGN_IN: &str = "/sign-in";
/// The event stream of a tab.
pub const LIVE: &str = "/live";

/// Forms of the session and of signing in post here; each answers with a 303.
pub const SESSION_START: &str = "/session/start";
pub const SESSION_RAISE: &str = "/session/raise";
pub const SESSION_LOWER: &str = "/session/lower";
pub const SESSION_END: &str = "/session/end";
pub const AUTH_SIGN_IN: &str = "/auth/sign-in";
pub const AUTH_SIGN_OUT: &str = "/auth/sign-out";
pub const AUTH_SIGN_OUT_EVERYWHERE: &str = "/auth/sign-out-everywhere";
pub const ENROL_PASSWORD: &str = "/auth/enrol/password";
pub const ENROL_FACTOR: &str = "/auth/enrol/factor";

/// A page of the app, as its path names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    Dashboard,
    Troubleshooting,
    Groups,
    Group(i64),
    Command(CommandId),
    Jobs,
    Job(JobId),
    FrontendErrors,
    FrontendGroup(i64),
    Logs,
    Operations,
    Operation(OperationId),
    Health,
    Deploys,
    Deploy(i64),
    Checks,
    Check(i64),
    Alerts,
    Services,
    Audit,
}

impl Place {
    /// What a tab on this page is called; a page that knows more about its thing says so later.
    #[must_use]
    pub fn title(place: Option<Self>) -> String {
        let name = match place {
            Some(Self::Dashboard) => "Dashboard",
            Some(Self::Troubleshooting) => "Troubleshooting",
            Some(Self::Groups) => "Groups of failures",
            Some(Self::Group(group)) => return titled(&["Group ", &group.to_string()]),
            Some(Self::Command(command)) => return titled(&["Command ", &command.short()]),
            Some(Self::Jobs) => "Jobs",
            Some(Self::Job(job)) => return titled(&["Job ", &job.short()]),
            Some(Self::FrontendErrors) => "Frontend errors",
            Some(Self::FrontendGroup(group)) => return titled(&["Frontend group ", &group.to_string()]),
            Some(Self::Logs) => "Logs",
            Some(Self::Operations) => "Operations",
            Some(Self::Operation(operation)) => return titled(&["Operation ", &operation.short()]),
            Some(Self::Health) => "Health",
            Some(Self::Deploys) => "Deploys",
            Some(Self::Deploy(deploy)) => return titled(&["Deploy ", &deploy.to_string()]),
            Some(Self::Checks) => "Checks",
            Some(Self::Check(check)) => return titled(&["Check ", &check.to_string()]),
            Some(Self::Alerts) => "Alerts",
            Some(Self::Services) => "Service accounts",
            Some(Self::Audit) => "Audit",
            None => "Not here",
        };
        titled(&[name])
    }

    /// A number no other page has.
    #[must_use]
    pub const fn key(self) -> u128 {
        match self {
            Self::Dashboard => 1,
            Self::Troubleshooting => 2,
            Self::Jobs => 3,
            Self::FrontendErrors => 4,
            Self::Audit => 5,
            Self::Operations => 6,
            Self::Groups => 7,
            Self::Health => 8,
            Self::Deploys => 9,
            Self::Logs => 10,
            Self::Checks => 11,
            Self::Alerts => 12,
            Self::Services => 13,
            // Larger than any number above, and smaller than any id that is made of a time.
            Self::Group(group) => (group as u128) << 8,
            Self::FrontendGroup(group) => ((group as u128) << 8) | 1,
            Self::Deploy(deploy) => ((deploy as u128) << 8) | 2,
            Self::Check(check) => ((check as u128) << 8) | 3,
            Self::Command(command) => command.0.as_u128(),
            // Things of two kinds may have the same id.
            Self::Job(job) => !job.0.as_u128(),
            Self::Operation(operation) => operation.0.as_u128().rotate_left(64),
        }
    }

    /// The page of a path; `None` when there is none there. Case and a slash at the end count.
    #[must_use]
    pub fn of(path: &str) -> Option<Self> {
        Some(match path {
            DASHBOARD => Self::Dashboard,
            TROUBLESHOOTING => Self::Troubleshooting,
            GROUPS => Self::Groups,
            JOBS => Self::Jobs,
            FRONTEND_ERRORS => Self::FrontendErrors,
            LOGS => Self::Logs,
            OPERATIONS => Self::Operations,
            HEALTH => Self::Health,
            DEPLOYS => Self::Deploys,
            CHECKS => Self::Checks,
            ALERTS => Self::Alerts,
            SERVICES => Self::Services,
            AUDIT => Self::Audit,
            deeper => match deeper.rsplit_once('/')? {
                (GROUPS, id) => Self::Group(id.parse().ok().filter(|id| *id > 0)?),
                (TROUBLESHOOTING, id) => Self::Command(id.parse().ok()?),
                (JOBS, id) => Self::Job(id.parse().ok()?),
                (FRONTEND_ERRORS, id) => Self::FrontendGroup(id.parse().ok().filter(|id| *id > 0)?),
                (DEPLOYS, id) => Self::Deploy(id.parse().ok().filter(|id| *id > 0)?),
                (OPERATIONS, id) => Self::Operation(id.parse().ok()?),
                (CHECKS, id) => Self::Check(id.parse().ok().filter(|id| *id > 0)?),
                _ => return None,
            },
        })
    }
}

/// What a tab is called: this, and whose it is.
#[must_use]
pub fn titled(words: &[&str]) -> String {
    [&words.concat(), " \u{b7} Support console"].concat()
}

/// One group of failures.
#[must_use]
pub fn group(id: i64) -> String {
    [GROUPS, "/", &id.to_string()].concat()
}

/// One group, with the dialog that snoozes it.
#[must_use]
pub fn snooze(group_id: i64) -> String {
    [&group(group_id), "?do=snooze"].concat()
}

/// One deploy.
#[must_use]
pub fn deploy(id: i64) -> String {
    [DEPLOYS, "/", &id.to_string()].concat()
}

/// The commands whose runs are stuck at a step.
#[must_use]
pub fn stuck_at(step: &str) -> String {
    // The name of a step needs no escape.
    [TROUBLESHOOTING, "?find=step:", step].concat()
}

/// The commands of a group that wait.
#[must_use]
pub fn commands_of(group: i64) -> String {
    url(TROUBLESHOOTING, &[("group", &group.to_string())])
}

/// One command of the troubleshooting queue.
#[must_use]
pub fn command(id: CommandId) -> String {
    [TROUBLESHOOTING, "/", &id.to_string()].concat()
}

/// One run of a pipeline.
#[must_use]
pub fn job(id: JobId) -> String {
    [JOBS, "/", &id.to_string()].concat()
}

/// One operation.
#[must_use]
pub fn operation(id: OperationId) -> String {
    [OPERATIONS, "/", &id.to_string()].concat()
}

/// One check or heartbeat.
#[must_use]
pub fn check(id: i64) -> String {
    [CHECKS, "/", &id.to_string()].concat()
}

/// One group of frontend errors.
#[must_use]
pub fn frontend_group(id: i64) -> String {
    [FRONTEND_ERRORS, "/", &id.to_string()].concat()
}

/// Sign-in, and back to where somebody was.
#[must_use]
pub fn sign_in(next: &str) -> String {
    url(SIGN_IN, &[("next", next)])
}

/// This page with the dialog that starts a support session on a tenant.
#[must_use]
pub fn start_session_on(path: &str, search: &str, tenant: TenantId) -> String {
    requery(path, search, &[("dialog", Some("start")), ("on", Some(&tenant.to_string())), ("problem", None)])
}

/// A path with a query; empty values are left out.
#[must_use]
pub fn url(path: &str, query: &[(&str, &str)]) -> String {
    let changes: Vec<_> = query.iter().filter(|(_, value)| !value.is_empty()).map(|(name, value)| (*name, Some(*value))).collect();
    requery(path, "", &changes)
}

/// The same page with some of its query changed: `Some` sets, `None` takes away, the rest stays as it is written.
#[must_use]
pub fn requery(path: &str, search: &str, changes: &[(&str, Option<&str>)]) -> String {
    let kept = search
        .trim_start_matches('?')
        .split('&')
        .filter(|pair| !pair.is_empty())
        .filter(|pair| {
            let name = pair.split('=').next().unwrap_or_default();
            changes.iter().all(|(changed, _)| *changed != name)
        })
        .map(str::to_owned);
    let set = changes.iter().filter_map(|(name, value)| value.map(|value| [&encode(name), "=", &encode(value)].concat()));
    let query = kept.chain(set).collect::<Vec<_>>().join("&");
    if query.is_empty() { path.to_owned() } else { [path, "?", &query].concat() }
}

/// What a query says under that name, as it is written there.
#[must_use]
pub fn asked<'a>(search: &'a str, name: &str) -> Option<&'a str> {
    search.trim_start_matches('?').split('&').find_map(|pair| {
        let (said, value) = pair.split_once('=').unwrap_or((pair, ""));
        (said == name).then_some(value)
    })
}

/// Percent-encodes everything but letters, digits and `-_.~`.
fn encode(text: &str) -> String {
    const HEX: &[u8; 16] = b"0123456789ABCDEF";
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => out.push(char::from(byte)),
            _ => {
                out.push('%');
                out.push(char::from(HEX[usize::from(byte >> 4)]));
                out.push(char::from(HEX[usize::from(byte & 15)]));
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_address_one_thing() {
        let id = "01931f3c-7a10-7c3e-9b9e-2f6f1f0a1b2c";
        assert_eq!(command(id.parse().expect("an id")), "/troubleshooting/01931f3c-7a10-7c3e-9b9e-2f6f1f0a1b2c");
        assert_eq!(job(id.parse().expect("an id")), "/jobs/01931f3c-7a10-7c3e-9b9e-2f6f1f0a1b2c");
        assert_eq!(frontend_group(7), "/frontend-errors/7");
    }

    #[test]
    fn every_link_leads_to_its_page() {
        let id = "01931f3c-7a10-7c3e-9b9e-2f6f1f0a1b2c";
        let (of_command, of_job) = (id.parse().expect("an id"), id.parse().expect("an id"));
        assert_eq!(Place::of(&command(of_command)), Some(Place::Command(of_command)));
        assert_eq!(Place::of(&job(of_job)), Some(Place::Job(of_job)));
        let of_operation = id.parse().expect("an id");
        assert_eq!(Place::of(&operation(of_operation)), Some(Place::Operation(of_operation)));
        let keys = [Place::Command(of_command).key(), Place::Job(of_job).key(), Place::Operation(of_operation).key()];
        assert!(keys[0] != keys[1] && keys[1] != keys[2] && keys[0] != keys[2], "a page of another kind is another page");
        for (path, place) in [(DASHBOARD, Place::Dashboard), (AUDIT, Place::Audit), (FRONTEND_ERRORS, Place::FrontendErrors)] {
            assert_eq!(Place::of(path), Some(place));
        }
        assert_eq!(
            (Place::of(DEPLOYS), Place::of(&deploy(7)), Place::of(HEALTH)),
            (Some(Place::Deploys), Some(Place::Deploy(7)), Some(Place::Health))
        );
        assert_eq!((Place::of(GROUPS), Place::of(&group(7))), (Some(Place::Groups), Some(Place::Group(7))));
        assert_eq!(Place::of(&frontend_group(7)), Some(Place::FrontendGroup(7)));
        assert_eq!((Place::of(&check(7)), Place::of(ALERTS)), (Some(Place::Check(7)), Some(Place::Alerts)));
        assert_ne!(Place::Check(7).key(), Place::Group(7).key());
        for nowhere in [
            "/checks/x",
            "",
            "/troubleshooting/groups/",
            "/troubleshooting/groups/x",
            "/troubleshooting/groups/0",
            "/jobs/",
            "/jobs/7",
            "/Jobs",
            "/jobs/a/b",
            "/audit/1",
            "/nothing",
        ] {
            assert_eq!(Place::of(nowhere), None, "{nowhere}");
        }
    }

    #[test]
    fn where_somebody_was_survives_the_sign_in() {
        assert_eq!(sign_in("/jobs?status=FAILED&x=ä"), "/sign-in?next=%2Fjobs%3Fstatus%3DFAILED%26x%3D%C3%A4");
    }

    #[test]
    fn a_query_changes_only_where_asked() {
        let search = "?mine=1&tenant=north%20wind&problem=no";
        assert_eq!(requery("/audit", search, &[("problem", None)]), "/audit?mine=1&tenant=north%20wind");
        assert_eq!(requery("/audit", search, &[("mine", None), ("problem", None), ("tenant", Some("a&b"))]), "/audit?tenant=a%26b");
        assert_eq!(requery("/audit", "mine=1", &[("mine", None)]), "/audit");
        assert_eq!(url("/jobs", &[("status", "FAILED"), ("tenant", "")]), "/jobs?status=FAILED");
    }
}
