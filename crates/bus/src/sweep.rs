//! Puts right what a crash can leave behind: commands without a message, leases whose worker is
//! gone. Every worker sweeps every few seconds; an advisory lock lets one do it at a time.

use crate::failure::Failure;
use crate::wire::{self, CommandMessage};
use crate::worker::Shared;
use crate::{Bus, BusError, contract, lost, payload};
use domain::{BusEvent, JobStatus};
use serde_json::Value;
use sqlx::{AssertSqlSafe, FromRow, PgConnection};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

const EVERY: Duration = Duration::from_secs(3);
/// Rows one sweep handles at most of each kind; the next one takes the rest.
const MOST: i64 = 500;
const LOCK: i64 = 0x6f70_7362_7573;

/// What a sweep put right.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Swept {
    /// Leases ended whose worker had gone.
    pub expired: usize,
    /// Commands whose message was sent anew.
    pub resent: usize,
    /// Commands given to people: their attempts are used up, or their payload is nowhere.
    pub given_up: usize,
}

#[derive(FromRow)]
struct Orphan {
    tenant_id: Uuid,
    command_id: Uuid,
    domain: String,
    command_type: String,
    queue_name: String,
    msg_id: Option<i64>,
    correlation_id: Uuid,
    reply_to: Option<String>,
}

impl Bus {
    /// Sweeps once, all domains. Does nothing while another sweep is under way.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn sweep(&self) -> Result<Swept, BusError> {
        let mut swept = Swept::default();
        let mut transaction = self.pool.begin().await?;
        let mine: bool = sqlx::query_scalar("select pg_try_advisory_xact_lock($1)").bind(LOCK).fetch_one(&mut *transaction).await?;
        if !mine {
            transaction.rollback().await?;
            return Ok(swept);
        }
        expire(&mut transaction, &mut swept).await?;
        let queues: Vec<String> = sqlx::query_scalar("select queue_name from pgmq.meta where queue_name like '%\\_\\_commands'")
            .fetch_all(&mut *transaction)
            .await?;
        for queue in queues {
            resend(&mut transaction, &queue, &mut swept).await?;
        }
        transaction.commit().await?;
        Ok(swept)
    }
}

/// Ends leases that ran out: the late worker is fenced off, and the command waits for its next attempt
/// or, when these are used up, for a person.
async fn expire(db: &mut PgConnection, swept: &mut Swept) -> Result<(), BusError> {
    let lost = Failure::transient(
        "WORKER_LOST",
        "The worker was lost in the middle, and the attempts are used up",
        "The worker stopped answering in the middle of the last attempt: it crashed, was killed or lost its connection. Look at its log before retrying; the command itself may be what kills workers.",
    );
    let ended: Vec<(Uuid, Uuid, String, String, Option<i64>, bool)> = sqlx::query_as(
        "with late as (
           select tenant_id, command_id from commandbus.command
           where status = 'IN_PROGRESS' and lease_until <= clock_timestamp() order by lease_until limit $1 for update skip locked),
         ended as (
           update commandbus.command c set epoch = c.epoch + 1, lease_until = null, visible_at = clock_timestamp(), updated_at = clock_timestamp(),
             status = case when c.attempts < c.max_attempts then 'PENDING' else 'IN_TROUBLESHOOTING_QUEUE' end,
             last_error_type = case when c.attempts < c.max_attempts then c.last_error_type else $2 end,
             last_error_code = case when c.attempts < c.max_attempts then c.last_error_code else $3 end,
             last_error_title = case when c.attempts < c.max_attempts then c.last_error_title else $4 end,
             last_fingerprint = case when c.attempts < c.max_attempts then c.last_fingerprint else $5 end
           from late l where c.tenant_id = l.tenant_id and c.command_id = l.command_id
           returning c.tenant_id, c.command_id, c.domain, c.queue_name, c.msg_id, c.worker, c.attempts, c.attempts >= c.max_attempts as spent),
         history as (
           insert into commandbus.audit (tenant_id, command_id, domain, event_type, who, attempt)
           select tenant_id, command_id, domain, 'LEASE_EXPIRED', worker, attempts from ended)
         select tenant_id, command_id, domain, queue_name, msg_id, spent from ended",
    )
    .bind(MOST)
    .bind(lost.kind.word())
    .bind(&lost.code)
    .bind(&lost.title)
    .bind(lost.fingerprint())
    .fetch_all(&mut *db)
    .await?;
    let commands: Vec<Uuid> = ended.iter().map(|row| row.1).collect();
    if commands.is_empty() {
        return Ok(());
    }
    lost::mark(db, &commands).await?;
    for (tenant, command, domain, queue, msg_id, spent) in ended {
        swept.expired += 1;
        if spent {
            give_up(db, (tenant, command), &domain, &lost, BusEvent::RetryExhausted).await?;
            payload::keep(db, tenant, command, &queue, msg_id).await?;
            sqlx::query("select pgmq.archive($1, $2::bigint)").bind(&queue).bind(msg_id).execute(&mut *db).await?;
            swept.given_up += 1;
        } else {
            sqlx::query("select pgmq.set_vt($1, $2::bigint, 0)").bind(&queue).bind(msg_id).execute(&mut *db).await?;
        }
    }
    Ok(())
}

