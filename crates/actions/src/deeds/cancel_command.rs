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

#[cfg(feature = "server")]
mod server {
    use super::{CancelCommand, Canceled};
    use crate::deeds::held::{end_job, hold, reply_effect};
    use domain::{BusEvent, CommandStatus, ReplyOutcome};
    use gate::{Change, Execute, Failed};
    use serde_json::Value;
    use store::operator;

    impl Execute for CancelCommand {
        async fn execute(self, change: &mut Change) -> Result<Canceled, Failed> {
            let because = self.because.trim();
            if !(3..=2000).contains(&because.chars().count()) {
                return Err(Failed::BadInput("Say why, in 3 to 2,000 characters: the sender is told.".into()));
            }
            let held = hold(change, self.command).await?;
            let who = change.actor().name.clone();
            let said = ("reason", Value::from(because));
            let replied = operator::end_with_reply(change.conn(), &held, CommandStatus::Canceled, ReplyOutcome::Canceled, said).await?;
            operator::history(change.conn(), &held, BusEvent::OperatorCancel, &who, Some(because)).await?;
            end_job(change, &held).await?;
            change.changed("command", "status", held.status.as_str(), CommandStatus::Canceled.word());
            reply_effect(change, &held, ReplyOutcome::Canceled, replied);
            Ok(Canceled { status: CommandStatus::Canceled, replied })
        }
    }
}
