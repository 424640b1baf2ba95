//! One group of failures: its facts, whom it happens to, in which types and builds, what people wrote, and the newest commands.

use super::{groups::FailureGroup, troubleshooting::CommandRow};
use domain::{At, Permission, Sight, Subject, TenantId, View, ViewMeta};
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Group {
    /// Number of the group.
    pub group: i64,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct GroupOutput {
    pub now: At,
    pub group: FailureGroup,
    /// Whom it happens to, most waiting first; at most 100.
    pub tenants: Vec<TenantShare>,
    /// Command types, most often first.
    pub types: Vec<FacetRow>,
    /// Builds, newest first.
    pub releases: Vec<FacetRow>,
    /// Newest first; at most 100.
    pub notes: Vec<NoteRow>,
    /// The newest that wait, at most 20; content only inside a support session on their tenant.
    pub waiting: Vec<CommandRow>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TenantShare {
    pub tenant: TenantId,
    pub tenant_name: String,
    pub slug: String,
    pub open: i64,
    pub total: i64,
    pub last_seen: At,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FacetRow {
    pub value: String,
    pub count: i64,
    pub first_seen: At,
    pub last_seen: At,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct NoteRow {
    pub at: At,
    pub who: String,
    pub note: String,
}

impl View for Group {
    const META: ViewMeta = ViewMeta {
        name: "group",
        title: "One group of failures",
        path: "/fn/group",
        cli: "opsctl groups show {group}",
        sight: Sight::Excerpts,
        permission: Permission::Read,
    };
    type Output = GroupOutput;
    fn subject(&self) -> Subject {
        Subject::Group(self.group)
    }
}

#[cfg(feature = "server")]
mod server {
    use super::{FacetRow, Group, GroupOutput, NoteRow, TenantShare};
    use crate::views::{
        groups::server::{Scope, one},
        troubleshooting::{Troubleshooting, server::newest},
    };
    use domain::{At, TenantId};
    use gate::{Failed, Look, Show};
    use sqlx::types::time::OffsetDateTime;
    use uuid::Uuid;

    impl Show for Group {
        async fn show(self, look: &mut Look) -> Result<GroupOutput, Failed> {
            let scope = Scope::of(None, look).await?;
            let group = one(self.group, look, &scope).await?.ok_or(Failed::NotFound)?;
            Ok(GroupOutput {
                now: look.now(),
                group,
                tenants: tenants(self.group, look).await?,
                types: facets(self.group, "type", look).await?,
                releases: facets(self.group, "release", look).await?,
                notes: notes(self.group, look).await?,
                waiting: newest(&Troubleshooting { group: Some(self.group), ..Troubleshooting::default() }, look, 20).await?,
            })
        }
    }

    async fn tenants(group: i64, look: &mut Look) -> Result<Vec<TenantShare>, Failed> {
        let rows: Vec<(Uuid, String, String, i64, i64, OffsetDateTime)> = sqlx::query_as(
            "select t.id, t.name, t.slug, c.open, c.total, c.last_seen from triage.group_count c join console.tenant t on t.id = c.scope
             where c.group_id = $1 order by c.open desc, c.total desc, t.name limit 100",
        )
        .bind(group)
        .fetch_all(look.conn())
        .await?;
        let share = |(id, tenant_name, slug, open, total, last)| TenantShare {
            tenant: TenantId(id),
            tenant_name,
            slug,
            open,
            total,
            last_seen: At::from(last),
        };
        Ok(rows.into_iter().map(share).collect())
    }

    async fn facets(group: i64, kind: &str, look: &mut Look) -> Result<Vec<FacetRow>, Failed> {
        let rows: Vec<(String, i64, OffsetDateTime, OffsetDateTime)> = sqlx::query_as(
            "select value, count, first_seen, last_seen from triage.group_facet where group_id = $1 and kind = $2
             order by case kind when 'type' then -count else -extract(epoch from first_seen) end limit 50",
        )
        .bind(group)
        .bind(kind)
        .fetch_all(look.conn())
        .await?;
        let row = |(value, count, first, last)| FacetRow { value, count, first_seen: At::from(first), last_seen: At::from(last) };
        Ok(rows.into_iter().map(row).collect())
    }

    async fn notes(group: i64, look: &mut Look) -> Result<Vec<NoteRow>, Failed> {
        let rows: Vec<(OffsetDateTime, String, String)> =
            sqlx::query_as("select at, who, note from triage.group_note where group_id = $1 order by id desc limit 100")
                .bind(group)
                .fetch_all(look.conn())
                .await?;
        Ok(rows.into_iter().map(|(at, who, note)| NoteRow { at: At::from(at), who, note }).collect())
    }
}
