//! What the deeds that change payloads share on the server: reading what somebody typed, judging it by the contract of its type, and
//! saying what differs. Not in here: keeping and sending.

use super::{edit_command::MOST_BYTES, held::no_payload};
use domain::{CommandId, FieldChange};
use exact::{Change as Difference, Contract, Json, MASK, Said, differences};
use gate::{Change, Failed};
use serde_json::Value;
use sqlx::PgConnection;
use store::payload;

/// Differences that are told; more are counted.
const TOLD: usize = 200;
/// Characters of a value that are told.
const LONGEST: usize = 2_000;

/// A payload as somebody wants it, with all that is needed to judge it.
pub(crate) struct Draft {
    before: Json,
    after: Json,
    contract: Option<Contract>,
    /// Of the payload as it is.
    pub version: String,
    pub domain: String,
    pub command_type: String,
}

/// A payload that may be sent.
pub(crate) struct Edit {
    pub text: String,
    /// Without sensitive values.
    pub changes: Vec<Difference>,
    /// Whether a mask was written over: then nobody is told that it came out the same.
    pub over_mask: bool,
}

/// Why a payload may not be what somebody wants.
pub(crate) enum No {
    Locked(Vec<Said>),
    Unfit(Vec<Said>),
}

/// Reads what somebody typed, and what it is about.
pub(crate) async fn draft(connection: &mut PgConnection, command: CommandId, text: &str) -> Result<Draft, Failed> {
    if text.len() > MOST_BYTES {
        return Err(Failed::BadInput(format!("A payload of up to {} MB can be edited; this one is larger.", MOST_BYTES >> 20)));
    }
    let after = Json::read(text).map_err(|misread| Failed::BadInput(format!("The payload is not JSON. {misread}")))?;
    if !matches!(after, Json::Object(_)) {
        return Err(Failed::BadInput(format!("A payload is an object, and this is {}. Put it in braces.", after.kind())));
    }
    let (domain, command_type): (String, String) =
        sqlx::query_as("select domain, command_type from commandbus.command where command_id = $1")
            .bind(command.0)
            .fetch_optional(&mut *connection)
            .await?
            .ok_or(Failed::NotFound)?;
    let now = payload::payloads(&mut *connection, &[command.0]).await?.remove(&command.0).ok_or_else(no_payload)?;
    let schema = payload::contract(connection, &domain, &command_type).await?.map(|contract| contract.schema);
    Ok(Draft { before: stored(&now.text)?, after, contract: contract_of(schema.as_deref())?, version: now.version, domain, command_type })
}

impl Draft {
    /// The payload as it may be sent, or everything that is against it.
    pub(crate) fn edit(self) -> Result<Edit, Failed> {
        let Self { before, after, contract, .. } = self;
        edit(&before, after, contract.as_ref()).map_err(|no| match no {
            No::Locked(said) => Failed::BadInput(format!("The contract of this type does not allow that. {}", sentences(&said))),
            No::Unfit(said) => Failed::BadInput(format!("The payload does not fit its type. {}", sentences(&said))),
        })
    }
}

/// Judges a payload that is to be in the place of another.
pub(crate) fn edit(before: &Json, after: Json, contract: Option<&Contract>) -> Result<Edit, No> {
    let Some(contract) = contract else {
        return Ok(Edit { text: after.line(), changes: differences(before, &after), over_mask: false });
    };
    let replaced = contract.replaced(&after, before);
    let after = contract.unmasked(after, before);
    let locked = contract.locked(before, &after);
    if !locked.is_empty() {
        return Err(No::Locked(locked));
    }
    let unfit = contract.check(&after);
    if !unfit.is_empty() {
        return Err(No::Unfit(unfit));
    }
    let mut changes = contract.hidden(before, &after);
    let over_mask = !replaced.is_empty();
    for path in replaced.into_iter().filter(|path| !changes.iter().any(|change| change.path == *path)).collect::<Vec<_>>() {
        let side = || Some(Json::Text(MASK.to_owned()));
        changes.push(Difference { path, before: side(), after: side() });
    }
    Ok(Edit { text: after.line(), changes, over_mask })
}

/// JSON the database holds.
pub(crate) fn stored(text: &str) -> Result<Json, Failed> {
    Json::read(text).map_err(|misread| Failed::Conflict(format!("The payload of this command cannot be edited. {misread}")))
}

pub(crate) fn contract_of(schema: Option<&str>) -> Result<Option<Contract>, Failed> {
    let read = |schema: &str| {
        let schema = Json::read(schema).map_err(|misread| misread.to_string())?;
        Contract::of(&schema).map_err(|unfit| unfit.0)
    };
    schema.map(read).transpose().map_err(|why| Failed::Garbled(format!("a contract: {why}")))
}

fn sentences(said: &[Said]) -> String {
    let few: Vec<String> = said.iter().take(NAMED).map(|said| format!("{}: {}", said.path, said.sentence)).collect();
    let rest = said.len().saturating_sub(NAMED);
    if rest == 0 { few.join(" ") } else { format!("{} And {rest} more.", few.join(" ")) }
}

const NAMED: usize = 20;

/// The fields that differ, by name.
pub(crate) fn listing(changes: &[Difference], most: usize) -> String {
    let few: Vec<String> = changes.iter().take(most).map(|change| change.path.to_string()).collect();
    let rest = changes.len().saturating_sub(most);
    if rest == 0 { few.join(", ") } else { format!("{} and {rest} more", few.join(", ")) }
}

/// Tells what differs.
pub(crate) fn content(change: &mut Change, changes: Vec<Difference>) {
    let rest = changes.len().saturating_sub(TOLD);
    for difference in changes.into_iter().take(TOLD) {
        change.changed_content(told(&difference));
    }
    if rest > 0 {
        change.effect(format!("{rest} more fields of the payload differ."));
    }
}

/// A difference as a deed tells it: values as JSON, so that a number is not taken for text.
pub(crate) fn told(difference: &Difference) -> FieldChange {
    let side = |value: &Option<Json>| value.as_ref().map_or(Value::Null, |value| Value::String(brief(&value.line())));
    FieldChange {
        on: "payload".into(),
        field: difference.path.to_string(),
        before: side(&difference.before),
        after: side(&difference.after),
    }
}

fn brief(line: &str) -> String {
    match line.char_indices().nth(LONGEST) {
        Some((at, _)) => format!("{}\u{2026} ({} bytes)", &line[..at], line.len()),
        None => line.to_owned(),
    }
}
