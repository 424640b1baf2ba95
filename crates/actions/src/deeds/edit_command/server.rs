//! How one command is edited: held, compared with what its editor saw, judged by its contract, checked by its worker, and sent by
//! the statements of a retry.

use super::{EditCommand, Edited};
use crate::deeds::{
    edited::{Edit, content, draft, listing},
    held::hold,
};
use domain::{At, BusEvent, CommandStatus};
use gate::{Change, Execute, Failed};
use sqlx::types::time::OffsetDateTime;
use store::{operator, operator::Waiting, payload};

/// Fields named in the history; more are only counted.
const NAMED: usize = 20;

impl Execute for EditCommand {
    async fn execute(self, change: &mut Change) -> Result<Edited, Failed> {
        let held = hold(change, self.command).await?;
        let draft = draft(change.conn(), self.command, &self.payload).await?;
        if draft.version != self.version.trim() {
            return Err(moved_on(change, &held).await?);
        }
        let Edit { text, changes, over_mask } = draft.edit()?;
        if changes.is_empty() {
            return Err(same());
        }
        let checked = checked(change, &held, &text, self.unchecked).await?;
        let who = change.actor().name.clone();
        let entry = change.entry();
        if payload::revise(change.conn(), &[(held.command_id, text)], &who, Some(entry), over_mask).await?.is_empty() {
            // Another way of writing the same: -0 is 0 in the database.
            return Err(same());
        }
        let Some(msg_id) = operator::send_again(change.conn(), &held, 0).await? else {
            return Err(super::super::held::no_payload());
        };
        let steps = operator::reopen_job(change.conn(), &held, None).await?;
        let note = format!("changed {}", listing(&changes, NAMED));
        operator::history(change.conn(), &held, BusEvent::OperatorEdit, &who, Some(&note)).await?;
        change.changed("command", "status", held.status.as_str(), CommandStatus::Pending.word());
        change.changed("command", "attempts", held.attempts, 0);
        content(change, changes);
        let revision = revision(change, &held).await?;
        change.effect(format!(
            "The new payload is sent to {} as message {msg_id}; the former one is kept as revision {revision}.",
            held.queue_name
        ));
        change.effect(checked);
        if let Some(first) = steps.first() {
            change.effect(format!("The job runs again from {first}. Outputs of finished steps are used again; to recompute them with the new payload, reprocess the job from an earlier step."));
        }
        Ok(Edited { msg_id, status: CommandStatus::Pending, revision })
    }
}

fn same() -> Failed {
    Failed::BadInput("Nothing in this payload is different. To send it as it is, retry the command.".into())
}

async fn revision(change: &mut Change, held: &Waiting) -> Result<i32, Failed> {
    Ok(sqlx::query_scalar("select coalesce(max(number), 0) from commandbus.payload_revision where tenant_id = $1 and command_id = $2")
        .bind(held.tenant_id)
        .bind(held.command_id)
        .fetch_one(change.conn())
        .await?)
}

/// The payload is no longer the one that was edited: says through whom.
async fn moved_on(change: &mut Change, held: &Waiting) -> Result<Failed, Failed> {
    let last: Option<(String, OffsetDateTime, i32)> = sqlx::query_as(
        "select who, at, number from commandbus.payload_revision where tenant_id = $1 and command_id = $2 order by number desc limit 1",
    )
    .bind(held.tenant_id)
    .bind(held.command_id)
    .fetch_optional(change.conn())
    .await?;
    Ok(Failed::Conflict(match last {
        Some((who, at, number)) => format!(
            "{who} edited this command at {} UTC (revision {number}), and it is back in the troubleshooting queue. Look at the payload as it is now, and edit that. Nothing was changed.",
            At::from(at).clock()
        ),
        None => {
            "This is not the version of the payload the command has now. Open the form again, and edit what it shows. Nothing was changed."
                .into()
        }
    }))
}

type Answer = (String, Option<sqlx::types::Json<Vec<(String, String)>>>, Option<String>);

/// What the worker said to exactly this payload within the last ten minutes, as long as a preview holds. Where one listens that checks this type, its yes is needed, or somebody's word that it
/// is not: a check can be wrong, and a person who says so has read it.
async fn checked(change: &mut Change, held: &Waiting, text: &str, unchecked: bool) -> Result<String, Failed> {
    let answer: Option<Answer> = sqlx::query_as(
        "select worker, said, broken from commandbus.check_request
         where tenant_id = $1 and command_id = $2 and payload = $3::jsonb and answered_at > clock_timestamp() - interval '10 minutes'
         order by asked_at desc limit 1",
    )
    .bind(held.tenant_id)
    .bind(held.command_id)
    .bind(text)
    .fetch_optional(change.conn())
    .await?;
    let listening = payload::listening(change.conn(), &held.domain, &held.command_type).await?;
    Ok(match answer {
        Some((worker, Some(said), _)) if said.0.is_empty() => format!("The worker {worker} has checked it and would take it."),
        Some((worker, said, broken)) if unchecked => match (said, broken) {
            (_, Some(_)) => format!("The check of the worker {worker} failed; it is sent all the same."),
            _ => format!("The worker {worker} would not take it; it is sent all the same."),
        },
        Some((worker, _, Some(broken))) => {
            return Err(Failed::BadInput(format!("The check of the worker {worker} failed: {broken} You can send it unchecked.")));
        }
        Some((worker, said, None)) => {
            let said: Vec<String> =
                said.map(|said| said.0).unwrap_or_default().into_iter().map(|(path, what)| format!("{path}: {what}")).collect();
            return Err(Failed::BadInput(format!(
                "The worker {worker} would not take this payload. {} You can send it unchecked.",
                said.join(" ")
            )));
        }
        None if listening == 0 => "No worker that checks this type was listening; nobody has checked it.".into(),
        None if unchecked => "It was not checked by the worker.".into(),
        None => {
            return Err(Failed::BadInput(
                "A worker that checks this type is listening and has not seen this payload. Let it check first, or send it unchecked."
                    .into(),
            ));
        }
    })
}
