//! Accounts of scripts, whoever answers for them.

use domain::{At, Permission, Sight, View, ViewMeta};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServiceAccounts {}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServiceAccountsOutput {
    pub now: At,
    /// Those that go on first, then the newest; at most 200.
    pub accounts: Vec<ServiceAccountRow>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServiceAccountRow {
    pub account: Uuid,
    pub name: String,
    /// Who answers for it.
    pub sponsor: String,
    pub permissions: Vec<String>,
    /// Slug of the one tenant it sees; all when empty.
    pub tenant: Option<String>,
    pub issued_at: At,
    pub ends_at: At,
    /// When it asked last, to half a minute.
    pub last_seen_at: Option<At>,
    /// Set once it was ended before its time, and by whom.
    pub ended_at: Option<At>,
    pub ended_by: Option<String>,
}

impl ServiceAccountRow {
    /// Whether its token opens anything.
    #[must_use]
    pub fn goes_on(&self, now: At) -> bool {
        self.ended_at.is_none() && now < self.ends_at
    }
}

impl View for ServiceAccounts {
    const META: ViewMeta = ViewMeta {
        name: "service-accounts",
        title: "Service accounts",
        path: "/fn/service-accounts",
        cli: "opsctl service list",
        sight: Sight::Shared,
        permission: Permission::ServiceIssue,
    };
    type Output = ServiceAccountsOutput;
}

#[cfg(feature = "server")]
mod server {
    use super::{ServiceAccountRow, ServiceAccounts, ServiceAccountsOutput};
    use domain::At;
    use gate::{Failed, Look, Show};
    use sqlx::types::time::OffsetDateTime;
    use uuid::Uuid;

    #[derive(sqlx::FromRow)]
    struct Record {
        id: Uuid,
        name: String,
        sponsor: String,
        permissions: Vec<String>,
        slug: Option<String>,
        issued_at: OffsetDateTime,
        ends_at: OffsetDateTime,
        last_seen_at: Option<OffsetDateTime>,
        ended_at: Option<OffsetDateTime>,
        ended_by: Option<String>,
    }

    impl Show for ServiceAccounts {
        async fn show(self, look: &mut Look) -> Result<ServiceAccountsOutput, Failed> {
            let records: Vec<Record> =
                sqlx::query_as("select a.*, t.slug from console.service_accounts() a left join console.tenant t on t.id = a.only_tenant")
                    .fetch_all(look.conn())
                    .await?;
            let row = |record: Record| ServiceAccountRow {
                account: record.id,
                name: record.name,
                sponsor: record.sponsor,
                permissions: record.permissions,
                tenant: record.slug,
                issued_at: At::from(record.issued_at),
                ends_at: At::from(record.ends_at),
                last_seen_at: record.last_seen_at.map(At::from),
                ended_at: record.ended_at.map(At::from),
                ended_by: record.ended_by,
            };
            Ok(ServiceAccountsOutput { now: look.now(), accounts: records.into_iter().map(row).collect() })
        }
    }
}
