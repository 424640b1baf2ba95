//! Sends a command from the troubleshooting queue again with another payload: same command id, new message, attempts from zero. The
//! payload it had is kept and linked. For when what was sent is what is wrong. The customer sees the work start over.

use domain::{Action, CommandId, CommandStatus, Kind, Meta, Permission, Subject};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Longest payload that can be edited, in bytes.
pub const MOST_BYTES: usize = 2 << 20;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EditCommand {
    pub command: CommandId,
    /// The whole payload as JSON text. A sensitive value that is masked stays what it is.
    pub payload: String,
    /// The version of the payload it was made from, as `edit-form` names it: whoever edits what somebody has edited meanwhile is told so.
    pub version: String,
    /// Send it although a worker that listens has not said yes to it.
    #[serde(default)]
    pub unchecked: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Edited {
    /// Number of the new message in the queue.
    pub msg_id: i64,
    pub status: CommandStatus,
    /// Which edit of this command it was, from 1.
    pub revision: i32,
}

impl Action for EditCommand {
    const META: Meta = Meta {
        name: "edit-command",
        title: "Edit and retry the command",
        help: "Sends the command again with the same id and another payload. The payload it had is kept. Use it when what was sent is what is wrong. The customer sees the work start over.",
        path: "/fn/edit-command",
        cli: "opsctl troubleshooting edit {command}",
        kind: Kind::Write,
        permission: Permission::CommandEdit,
        consent: false,
        approval: false,
    };
    type Output = Edited;
    fn subject(&self) -> Subject {
        Subject::Command(self.command)
    }
    fn without_content(input: &mut Value) {
        without_payload(input);
    }
}

/// Leaves of a payload how long it was.
pub(super) fn without_payload(input: &mut Value) {
    let bytes = input["payload"].as_str().map_or(0, str::len);
    input["payload"] = format!("{bytes} bytes, not kept here").into();
}

#[cfg(feature = "server")]
mod server;
