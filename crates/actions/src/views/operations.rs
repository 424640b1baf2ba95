//! Operations: deeds over many commands that go on by themselves, newest first.

use domain::{At, OperationId, OperationState, Permission, Sight, StaffId, TenantId, View, ViewMeta};
use serde::{Deserialize, Serialize};

/// Filters of the list; empty means all.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Operations {
    pub state: Option<OperationState>,
    /// Tenant slug or id.
    pub tenant: Option<String>,
    /// Rows on a page, 1 to 200; 50 when absent.
    pub limit: Option<i64>,
    pub cursor: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OperationsOutput {
    pub now: At,
    pub rows: Vec<OperationRow>,
    /// Cursor of the next, older page.
    pub next: Option<String>,
    /// How many commands one person alone may act on at once; of more a second person has to approve.
    pub approve_above: i64,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OperationRow {
    pub tenant: TenantId,
    pub tenant_name: String,
    pub operation: OperationId,
    /// The action that started it, such as `start-bulk-retry`.
    pub action: String,
    /// Who started it.
    pub staff: StaffId,
    pub staff_name: String,
    /// The second person who approved it, where one had to.
    pub approved_by: Option<String>,
    /// Number of the start's audit entry.
    pub audit: i64,
    /// Which commands, in words, one for each condition; none means all that waited.
    pub conditions: Vec<String>,
    pub rate: i32,
    pub canary: bool,
    pub halt_percent: i32,
    pub state: OperationState,
    /// Why it stands where it stands.
    pub note: Option<String>,
    pub counts: Counts,
    /// Attempted before a person let it go on after a halt; its canary began anew then.
    pub base_attempted: i32,
    pub created_at: At,
    pub changed_at: At,
    /// When every item had its outcome.
    pub finished_at: Option<At>,
}

/// How many items stand where.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    pub total: i32,
    pub waiting: i32,
    /// Sent, outcome unknown.
    pub sent: i32,
    pub succeeded: i32,
    pub failed: i32,
    pub skipped: i32,
    pub gone: i32,
}

impl View for Operations {
    const META: ViewMeta = ViewMeta {
        name: "operations",
        title: "Operations over many commands",
        path: "/fn/operations",
        cli: "opsctl bulk list",
        sight: Sight::Overview,
        permission: Permission::Read,
    };
    type Output = OperationsOutput;
}

#[cfg(feature = "server")]
pub(crate) mod server {
    use super::{Counts, OperationRow, Operations, OperationsOutput};
    use crate::views::rows::{bad, micros, push_after, push_tenant, word};
    use domain::{At, OperationId, StaffId, TenantId};
    use gate::{Failed, Look, Show};
    use sqlx::{
        Postgres, QueryBuilder,
        types::{Json, time::OffsetDateTime},
    };
    use store::page::{PageKey, page_size};
    use uuid::Uuid;

    /// Columns of [`Record`] and their tables.
    pub(crate) const OPERATION: &str =
        "select o.tenant_id, t.name as tenant_name, o.id, o.action, o.staff_id, o.staff_name, o.approved_name, o.audit_id, o.filter, o.rate,
          o.canary, o.halt_percent, o.state, o.note, o.total, o.waiting, o.sent, o.succeeded, o.failed, o.skipped, o.gone,
          o.base_attempted, o.created_at, o.changed_at, o.finished_at
        from console.operation o join console.tenant t on t.id = o.tenant_id where true";

    #[derive(sqlx::FromRow)]
    pub(crate) struct Record {
        tenant_id: Uuid,
        tenant_name: String,
        id: Uuid,
        action: String,
        staff_id: Uuid,
        staff_name: String,
        approved_name: Option<String>,
        audit_id: i64,
        filter: Json<crate::find::Conditions>,
        rate: i32,
        canary: bool,
        halt_percent: i32,
        state: String,
        note: Option<String>,
        total: i32,
        waiting: i32,
        sent: i32,
        succeeded: i32,
        failed: i32,
        skipped: i32,
        gone: i32,
        base_attempted: i32,
        created_at: OffsetDateTime,
        changed_at: OffsetDateTime,
        finished_at: Option<OffsetDateTime>,
    }

    impl Record {
        fn key(&self) -> PageKey {
            PageKey { micros: micros(self.created_at), id: self.id }
        }

        pub(crate) fn row(self) -> Result<OperationRow, Failed> {
            Ok(OperationRow {
                tenant: TenantId(self.tenant_id),
                tenant_name: self.tenant_name,
                operation: OperationId(self.id),
                action: self.action,
                staff: StaffId(self.staff_id),
                staff_name: self.staff_name,
                approved_by: self.approved_name,
                audit: self.audit_id,
                conditions: self.filter.0.words(),
                rate: self.rate,
                canary: self.canary,
                halt_percent: self.halt_percent,
                state: word(&self.state)?,
                note: self.note,
                counts: Counts {
                    total: self.total,
                    waiting: self.waiting,
                    sent: self.sent,
                    succeeded: self.succeeded,
                    failed: self.failed,
                    skipped: self.skipped,
                    gone: self.gone,
                },
                base_attempted: self.base_attempted,
                created_at: At::from(self.created_at),
                changed_at: At::from(self.changed_at),
                finished_at: self.finished_at.map(At::from),
            })
        }
    }

    impl Show for Operations {
        async fn show(self, look: &mut Look) -> Result<OperationsOutput, Failed> {
            let size = page_size(self.limit).map_err(bad)?;
            let mut sql = QueryBuilder::<Postgres>::new(OPERATION);
            if let Some(state) = self.state {
                sql.push(" and o.state = ").push_bind(state.word());
            }
            push_tenant(&mut sql, "o.tenant_id", self.tenant.as_deref());
            push_after(&mut sql, ("o.created_at", "o.id"), self.cursor.as_deref())?;
            sql.push(" order by o.created_at desc, o.id desc limit ").push_bind(size + 1);
            let mut records: Vec<Record> = sql.build_query_as().fetch_all(look.conn()).await?;
            let more = i64::try_from(records.len()).unwrap_or(0) > size;
            records.truncate(usize::try_from(size).unwrap_or(50));
            let next = records.last().filter(|_| more).map(|last| last.key().text());
            let above: i32 = sqlx::query_scalar("select approve_above from console.setting").fetch_one(look.conn()).await?;
            let rows = records.into_iter().map(Record::row).collect::<Result<_, _>>()?;
            Ok(OperationsOutput { now: look.now(), rows, next, approve_above: above.into() })
        }
    }
}
