//! Sending: idempotent by command id, in the bus's own transaction or in the host's.

use crate::wire::{self, CommandMessage};
use crate::{Bus, BusError, payload};
use domain::{CommandId, TenantId};
use serde_json::Value;
use sqlx::{Acquire, PgConnection};
use std::collections::{BTreeMap, HashSet};
use uuid::Uuid;

/// A command to send.
#[derive(Debug, Clone)]
pub struct Send {
    pub tenant: TenantId,
    pub domain: String,
    pub command_type: String,
    /// Chosen by the sender; sending it again does nothing.
    pub command_id: CommandId,
    /// Joins commands and replies that belong together; the command's own id if absent.
    pub correlation_id: Option<Uuid>,
    /// A JSON object.
    pub data: Value,
    /// The queue the reply goes to, customarily `<domain>__replies`.
    pub reply_to: Option<String>,
    /// From 1 to 100; the bus's usual number if absent.
    pub max_attempts: Option<u32>,
}

/// What became of a [`Send`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sent {
    /// The message that carries the command now; none when a duplicate's message is being sent anew.
    pub msg_id: Option<i64>,
    /// True when the same command had been sent before and nothing was sent now.
    pub duplicate: bool,
}

impl Bus {
    /// Sends one command.
    ///
    /// # Errors
    /// When the same id was sent before with another content, the tenant or a name is unknown or bad,
    /// or the database is away.
    pub async fn send(&self, send: Send) -> Result<Sent, BusError> {
        Ok(self.send_many(vec![send]).await?[0])
    }

    /// Sends all or none; the answers come in the order of the commands.
    ///
    /// # Errors
    /// As [`Bus::send`].
    pub async fn send_many(&self, batch: Vec<Send>) -> Result<Vec<Sent>, BusError> {
        self.prepare(&batch).await?;
        let mut transaction = self.pool.begin().await?;
        let sent = self.write(&mut transaction, batch).await?;
        transaction.commit().await?;
        Ok(sent)
    }

    /// Sends within the host's transaction: the command exists if and only if that commits.
    ///
    /// # Errors
    /// As [`Bus::send`]. The host's transaction is still usable after an error of content.
    pub async fn send_in(&self, connection: &mut PgConnection, send: Send) -> Result<Sent, BusError> {
        let batch = vec![send];
        self.prepare(&batch).await?;
        let mut savepoint = connection.begin().await?;
        let sent = self.write(&mut savepoint, batch).await?;
        savepoint.commit().await?;
        Ok(sent[0])
    }

    /// Checks what needs no database, and makes the queues: outside the transaction, because making
    /// a table inside would hold other senders up.
    async fn prepare(&self, batch: &[Send]) -> Result<(), BusError> {
        for send in batch {
            check(send)?;
        }
        let replies = batch.iter().filter_map(|send| send.reply_to.as_deref()).collect::<HashSet<_>>();
        for domain in batch.iter().map(|send| send.domain.as_str()).collect::<HashSet<_>>() {
            self.ensure_domain(domain).await?;
        }
        for queue in replies {
            self.ensure_queue(queue).await?;
        }
        Ok(())
    }

    async fn write(&self, db: &mut PgConnection, batch: Vec<Send>) -> Result<Vec<Sent>, BusError> {
        let mut sent = vec![Sent { msg_id: None, duplicate: true }; batch.len()];
        let mut by_domain: BTreeMap<String, Vec<(usize, Send)>> = BTreeMap::new();
        for (index, send) in batch.into_iter().enumerate() {
            by_domain.entry(send.domain.clone()).or_default().push((index, send));
        }
        for (domain, mut part) in by_domain {
            // One order for everybody, or two batches with the same ids could wait for each other.
            part.sort_by_key(|(_, send)| (send.tenant, send.command_id));
            let queue = wire::command_queue(&domain)?;
            let ids = self.push(db, &queue, &part).await?;
            let fresh = self.insert(db, &domain, &queue, &part, &ids).await?;
            let extra: Vec<i64> = ids.iter().copied().filter(|id| !fresh.contains(id)).collect();
            if !extra.is_empty() {
                sqlx::query("select pgmq.delete($1, $2::bigint[])").bind(&queue).bind(&extra).execute(&mut *db).await?;
            }
            for ((index, send), id) in part.iter().zip(ids) {
                sent[*index] = if fresh.contains(&id) {
                    Sent { msg_id: Some(id), duplicate: false }
                } else {
                    Sent { msg_id: same_as_before(db, send).await?, duplicate: true }
                };
            }
        }
        Ok(sent)
    }

    async fn push(&self, db: &mut PgConnection, queue: &str, part: &[(usize, Send)]) -> Result<Vec<i64>, BusError> {
        let messages: Vec<Value> = part.iter().map(|(_, send)| message(send)).collect();
        let headers: Vec<Value> = part.iter().map(|(_, send)| wire::headers(send.tenant.0)).collect();
        let ids: Vec<i64> = sqlx::query_scalar("select * from pgmq.send_batch($1, $2::jsonb[], $3::jsonb[])")
            .bind(queue)
            .bind(messages)
            .bind(headers)
            .fetch_all(db)
            .await?;
        Ok(ids)
    }

