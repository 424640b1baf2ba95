//! Completing and failing: one transaction for the state, the history, the reply and the message,
//! fenced on the epoch of the claim. Whoever comes late changes nothing.

use crate::failure::{Failure, RetryPolicy};
use crate::{Bus, BusError, Claimed, lost, payload, wire};
use domain::{BusEvent, CommandStatus, ErrorType, JobStatus};
use serde_json::Value;
use sqlx::{FromRow, PgConnection};
use std::collections::{BTreeMap, HashMap};
use std::time::Duration;
use uuid::Uuid;

/// Whether a completion or failure took effect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Finish {
    Done,
    /// The command is somebody else's by now, or finished; nothing was changed.
    Stale,
}

/// A command with the result to complete it with.
pub(crate) struct Completion<'a> {
    pub claimed: &'a Claimed,
    pub result: &'a Value,
}

#[derive(FromRow)]
struct Completed {
    command_id: Uuid,
    msg_id: Option<i64>,
    reply_to: Option<String>,
}

/// What happens to a command whose attempt failed.
enum Next {
    Retry { delay: Duration, counted: bool },
    Troubleshooting { exhausted: bool },
    Refused,
}

impl Bus {
    /// Completes a claimed command and sends its reply.
    ///
    /// # Errors
    /// When the database is away or cannot store the result.
    pub async fn complete(&self, claimed: &Claimed, result: &Value) -> Result<Finish, BusError> {
        Ok(self.complete_many(&[Completion { claimed, result }]).await?[0])
    }

    pub(crate) async fn complete_many(&self, batch: &[Completion<'_>]) -> Result<Vec<Finish>, BusError> {
        let mut transaction = self.pool.begin().await?;
        let bodies: Vec<Value> = batch.iter().map(reply_body).collect();
        let done = complete_rows(&mut transaction, batch, &bodies).await?;
        let mut by_command: HashMap<Uuid, &Completed> = done.iter().map(|row| (row.command_id, row)).collect();
        if let Some(first) = batch.first() {
            archive(&mut transaction, &first.claimed.queue, done.iter().filter_map(|row| row.msg_id).collect()).await?;
        }
        let mut replies: BTreeMap<&str, (Vec<Value>, Vec<Value>)> = BTreeMap::new();
        let mut finishes = Vec::with_capacity(batch.len());
        for (item, body) in batch.iter().zip(bodies) {
            let row = by_command.remove(&item.claimed.command_id.0);
            finishes.push(if row.is_some() { Finish::Done } else { Finish::Stale });
            if let Some(queue) = row.and_then(|row| row.reply_to.as_deref()) {
                let (messages, headers) = replies.entry(queue).or_default();
                messages.push(body);
                headers.push(wire::headers(item.claimed.tenant.0));
            }
        }
        for (queue, (messages, headers)) in replies {
            sqlx::query("select pgmq.send_batch($1, $2::jsonb[], $3::jsonb[])")
                .bind(queue)
                .bind(messages)
                .bind(headers)
                .execute(&mut *transaction)
                .await?;
        }
        transaction.commit().await?;
        Ok(finishes)
    }

    /// Records that the attempt failed: it is tried again, goes to the troubleshooting queue, or ends
    /// with a FAILED reply, as the failure's kind and the attempts left say.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn fail(&self, claimed: &Claimed, failure: &Failure, retry: &RetryPolicy) -> Result<Finish, BusError> {
        let next = match failure.kind {
            ErrorType::Transient if claimed.attempt < claimed.max_attempts => {
                Next::Retry { delay: retry.delay_after(claimed.attempt), counted: true }
            }
            ErrorType::Transient => Next::Troubleshooting { exhausted: true },
            ErrorType::Permanent => Next::Troubleshooting { exhausted: false },
            ErrorType::BusinessRule => Next::Refused,
        };
        self.conclude(claimed, failure, next).await
    }

