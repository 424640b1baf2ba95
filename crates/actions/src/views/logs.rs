//! The logs of the product and of the console: which there are, and the last lines of one. Everybody's deeds have left lines in
//! them, so it takes a role over all tenants, and each log that is read leaves an entry. Following one is a stream of the server's.

use domain::{At, LogLevel, LogLine, Permission, Sight, View, ViewMeta};
use serde::{Deserialize, Serialize};

/// Lines that are given unless told otherwise, and the most.
pub const TAIL: i64 = 200;
pub const MOST_TAIL: i64 = 5_000;
/// The most bytes of lines that are answered.
pub const MOST_BYTES: u64 = 4 << 20;

/// Which; without a service, what there is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Logs {
    pub service: Option<String>,
    /// How many of the last lines are looked at; 200 when empty, 5,000 at most.
    pub tail: Option<i64>,
    /// Written within this span (`5m`) or since this moment (RFC 3339).
    pub since: Option<String>,
    /// Only of these so grave or graver.
    pub level: Option<LogLevel>,
    /// Only lines with this text; case does not count.
    pub find: Option<String>,
    /// The message is the whole line, untouched but for scrubbing.
    pub plain: Option<bool>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogsOutput {
    pub now: At,
    pub services: Vec<LogService>,
    /// Oldest first.
    pub lines: Vec<LogLine>,
    /// What was left out, as sentences.
    pub cut: Vec<String>,
    pub removed: Vec<Removed>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogService {
    pub name: String,
    /// `file`, `journal` or `docker`.
    pub kind: String,
    /// The path, unit or container.
    pub place: String,
    /// Only where no log is read: how large it is now, and why it cannot be read.
    pub bytes: Option<u64>,
    pub problem: Option<String>,
}

/// How often a rule of scrubbing removed something; never what.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Removed {
    pub rule: String,
    pub count: u64,
}

impl Removed {
    /// All of them in words, such as `2 email, 1 jwt`.
    #[must_use]
    pub fn words(all: &[Self]) -> String {
        all.iter().map(|one| [&one.count.to_string(), " ", &*one.rule].concat()).collect::<Vec<_>>().join(", ")
    }
}

impl View for Logs {
    const META: ViewMeta = ViewMeta {
        name: "logs",
        title: "Logs",
        path: "/fn/logs",
        cli: "opsctl logs {service} --tail {tail} --since {since} --level {level} --find {find}",
        sight: Sight::Logs,
        permission: Permission::LogsRead,
    };
    type Output = LogsOutput;
}

#[cfg(feature = "server")]
mod server {
    use super::{LogService, Logs, LogsOutput, MOST_BYTES, MOST_TAIL, Removed, TAIL};
    use domain::{At, LogLine, Problem, ProblemKind, parse_since};
    use gate::{About, Read, Reader, unread};
    use logs::{Most, Want};

    impl Logs {
        /// What is to be read of the log.
        pub fn want(&self, now: At) -> Result<Want, Problem> {
            let wrong = |words: String| Problem::new(ProblemKind::BadInput, words);
            let tail = self.tail.unwrap_or(TAIL);
            let lines = u64::try_from(tail).ok().filter(|_| (0..=MOST_TAIL).contains(&tail));
            let lines = lines.ok_or_else(|| wrong(format!("`tail` is {tail}; it is a number of lines from 0 to {MOST_TAIL}.")))?;
            let since = match &self.since {
                None => None,
                Some(text) => match parse_since(text) {
                    Ok(secs) => Some(now.plus_secs(-secs)),
                    Err(span) => Some(text.parse().map_err(|_| wrong(format!("{span}, or a moment such as 2026-11-21T10:24:31Z.")))?),
                },
            };
            let most = Most { lines, bytes: MOST_BYTES };
            Ok(Want { most, since, plain: self.plain == Some(true), now, pseudonyms: None, until: None })
        }

        /// Whether a line is one of those asked for.
        #[must_use]
        pub fn fits(&self, line: &LogLine) -> bool {
            let grave = self.level.is_none_or(|level| line.level.is_some_and(|is| is >= level));
            grave && self.find.as_ref().is_none_or(|find| line.message.to_lowercase().contains(&find.to_lowercase()))
        }
    }

    impl Read for Logs {
        fn about(&self) -> About {
            // What is no name of a service must not fill the audit.
            let name = |service: &String| service.chars().take(40).collect::<String>();
            self.service.as_ref().map_or(About::Nothing, |service| About::Same(format!("log:{}", name(service))))
        }

        async fn read(self, reader: Reader) -> Result<LogsOutput, Problem> {
            let Reader { logs, now, .. } = reader;
            let want = self.want(now)?;
            let Some(service) = &self.service else {
                let services = logs.services().await.into_iter().map(LogService::from).collect();
                return Ok(LogsOutput { now, services, lines: Vec::new(), cut: Vec::new(), removed: Vec::new() });
            };
            let tail = logs.tail(service, want).await.map_err(|refused| unread(&refused))?;
            let services = logs.places().into_iter().map(LogService::from).collect();
            let lines = tail.lines.into_iter().filter(|line| self.fits(line)).collect();
            let removed = tail.done.removed.into_iter().map(|(rule, count)| Removed { rule, count }).collect();
            Ok(LogsOutput { now, services, lines, cut: tail.done.cut, removed })
        }
    }

    impl From<logs::Service> for LogService {
        fn from(service: logs::Service) -> Self {
            let logs::Service { name, kind, place, bytes, problem } = service;
            Self { name, kind: kind.to_owned(), place, bytes, problem }
        }
    }
}
