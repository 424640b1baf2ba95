//! One deploy and what changed with it: settings, builds, migrations, groups of errors that are new, gone or more, times and queues; what
//! weighs most first. Facts say themselves how they are compared, so nothing is told apart by its text.

use super::deploys::DeployRow;
use domain::{At, Permission, Sight, View, ViewMeta};
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deploy {
    /// Its number.
    pub deploy: i64,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeployOutput {
    pub now: At,
    pub deploy: DeployRow,
    /// Why the comparison is not there, or not whole, as sentences.
    pub notes: Vec<String>,
    /// What weighs most first.
    pub changes: Vec<Difference>,
    /// Changes that are not listed because there are too many.
    pub left_out: i64,
}

/// One thing that is not as it was.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Difference {
    /// 0 to 100.
    pub weight: i64,
    pub kind: DifferenceKind,
    /// What changed: the name of a setting, a queue, the title of a group.
    pub what: String,
    /// Empty where there was nothing.
    pub before: String,
    /// Empty where there is nothing any more.
    pub after: String,
    /// Number of the group, where it is one.
    #[serde(default)]
    pub group: Option<i64>,
    /// True: a group of the customers' pages; else one of the troubleshooting queue.
    #[serde(default)]
    pub frontend: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DifferenceKind {
    /// A group that had never been.
    New,
    /// A group that had been quiet.
    Back,
    /// A group that happens much more often.
    More,
    /// A group that happens much less often.
    Less,
    /// A group that does not happen any more.
    Gone,
    Migration,
    Setting,
    Build,
    Latency,
    Queue,
}

impl DifferenceKind {
    /// In a word or two.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::New => "new group",
            Self::Back => "group is back",
            Self::More => "more often",
            Self::Less => "less often",
            Self::Gone => "gone",
            Self::Migration => "migration",
            Self::Setting => "setting",
            Self::Build => "build",
            Self::Latency => "latency",
            Self::Queue => "queue",
        }
    }
}

impl View for Deploy {
    const META: ViewMeta = ViewMeta {
        name: "deploy",
        title: "A deploy and what changed with it",
        path: "/fn/deploy",
        cli: "opsctl deploy show {deploy}",
        sight: Sight::Overview,
        permission: Permission::Read,
    };
    type Output = DeployOutput;
}

#[cfg(feature = "server")]
mod server;