/// Sends a new message for commands that wait but have none. Only those that wait longest are looked
/// at: behind a backlog, a command without a message comes to its front as the others are done.
async fn resend(db: &mut PgConnection, queue: &str, swept: &mut Swept) -> Result<(), BusError> {
    let queue = wire::checked_queue(queue)?;
    let orphans: Vec<Orphan> = sqlx::query_as(AssertSqlSafe(format!(
        "select tenant_id, command_id, domain, command_type, queue_name, msg_id, correlation_id, reply_to from commandbus.command c
         where c.status = 'PENDING' and c.queue_name = $1
           and (c.tenant_id, c.command_id) in (
             select tenant_id, command_id from commandbus.command
             where status = 'PENDING' and queue_name = $1 and visible_at <= clock_timestamp() order by visible_at limit $2)
           and not exists (select from pgmq.q_{queue} q where q.msg_id = c.msg_id)
         for update skip locked"
    )))
    .bind(queue)
    .bind(MOST)
    .fetch_all(&mut *db)
    .await?;
    for orphan in orphans {
        match payload::find(db, orphan.tenant_id, orphan.command_id, queue, orphan.msg_id).await? {
            Some(data) => {
                send_anew(db, &orphan, data).await?;
                swept.resent += 1;
            }
            None => {
                lose(db, &orphan).await?;
                swept.given_up += 1;
            }
        }
    }
    Ok(())
}

async fn send_anew(db: &mut PgConnection, orphan: &Orphan, data: String) -> Result<(), BusError> {
    let message = CommandMessage {
        domain: orphan.domain.clone(),
        command_type: orphan.command_type.clone(),
        command_id: orphan.command_id,
        correlation_id: Some(orphan.correlation_id),
        data: Value::Null,
        reply_to: orphan.reply_to.clone(),
    };
    // The content goes from table to table as it is: numbers of ours would round it.
    sqlx::query(
        "update commandbus.command set msg_id = (select * from pgmq.send($3, $4::jsonb || jsonb_build_object('data', $6::jsonb), $5::jsonb)), updated_at = clock_timestamp()
         where tenant_id = $1 and command_id = $2",
    )
    .bind(orphan.tenant_id)
    .bind(orphan.command_id)
    .bind(&orphan.queue_name)
    .bind(serde_json::to_value(message).unwrap_or_default())
    .bind(wire::headers(orphan.tenant_id))
    .bind(data)
    .execute(db)
    .await?;
    tracing::warn!(command = %orphan.command_id, "a command had lost its message and was sent anew");
    Ok(())
}

