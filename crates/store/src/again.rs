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
    let sent = resend(connection, &waiting, &HashMap::new(), BusEvent::OperatorRetry, who, None).await?;
    Ok(outcomes(commands, &held, &sent, &HashMap::new()))
}

/// A payload in the place of another.
pub struct Revised {
    pub text: String,
    /// Whether a masked value is among what was written: then it is kept as an edit even if it is the same, so that nobody can guess it.
    pub over_mask: bool,
}

/// The other payload of a command, or why it is left alone. Given the command, its payload and the schema of its type.
pub type Edited<'a> = &'a (dyn Fn(&Waiting, &str, Option<&str>) -> Result<Revised, SkipReason> + Send + Sync);

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
    let mut edits: [Vec<(Uuid, String)>; 2] = [Vec::new(), Vec::new()];
    let mut left: HashMap<Uuid, SkipReason> = HashMap::new();
    for held in held.iter().filter(|held| waits(held)) {
        let of = (held.domain.as_str(), held.command_type.as_str());
        if let Entry::Vacant(unknown) = schemas.entry(of) {
            unknown.insert(payload::contract(connection, of.0, of.1).await?.map(|contract| contract.schema));
        }
        let schema = schemas.get(&of).and_then(Option::as_deref);
        match payloads.get(&held.command_id).map(|payload| edit(held, &payload.text, schema)) {
            Some(Ok(revised)) => edits[usize::from(revised.over_mask)].push((held.command_id, revised.text)),
            Some(Err(reason)) => drop(left.insert(held.command_id, reason)),
            None => drop(left.insert(held.command_id, SkipReason::NoPayload)),
        }
    }
    for (over_mask, edits) in [false, true].into_iter().zip(&edits) {
        payload::revise(connection, edits, who, None, over_mask).await?;
    }
    let waiting: Vec<&Waiting> = held.iter().filter(|held| waits(held) && !left.contains_key(&held.command_id)).collect();
    let sent = resend(connection, &waiting, &HashMap::new(), BusEvent::OperatorEdit, who, None).await?;
    Ok(outcomes(commands, &held, &sent, &left))
}

pub(crate) fn waits(held: &Waiting) -> bool {
    held.status == CommandStatus::InTroubleshootingQueue.word()
}

/// Sends held commands, opens their jobs again, each from the place `starts` has for its command, and writes history; the new message
/// of each that had a payload.
pub(crate) async fn resend(
    connection: &mut PgConnection,
    waiting: &[&Waiting],
    starts: &HashMap<Uuid, i32>,
    event: BusEvent,
    who: &str,
    note: Option<&str>,
) -> Result<HashMap<Uuid, i64>, sqlx::Error> {
    let sent = send_all(connection, waiting, |_| 0).await?;
    let sent_ones: Vec<&Waiting> = waiting.iter().copied().filter(|held| sent.contains_key(&held.command_id)).collect();
    reopen_jobs(connection, &sent_ones, starts).await?;
    histories(connection, &sent_ones, event, who, note).await?;
    Ok(sent)
}

pub(crate) fn outcomes(
    commands: &[Uuid],
    held: &[Waiting],
    sent: &HashMap<Uuid, i64>,
    left: &HashMap<Uuid, SkipReason>,
) -> Vec<(Uuid, Resent)> {
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
pub(crate) async fn hold_all(connection: &mut PgConnection, commands: &[Uuid]) -> Result<Vec<Waiting>, sqlx::Error> {
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

/// Writes an operator's deed into the histories, with a note that only those inside read.
pub(crate) async fn histories(
    connection: &mut PgConnection,
    held: &[&Waiting],
    event: BusEvent,
    who: &str,
    note: Option<&str>,
) -> Result<(), sqlx::Error> {
    let Some(tenant) = held.first().map(|held| held.tenant_id) else {
        return Ok(());
    };
    sqlx::query(
        "with line as (
           insert into commandbus.audit (tenant_id, command_id, domain, event_type, who, attempt)
           select $1, l.command_id, l.domain, $5, $6, l.attempt from unnest($2::uuid[], $3::text[], $4::int[]) as l (command_id, domain, attempt)
           returning id)
         insert into commandbus.audit_note (tenant_id, audit_id, note) select $1, line.id, $7 from line where $7 is not null",
    )
    .bind(tenant)
    .bind(ids(held))
    .bind(held.iter().map(|held| held.domain.as_str()).collect::<Vec<_>>())
    .bind(held.iter().map(|held| held.attempts).collect::<Vec<_>>())
    .bind(event.word())
    .bind(who)
    .bind(note)
    .execute(connection)
    .await?;
    Ok(())
}

/// Puts the jobs of held commands back to WAITING: the steps from the place `starts` has for the command, or those that did not
/// succeed. Job, place and name of the steps that will run.
pub(crate) async fn reopen_jobs(
    connection: &mut PgConnection,
    held: &[&Waiting],
    starts: &HashMap<Uuid, i32>,
) -> Result<Vec<(Uuid, i32, String)>, sqlx::Error> {
    let Some(tenant) = held.first().map(|held| held.tenant_id) else {
        return Ok(Vec::new());
    };
    let jobs: Vec<(Uuid, Uuid)> = sqlx::query_as(
        "update pipeline.job set status = 'WAITING', current_step = null, error_code = null, error_title = null,
           updated_at = clock_timestamp(), finished_at = null
         where tenant_id = $1 and command_id = any ($2) returning job_id, command_id",
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
         from (select j.job_id, coalesce(j.start, min(o.ordinal) filter (where o.status <> 'SUCCEEDED')) as start
               from unnest($2::uuid[], $3::int[]) as j (job_id, start) join pipeline.step o on o.tenant_id = $1 and o.job_id = j.job_id
               group by j.job_id, j.start) f
         where s.tenant_id = $1 and s.job_id = f.job_id and s.ordinal >= f.start
         returning s.job_id, s.ordinal, s.name",
    )
    .bind(tenant)
    .bind(jobs.iter().map(|(job, _)| *job).collect::<Vec<_>>())
    .bind(jobs.iter().map(|(_, command)| starts.get(command).copied()).collect::<Vec<_>>())
    .fetch_all(connection)
    .await
}

fn ids(held: &[&Waiting]) -> Vec<Uuid> {
    held.iter().map(|held| held.command_id).collect()
}
