//! Reading replies, for whoever sent the commands.

use crate::wire::{self, ReplyMessage};
use crate::{Bus, BusError};
use domain::{CommandId, ReplyOutcome};
use serde_json::Value;
use std::time::Duration;
use uuid::Uuid;

/// The answer to one command.
#[derive(Debug, Clone, PartialEq)]
pub struct Reply {
    /// To acknowledge it with.
    pub msg_id: i64,
    pub command_id: CommandId,
    pub correlation_id: Option<Uuid>,
    pub outcome: ReplyOutcome,
    /// With SUCCESS.
    pub result: Option<Value>,
    /// With CANCELED: the operator's reason.
    pub reason: Option<String>,
    /// With FAILED.
    pub error_code: Option<String>,
    pub error_message: Option<String>,
}

/// Reads one reply queue.
#[derive(Debug, Clone)]
pub struct ReplyReader {
    bus: Bus,
    queue: String,
}

impl Bus {
    /// The reader of a reply queue, which is made if it is not there.
    ///
    /// # Errors
    /// When the name cannot be a queue's or the database is away.
    pub async fn replies(&self, queue: &str) -> Result<ReplyReader, BusError> {
        self.ensure_queue(queue).await?;
        Ok(ReplyReader { bus: self.clone(), queue: queue.to_owned() })
    }
}

impl ReplyReader {
    /// Up to `most` replies. Those not acknowledged within `hidden` come again; messages that are no
    /// replies are archived.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn read(&self, most: usize, hidden: Duration) -> Result<Vec<Reply>, BusError> {
        let rows: Vec<(i64, Value)> = sqlx::query_as("select msg_id, message from pgmq.read($1, $2, $3)")
            .bind(wire::checked_queue(&self.queue)?)
            .bind(i32::try_from(hidden.as_secs().max(1)).unwrap_or(i32::MAX))
            .bind(i32::try_from(most).unwrap_or(i32::MAX))
            .fetch_all(&self.bus.pool)
            .await?;
        let (mut replies, mut broken) = (Vec::new(), Vec::new());
        for (msg_id, body) in rows {
            match serde_json::from_value(body) {
                Ok(message) => replies.push(reply(msg_id, message)),
                Err(error) => {
                    tracing::warn!(queue = self.queue, msg_id, %error, "a message that is no reply was archived");
                    broken.push(msg_id);
                }
            }
        }
        if !broken.is_empty() {
            sqlx::query("select pgmq.archive($1, $2::bigint[])").bind(&self.queue).bind(broken).execute(&self.bus.pool).await?;
        }
        Ok(replies)
    }

    /// Takes replies out of the queue for good; the record of each stays with its command.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn acknowledge(&self, replies: &[Reply]) -> Result<(), BusError> {
        let ids: Vec<i64> = replies.iter().map(|reply| reply.msg_id).collect();
        sqlx::query("select pgmq.delete($1, $2::bigint[])").bind(&self.queue).bind(ids).execute(&self.bus.pool).await?;
        Ok(())
    }
}

fn reply(msg_id: i64, m: ReplyMessage) -> Reply {
    Reply {
        msg_id,
        command_id: CommandId(m.command_id),
        correlation_id: m.correlation_id,
        outcome: m.outcome,
        result: m.result,
        reason: m.reason,
        error_code: m.error_code,
        error_message: m.error_message,
    }
}
