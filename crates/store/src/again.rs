//! Sending commands again, one or thousands, by the same statements: hold, send, reopen their jobs, write history. All
//! commands of a call are of one tenant. Not in here: who may, and what one deed says about it.

use crate::{operator::Waiting, payload};
use domain::{BusEvent, CommandStatus, SkipReason};
use sqlx::PgConnection;
use std::collections::{HashMap, hash_map::Entry};
use uuid::Uuid;

/// What came of a command whose turn it was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Resent {
    Sent {
        msg_id: i64,
        attempts_before: i32,
        queue: String,
    },
    Skipped(SkipReason),
    /// Not there any more.
    Gone,
}

/// Sends those of `commands` that wait for a person again, attempts from zero, in the name of `who`; says of each what came of it.
pub async fn retry_all(connection: &mut PgConnection, commands: &[Uuid], who: &str) -> Result<Vec<(Uuid, Resent)>, sqlx::Error> {
    let held = hold_all(connection, commands).await?;
    let waiting: Vec<&Waiting> = held.iter().filter(|held| waits(held)).collect();
    let sent = resend(connection, &waiting, BusEvent::OperatorRetry, who).await?;
    Ok(outcomes(commands, &held, &sent, &HashMap::new()))
}

/// The other payload of a command, or why it is left alone. Given the command, its payload and the schema of its type.
pub type Edited<'a> = &'a (dyn Fn(&Waiting, &str, Option<&str>) -> Result<String, SkipReason> + Send + Sync);

/// The same with other payloads: `edit` makes each from the present one.
pub async fn edit_all(
    connection: &mut PgConnection,
    commands: &[Uuid],
    who: &str,
    edit: Edited<'_>,
) -> Result<Vec<(Uuid, Resent)>, sqlx::Error> {
    let held = hold_all(connection, commands).await?;
    let payloads = payload::payloads(connection, commands).await?;
    let mut schemas: HashMap<(&str, &str), Option<String>> = HashMap::new();
    let (mut edits, mut left): (Vec<(Uuid, String)>, HashMap<Uuid, SkipReason>) = (Vec::new(), HashMap::new());
    for held in held.iter().filter(|held| waits(held)) {
        let of = (held.domain.as_str(), held.command_type.as_str());
        if let Entry::Vacant(place) = schemas.entry(of) {
            place.insert(payload::contract(connection, of.0, of.1).await?.map(|contract| contract.schema));
        }
        let schema = schemas.get(&of).and_then(Option::as_deref);
        match payloads.get(&held.command_id).map(|payload| edit(held, &payload.text, schema)) {
            Some(Ok(text)) => edits.push((held.command_id, text)),
            Some(Err(reason)) => drop(left.insert(held.command_id, reason)),
            None => drop(left.insert(held.command_id, SkipReason::NoPayload)),
        }
    }
    payload::revise(connection, &edits, who, None).await?;
    let waiting: Vec<&Waiting> = held.iter().filter(|held| waits(held) && !left.contains_key(&held.command_id)).collect();
    let sent = resend(connection, &waiting, BusEvent::OperatorEdit, who).await?;
    Ok(outcomes(commands, &held, &sent, &left))
}

fn waits(held: &Waiting) -> bool {
    held.status == CommandStatus::InTroubleshootingQueue.word()
}

/// Sends held commands, opens their jobs again and writes history; the new message of each that had a payload.
async fn resend(
    connection: &mut PgConnection,
    waiting: &[&Waiting],
    event: BusEvent,
    who: &str,
) -> Result<HashMap<Uuid, i64>, sqlx::Error> {
    let sent = send_all(connection, waiting, |_| 0).await?;
    let sent_ones: Vec<&Waiting> = waiting.iter().copied().filter(|held| sent.contains_key(&held.command_id)).collect();
    reopen_jobs(connection, &sent_ones, None).await?;
    histories(connection, &sent_ones, event, who).await?;
    Ok(sent)
}

fn outcomes(commands: &[Uuid], held: &[Waiting], sent: &HashMap<Uuid, i64>, left: &HashMap<Uuid, SkipReason>) -> Vec<(Uuid, Resent)> {
    let by_id: HashMap<Uuid, &Waiting> = held.iter().map(|held| (held.command_id, held)).collect();
    let outcome = |command: &Uuid| match (by_id.get(command), sent.get(command)) {
        (Some(held), Some(msg_id)) => Resent::Sent { msg_id: *msg_id, attempts_before: held.attempts, queue: held.queue_name.clone() },
        (Some(held), None) if waits(held) => Resent::Skipped(left.get(command).copied().unwrap_or(SkipReason::NoPayload)),
        (Some(_), None) => Resent::Skipped(SkipReason::NotWaiting),
        (None, _) => Resent::Gone,
    };
    commands.iter().map(|command| (*command, outcome(command))).collect()
}

