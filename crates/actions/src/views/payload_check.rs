//! What a worker said to a payload it was asked about.

use domain::{At, CommandId, Permission, Sight, Subject, View, ViewMeta};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PayloadCheck {
    pub command: CommandId,
    /// As `check-payload` named it.
    pub check: Uuid,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PayloadCheckOutput {
    pub now: At,
    pub answer: CheckAnswer,
    /// Who answered, or has it in hand.
    pub worker: Option<String>,
    /// What is against the payload; empty for a yes.
    pub said: Vec<SaidRow>,
    /// Why the check itself failed.
    pub broken: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CheckAnswer {
    /// Not answered yet.
    Waiting,
    /// The worker would take it.
    Yes,
    /// It would not; `said` is why.
    No,
    /// The check itself failed; `broken` is why.
    Broken,
    /// Nobody answered in time.
    TooLate,
    /// There is no such question, or no support session in which it may be seen.
    Unseen,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SaidRow {
    pub path: String,
    pub sentence: String,
}

impl View for PayloadCheck {
    const META: ViewMeta = ViewMeta {
        name: "payload-check",
        title: "What a worker said to a payload",
        path: "/fn/payload-check",
        cli: "opsctl troubleshooting edit {command} --check",
        sight: Sight::Inside,
        permission: Permission::Read,
    };
    type Output = PayloadCheckOutput;
    fn subject(&self) -> Subject {
        Subject::Command(self.command)
    }
}

#[cfg(feature = "server")]
mod server {
    use super::{CheckAnswer, PayloadCheck, PayloadCheckOutput, SaidRow};
    use gate::{Failed, Look, Show};
    use sqlx::types::Json;

    type Row = (Option<String>, Option<Json<Vec<(String, String)>>>, Option<String>, bool);

    impl Show for PayloadCheck {
        async fn show(self, look: &mut Look) -> Result<PayloadCheckOutput, Failed> {
            let known: bool = sqlx::query_scalar("select exists (select from commandbus.command where command_id = $1)")
                .bind(self.command.0)
                .fetch_one(look.conn())
                .await?;
            if !known {
                return Err(Failed::NotFound);
            }
            let row: Option<Row> = sqlx::query_as(
                "select worker, said, broken, expires_at <= clock_timestamp() from commandbus.check_request where id = $1 and command_id = $2",
            )
            .bind(self.check)
            .bind(self.command.0)
            .fetch_optional(look.conn())
            .await?;
            let answer = row.as_ref().map_or(CheckAnswer::Unseen, answer);
            let (worker, said, broken, _) = row.unwrap_or_default();
            let said = said.map(|said| said.0).unwrap_or_default();
            let said = said.into_iter().map(|(path, sentence)| SaidRow { path, sentence }).collect();
            Ok(PayloadCheckOutput { now: look.now(), answer, worker, said, broken })
        }
    }

    fn answer((_, said, broken, late): &Row) -> CheckAnswer {
        match (said, broken) {
            (Some(said), _) if said.0.is_empty() => CheckAnswer::Yes,
            (Some(_), _) => CheckAnswer::No,
            (None, Some(_)) => CheckAnswer::Broken,
            (None, None) if *late => CheckAnswer::TooLate,
            (None, None) => CheckAnswer::Waiting,
        }
    }
}
