//! Who is signed in, in which support session, and on which tenants a session may be opened.

use domain::{Actor, At, Permission, Sight, TenantId, View, ViewMeta};
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Me {}

/// What the session bar, the rail and every button need.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MeOutput {
    pub actor: Actor,
    /// The server's clock, so that countdowns do not trust the browser's.
    pub now: At,
    pub tenants: Vec<TenantRow>,
    /// Commands in troubleshooting, for the rail.
    pub troubleshooting: i64,
    /// Jobs that failed and whose command waits for a person, for the rail.
    pub failed_jobs: i64,
    /// Frontend error groups seen in the last hour, for the rail.
    pub frontend_groups: i64,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TenantRow {
    pub id: TenantId,
    pub slug: String,
    pub name: String,
}

impl View for Me {
    const META: ViewMeta = ViewMeta {
        name: "me",
        title: "Who am I, and in which support session",
        path: "/fn/me",
        cli: "opsctl me",
        sight: Sight::Overview,
        permission: Permission::Read,
    };
    type Output = MeOutput;
}