/// Locks the commands until the transaction ends, in one order for everybody; those that do not wait for a person too.
async fn hold_all(connection: &mut PgConnection, commands: &[Uuid]) -> Result<Vec<Waiting>, sqlx::Error> {
    sqlx::query_as(
        "select tenant_id, command_id, domain, command_type, queue_name, msg_id, status, attempts, max_attempts, reply_to, correlation_id, updated_at
         from commandbus.command where command_id = any ($1) order by command_id for update",
    )
    .bind(commands)
    .fetch_all(connection)
    .await
}

/// Sends the messages of held commands anew and makes them PENDING; the new message of each. Those without one have no payload left.
pub(crate) async fn send_all(
    connection: &mut PgConnection,
    held: &[&Waiting],
    attempts: impl Fn(&Waiting) -> i32,
) -> Result<HashMap<Uuid, i64>, sqlx::Error> {
    let Some(tenant) = held.first().map(|held| held.tenant_id) else {
        return Ok(HashMap::new());
    };
    // The epoch moves, so that a worker that still believes it holds the command is refused.
    let sent: Vec<(Uuid, i64)> = sqlx::query_as(
        "with wanted as (select * from unnest($1::uuid[], $2::int[]) as w (command_id, attempts)),
         sent as materialized (select s.command_id, s.msg_id from commandbus.transport_send_many($1) s)
         update commandbus.command c set status = 'PENDING', attempts = w.attempts, msg_id = s.msg_id, epoch = c.epoch + 1, lease_until = null,
           worker = null, visible_at = clock_timestamp(), updated_at = clock_timestamp(), finished_at = null
         from sent s join wanted w using (command_id) where c.tenant_id = $3 and c.command_id = s.command_id
         returning c.command_id, c.msg_id",
    )
    .bind(ids(held))
    .bind(held.iter().map(|held| attempts(held)).collect::<Vec<_>>())
    .bind(tenant)
    .fetch_all(connection)
    .await?;
    Ok(sent.into_iter().collect())
}

/// Writes an operator's deed into the histories; ids of the lines.
pub(crate) async fn histories(
    connection: &mut PgConnection,
    held: &[&Waiting],
    event: BusEvent,
    who: &str,
) -> Result<Vec<i64>, sqlx::Error> {
    let Some(tenant) = held.first().map(|held| held.tenant_id) else {
        return Ok(Vec::new());
    };
    sqlx::query_scalar(
        "insert into commandbus.audit (tenant_id, command_id, domain, event_type, who, attempt)
         select $1, l.command_id, l.domain, $5, $6, l.attempt from unnest($2::uuid[], $3::text[], $4::int[]) as l (command_id, domain, attempt)
         returning id",
    )
    .bind(tenant)
    .bind(ids(held))
    .bind(held.iter().map(|held| held.domain.as_str()).collect::<Vec<_>>())
    .bind(held.iter().map(|held| held.attempts).collect::<Vec<_>>())
    .bind(event.word())
    .bind(who)
    .fetch_all(connection)
    .await
}

/// Puts the jobs of held commands back to WAITING: the steps from `from` on, or those that did not succeed. Job, place and name of the
/// steps that will run.
pub(crate) async fn reopen_jobs(
    connection: &mut PgConnection,
    held: &[&Waiting],
    from: Option<i32>,
) -> Result<Vec<(Uuid, i32, String)>, sqlx::Error> {
    let Some(tenant) = held.first().map(|held| held.tenant_id) else {
        return Ok(Vec::new());
    };
    let jobs: Vec<Uuid> = sqlx::query_scalar(
        "update pipeline.job set status = 'WAITING', current_step = null, error_code = null, error_title = null,
           updated_at = clock_timestamp(), finished_at = null
         where tenant_id = $1 and command_id = any ($2) returning job_id",
    )
    .bind(tenant)
    .bind(ids(held))
    .fetch_all(&mut *connection)
    .await?;
    if jobs.is_empty() {
        return Ok(Vec::new());
    }
    sqlx::query_as(
        "update pipeline.step s set status = 'WAITING', started_at = null, finished_at = null, error_code = null, error_title = null
         from (select job_id, min(ordinal) filter (where status <> 'SUCCEEDED') as open from pipeline.step
               where tenant_id = $1 and job_id = any ($2) group by job_id) f
         where s.tenant_id = $1 and s.job_id = f.job_id and s.ordinal >= coalesce($3, f.open)
         returning s.job_id, s.ordinal, s.name",
    )
    .bind(tenant)
    .bind(&jobs)
    .bind(from)
    .fetch_all(connection)
    .await
}

fn ids(held: &[&Waiting]) -> Vec<Uuid> {
    held.iter().map(|held| held.command_id).collect()
}
