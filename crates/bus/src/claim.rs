//! Claiming: messages are read from PGMQ, but only the command's row says whose it is. Every claim
//! raises the epoch, and whoever finishes must name the epoch it claimed.

use crate::wire::{self, CommandMessage};
use crate::{Bus, BusError, lost};
use domain::{CommandId, TenantId};
use serde_json::Value;
use sqlx::{FromRow, PgConnection};
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

/// A command in the hands of a worker, until its lease ends.
#[derive(Debug, Clone)]
pub struct Claimed {
    pub tenant: TenantId,
    pub command_id: CommandId,
    pub correlation_id: Uuid,
    pub domain: Arc<str>,
    pub command_type: String,
    pub data: Value,
    /// The same as text, to the letter: numbers too long for `data` are whole here.
    pub text: Arc<str>,
    /// `data` could not be made of `text`; no handler sees it.
    pub(crate) unreadable: bool,
    /// Which attempt this is, from 1.
    pub attempt: u32,
    pub max_attempts: u32,
    /// Names this claim among all of the command's.
    pub epoch: i64,
    pub worker: Arc<str>,
    pub build: Arc<str>,
    pub(crate) queue: Arc<str>,
    /// The message that carried it.
    pub msg_id: i64,
    pub(crate) cancel: CancellationToken,
    pub(crate) bus: Bus,
}

/// Who claims, and for how long.
#[derive(Debug, Clone)]
pub struct Claimant {
    pub domain: Arc<str>,
    pub worker: Arc<str>,
    pub build: Arc<str>,
    pub lease: Duration,
}

impl Claimed {
    /// Resolves when the work is in vain or has to stop: the lease was lost, an operator took the
    /// command away, or the worker is stopping. What a handler returns afterwards is refused.
    pub async fn cancelled(&self) {
        self.cancel.cancelled().await;
    }

    /// The same without waiting.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        self.cancel.is_cancelled()
    }

    /// The bus it came over, for sending further commands.
    #[must_use]
    pub fn bus(&self) -> &Bus {
        &self.bus
    }
}

#[derive(FromRow)]
struct Taken {
    msg_id: i64,
    tenant_id: Uuid,
    command_id: Uuid,
    command_type: String,
    correlation_id: Uuid,
    attempts: i32,
    max_attempts: i32,
    epoch: i64,
    taken_over: bool,
}

impl Bus {
    /// Claims up to `most` commands that are due. Messages whose command is finished, or that a newer
    /// message has replaced, are archived on the way.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn claim(&self, claimant: &Claimant, most: usize) -> Result<Vec<Claimed>, BusError> {
        let queue = wire::command_queue(&claimant.domain)?;
        let mut transaction = self.pool.begin().await?;
        let (mut messages, broken) = read(&mut transaction, &queue, claimant.lease, most).await?;
        if messages.is_empty() && broken.is_empty() {
            transaction.rollback().await?;
            return Ok(Vec::new());
        }
        let taken = take(&mut transaction, &queue, claimant, &messages).await?;
        let over: Vec<Uuid> = taken.iter().filter(|t| t.taken_over).map(|t| t.command_id).collect();
        if !over.is_empty() {
            lost::mark(&mut transaction, &over).await?;
        }
        let rest: Vec<(i64, Uuid)> = messages
            .iter()
            .filter(|(id, _)| !taken.iter().any(|t| t.msg_id == **id))
            .map(|(id, message)| (*id, message.command_id))
            .collect();
        put_aside(&mut transaction, &queue, &rest, broken).await?;
        transaction.commit().await?;
        let queue: Arc<str> = queue.into();
        Ok(taken.into_iter().filter_map(|t| messages.remove(&t.msg_id).map(|m| self.claimed(claimant, &queue, t, m))).collect())
    }

    fn claimed(&self, claimant: &Claimant, queue: &Arc<str>, taken: Taken, message: Message) -> Claimed {
        let data = serde_json::from_str(&message.data);
        Claimed {
            tenant: TenantId(taken.tenant_id),
            command_id: CommandId(taken.command_id),
            correlation_id: taken.correlation_id,
            domain: claimant.domain.clone(),
            command_type: taken.command_type,
            unreadable: data.is_err(),
            data: data.unwrap_or_default(),
            text: message.data.into(),
            attempt: u32::try_from(taken.attempts).unwrap_or(1),
            max_attempts: u32::try_from(taken.max_attempts).unwrap_or(1),
            epoch: taken.epoch,
            worker: claimant.worker.clone(),
            build: claimant.build.clone(),
            queue: queue.clone(),
            msg_id: taken.msg_id,
            cancel: CancellationToken::new(),
            bus: self.clone(),
        }
    }
}

/// What is said to who sent a payload no worker can read.
pub(crate) const UNREADABLE: &str =
    "The payload lies deeper than 127 levels or has a number beyond the range of a double, so no handler can be given it.";

/// A message as it was read: whose it is, and its data as text.
struct Message {
    command_id: Uuid,
    data: String,
}

type Messages = HashMap<i64, Message>;

