//! Asks the workers of a command's type whether they would take a payload, before it is sent. Nothing is changed; a worker with a
//! check of its own answers within seconds, and `payload-check` shows what it said.

use super::edit_command::without_payload;
use domain::{Action, CommandId, Kind, Meta, Permission, Subject};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckPayload {
    pub command: CommandId,
    /// The whole payload as JSON text. A sensitive value that is masked stays what it is.
    pub payload: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asked {
    /// What `payload-check` is asked about.
    pub check: Uuid,
    /// Workers that check this type and are heard from. Without one there will hardly be an answer.
    pub listening: i64,
}

impl Action for CheckPayload {
    const META: Meta = Meta {
        name: "check-payload",
        title: "Let the worker check a payload",
        help: "Shows the payload to a worker of this type, which says whether it would take it. Nothing is changed, and the customer notices nothing.",
        path: "/fn/check-payload",
        cli: "opsctl troubleshooting edit {command} --check",
        kind: Kind::Read,
        permission: Permission::CommandEdit,
        consent: false,
        approval: false,
    };
    type Output = Asked;
    fn subject(&self) -> Subject {
        Subject::Command(self.command)
    }
    fn without_content(input: &mut Value) {
        without_payload(input);
    }
}

#[cfg(feature = "server")]
mod server {
    use super::{Asked, CheckPayload};
    use crate::deeds::edited::draft;
    use gate::{Change, Execute, Failed};
    use store::payload;

    impl Execute for CheckPayload {
        async fn execute(self, change: &mut Change) -> Result<Asked, Failed> {
            let draft = draft(change.conn(), self.command, &self.payload).await?;
            let listening = payload::listening(change.conn(), &draft.domain, &draft.command_type).await?;
            let text = draft.edit()?.text;
            let check = sqlx::query_scalar("select commandbus.ask_check($1, $2::jsonb)")
                .bind(self.command.0)
                .bind(text)
                .fetch_one(change.conn())
                .await?;
            change.effect(match listening {
                0 => "No worker that checks this type is listening. Nobody will answer unless one starts within 15 seconds.",
                _ => "A worker is shown the payload; it has 15 seconds to answer.",
            });
            Ok(Asked { check, listening })
        }
    }
}
