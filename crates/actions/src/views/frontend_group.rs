//! One group of frontend errors: in which tabs, builds, browsers and routes, what people wrote; and within a support session its events,
//! and what these tabs had just asked the product for.

use super::{
    frontend_logs::{EventRow, GroupRow},
    group::NoteRow,
};
use domain::{At, CommandId, CommandStatus, Permission, Sight, Subject, View, ViewMeta};
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FrontendGroup {
    /// Number of the group.
    pub group: i64,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FrontendGroupOutput {
    pub now: At,
    pub group: GroupRow,
    pub builds: Vec<SeenIn>,
    pub browsers: Vec<SeenIn>,
    pub routes: Vec<SeenIn>,
    /// Of how many tabs builds, browsers and routes are told: the newest, at most 10,000, of the last seven days.
    pub tabs_told: i64,
    /// Newest first; at most 100.
    pub notes: Vec<NoteRow>,
    /// Other groups that happened in the same tabs, most tabs first.
    pub beside: Vec<Beside>,
    /// True when what follows may be shown.
    pub inside: bool,
    /// Events, newest first; at most 50; inside only.
    pub events: Vec<EventRow>,
    /// Commands that these tabs sent before something went wrong in them, newest first; at most 50; inside only.
    pub commands: Vec<TabCommand>,
}

/// A build, a browser or a route.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SeenIn {
    pub value: String,
    /// Tabs it happened in there.
    pub tabs: i64,
    pub first_seen: At,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Beside {
    pub group: i64,
    pub title: String,
    /// Tabs in which both happened.
    pub tabs: i64,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TabCommand {
    pub command: CommandId,
    pub domain: String,
    pub command_type: String,
    pub status: CommandStatus,
    pub updated_at: At,
    /// Tab that sent it.
    pub page_session: String,
    /// Number of its job, where it is one of a pipeline.
    pub job: Option<domain::JobId>,
}

impl View for FrontendGroup {
    const META: ViewMeta = ViewMeta {
        name: "frontend-group",
        title: "One group of frontend errors",
        path: "/fn/frontend-group",
        cli: "opsctl groups show {group} --frontend",
        sight: Sight::Excerpts,
        permission: Permission::Read,
    };
    type Output = FrontendGroupOutput;
    fn subject(&self) -> Subject {
        Subject::FrontendGroup(self.group)
    }
}

#[cfg(feature = "server")]
mod server;