async fn lose(db: &mut PgConnection, orphan: &Orphan) -> Result<(), BusError> {
    let failure = Failure::permanent(
        "PAYLOAD_LOST",
        "The content of the command is nowhere to be found",
        "The message of the command has vanished from the queue and from both archives, so it cannot be run. Ask the sender to send it again under a new id, then cancel this one.",
    );
    sqlx::query(
        "update commandbus.command set status = 'IN_TROUBLESHOOTING_QUEUE', epoch = epoch + 1, updated_at = clock_timestamp(),
           last_error_type = $3, last_error_code = $4, last_error_title = $5, last_fingerprint = $6
         where tenant_id = $1 and command_id = $2",
    )
    .bind(orphan.tenant_id)
    .bind(orphan.command_id)
    .bind(failure.kind.word())
    .bind(&failure.code)
    .bind(&failure.title)
    .bind(failure.fingerprint())
    .execute(&mut *db)
    .await?;
    give_up(db, (orphan.tenant_id, orphan.command_id), &orphan.domain, &failure, BusEvent::MovedToTsq).await
}

/// Writes why a command, already moved, is in the troubleshooting queue.
async fn give_up(
    db: &mut PgConnection,
    (tenant, command): (Uuid, Uuid),
    domain: &str,
    failure: &Failure,
    first: BusEvent,
) -> Result<(), BusError> {
    sqlx::query(
        "with e as (
           insert into commandbus.audit (tenant_id, command_id, domain, event_type, who, code)
           select $1, $2, $3, event, 'sweeper', $5 from unnest($4::text[]) event returning tenant_id, id),
         notes as (insert into commandbus.audit_note (tenant_id, audit_id, note) select tenant_id, id, $6 from e)
         insert into commandbus.command_error (tenant_id, command_id, message) values ($1, $2, $6)
           on conflict (tenant_id, command_id) do update set message = excluded.message, at = clock_timestamp()",
    )
    .bind(tenant)
    .bind(command)
    .bind(domain)
    .bind(match first {
        BusEvent::MovedToTsq => vec![first.word()],
        _ => vec![first.word(), BusEvent::MovedToTsq.word()],
    })
    .bind(&failure.code)
    .bind(&failure.message)
    .execute(&mut *db)
    .await?;
    lost::settle(db, command, JobStatus::Failed, &failure.code, &failure.title).await
}

/// A worker's own round: says that it lives, and sweeps.
pub(crate) async fn run(shared: Arc<Shared>, stop: CancellationToken) {
    loop {
        if let Err(error) = round(&shared).await {
            tracing::warn!(worker = shared.options.name, %error, "sweeping failed; trying again");
        }
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(EVERY) => {}
        }
    }
}

async fn round(shared: &Shared) -> Result<(), BusError> {
    sqlx::query(
        "insert into commandbus.worker (name, domain, build, checks) values ($1, $2, $3, $4)
         on conflict (name) do update set domain = excluded.domain, build = excluded.build, checks = excluded.checks, heartbeat_at = clock_timestamp(),
           started_at = case when worker.stopped_at is null then worker.started_at else clock_timestamp() end, stopped_at = null",
    )
    .bind(&shared.options.name)
    .bind(&*shared.claimant.domain)
    .bind(&shared.options.build)
    .bind(&shared.checks)
    .execute(&shared.bus.pool)
    .await?;
    if !shared.registered.load(Ordering::Relaxed) {
        contract::register(shared).await?;
        shared.registered.store(true, Ordering::Relaxed);
    }
    shared.bus.sweep().await?;
    Ok(())
}

pub(crate) async fn say_goodbye(shared: &Shared) {
    let said = sqlx::query("update commandbus.worker set stopped_at = clock_timestamp(), heartbeat_at = clock_timestamp() where name = $1")
        .bind(&shared.options.name)
        .execute(&shared.bus.pool)
        .await;
    if let Err(error) = said {
        tracing::warn!(worker = shared.options.name, %error, "the worker could not say that it has stopped");
    }
}
