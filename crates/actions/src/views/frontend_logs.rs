//! Frontend errors the beacon reported: groups, and inside a support session single events.

use super::{logs::Removed, standing::Standing};
use domain::{At, Permission, Sight, TenantId, View, ViewMeta};
use serde::{Deserialize, Serialize};

/// Filters; empty means all.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct FrontendLogs {
    /// Last seen within this span (`5m`) or since this moment (RFC 3339).
    pub since: Option<String>,
    pub route: Option<String>,
    pub build: Option<String>,
    /// A state (`KNOWN`); `all`; or nothing for what wants a person: neither known nor snoozed nor resolved.
    pub state: Option<String>,
    /// `recent` (the default) or `count`.
    pub order: Option<String>,
    /// Tenant slug or id.
    pub tenant: Option<String>,
    /// One group: its events are listed too.
    pub group: Option<i64>,
    pub limit: Option<i64>,
    pub cursor: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FrontendLogsOutput {
    pub now: At,
    pub groups: Vec<GroupRow>,
    pub next: Option<String>,
    /// Events of the chosen group, newest first; inside only.
    pub events: Vec<EventRow>,
    /// True when events of the chosen group may be shown.
    pub inside: bool,
    /// What did not get here within the last day, most first.
    pub losses: Vec<Loss>,
}

/// Something pages had to say that did not get here.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Loss {
    /// Why, as the pages say it (`rate`, `full`, the status they were refused with); `transit` are batches that were sent and never came.
    pub reason: String,
    /// Events; of `transit`, batches.
    pub count: i64,
    /// Browsers it happened to, as `Firefox 149`; only of `transit`.
    pub browsers: Vec<String>,
}

impl Loss {
    /// In a few words.
    #[must_use]
    pub fn words(&self) -> String {
        let n = self.count.to_string();
        let (words, reason) = match self.reason.as_str() {
            IN_TRANSIT => {
                let batches = if self.count == 1 { " batch sent that never came (" } else { " batches sent that never came (" };
                return [&n, batches, &self.browsers.join(", "), ")"].concat();
            }
            "rate" => (" over a page\u{2019}s own limit", ""),
            "full" => (" while too much waited at a page", ""),
            status if status.bytes().all(|digit| digit.is_ascii_digit()) => (" refused with ", status),
            reason => (" ", reason),
        };
        [&n, words, reason].concat()
    }
}

/// The reason of what was sent and never came.
pub const IN_TRANSIT: &str = "transit";

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct GroupRow {
    pub id: i64,
    pub tenant: TenantId,
    pub tenant_name: String,
    /// 16 hex digits; the same on the page and here.
    pub fingerprint: String,
    pub kind: FrontendKind,
    /// The normalised message: no ids, no numbers, no names.
    pub title: String,
    pub route: String,
    pub count: i64,
    /// Tabs it ever happened in.
    pub sessions: i64,
    pub standing: Standing,
    pub first_seen: At,
    pub last_seen: At,
    pub first_build: String,
    pub last_build: String,
    /// Build of the tenant's pages that is the present one, as its deploys were recorded.
    pub current_build: Option<String>,
    /// True: it happened in that build, too.
    pub in_current_build: bool,
    /// Events per slice of time, oldest first (12 slices of 5 minutes).
    pub spark: Vec<u32>,
}

/// What the builds a group happened in say of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Age {
    /// Nobody recorded which build is the present one.
    Unknown,
    /// It happens in the present build.
    Present,
    /// Only in builds before the present one, or of which nobody knows.
    Older,
    /// A tab of an older build asks for files that went away with it; loading the page again mends it.
    StaleBuild,
}

impl GroupRow {
    #[must_use]
    pub fn age(&self) -> Age {
        match (&self.current_build, self.in_current_build) {
            (None, _) => Age::Unknown,
            (Some(_), true) => Age::Present,
            (Some(_), false) if self.asks_for_a_file() => Age::StaleBuild,
            (Some(_), false) => Age::Older,
        }
    }