    async fn insert(
        &self,
        db: &mut PgConnection,
        domain: &str,
        queue: &str,
        part: &[(usize, Send)],
        ids: &[i64],
    ) -> Result<HashSet<i64>, BusError> {
        let each = || part.iter().map(|(_, send)| send);
        let usual = self.options.max_attempts;
        let fresh: Vec<i64> = sqlx::query_scalar(
            "with input as (
               select * from unnest($1::uuid[], $2::uuid[], $3::text[], $4::bigint[], $5::uuid[], $6::text[], $7::int[])
                 as i (tenant_id, command_id, command_type, msg_id, correlation_id, reply_to, max_attempts)),
             fresh as (
               insert into commandbus.command (tenant_id, command_id, domain, command_type, queue_name, msg_id, status, max_attempts, reply_to, correlation_id)
               select tenant_id, command_id, $8, command_type, $9, msg_id, 'PENDING', max_attempts, reply_to, correlation_id from input
               on conflict (tenant_id, command_id) do nothing
               returning tenant_id, command_id, msg_id),
             history as (
               insert into commandbus.audit (tenant_id, command_id, domain, event_type, who)
               select tenant_id, command_id, $8, 'SENT', $10 from fresh)
             select msg_id from fresh",
        )
        .bind(each().map(|send| send.tenant.0).collect::<Vec<_>>())
        .bind(each().map(|send| send.command_id.0).collect::<Vec<_>>())
        .bind(each().map(|send| send.command_type.clone()).collect::<Vec<_>>())
        .bind(ids)
        .bind(each().map(correlation).collect::<Vec<_>>())
        .bind(each().map(|send| send.reply_to.clone()).collect::<Vec<_>>())
        .bind(each().map(|send| attempts(send.max_attempts.unwrap_or(usual))).collect::<Vec<_>>())
        .bind(domain)
        .bind(queue)
        .bind(&self.options.sender)
        .fetch_all(db)
        .await
        .map_err(|error| unknown_tenant(error, part))?;
        Ok(fresh.into_iter().collect())
    }
}

fn attempts(wanted: u32) -> i32 {
    i32::try_from(wanted.clamp(1, 100)).unwrap_or(100)
}

/// Absent, a command begins a conversation of its own.
fn correlation(send: &Send) -> Uuid {
    send.correlation_id.unwrap_or(send.command_id.0)
}

fn message(send: &Send) -> Value {
    let message = CommandMessage {
        domain: send.domain.clone(),
        command_type: send.command_type.clone(),
        command_id: send.command_id.0,
        correlation_id: Some(correlation(send)),
        data: send.data.clone(),
        reply_to: send.reply_to.clone(),
    };
    serde_json::to_value(message).unwrap_or_default()
}

fn check(send: &Send) -> Result<(), BusError> {
    let command_id = send.command_id;
    if !send.data.is_object() {
        return Err(BusError::DataNotAnObject { command_id });
    }
    if !wire::storable(&send.data) {
        return Err(BusError::Unstorable { command_id });
    }
    let length = send.command_type.chars().count();
    if !(1..=120).contains(&length) || send.command_type.contains('\0') {
        let rule = "a type of command has 1 to 120 characters";
        return Err(BusError::BadName { what: "command type", name: send.command_type.clone(), rule });
    }
    Ok(())
}

fn unknown_tenant(error: sqlx::Error, part: &[(usize, Send)]) -> BusError {
    let foreign = error.as_database_error().is_some_and(sqlx::error::DatabaseError::is_foreign_key_violation);
    match part.first() {
        Some((_, send)) if foreign => BusError::UnknownTenant { tenant: send.tenant },
        _ => BusError::Database(error),
    }
}

/// Compares with what was sent under this id before; gives its message.
async fn same_as_before(db: &mut PgConnection, send: &Send) -> Result<Option<i64>, BusError> {
    let (domain, command_type, queue, msg_id): (String, String, String, Option<i64>) =
        sqlx::query_as("select domain, command_type, queue_name, msg_id from commandbus.command where tenant_id = $1 and command_id = $2")
            .bind(send.tenant.0)
            .bind(send.command_id.0)
            .fetch_one(&mut *db)
            .await?;
    // The sender knows what it sent first, whatever staff have made of it since.
    let first: Option<String> = sqlx::query_scalar(
        "select payload::text from commandbus.payload_revision where tenant_id = $1 and command_id = $2 order by number limit 1",
    )
    .bind(send.tenant.0)
    .bind(send.command_id.0)
    .fetch_optional(&mut *db)
    .await?;
    let before = match first {
        Some(first) => Some(first),
        None => payload::find(db, send.tenant.0, send.command_id.0, &queue, msg_id).await?,
    };
    // A payload that is nowhere any more cannot be compared; then the id decides.
    let same = domain == send.domain
        && command_type == send.command_type
        && before.is_none_or(|text| serde_json::from_str::<Value>(&text).is_ok_and(|data| data == send.data));
    if same { Ok(msg_id) } else { Err(BusError::DifferentBody { command_id: send.command_id }) }
}
