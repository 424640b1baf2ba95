//! One command: its facts, its history, and inside a support session its payload and error text.

use super::troubleshooting::CommandRow;
use domain::{At, BusEvent, CommandId, Permission, Sight, Subject, View, ViewMeta};
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Command {
    pub command: CommandId,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CommandOutput {
    pub now: At,
    pub row: CommandRow,
    pub correlation_id: uuid::Uuid,
    pub reply_to: Option<String>,
    pub epoch: i64,
    pub lease_until: Option<At>,
    pub visible_at: At,
    pub worker: Option<String>,
    /// True when content is shown: a support session on this tenant is running.
    pub inside: bool,
    /// Where the payload came from; `None` outside a support session.
    pub payload_source: Option<PayloadSource>,
    /// The reply sent to the caller, once there is one; inside only.
    pub reply: Option<serde_json::Value>,
    pub history: Vec<HistoryRow>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PayloadSource {
    /// Still in the queue.
    Queue,
    /// In the archive of the queue.
    Archive,
    /// In the payload archive: the queue's own archive no longer has it.
    PayloadArchive,
    /// Nowhere: it cannot be sent again.
    Lost,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct HistoryRow {
    pub at: At,
    pub event: BusEvent,
    /// Operator, worker or sender.
    pub who: Option<String>,
    pub code: Option<String>,
    /// Free text of the event; inside only.
    pub detail: Option<String>,
}

impl View for Command {
    const META: ViewMeta = ViewMeta {
        name: "command",
        title: "One command, its history and its payload",
        path: "/fn/command",
        cli: "opsctl troubleshooting show {command}",
        sight: Sight::Inside,
        permission: Permission::Read,
    };
    type Output = CommandOutput;
    fn subject(&self) -> Subject {
        Subject::Command(self.command)
    }
}
