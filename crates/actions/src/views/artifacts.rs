//! What builds left that turns frames into files and lines, newest first.

use domain::{ArtifactKind, At, Permission, Sight, View, ViewMeta};
use serde::{Deserialize, Serialize};

/// Filters; empty means all.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Artifacts {
    pub build: Option<String>,
    /// Tenant slug or id: its own, and those for all.
    pub tenant: Option<String>,
    pub limit: Option<i64>,
    /// Artifacts before this one in the list.
    pub before: Option<i64>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ArtifactsOutput {
    pub now: At,
    pub rows: Vec<ArtifactRow>,
    /// Where the next page begins; null on the last.
    pub next: Option<i64>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ArtifactRow {
    pub id: i64,
    pub build: String,
    /// The last segments of the file's address.
    pub name: String,
    pub kind: ArtifactKind,
    /// Of the file that was uploaded.
    pub sha256: String,
    /// Its size in bytes.
    pub size: i64,
    /// Bytes of what is kept of it, before the database packs them.
    pub kept: i64,
    /// False: names of functions only.
    pub lines: bool,
    pub uploaded_at: At,
    pub uploaded_by: String,
    /// Slug of the tenant it is for; null: for all.
    pub tenant: Option<String>,
}

impl View for Artifacts {
    const META: ViewMeta = ViewMeta {
        name: "artifacts",
        title: "Artifacts of builds",
        path: "/fn/artifacts",
        cli: "opsctl artifacts list --build {build} --tenant {tenant}",
        sight: Sight::Overview,
        permission: Permission::Read,
    };
    type Output = ArtifactsOutput;
}

#[cfg(feature = "server")]
mod server {
    use super::{ArtifactRow, Artifacts, ArtifactsOutput};
    use domain::At;
    use gate::{Failed, Look, Show};
    use sqlx::{FromRow, types::time::OffsetDateTime};

    /// Rows on a page unless asked otherwise, and at most.
    const LIMIT: (i64, i64) = (100, 500);

    #[derive(FromRow)]
    struct Row {
        id: i64,
        build: String,
        name: String,
        kind: String,
        sha256: String,
        size: i64,
        kept: i64,
        lines: bool,
        uploaded_at: OffsetDateTime,
        uploaded_by: String,
        tenant: Option<String>,
    }

    impl Show for Artifacts {
        async fn show(self, look: &mut Look) -> Result<ArtifactsOutput, Failed> {
            let limit = self.limit.unwrap_or(LIMIT.0).clamp(1, LIMIT.1);
            let rows: Vec<Row> = sqlx::query_as(
                "select a.id, a.build, a.name, a.kind, a.sha256, a.size, a.digest_size as kept, a.lines, a.uploaded_at, a.uploaded_by, t.slug as tenant
                 from ops.artifact a left join console.tenant t on t.id = a.scope
                 where ($1::text is null or a.build = $1) and ($2::text is null or t.id is null or t.slug = $2 or t.id::text = $2)
                   and ($3::int8 is null or (a.uploaded_at, a.id) < (select b.uploaded_at, b.id from ops.artifact b where b.id = $3))
                 order by a.uploaded_at desc, a.id desc limit $4",
            )
            .bind(self.build)
            .bind(self.tenant)
            .bind(self.before)
            .bind(limit + 1)
            .fetch_all(look.conn())
            .await?;
            let shown = usize::try_from(limit).unwrap_or(usize::MAX);
            let more = rows.len() > shown;
            let rows: Vec<ArtifactRow> = rows.into_iter().take(shown).map(row).collect::<Result<_, _>>()?;
            let next = rows.last().filter(|_| more).map(|last| last.id);
            Ok(ArtifactsOutput { now: look.now(), rows, next })
        }
    }

    fn row(row: Row) -> Result<ArtifactRow, Failed> {
        Ok(ArtifactRow {
            id: row.id,
            build: row.build,
            name: row.name,
            kind: row.kind.parse().map_err(|bad: domain::BadState| Failed::Garbled(bad.to_string()))?,
            sha256: row.sha256,
            size: row.size,
            kept: row.kept,
            lines: row.lines,
            uploaded_at: At::from(row.uploaded_at),
            uploaded_by: row.uploaded_by,
            tenant: row.tenant,
        })
    }
}