    /// Gives a command back that was not finished for no fault of its own; the attempt does not count.
    pub(crate) async fn give_back(&self, claimed: &Claimed) -> Result<Finish, BusError> {
        let failure = Failure::transient(
            "WORKER_STOPPED",
            "The worker was stopped in the middle",
            "The worker was stopped before it had finished; the command is tried again at once.",
        );
        self.conclude(claimed, &failure, Next::Retry { delay: Duration::ZERO, counted: false }).await
    }

    async fn conclude(&self, claimed: &Claimed, failure: &Failure, next: Next) -> Result<Finish, BusError> {
        let mut transaction = self.pool.begin().await?;
        let Some(row) = fail_row(&mut transaction, claimed, failure, &next).await? else {
            transaction.rollback().await?;
            return Ok(Finish::Stale);
        };
        write_history(&mut transaction, claimed, failure, &next).await?;
        let job = match next {
            Next::Retry { .. } => JobStatus::Waiting,
            Next::Troubleshooting { .. } | Next::Refused => JobStatus::Failed,
        };
        lost::settle(&mut transaction, claimed.command_id.0, job, &failure.code, &failure.title).await?;
        dispose(&mut transaction, claimed, failure, next, &row).await?;
        transaction.commit().await?;
        Ok(Finish::Done)
    }
}

/// What becomes of the message, and of the sender's waiting.
async fn dispose(db: &mut PgConnection, claimed: &Claimed, failure: &Failure, next: Next, row: &Completed) -> Result<(), BusError> {
    match next {
        Next::Retry { .. } => {
            sqlx::query("select pgmq.set_vt($1, msg_id, visible_at) from commandbus.command where tenant_id = $2 and command_id = $3")
                .bind(&*claimed.queue)
                .bind(claimed.tenant.0)
                .bind(claimed.command_id.0)
                .execute(&mut *db)
                .await?;
        }
        Next::Troubleshooting { .. } => {
            payload::keep(db, claimed.tenant.0, claimed.command_id.0, &claimed.queue, row.msg_id).await?;
            archive(db, &claimed.queue, row.msg_id.into_iter().collect()).await?;
        }
        Next::Refused => {
            refuse(db, claimed, failure, row).await?;
            archive(db, &claimed.queue, row.msg_id.into_iter().collect()).await?;
        }
    }
    Ok(())
}

fn reply_body(item: &Completion<'_>) -> Value {
    wire::success(item.claimed.command_id.0, item.claimed.correlation_id, item.result)
}

async fn complete_rows(db: &mut PgConnection, batch: &[Completion<'_>], bodies: &[Value]) -> Result<Vec<Completed>, BusError> {
    let each = || batch.iter().map(|item| item.claimed);
    Ok(sqlx::query_as(
        "with input as (
           select * from unnest($1::uuid[], $2::uuid[], $3::bigint[], $4::jsonb[]) as i (tenant_id, command_id, epoch, body)),
         done as (
           update commandbus.command c set status = 'COMPLETED', lease_until = null, finished_at = clock_timestamp(), updated_at = clock_timestamp()
           from input i where c.tenant_id = i.tenant_id and c.command_id = i.command_id and c.epoch = i.epoch and c.status = 'IN_PROGRESS'
           returning c.tenant_id, c.command_id, c.domain, c.worker, c.attempts, c.msg_id, c.reply_to, i.body),
         history as (
           insert into commandbus.audit (tenant_id, command_id, domain, event_type, who, attempt)
           select tenant_id, command_id, domain, 'COMPLETED', worker, attempts from done),
         replies as (
           insert into commandbus.reply (tenant_id, command_id, outcome, body, queue_name)
           select tenant_id, command_id, 'SUCCESS', body, reply_to from done)
         select command_id, msg_id, reply_to from done",
    )
    .bind(each().map(|c| c.tenant.0).collect::<Vec<_>>())
    .bind(each().map(|c| c.command_id.0).collect::<Vec<_>>())
    .bind(each().map(|c| c.epoch).collect::<Vec<_>>())
    .bind(bodies)
    .fetch_all(db)
    .await?)
}

