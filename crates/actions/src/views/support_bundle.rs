//! What a support bundle would hold. The bundle itself is a stream of the server's; taking one is judged by this view and leaves
//! an entry each time.

use domain::{At, Permission, Sight, View, ViewMeta};
use serde::{Deserialize, Serialize};

/// The most bytes of one log in a bundle.
pub const MOST_OF_A_LOG: u64 = 128 << 20;
/// The most bytes of what is no log.
pub const MOST_OF_A_VIEW: u64 = 4 << 20;

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct SupportBundle {
    /// One is taken now.
    pub take: Option<bool>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SupportBundleOutput {
    pub now: At,
    /// In the order of the bundle.
    pub collectors: Vec<Planned>,
}

/// A part of a bundle before there is one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Planned {
    pub name: String,
    pub what: String,
    /// As far as it can be said without collecting it.
    pub bytes: Option<u64>,
    /// Never more than this.
    pub most: u64,
    pub problem: Option<String>,
}

/// A collector of one answer: its name, the view it is, and what it says. The settings are no view.
pub const VIEWS: [(&str, &str, &str); 7] = [
    ("context", "context", "One snapshot of the whole product"),
    ("health", "dashboard", "How the parts are, and what is active"),
    ("settings", "settings", "Names of settings and migrations, never values that are secret"),
    ("deploys", "deploys", "What was deployed, and what differed"),
    ("frontend-logs", "frontend-logs", "Errors the customers' browsers reported"),
    ("groups", "groups", "Groups of failures"),
    ("operations", "operations", "Deeds over many commands"),
];

impl View for SupportBundle {
    const META: ViewMeta = ViewMeta {
        name: "support-bundle",
        title: "Support bundle",
        path: "/fn/support-bundle",
        cli: "opsctl bundle --preview",
        sight: Sight::Logs,
        permission: Permission::LogsRead,
    };
    type Output = SupportBundleOutput;
}

#[cfg(feature = "server")]
mod server {
    use super::{MOST_OF_A_LOG, MOST_OF_A_VIEW, Planned, SupportBundle, SupportBundleOutput, VIEWS};
    use domain::Problem;
    use gate::{About, Read, Reader};

    impl Read for SupportBundle {
        fn about(&self) -> About {
            if self.take == Some(true) { About::Each("support bundle".to_owned()) } else { About::Nothing }
        }

        async fn read(self, reader: Reader) -> Result<SupportBundleOutput, Problem> {
            let mut collectors = Vec::new();
            for (name, _, what) in VIEWS {
                collectors.push(Planned { name: name.to_owned(), what: what.to_owned(), bytes: None, most: MOST_OF_A_VIEW, problem: None });
            }
            for service in reader.logs.services().await {
                let logs::Service { name, kind, place, bytes, problem } = service;
                let bytes = bytes.map(|bytes| bytes.min(MOST_OF_A_LOG));
                collectors.push(Planned {
                    name: format!("logs {name}"),
                    what: format!("{kind} {place}"),
                    bytes,
                    most: MOST_OF_A_LOG,
                    problem,
                });
            }
            Ok(SupportBundleOutput { now: reader.now, collectors })
        }
    }
}
