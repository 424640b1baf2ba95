//! How a bulk edit is accepted and carried: as a bulk retry, with the change kept beside the operation and made to each payload of a
//! chunk, through the statements of a single edit.

use super::{MOST_SETS, StartBulkEdit};
use crate::deeds::{
    edit_command::EditCommand,
    edited::{self, No, contract_of},
    start_bulk_retry::{
        StartBulkRetry,
        server::{carried, first_waiting},
    },
};
use domain::{Action, FieldChange, Meta, OperationId, SkipReason};
use exact::{Json, Path, Set};
use gate::{Carried, Change, Chunk, Failed, Frozen, HandOff, Intent};
use std::collections::{BTreeMap, HashMap};
use store::{
    again::{Revised, edit_all},
    payload,
};
use uuid::Uuid;

impl HandOff for StartBulkEdit {
    const EACH: &'static Meta = &EditCommand::META;

    async fn intend(&self, change: &mut Change) -> Result<Intent, Failed> {
        let sets = sets(&self.set)?;
        if sets.is_empty() || sets.len() > MOST_SETS {
            return Err(Failed::BadInput(format!("Between 1 and {MOST_SETS} changes make an edit, not {}.", sets.len())));
        }
        self.retry().intend(change).await
    }

    async fn freeze(&self, change: &mut Change, operation: OperationId) -> Result<Frozen, Failed> {
        let frozen = self.retry().freeze(change, operation).await?;
        let sets = sets(&self.set)?;
        let tenant = change.tenant().ok_or(Failed::NotFound)?;
        let texts: Vec<String> = sets.iter().map(ToString::to_string).collect();
        sqlx::query("insert into console.operation_patch (tenant_id, operation_id, sets) values ($1, $2, $3)")
            .bind(tenant.0)
            .bind(operation.0)
            .bind(texts)
            .execute(change.conn())
            .await?;
        let paths: Vec<String> = sets.iter().map(|set| set.path.to_string()).collect();
        change.effect(format!("Changed in each payload: {}. The former payloads are kept.", paths.join(", ")));
        foretell(change, operation, &sets).await?;
        Ok(frozen)
    }

    async fn carry(chunk: &mut Chunk<'_>) -> Result<Vec<(Uuid, Carried)>, Failed> {
        let (commands, who) = (chunk.commands().to_vec(), chunk.who().to_owned());
        let texts: Vec<String> =
            sqlx::query_scalar("select sets from console.operation_patch where operation_id = console.handed_operation()")
                .fetch_one(chunk.conn())
                .await?;
        let sets = sets(&texts)?;
        let edit = |_: &_, text: &str, schema: Option<&str>| changed(text, schema, &sets);
        let resent = edit_all(chunk.conn(), &commands, &who, &edit).await?;
        Ok(resent.into_iter().map(|(command, resent)| (command, told(carried(resent), &sets))).collect())
    }
}

impl StartBulkEdit {
    fn retry(&self) -> StartBulkRetry {
        let Self { token, rate, no_canary, halt_percent, .. } = self;
        StartBulkRetry { token: token.clone(), rate: *rate, no_canary: *no_canary, halt_percent: *halt_percent }
    }
}

fn sets(texts: &[String]) -> Result<Vec<Set>, Failed> {
    texts.iter().map(|text| text.parse().map_err(|bad: exact::BadPath| Failed::BadInput(bad.0))).collect()
}

/// The payload with the changes made, if it has their places and still fits.
fn changed(text: &str, schema: Option<&str>, sets: &[Set]) -> Result<Revised, SkipReason> {
    let before = Json::read(text).map_err(|_| SkipReason::Unfit)?;
    let contract = contract_of(schema).map_err(|_| SkipReason::Unfit)?;
    let mut after = before.clone();
    for set in sets {
        if contract.as_ref().is_some_and(|contract| contract.locks(&set.path)) {
            return Err(SkipReason::Locked);
        }
        after.replace(&set.path, set.value.clone()).map_err(|_| SkipReason::NoPath)?;
    }
    let written = |place: &Path| sets.iter().any(|set| set.path.within(place) || place.within(&set.path));
    let over_mask = contract.as_ref().is_some_and(|contract| contract.places(&before).iter().any(written));
    match edited::edit(&before, after, contract.as_ref()) {
        Ok(edit) => Ok(Revised { text: edit.text, over_mask }),
        Err(No::Locked(_)) => Err(SkipReason::Locked),
        Err(No::Unfit(_)) => Err(SkipReason::Unfit),
    }
}

/// The entry of a row says which fields were changed; what in them, its revision keeps.
fn told(carried: Carried, sets: &[Set]) -> Carried {
    match carried {
        Carried::Sent(mut sent) => {
            let change = |set: &Set| {
                let side = || serde_json::Value::from("");
                FieldChange { on: "payload".into(), field: set.path.to_string(), before: side(), after: side() }.without_content()
            };
            sent.changes.extend(sets.iter().map(change));
            Carried::Sent(sent)
        }
        other => other,
    }
}

/// Says of the first ones what would be skipped.
async fn foretell(change: &mut Change, operation: OperationId, sets: &[Set]) -> Result<(), Failed> {
    let first = first_waiting(change, operation).await?;
    let commands: Vec<Uuid> = first.iter().map(|(command, ..)| *command).collect();
    let payloads = payload::payloads(change.conn(), &commands).await?;
    let mut schemas: HashMap<(String, String), Option<String>> = HashMap::new();
    let mut skips: BTreeMap<&str, usize> = BTreeMap::new();
    for (command, domain, command_type) in first {
        let Some(payload) = payloads.get(&command) else { continue };
        let of = (domain, command_type);
        if !schemas.contains_key(&of) {
            let contract = payload::contract(change.conn(), &of.0, &of.1).await?;
            schemas.insert(of.clone(), contract.map(|contract| contract.schema));
        }
        let schema = schemas.get(&of).and_then(Option::as_deref);
        if let Err(reason) = changed(&payload.text, schema, sets) {
            *skips.entry(reason.of_many()).or_default() += 1;
        }
    }
    for (why, count) in skips {
        change.effect(format!("Of the first {} looked at, {count} would be skipped: {why}.", commands.len()));
    }
    Ok(())
}
