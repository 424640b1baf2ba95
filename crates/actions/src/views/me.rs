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
        permission: Permission::Own,
    };
    type Output = MeOutput;
}

#[cfg(feature = "server")]
mod server {
    use super::{Me, MeOutput, TenantRow};
    use domain::TenantId;
    use gate::{Failed, Look, Show};

    impl Show for Me {
        async fn show(self, look: &mut Look) -> Result<MeOutput, Failed> {
            let tenants: Vec<(uuid::Uuid, String, String)> =
                sqlx::query_as("select id, slug, name from console.tenant order by name, slug").fetch_all(look.conn()).await?;
            let (troubleshooting, failed_jobs, frontend_groups): (i64, i64, i64) = sqlx::query_as(
                "select (select coalesce(max(open) filter (where scope = '00000000-0000-0000-0000-000000000000'), sum(open), 0)::int8 from triage.queue_count),
                        (select count(*) from pipeline.job where status = 'FAILED' and updated_at > statement_timestamp() - interval '24 hours'),
                        -- Of a storm no more is said than that it is one.
                        (select count(*) from (select from telemetry.error_group where last_seen > statement_timestamp() - interval '1 hour' limit 1000) seen)",
            )
            .fetch_one(look.conn())
            .await?;
            Ok(MeOutput {
                actor: look.actor().clone(),
                now: look.now(),
                tenants: tenants.into_iter().map(|(id, slug, name)| TenantRow { id: TenantId(id), slug, name }).collect(),
                troubleshooting,
                failed_jobs,
                frontend_groups,
            })
        }
    }
}