    /// Whether it is about a part of the page that did not come. Each engine and each bundler says so in its own words.
    fn asks_for_a_file(&self) -> bool {
        const SAID: [&str; 6] = [
            "dynamically imported module",
            "importing a module script failed",
            "loading chunk",
            "loading css chunk",
            "chunkloaderror",
            "unable to preload css",
        ];
        let title = self.title.to_ascii_lowercase();
        let of_the_page = [".js", ".mjs", ".css", ".wasm"].iter().any(|end| title.contains(end));
        SAID.iter().any(|said| title.contains(said)) || (self.kind == FrontendKind::Resource && of_the_page)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum FrontendKind {
    Error,
    Rejection,
    Console,
    Resource,
    /// The browser says the page ran out of memory, hung or died.
    Crash,
    /// A policy of the page kept it from something.
    Policy,
    /// The page uses what will go away, or what the browser no longer lets it do.
    Deprecation,
}

impl FrontendKind {
    /// The word for it, as in the data.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Rejection => "rejection",
            Self::Console => "console",
            Self::Resource => "resource",
            Self::Crash => "crash",
            Self::Policy => "policy",
            Self::Deprecation => "deprecation",
        }
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EventRow {
    pub id: i64,
    pub at: At,
    pub build: String,
    pub route: String,
    pub page_session: String,
    pub browser: String,
    pub socket: String,
    pub message: String,
    pub stack: String,
    pub count: i32,
    pub cut: bool,
    /// What scrubbing took out of it, on the page and here.
    #[serde(default)]
    pub removed: Vec<Removed>,
    /// More than this is kept of it: see the view `frontend-event`.
    #[serde(default)]
    pub said_more: bool,
    /// The command the page had just sent, if it said so.
    pub command: Option<domain::CommandId>,
    /// The frames of the stack with files and lines, by the artifacts of the build; null where the build has none.
    #[serde(default)]
    pub frames: Option<Vec<FrameRow>>,
}

/// One line of a stack.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FrameRow {
    /// As the browser wrote it.
    pub raw: String,
    /// Where in the source it is, the innermost function first; empty where that is not known.
    pub places: Vec<PlaceRow>,
}

/// A place in the source.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PlaceRow {
    /// Empty where it has no name.
    pub function: String,
    /// Empty where only the function is known.
    pub file: String,
    /// From 1; 0 where it is not known.
    pub line: i64,
    /// From 1; 0 where it is not known.
    pub column: i64,
    /// Number of the first line of `source`.
    pub source_from: i64,
    /// The line with those around it, where the artifact holds the source.
    pub source: Vec<String>,
}

impl EventRow {
    /// The stack as it is in the source; none where nothing of it is known.
    #[must_use]
    pub fn in_source(&self) -> Option<String> {
        let frames = self.frames.as_ref()?;
        if frames.iter().all(|frame| frame.places.is_empty()) {
            return None;
        }
        let mut text = String::new();
        for frame in frames {
            if frame.places.is_empty() {
                text.extend([frame.raw.as_str(), "\n"]);
            }
            for place in &frame.places {
                place.write(&mut text);
            }
        }
        Some(text)
    }
}

impl EventRow {
    /// Whether its build would have to be told of: nothing of it is kept, and there is something to resolve.
    #[must_use]
    pub fn wants_artifacts(&self) -> bool {
        self.frames.is_none() && !self.build.is_empty() && !self.stack.trim().is_empty()
    }

    /// The line that would change that.
    #[must_use]
    pub fn upload_line(&self) -> String {
        // Any page may say any build, and somebody pastes this.
        let plain = |c: char| c.is_ascii_alphanumeric() || "._/+".contains(c);
        let build =
            if self.build.chars().all(plain) { self.build.clone() } else { ["'", &self.build.replace('\'', "'\\''"), "'"].concat() };
        ["opsctl artifacts upload DIRECTORY --build=", &build].concat()
    }
}

impl PlaceRow {
    fn write(&self, text: &mut String) {
        let function = if self.function.is_empty() { "(no name)" } else { &self.function };
        text.extend([function, "  ", &self.file]);
        for number in [self.line, self.column] {
            if number > 0 {
                text.extend([":", &number.to_string()]);
            }
        }
        text.push('\n');
        for (number, line) in (self.source_from..).zip(&self.source) {
            let mark = if number == self.line { "  > " } else { "    " };
            text.extend([mark, &number.to_string(), "  ", line, "\n"]);
        }
    }
}

impl View for FrontendLogs {
    const META: ViewMeta = ViewMeta {
        name: "frontend-logs",
        title: "Frontend errors",
        path: "/fn/frontend-logs",
        cli: "opsctl frontend-logs",
        sight: Sight::Excerpts,
        permission: Permission::Read,
    };
    type Output = FrontendLogsOutput;
}

#[cfg(feature = "server")]
pub(super) mod server;
