//! Sends a command from the troubleshooting queue again: same command id, new message, attempts
//! back to zero. For when the cause is mended. The customer sees the work start over.

use domain::{Action, CommandId, CommandStatus, Kind, Meta, Permission, Subject};
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RetryCommand {
    pub command: CommandId,
    /// Keep the attempts already used instead of starting from zero.
    #[serde(default)]
    pub keep_attempts: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Retried {
    /// Number of the new message in the queue.
    pub msg_id: i64,
    pub status: CommandStatus,
}

impl Action for RetryCommand {
    const META: Meta = Meta {
        name: "retry-command",
        title: "Retry the command",
        help: "Sends the command again with the same id and the payload it had. Use it when the cause is mended. The customer sees the work start over.",
        path: "/fn/retry-command",
        cli: "opsctl troubleshooting retry {command}",
        kind: Kind::Write,
        permission: Permission::CommandRetry,
        consent: false,
        approval: false,
    };
    type Output = Retried;
    fn subject(&self) -> Subject {
        Subject::Command(self.command)
    }
}

#[cfg(feature = "server")]
mod server {
    use super::{Retried, RetryCommand};
    use crate::deeds::held::{hold, no_payload};
    use domain::{BusEvent, CommandStatus};
    use gate::{Change, Execute, Failed};
    use store::operator;

    impl Execute for RetryCommand {
        async fn execute(self, change: &mut Change) -> Result<Retried, Failed> {
            let held = hold(change, self.command).await?;
            let who = change.actor().name.clone();
            let attempts = if self.keep_attempts { held.attempts } else { 0 };
            let Some(msg_id) = operator::send_again(change.conn(), &held, attempts).await? else {
                return Err(no_payload());
            };
            let steps = operator::reopen_job(change.conn(), &held, None).await?;
            operator::history(change.conn(), &held, BusEvent::OperatorRetry, &who, None).await?;
            change.changed("command", "status", held.status.as_str(), CommandStatus::Pending.word());
            change.changed("command", "attempts", held.attempts, attempts);
            change.changed("command", "msg_id", held.msg_id, msg_id);
            change.effect(format!("The payload is sent to {} again as message {msg_id}.", held.queue_name));
            if !steps.is_empty() {
                change.effect(format!("The job runs again from {}.", steps[0]));
            }
            Ok(Retried { msg_id, status: CommandStatus::Pending })
        }
    }
}
