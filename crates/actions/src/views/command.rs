//! One command: its facts, its history, and inside a support session its payload and error text.

use super::{standstill::Standstill, troubleshooting::CommandRow};
use domain::{At, BusEvent, CommandId, OperationId, Permission, Sight, Subject, View, ViewMeta};
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Command {
    pub command: CommandId,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CommandOutput {
    pub now: At,
    pub row: CommandRow,
    pub correlation_id: uuid::Uuid,
    pub reply_to: Option<String>,
    pub epoch: i64,
    pub lease_until: Option<At>,
    pub visible_at: At,
    pub worker: Option<String>,
    /// True when content is shown: a support session on this tenant is running.
    pub inside: bool,
    /// Where the payload came from; `None` outside a support session.
    pub payload_source: Option<PayloadSource>,
    /// The reply sent to the caller, once there is one; inside only.
    pub reply: Option<serde_json::Value>,
    /// Why it is not moving; `None` once it has ended.
    pub standstill: Option<Standstill>,
    pub history: Vec<HistoryRow>,
    /// Edits of its payload, newest first; inside only.
    pub revisions: Vec<Revision>,
    /// The payload as it was sent at first, as JSON text, where it was edited; inside only.
    pub original: Option<String>,
}

/// One edit of a payload.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Revision {
    /// From 1.
    pub number: i32,
    pub who: String,
    pub at: At,
    /// Number of its audit entry.
    pub audit: Option<i64>,
    /// The operation it was a row of.
    pub operation: Option<OperationId>,
    pub changes: Vec<RevisionChange>,
    /// Fields that differ besides.
    pub more: i64,
}

/// A field an edit changed, before and after as JSON text; sensitive values are masked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RevisionChange {
    pub path: String,
    /// `None`: was not there.
    pub before: Option<String>,
    /// `None`: is not there any more.
    pub after: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PayloadSource {
    /// Still in the queue.
    Queue,
    /// In the archive of the queue.
    Archive,
    /// In the payload archive: the queue's own archive no longer has it.
    PayloadArchive,
    /// Nowhere: it cannot be sent again.
    Lost,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct HistoryRow {
    pub at: At,
    pub event: BusEvent,
    /// Operator, worker or sender.
    pub who: Option<String>,
    pub code: Option<String>,
    /// Free text of the event; inside only.
    pub detail: Option<String>,
}

impl View for Command {
    const META: ViewMeta = ViewMeta {
        name: "command",
        title: "One command, its history and its payload",
        path: "/fn/command",
        cli: "opsctl troubleshooting show {command}",
        sight: Sight::Inside,
        permission: Permission::Read,
    };
    type Output = CommandOutput;
    fn subject(&self) -> Subject {
        Subject::Command(self.command)
    }
}

#[cfg(feature = "server")]
mod server {
    use super::{Command, CommandOutput, HistoryRow, PayloadSource};
    use crate::views::troubleshooting::CommandRow;
    use crate::views::{
        revisions::revisions,
        rows::{COMMAND_COLUMNS, CommandRecord, word},
        standstill::server::standstill,
    };
    use domain::At;
    use gate::{Failed, Look, Show};
    use serde_json::Value;
    use sqlx::{AssertSqlSafe, types::time::OffsetDateTime};
    use uuid::Uuid;

    type More = (Uuid, Option<String>, i64, Option<OffsetDateTime>, OffsetDateTime, Option<String>, Option<Value>);

    impl Show for Command {
        async fn show(self, look: &mut Look) -> Result<CommandOutput, Failed> {
            let sql = format!(
                "select {COMMAND_COLUMNS}, null::text as payload from commandbus.command c join console.tenant t on t.id = c.tenant_id
                 where c.command_id = $1"
            );
            let record: CommandRecord =
                sqlx::query_as(AssertSqlSafe(sql)).bind(self.command.0).fetch_optional(look.conn()).await?.ok_or(Failed::NotFound)?;
            let mut row = record.row()?;
            let inside = look.inside() == Some(row.tenant);
            let (correlation_id, reply_to, epoch, lease, visible, worker, reply): More = sqlx::query_as(
                "select c.correlation_id, c.reply_to, c.epoch, c.lease_until, c.visible_at, c.worker, r.body
                 from commandbus.command c left join commandbus.reply r on r.tenant_id = c.tenant_id and r.command_id = c.command_id
                 where c.tenant_id = $1 and c.command_id = $2",
            )
            .bind(row.tenant.0)
            .bind(self.command.0)
            .fetch_one(look.conn())
            .await?;
            let payload = if inside { payload(look, &row, self.command.0).await? } else { None };
            let of = (row.domain.as_str(), row.command_type.as_str());
            let (revisions, original) = revisions(look, of, (row.tenant.0, self.command.0)).await?;
            let payload_source = payload.as_ref().map(|(_, source)| *source);
            row.payload = payload.and_then(|(payload, _)| payload);
            Ok(CommandOutput {
                now: look.now(),
                correlation_id,
                reply_to,
                epoch,
                lease_until: lease.map(At::from),
                visible_at: At::from(visible),
                worker,
                inside,
                payload_source,
                reply,
                standstill: standstill(look, row.tenant.0, self.command.0).await?,
                history: history(look, row.tenant.0, self.command.0).await?,
                revisions,
                original,
                row,
            })
        }
    }

    async fn payload(look: &mut Look, row: &CommandRow, command: Uuid) -> Result<Option<(Option<String>, PayloadSource)>, Failed> {
        let row: Option<(Option<String>, String)> =
            sqlx::query_as("select commandbus.shown($2, $3, p.payload)::text, p.source from commandbus.payload($1) p")
                .bind(command)
                .bind(&row.domain)
                .bind(&row.command_type)
                .fetch_optional(look.conn())
                .await?;
        Ok(row.map(|(payload, source)| {
            let source = match source.as_str() {
                "queue" => PayloadSource::Queue,
                "archive" => PayloadSource::Archive,
                "payload_archive" => PayloadSource::PayloadArchive,
                _ => PayloadSource::Lost,
            };
            (payload, source)
        }))
    }

    type Event = (OffsetDateTime, String, Option<String>, Option<String>, Option<String>);

    async fn history(look: &mut Look, tenant: Uuid, command: Uuid) -> Result<Vec<HistoryRow>, Failed> {
        let rows: Vec<Event> = sqlx::query_as(
            "select a.at, a.event_type, a.who, a.code, n.note from commandbus.audit a
             left join commandbus.audit_note n on n.tenant_id = a.tenant_id and n.audit_id = a.id
             where a.tenant_id = $1 and a.command_id = $2 order by a.id desc limit 200",
        )
        .bind(tenant)
        .bind(command)
        .fetch_all(look.conn())
        .await?;
        rows.into_iter()
            .map(|(at, event, who, code, detail)| Ok(HistoryRow { at: At::from(at), event: word(&event)?, who, code, detail }))
            .collect()
    }
}