async fn fail_row(db: &mut PgConnection, claimed: &Claimed, failure: &Failure, next: &Next) -> Result<Option<Completed>, BusError> {
    let (status, delay, uncount) = match next {
        Next::Retry { delay, counted } => (CommandStatus::Pending, *delay, !counted),
        Next::Troubleshooting { .. } => (CommandStatus::InTroubleshootingQueue, Duration::ZERO, false),
        Next::Refused => (CommandStatus::Failed, Duration::ZERO, false),
    };
    Ok(sqlx::query_as(
        "update commandbus.command set status = $4, lease_until = null, updated_at = clock_timestamp(),
           visible_at = clock_timestamp() + make_interval(secs => $5), attempts = attempts - $6,
           finished_at = case when $4 = 'FAILED' then clock_timestamp() end,
           last_error_type = $7, last_error_code = $8, last_error_title = $9, last_fingerprint = $10
         where tenant_id = $1 and command_id = $2 and epoch = $3 and status = 'IN_PROGRESS'
         returning command_id, msg_id, reply_to",
    )
    .bind(claimed.tenant.0)
    .bind(claimed.command_id.0)
    .bind(claimed.epoch)
    .bind(status.word())
    .bind(delay.as_secs_f64())
    .bind(i32::from(uncount))
    .bind(failure.kind.word())
    .bind(&failure.code)
    .bind(&failure.title)
    .bind(failure.fingerprint())
    .fetch_optional(db)
    .await?)
}

async fn write_history(db: &mut PgConnection, claimed: &Claimed, failure: &Failure, next: &Next) -> Result<(), BusError> {
    let events: &[BusEvent] = match next {
        Next::Retry { .. } => &[BusEvent::RetryScheduled],
        Next::Troubleshooting { exhausted: true } => &[BusEvent::RetryExhausted, BusEvent::MovedToTsq],
        Next::Troubleshooting { exhausted: false } => &[BusEvent::MovedToTsq],
        Next::Refused => &[BusEvent::BusinessRuleFailed],
    };
    for event in events {
        sqlx::query(
            "with e as (
               insert into commandbus.audit (tenant_id, command_id, domain, event_type, who, code, attempt)
               values ($1, $2, $3, $4, $5, $6, $7) returning tenant_id, id)
             insert into commandbus.audit_note (tenant_id, audit_id, note) select tenant_id, id, $8 from e",
        )
        .bind(claimed.tenant.0)
        .bind(claimed.command_id.0)
        .bind(&*claimed.domain)
        .bind(event.word())
        .bind(&*claimed.worker)
        .bind(&failure.code)
        .bind(i32::try_from(claimed.attempt).unwrap_or(i32::MAX))
        .bind(&failure.message)
        .execute(&mut *db)
        .await?;
    }
    sqlx::query(
        "insert into commandbus.command_error (tenant_id, command_id, message) values ($1, $2, $3)
         on conflict (tenant_id, command_id) do update set message = excluded.message, at = clock_timestamp()",
    )
    .bind(claimed.tenant.0)
    .bind(claimed.command_id.0)
    .bind(&failure.message)
    .execute(db)
    .await?;
    Ok(())
}

async fn refuse(db: &mut PgConnection, claimed: &Claimed, failure: &Failure, row: &Completed) -> Result<(), BusError> {
    let body = wire::failed(claimed.command_id.0, claimed.correlation_id, failure);
    sqlx::query("insert into commandbus.reply (tenant_id, command_id, outcome, body, queue_name) values ($1, $2, 'FAILED', $3, $4)")
        .bind(claimed.tenant.0)
        .bind(claimed.command_id.0)
        .bind(&body)
        .bind(&row.reply_to)
        .execute(&mut *db)
        .await?;
    if let Some(queue) = &row.reply_to {
        sqlx::query("select pgmq.send($1, $2::jsonb, $3::jsonb)")
            .bind(queue)
            .bind(body)
            .bind(wire::headers(claimed.tenant.0))
            .execute(db)
            .await?;
    }
    Ok(())
}

async fn archive(db: &mut PgConnection, queue: &str, ids: Vec<i64>) -> Result<(), BusError> {
    if !ids.is_empty() {
        sqlx::query("select pgmq.archive($1, $2::bigint[])").bind(queue).bind(ids).execute(db).await?;
    }
    Ok(())
}