/// Messages by id, and the ids of those that are no commands.
async fn read(db: &mut PgConnection, queue: &str, lease: Duration, most: usize) -> Result<(Messages, Vec<i64>), BusError> {
    let hidden = i32::try_from(lease.as_secs_f64().ceil() as u64).unwrap_or(i32::MAX).max(1);
    // Its data as text: one with a number beyond a machine's would otherwise stop all the others.
    let rows: Vec<(i64, Value, Option<String>)> =
        sqlx::query_as("select msg_id, case when jsonb_typeof(message) = 'object' then message - 'data' else 'null' end, (message -> 'data')::text from pgmq.read($1, $2, $3)")
        .bind(queue)
        .bind(hidden)
        .bind(i32::try_from(most).unwrap_or(i32::MAX))
        .fetch_all(db)
        .await?;
    let (mut messages, mut broken) = (HashMap::new(), Vec::new());
    for (id, envelope, data) in rows {
        match serde_json::from_value::<CommandMessage>(envelope) {
            Ok(CommandMessage { command_id, .. }) => {
                messages.insert(id, Message { command_id, data: data.unwrap_or_else(|| "null".to_owned()) });
            }
            Err(error) => {
                tracing::warn!(queue, msg_id = id, %error, "a message that is no command was archived");
                broken.push(id);
            }
        }
    }
    Ok((messages, broken))
}

/// A statement of its own, after `read`: it has to see commands committed together with a message
/// that `read` was the first to see.
async fn take(db: &mut PgConnection, queue: &str, claimant: &Claimant, messages: &Messages) -> Result<Vec<Taken>, BusError> {
    let (ids, commands): (Vec<i64>, Vec<Uuid>) = messages.iter().map(|(id, m)| (*id, m.command_id)).unzip();
    Ok(sqlx::query_as(
        "with m as (select * from unnest($1::bigint[], $2::uuid[]) as m (msg_id, command_id)),
         free as (
           select c.tenant_id, c.command_id, c.status as was, c.worker as before
           from m join commandbus.command c on c.command_id = m.command_id and c.msg_id = m.msg_id
           where c.queue_name = $3 and c.visible_at <= clock_timestamp()
             and (c.status = 'PENDING' or (c.status = 'IN_PROGRESS' and c.lease_until <= clock_timestamp() and c.attempts < c.max_attempts))
           for update of c),
         taken as (
           update commandbus.command c set status = 'IN_PROGRESS', epoch = c.epoch + 1, attempts = c.attempts + 1,
             lease_until = clock_timestamp() + make_interval(secs => $4), worker = $5, updated_at = clock_timestamp()
           from free f where c.tenant_id = f.tenant_id and c.command_id = f.command_id
           returning c.msg_id, c.tenant_id, c.command_id, c.command_type, c.correlation_id, c.attempts, c.max_attempts,
             c.epoch, c.domain, f.was = 'IN_PROGRESS' as taken_over, f.before),
         history as (
           insert into commandbus.audit (tenant_id, command_id, domain, event_type, who, attempt)
           select tenant_id, command_id, domain, event_type, who, attempt from (
             select tenant_id, command_id, domain, 'LEASE_EXPIRED' as event_type, before as who, attempts - 1 as attempt, 0 as place
             from taken where taken_over
             union all select tenant_id, command_id, domain, 'RECEIVED', $5, attempts, 1 from taken) e
           order by place)
         select msg_id, tenant_id, command_id, command_type, correlation_id, attempts, max_attempts, epoch, taken_over from taken",
    )
    .bind(ids)
    .bind(commands)
    .bind(queue)
    .bind(claimant.lease.as_secs_f64())
    .bind(&*claimant.worker)
    .fetch_all(db)
    .await?)
}

/// What was read but is not to be worked on now: hidden until it is due, or archived if it never is.
async fn put_aside(db: &mut PgConnection, queue: &str, rest: &[(i64, Uuid)], mut dead: Vec<i64>) -> Result<(), BusError> {
    if !rest.is_empty() {
        let (ids, commands): (Vec<i64>, Vec<Uuid>) = rest.iter().copied().unzip();
        let live: Vec<i64> = sqlx::query_scalar(
            "select m.msg_id from unnest($1::bigint[], $2::uuid[]) as m (msg_id, command_id)
             join commandbus.command c on c.command_id = m.command_id and c.msg_id = m.msg_id and c.queue_name = $3
             where c.status in ('PENDING', 'IN_PROGRESS')
               and (greatest(c.lease_until, c.visible_at) <= clock_timestamp()
                    or (select count(*) from pgmq.set_vt($3, m.msg_id, greatest(c.lease_until, c.visible_at))) >= 0)",
        )
        .bind(&ids)
        .bind(commands)
        .bind(queue)
        .fetch_all(&mut *db)
        .await?;
        dead.extend(ids.into_iter().filter(|id| !live.contains(id)));
    }
    if !dead.is_empty() {
        sqlx::query("select pgmq.archive($1, $2::bigint[])").bind(queue).bind(&dead).execute(db).await?;
    }
    Ok(())
}
