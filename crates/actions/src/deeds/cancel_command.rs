//! Gives a command in the troubleshooting queue up: CANCELED, and the sender is told with the
//! reason. For work nobody wants any more. It cannot be taken back; the customer has to send anew.

use domain::{Action, CommandId, CommandStatus, Kind, Meta, Permission, Subject};
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CancelCommand {
    pub command: CommandId,
    /// Told to the sender, so write it for the customer.
    pub because: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Canceled {
    pub status: CommandStatus,
    /// True when the sender had asked for a reply and gets one.
    pub replied: bool,
}

impl Action for CancelCommand {
    const META: Meta = Meta {
        name: "cancel-command",
        title: "Cancel the command",
        help: "Ends the command as CANCELED and tells the sender why. It cannot be taken back: the customer has to send the work anew.",
        path: "/fn/cancel-command",
        cli: "opsctl troubleshooting cancel {command} --because \"{because}\"",
        kind: Kind::Write,
        permission: Permission::CommandCancel,
        consent: false,
        approval: false,
    };
    type Output = Canceled;
    fn subject(&self) -> Subject {
        Subject::Command(self.command)
    }
}
