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
