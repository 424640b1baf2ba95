//! The public keys customers' pages report with, and the lines that put the beacon into a page.

use domain::{At, Permission, Sight, TenantId, View, ViewMeta};
use serde::{Deserialize, Serialize};

/// Filters; empty means all.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct IngestKeys {
    /// Tenant slug or id.
    pub tenant: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct IngestKeysOutput {
    /// By tenant, oldest first; those that were revoked are not among them.
    pub keys: Vec<IngestKey>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct IngestKey {
    pub tenant: TenantId,
    pub tenant_name: String,
    /// Not secret: it stands in the page, and grants nothing but appending.
    pub key: String,
    pub label: String,
    /// Origins whose pages may read the answers, besides the console's own.
    pub origins: Vec<String>,
    pub created_at: At,
}

/// The lines that put the beacon into any page: the beacon's own, and its address. `BUILD` stands for the build of the page.
#[must_use]
pub fn snippet(console: &str, key: &str) -> String {
    let console = console.trim_end_matches('/');
    [
        "<script type=\"module\" src=\"",
        console,
        "/beacon/loader.js\"\n  data-url=\"",
        console,
        "/api/ops/frontend-log?k=",
        key,
        "\" data-build=\"BUILD\"></script>\n",
    ]
    .concat()
}

impl View for IngestKeys {
    const META: ViewMeta = ViewMeta {
        name: "ingest-keys",
        title: "Keys of pages",
        path: "/fn/ingest-keys",
        cli: "opsctl beacon keys --tenant {tenant}",
        sight: Sight::Overview,
        permission: Permission::Read,
    };
    type Output = IngestKeysOutput;
}

#[cfg(feature = "server")]
mod server {
    use super::{IngestKey, IngestKeys, IngestKeysOutput};
    use crate::views::rows::push_tenant;
    use domain::{At, TenantId};
    use gate::{Failed, Look, Show};
    use sqlx::{Postgres, QueryBuilder, types::time::OffsetDateTime};
    use uuid::Uuid;

    impl Show for IngestKeys {
        async fn show(self, look: &mut Look) -> Result<IngestKeysOutput, Failed> {
            let mut sql = QueryBuilder::<Postgres>::new(
                "select k.tenant_id, t.name, k.key, k.label, k.origins, k.created_at from telemetry.ingest_key k
                 join console.tenant t on t.id = k.tenant_id where k.revoked_at is null",
            );
            push_tenant(&mut sql, "k.tenant_id", self.tenant.as_deref());
            sql.push(" order by t.name, k.created_at, k.key limit 1000");
            let rows: Vec<(Uuid, String, String, String, Vec<String>, OffsetDateTime)> =
                sql.build_query_as().fetch_all(look.conn()).await?;
            let key = |(tenant, tenant_name, key, label, origins, created_at)| IngestKey {
                tenant: TenantId(tenant),
                tenant_name,
                key,
                label,
                origins,
                created_at: At::from(created_at),
            };
            Ok(IngestKeysOutput { keys: rows.into_iter().map(key).collect() })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::snippet;

    #[test]
    fn the_lines_name_console_and_key() {
        let lines = snippet("https://ops.example/", "k0123456789abcdef");
        assert!(
            lines.contains("src=\"https://ops.example/beacon/loader.js\"") && lines.contains("/frontend-log?k=k0123456789abcdef\""),
            "{lines}"
        );
    }
}
