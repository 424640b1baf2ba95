//! What an operator's deeds on commands share: taking hold of a command that waits for a person,
//! saying who was first when it no longer does, writing history, replying, and opening its job again.
//! What also happens to many at once is in `again`; here it happens to one, by the same statements.

use crate::again;
use domain::{At, BusEvent, CommandStatus, ReplyOutcome};
use serde_json::{Value, json};
use sqlx::{PgConnection, types::time::OffsetDateTime};
use uuid::Uuid;

/// A command, locked until the transaction ends.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Waiting {
    pub tenant_id: Uuid,
    pub command_id: Uuid,
    pub domain: String,
    pub command_type: String,
    pub queue_name: String,
    pub msg_id: Option<i64>,
    pub status: String,
    pub attempts: i32,
    pub max_attempts: i32,
    pub reply_to: Option<String>,
    pub correlation_id: Uuid,
    pub updated_at: OffsetDateTime,
}

/// What came of trying to take hold.
#[derive(Debug)]
pub enum Held {
    /// It waits for a person, and is ours until the transaction ends.
    Waiting(Box<Waiting>),
    /// It does not wait any more; the sentence says since when and through whom.
    Taken(String),
    /// Not there, or not in a tenant this connection may change.
    Missing,
}

/// Locks a command and says whether it waits for a person. A second caller waits here until the
/// first has committed, and then learns who was first.
pub async fn hold(connection: &mut PgConnection, command: Uuid) -> Result<Held, sqlx::Error> {
    let Some(row) = lock(connection, command).await? else {
        return Ok(Held::Missing);
    };
    if row.status == CommandStatus::InTroubleshootingQueue.word() {
        return Ok(Held::Waiting(Box::new(row)));
    }
    Ok(Held::Taken(taken(connection, &row).await?))
}

/// Locks a command, whatever its status. `None`: not there, or not in a tenant this connection may change.
pub async fn lock(connection: &mut PgConnection, command: Uuid) -> Result<Option<Waiting>, sqlx::Error> {
    sqlx::query_as(
        "select tenant_id, command_id, domain, command_type, queue_name, msg_id, status, attempts, max_attempts, reply_to, correlation_id, updated_at
         from commandbus.command where command_id = $1 for update",
    )
    .bind(command)
    .fetch_optional(connection)
    .await
}

async fn taken(connection: &mut PgConnection, row: &Waiting) -> Result<String, sqlx::Error> {
    let last: Option<(String, Option<String>, OffsetDateTime)> = sqlx::query_as(
        // Whoever took it out of the queue is the one to name, whatever a worker has made of it since.
        "select event_type, who, at from commandbus.audit where tenant_id = $1 and command_id = $2
           and (event_type = 'MOVED_TO_TSQ' or starts_with(event_type, 'OPERATOR_')) order by id desc limit 1",
    )
    .bind(row.tenant_id)
    .bind(row.command_id)
    .fetch_optional(connection)
    .await?;
    let status = &row.status;
    let since = At::from(row.updated_at).clock();
    let operator = last.as_ref().filter(|(event, ..)| event.starts_with("OPERATOR_"));
    Ok(match operator {
        Some((event, who, at)) => {
            let deed = match event.parse() {
                Ok(BusEvent::OperatorRetry) => "retried",
                Ok(BusEvent::OperatorCancel) => "cancelled",
                Ok(BusEvent::OperatorEdit) => "edited and retried",
                Ok(BusEvent::OperatorKill) => "stopped a step of",
                _ => "completed",
            };
            let who = who.as_deref().unwrap_or("Somebody");
            format!("{who} {deed} this command at {} UTC; it is now {status}. Nothing was changed.", At::from(*at).clock())
        }
        None => format!(
            "This command is {status} since {since} UTC; only one in the troubleshooting queue can be acted on. Nothing was changed."
        ),
    })
}

/// Writes what the operator did into the command's history.
pub async fn history(
    connection: &mut PgConnection,
    held: &Waiting,
    event: BusEvent,
    who: &str,
    note: Option<&str>,
) -> Result<(), sqlx::Error> {
    again::histories(connection, &[held], event, who, note).await
}

/// Sends the command's message anew and makes it PENDING. `None`: the payload is nowhere to be found.
pub async fn send_again(connection: &mut PgConnection, held: &Waiting, attempts: i32) -> Result<Option<i64>, sqlx::Error> {
    Ok(again::send_all(connection, &[held], |_| attempts).await?.remove(&held.command_id))
}

/// Ends the command and tells the sender. Returns whether the sender had asked for a reply.
pub async fn end_with_reply(
    connection: &mut PgConnection,
    held: &Waiting,
    status: CommandStatus,
    outcome: ReplyOutcome,
    said: (&str, Value),
) -> Result<bool, sqlx::Error> {
    sqlx::query(
        "update commandbus.command set status = $3, epoch = epoch + 1, lease_until = null, worker = null,
           updated_at = clock_timestamp(), finished_at = clock_timestamp()
         where tenant_id = $1 and command_id = $2",
    )
    .bind(held.tenant_id)
    .bind(held.command_id)
    .bind(status.word())
    .execute(&mut *connection)
    .await?;
    let mut body = json!({
        "command_id": held.command_id,
        "correlation_id": held.correlation_id,
        "outcome": outcome.word(),
    });
    body[said.0] = said.1;
    sqlx::query("insert into commandbus.reply (tenant_id, command_id, outcome, body, queue_name) values ($1, $2, $3, $4, $5)")
        .bind(held.tenant_id)
        .bind(held.command_id)
        .bind(outcome.word())
        .bind(&body)
        .bind(&held.reply_to)
        .execute(&mut *connection)
        .await?;
    sqlx::query_scalar("select commandbus.transport_reply($1)").bind(held.command_id).fetch_one(connection).await
}

/// Puts the job of a command, if it has one, back to WAITING (the runner counts the run up): the steps from `from` on, or those that
/// did not succeed. Returns the names of the steps that will run.
pub async fn reopen_job(connection: &mut PgConnection, held: &Waiting, from: Option<i32>) -> Result<Vec<String>, sqlx::Error> {
    let starts = from.map(|from| (held.command_id, from)).into_iter().collect();
    let mut steps = again::reopen_jobs(connection, &[held], &starts).await?;
    steps.sort();
    Ok(steps.into_iter().map(|(_, _, name)| name).collect())
}
