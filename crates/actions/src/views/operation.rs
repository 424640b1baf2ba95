//! One operation: how it stands, and its items with what came of each.

use super::operations::OperationRow;
use domain::{At, CommandId, ItemState, OperationId, Permission, Sight, SkipReason, Subject, View, ViewMeta, human_bytes};
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Operation {
    pub operation: OperationId,
    /// Only items that stand like this.
    #[serde(default)]
    pub state: Option<ItemState>,
    /// Items on a page, 1 to 200; 50 when absent.
    #[serde(default)]
    pub limit: Option<i64>,
    /// Items after this one.
    #[serde(default)]
    pub after: Option<i64>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OperationOutput {
    pub now: At,
    pub row: OperationRow,
    /// What it changes in each payload, as `path=value`; inside only, and without what a contract calls sensitive.
    #[serde(default)]
    pub sets: Vec<String>,
    /// From where it runs the jobs again, if it does.
    #[serde(default)]
    pub again: Option<Again>,
    pub items: Vec<ItemRow>,
    /// Where the next page begins.
    pub next: Option<i64>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Again {
    pub from_step: String,
    /// Memory limit of the steps run again; without it, each keeps its own.
    pub memory_bytes: Option<i64>,
    /// Laid over the parameters of the steps run again: a JSON object as text.
    pub params: String,
}

impl Again {
    /// In words, one for each thing.
    #[must_use]
    pub fn words(&self) -> Vec<String> {
        let memory = self.memory_bytes.map(|bytes| ["memory ", &human_bytes(bytes.max(0).unsigned_abs())].concat());
        let params = Some(["parameters ", &self.params].concat()).filter(|_| self.params != "{}");
        [Some(["from ", &self.from_step].concat()), memory, params].into_iter().flatten().collect()
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ItemRow {
    /// Its place in the set.
    pub seq: i32,
    pub command: CommandId,
    pub state: ItemState,
    /// Why it was skipped.
    pub reason: Option<SkipReason>,
    pub msg_id: Option<i64>,
    /// Number of the item's own audit entry.
    pub audit: Option<i64>,
    pub sent_at: Option<At>,
    pub settled_at: Option<At>,
}

impl View for Operation {
    const META: ViewMeta = ViewMeta {
        name: "operation",
        title: "One operation and its items",
        path: "/fn/operation",
        cli: "opsctl bulk show {operation}",
        sight: Sight::Overview,
        permission: Permission::Read,
    };
    type Output = OperationOutput;
    fn subject(&self) -> Subject {
        Subject::Operation(self.operation)
    }
}

#[cfg(feature = "server")]
mod server {
    use super::{Again, ItemRow, Operation, OperationOutput};
    use crate::views::{
        operations::server::{OPERATION, Record},
        rows::{bad, word},
    };
    use domain::{At, CommandId};
    use gate::{Failed, Look, Show};
    use sqlx::{Postgres, QueryBuilder, types::time::OffsetDateTime};
    use store::page::page_size;
    use uuid::Uuid;

    #[derive(sqlx::FromRow)]
    struct ItemRecord {
        seq: i32,
        command_id: Uuid,
        state: String,
        reason: Option<String>,
        msg_id: Option<i64>,
        audit_id: Option<i64>,
        sent_at: Option<OffsetDateTime>,
        settled_at: Option<OffsetDateTime>,
    }

    impl ItemRecord {
        fn row(self) -> Result<ItemRow, Failed> {
            Ok(ItemRow {
                seq: self.seq,
                command: CommandId(self.command_id),
                state: word(&self.state)?,
                reason: self.reason.as_deref().map(word).transpose()?,
                msg_id: self.msg_id,
                audit: self.audit_id,
                sent_at: self.sent_at.map(At::from),
                settled_at: self.settled_at.map(At::from),
            })
        }
    }

    async fn sets(operation: Uuid, look: &mut Look) -> Result<Vec<String>, Failed> {
        Ok(sqlx::query_scalar(
            "select case when exists (
                 select from commandbus.contract c, jsonb_array_elements(c.sensitive) p
                 where split_part(s, '=', 1) = (select string_agg(k, '.') from jsonb_array_elements_text(p) k))
               then split_part(s, '=', 1) || '=\u{2022}\u{2022}\u{2022}\u{2022}\u{2022}\u{2022}' else s end
             from console.operation_patch o, unnest(o.sets) s where o.operation_id = $1",
        )
        .bind(operation)
        .fetch_all(look.conn())
        .await?)
    }

    impl Show for Operation {
        async fn show(self, look: &mut Look) -> Result<OperationOutput, Failed> {
            let size = page_size(self.limit).map_err(bad)?;
            let mut sql = QueryBuilder::<Postgres>::new(OPERATION);
            sql.push(" and o.id = ").push_bind(self.operation.0);
            let record: Option<Record> = sql.build_query_as().fetch_optional(look.conn()).await?;
            let row = record.ok_or(Failed::NotFound)?.row()?;
            let mut sql = QueryBuilder::<Postgres>::new(
                "select seq, command_id, state, reason, msg_id, audit_id, sent_at, settled_at from console.operation_item where tenant_id = ",
            );
            sql.push_bind(row.tenant.0).push(" and operation_id = ").push_bind(self.operation.0);
            sql.push(" and seq > ").push_bind(self.after.unwrap_or(0));
            if let Some(state) = self.state {
                sql.push(" and state = ").push_bind(state.word());
            }
            sql.push(" order by seq limit ").push_bind(size + 1);
            let mut items: Vec<ItemRecord> = sql.build_query_as().fetch_all(look.conn()).await?;
            let more = i64::try_from(items.len()).unwrap_or(0) > size;
            items.truncate(usize::try_from(size).unwrap_or(50));
            let next = items.last().filter(|_| more).map(|last| i64::from(last.seq));
            let sets = sets(self.operation.0, look).await?;
            let again: Option<(String, Option<i64>, String)> =
                sqlx::query_as("select from_step, memory_bytes, params::text from console.operation_reprocess where operation_id = $1")
                    .bind(self.operation.0)
                    .fetch_optional(look.conn())
                    .await?;
            let again = again.map(|(from_step, memory_bytes, params)| Again { from_step, memory_bytes, params });
            Ok(OperationOutput {
                now: look.now(),
                row,
                sets,
                again,
                items: items.into_iter().map(ItemRecord::row).collect::<Result<_, _>>()?,
                next,
            })
        }
    }
}
