//! Deploys, newest first: those somebody recorded, and those noticed because a build changed.

use domain::{At, DeploySource, Permission, Sight, View, ViewMeta};
use serde::{Deserialize, Serialize};

/// Filters; empty means all.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Deploys {
    pub service: Option<String>,
    /// Tenant slug or id: its own, and those for all.
    pub tenant: Option<String>,
    pub limit: Option<i64>,
    /// Deploys with a smaller number than this.
    pub before: Option<i64>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeploysOutput {
    pub now: At,
    pub rows: Vec<DeployRow>,
    /// Where the next page begins; null on the last.
    pub next: Option<i64>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeployRow {
    pub id: i64,
    pub service: String,
    pub build: String,
    /// What ran before; null where nothing is known of.
    pub build_before: Option<String>,
    pub git_sha: Option<String>,
    pub environment: String,
    pub url: Option<String>,
    pub at: At,
    pub source: DeploySource,
    pub said_by: String,
    /// Slug of the tenant it is for; null: for all.
    pub tenant: Option<String>,
    /// When the console looks at what it did.
    pub settles_at: At,
    /// Readings of before and after are there.
    pub before_at: Option<At>,
    pub after_at: Option<At>,
}

impl View for Deploys {
    const META: ViewMeta = ViewMeta {
        name: "deploys",
        title: "Deploys",
        path: "/fn/deploys",
        cli: "opsctl deploys --service {service} --tenant {tenant}",
        sight: Sight::Overview,
        permission: Permission::Read,
    };
    type Output = DeploysOutput;
}

#[cfg(feature = "server")]
pub(crate) mod server {
    use super::{DeployRow, Deploys, DeploysOutput};
    use domain::At;
    use gate::{Failed, Look, Show};
    use sqlx::{FromRow, types::time::OffsetDateTime};

    /// Rows on a page unless asked otherwise, and at most.
    const LIMIT: (i64, i64) = (50, 200);

    #[derive(FromRow)]
    pub(crate) struct Row {
        id: i64,
        service: String,
        build: String,
        build_before: Option<String>,
        git_sha: Option<String>,
        environment: String,
        url: Option<String>,
        at: OffsetDateTime,
        source: String,
        said_by: String,
        tenant: Option<String>,
        settles_at: OffsetDateTime,
        before: Option<OffsetDateTime>,
        after: Option<OffsetDateTime>,
    }

    /// Everything of a deploy but its comparison; conditions follow.
    pub(crate) const ROWS: &str = "select d.id, d.service, d.build, d.git_sha, d.environment, d.url, d.at, d.source, d.said_by, t.slug as tenant, d.before, d.after,
            d.at + make_interval(secs => (select settle_seconds from ops.ring_setting)) as settles_at,
            coalesce(d.build_before, (select o.build from ops.deploy o where o.scope = d.scope and o.service = d.service and (o.at, o.id) < (d.at, d.id) order by o.at desc, o.id desc limit 1)) as build_before
        from ops.deploy d left join console.tenant t on t.id = d.scope where ";

    impl Show for Deploys {
        async fn show(self, look: &mut Look) -> Result<DeploysOutput, Failed> {
            let limit = self.limit.unwrap_or(LIMIT.0).clamp(1, LIMIT.1);
            let sql = [
                ROWS,
                "($1::text is null or d.service = $1) and ($2::text is null or t.id is null or t.slug = $2 or t.id::text = $2)
                 and ($3::int8 is null or (d.at, d.id) < (select b.at, b.id from ops.deploy b where b.id = $3)) order by d.at desc, d.id desc limit $4",
            ]
            .concat();
            let rows: Vec<Row> = sqlx::query_as(sqlx::AssertSqlSafe(sql))
                .bind(self.service)
                .bind(self.tenant)
                .bind(self.before)
                .bind(limit + 1)
                .fetch_all(look.conn())
                .await?;
            let more = rows.len() > usize::try_from(limit).unwrap_or(usize::MAX);
            let rows: Vec<DeployRow> =
                rows.into_iter().take(usize::try_from(limit).unwrap_or(usize::MAX)).map(row).collect::<Result<_, _>>()?;
            let next = rows.last().filter(|_| more).map(|last| last.id);
            Ok(DeploysOutput { now: look.now(), rows, next })
        }
    }

    pub(crate) fn row(row: Row) -> Result<DeployRow, Failed> {
        Ok(DeployRow {
            id: row.id,
            service: row.service,
            build: row.build,
            build_before: row.build_before,
            git_sha: row.git_sha,
            environment: row.environment,
            url: row.url,
            at: At::from(row.at),
            source: row.source.parse().map_err(|bad: domain::BadState| Failed::Garbled(bad.to_string()))?,
            said_by: row.said_by,
            tenant: row.tenant,
            settles_at: At::from(row.settles_at),
            before_at: row.before.map(At::from),
            after_at: row.after.map(At::from),
        })
    }
}
