//! The edits of a command, newest first, each with what it changed; and the payload as it was sent at first. Row-level security hides
//! them outside a support session.

use super::command::{Revision, RevisionChange};
use crate::deeds::edited::{contract_of, stored, told};
use domain::{At, OperationId};
use exact::{Contract, Json};
use gate::{Failed, Look};
use sqlx::types::time::OffsetDateTime;
use store::payload;
use uuid::Uuid;

/// Edits that are told.
const TOLD: i64 = 20;
/// Fields told of each.
const FIELDS: usize = 100;

#[derive(sqlx::FromRow)]
struct Record {
    number: i32,
    payload: String,
    who: String,
    at: OffsetDateTime,
    audit_id: Option<i64>,
    operation_id: Option<Uuid>,
}

/// The edits, and the original payload without sensitive values if there was any.
pub(super) async fn revisions(
    look: &mut Look,
    (domain, command_type): (&str, &str),
    (tenant, command): (Uuid, Uuid),
) -> Result<(Vec<Revision>, Option<String>), Failed> {
    let records: Vec<Record> = sqlx::query_as(
        "select number, payload::text as payload, who, at, audit_id, operation_id from commandbus.payload_revision
         where tenant_id = $1 and command_id = $2 order by number desc limit $3",
    )
    .bind(tenant)
    .bind(command)
    .bind(TOLD)
    .fetch_all(look.conn())
    .await?;
    if records.is_empty() {
        return Ok((Vec::new(), None));
    }
    let schema = payload::contract(look.conn(), domain, command_type).await?.map(|contract| contract.schema);
    let contract = contract_of(schema.as_deref())?.unwrap_or_default();
    let mut after = match payload::payloads(look.conn(), &[command]).await?.remove(&command) {
        Some(now) => stored(&now.text)?,
        // Lost since; what the last edit made of it cannot be told.
        None => stored(&records[0].payload)?,
    };
    let mut told = Vec::new();
    for record in records {
        let before = stored(&record.payload)?;
        told.push(revision(&record, &contract, &before, &after));
        after = before;
    }
    let original: Option<String> = sqlx::query_scalar(
        "select commandbus.shown($3, $4, payload)::text from commandbus.payload_revision where tenant_id = $1 and command_id = $2 and number = 1",
    )
    .bind(tenant)
    .bind(command)
    .bind(domain)
    .bind(command_type)
    .fetch_optional(look.conn())
    .await?;
    Ok((told, original))
}

fn revision(record: &Record, contract: &Contract, before: &Json, after: &Json) -> Revision {
    let found = contract.hidden(before, after);
    let text = |value: serde_json::Value| value.as_str().map(str::to_owned);
    let change = |found: &exact::Change| {
        let told = told(found);
        RevisionChange { path: told.field, before: text(told.before), after: text(told.after) }
    };
    Revision {
        number: record.number,
        who: record.who.clone(),
        at: At::from(record.at),
        audit: record.audit_id,
        operation: record.operation_id.map(OperationId),
        more: i64::try_from(found.len().saturating_sub(FIELDS)).unwrap_or(0),
        changes: found.iter().take(FIELDS).map(change).collect(),
    }
}
