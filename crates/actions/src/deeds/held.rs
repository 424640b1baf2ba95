//! What the deeds on commands share on the server: taking hold with the right no, and the words for
//! what follows a commit.

use domain::{CommandId, JobStatus, ReplyOutcome};
use gate::{Change, Failed};
use serde_json::Value;
use store::operator::{self, Held, Waiting};

/// Takes hold of a command that waits for a person, or says who was first.
pub(super) async fn hold(change: &mut Change, command: CommandId) -> Result<Waiting, Failed> {
    match operator::hold(change.conn(), command.0).await? {
        Held::Waiting(held) => Ok(*held),
        Held::Taken(sentence) => Err(Failed::Conflict(sentence)),
        Held::Missing => Err(Failed::NotFound),
    }
}

/// The payload is gone from the queue, its archive and the payload archive.
pub(super) fn no_payload() -> Failed {
    Failed::Conflict(
        "The payload of this command is no longer kept anywhere, so it cannot be sent again. Cancel it, or complete it by hand.".into(),
    )
}

/// A JSON object given as text; empty is an empty object.
pub(super) fn object(field: &str, text: &str) -> Result<Value, Failed> {
    if text.trim().is_empty() {
        return Ok(Value::Object(serde_json::Map::new()));
    }
    let value: Value = serde_json::from_str(text).map_err(|error| Failed::BadInput(format!("The {field} is not JSON: {error}.")))?;
    if value.is_object() {
        Ok(value)
    } else {
        Err(Failed::BadInput(format!("The {field} has to be a JSON object, such as {{\"key\": 1}}.")))
    }
}

/// A command that ends by hand takes its unfinished job with it.
pub(super) async fn end_job(change: &mut Change, held: &Waiting) -> Result<(), Failed> {
    let ended: Option<String> = sqlx::query_scalar(
        "with was as (select job_id, status from pipeline.job where tenant_id = $1 and command_id = $2)
         update pipeline.job j set status = 'CANCELED', updated_at = clock_timestamp(), finished_at = clock_timestamp()
         from was where j.tenant_id = $1 and j.job_id = was.job_id and was.status <> 'SUCCEEDED' returning was.status",
    )
    .bind(held.tenant_id)
    .bind(held.command_id)
    .fetch_optional(change.conn())
    .await?;
    if let Some(before) = ended {
        change.changed("job", "status", before, JobStatus::Canceled.word());
    }
    Ok(())
}

/// Says who hears of it.
pub(super) fn reply_effect(change: &mut Change, held: &Waiting, outcome: ReplyOutcome, replied: bool) {
    change.effect(match (&held.reply_to, replied) {
        (Some(queue), true) => format!("A {outcome} reply goes to {queue}."),
        _ => "The sender had not asked for a reply.".to_owned(),
    });
}
