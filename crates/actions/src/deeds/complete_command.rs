//! Declares a command in the troubleshooting queue done, with a result given by hand, and tells the
//! sender. For work that was finished another way. It cannot be taken back.

use domain::{Action, CommandId, CommandStatus, Kind, Meta, Permission, Subject};
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CompleteCommand {
    pub command: CommandId,
    /// The result told to the sender: a JSON object as text; empty for none.
    #[serde(default)]
    pub result: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Completed {
    pub status: CommandStatus,
    /// True when the sender had asked for a reply and gets one.
    pub replied: bool,
}

impl Action for CompleteCommand {
    const META: Meta = Meta {
        name: "complete-command",
        title: "Complete the command by hand",
        help: "Ends the command as COMPLETED with the result you give, and tells the sender. Use it when the work was finished another way. It cannot be taken back.",
        path: "/fn/complete-command",
        cli: "opsctl troubleshooting complete {command} --result '{result}'",
        kind: Kind::Write,
        permission: Permission::CommandComplete,
        consent: false,
        approval: false,
    };
    type Output = Completed;
    fn subject(&self) -> Subject {
        Subject::Command(self.command)
    }
}

#[cfg(feature = "server")]
mod server {
    use super::{CompleteCommand, Completed};
    use crate::deeds::held::{end_job, hold, object, reply_effect};
    use domain::{BusEvent, CommandStatus, ReplyOutcome};
    use gate::{Change, Execute, Failed};
    use store::operator;

    impl Execute for CompleteCommand {
        async fn execute(self, change: &mut Change) -> Result<Completed, Failed> {
            let result = object("result", &self.result)?;
            let held = hold(change, self.command).await?;
            let who = change.actor().name.clone();
            let note = result.to_string();
            let said = ("result", result);
            let replied = operator::end_with_reply(change.conn(), &held, CommandStatus::Completed, ReplyOutcome::Success, said).await?;
            operator::history(change.conn(), &held, BusEvent::OperatorComplete, &who, Some(&note)).await?;
            end_job(change, &held).await?;
            change.changed("command", "status", held.status.as_str(), CommandStatus::Completed.word());
            reply_effect(change, &held, ReplyOutcome::Success, replied);
            Ok(Completed { status: CommandStatus::Completed, replied })
        }
    }
}
