//! How a bulk reprocess is accepted and carried: as a bulk retry, with the step and what it is given kept beside the operation.

use super::StartBulkReprocess;
use crate::deeds::{
    reprocess_job::ReprocessJob,
    reprocessed::{Before, TOLD, changes, given, reused},
    start_bulk_retry::{
        StartBulkRetry,
        server::{carried, first_waiting},
    },
};
use domain::{Action, Meta, OperationId, SkipReason, nearest};
use gate::{Carried, Change, Chunk, Failed, Frozen, HandOff, Intent};
use std::collections::{BTreeMap, HashMap};
use store::reprocess::{Given, Place, places, reprocess_all};
use uuid::Uuid;

impl HandOff for StartBulkReprocess {
    const EACH: &'static Meta = &ReprocessJob::META;

    async fn intend(&self, change: &mut Change) -> Result<Intent, Failed> {
        given(&self.memory, &self.params)?;
        if !is_step(&self.from_step) {
            return Err(Failed::BadInput("Name the step to start from as it stands at a run, such as wall_detection.".into()));
        }
        self.retry().intend(change).await
    }

    async fn freeze(&self, change: &mut Change, operation: OperationId) -> Result<Frozen, Failed> {
        let frozen = self.retry().freeze(change, operation).await?;
        let tenant = change.tenant().ok_or(Failed::NotFound)?;
        foretell(change, operation, tenant.0, &self.from_step).await?;
        let given = given(&self.memory, &self.params)?;
        sqlx::query(
            "insert into console.operation_reprocess (tenant_id, operation_id, from_step, memory_bytes, params) values ($1, $2, $3, $4, $5)",
        )
        .bind(tenant.0)
        .bind(operation.0)
        .bind(&self.from_step)
        .bind(given.memory)
        .bind(&given.params)
        .execute(change.conn())
        .await?;
        Ok(frozen)
    }

    async fn carry(chunk: &mut Chunk<'_>) -> Result<Vec<(Uuid, Carried)>, Failed> {
        let (commands, who) = (chunk.commands().to_vec(), chunk.who().to_owned());
        let (step, memory, params): (String, Option<i64>, serde_json::Value) = sqlx::query_as(
            "select from_step, memory_bytes, params from console.operation_reprocess where operation_id = console.handed_operation()",
        )
        .fetch_one(chunk.conn())
        .await?;
        let given = Given { memory, params };
        let all = reprocess_all(chunk.conn(), &commands, &who, &step, &given).await?;
        Ok(all.into_iter().map(|(command, resent, place)| (command, told(carried(resent), place.as_ref(), &step, &given))).collect())
    }
}

impl StartBulkReprocess {
    fn retry(&self) -> StartBulkRetry {
        let Self { token, rate, no_canary, halt_percent, .. } = self;
        StartBulkRetry { token: token.clone(), rate: *rate, no_canary: *no_canary, halt_percent: *halt_percent }
    }
}

/// As the names of steps are: small letters, digits, underscores.
fn is_step(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_lowercase())
        && name.len() <= 61
        && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
}

/// The entry of a row says what its first step was given; that of a job reprocessed alone says it of all.
fn told(carried: Carried, place: Option<&Place>, step: &str, given: &Given) -> Carried {
    match (carried, place) {
        (Carried::Sent(mut sent), Some(place)) => {
            let Place { status, memory_limit_bytes, params, ordinal, after, .. } = place;
            sent.changes.extend(changes(&Before { name: step, status, memory_limit_bytes: *memory_limit_bytes, params }, given));
            let steps = |n: i64| if n == 1 { "step".to_owned() } else { format!("{n} steps") };
            if *after > 0 && (given.memory.is_some() || given.params != serde_json::json!({})) {
                sent.effects.push(format!("The same is set for the {} after it.", steps(*after)));
            }
            if *ordinal > 0 {
                sent.effects.push(format!("What the {} before left is used again.", steps(i64::from(*ordinal))));
            }
            Carried::Sent(sent)
        }
        (other, _) => other,
    }
}

/// Says of the first ones what would be skipped, what is used again and what runs again. Where none of them has the step, the step was
/// hardly meant.
async fn foretell(change: &mut Change, operation: OperationId, tenant: Uuid, step: &str) -> Result<(), Failed> {
    let first: Vec<Uuid> = first_waiting(change, operation).await?.into_iter().map(|(command, ..)| command).collect();
    let places = places(change.conn(), tenant, &first, step).await?;
    let start: HashMap<Uuid, &Place> =
        places.iter().filter(|(_, place)| place.against().is_none()).map(|(id, place)| (*id, place)).collect();
    if start.is_empty() && !first.is_empty() {
        return Err(Failed::BadInput(nowhere(change, tenant, &first, step, places.len()).await?));
    }
    let mut skips: BTreeMap<&str, usize> = BTreeMap::new();
    for command in first.iter().filter(|command| !start.contains_key(*command)) {
        let reason = places.get(command).and_then(Place::against).unwrap_or(SkipReason::NoStep);
        *skips.entry(reason.of_many()).or_default() += 1;
    }
    for (why, count) in skips {
        change.effect(format!("Of the first {} looked at, {count} would be skipped: {why}.", first.len()));
    }
    let mut examples: BTreeMap<&str, &Place> = BTreeMap::new();
    for place in start.values() {
        examples.entry(&place.pipeline).or_insert(place);
    }
    for (pipeline, place) in examples {
        for sentence in sentences(change, tenant, place).await? {
            change.effect(format!("{pipeline}: {sentence}"));
        }
    }
    Ok(())
}

/// What is used again and what runs again of one run, as an example for its pipeline.
async fn sentences(change: &mut Change, tenant: Uuid, place: &Place) -> Result<Vec<String>, Failed> {
    let steps: Vec<(i32, String)> =
        sqlx::query_as("select ordinal, name from pipeline.step where tenant_id = $1 and job_id = $2 order by ordinal")
            .bind(tenant)
            .bind(place.job_id)
            .fetch_all(change.conn())
            .await?;
    let (before, again): (Vec<_>, Vec<_>) = steps.into_iter().partition(|(ordinal, _)| *ordinal < place.ordinal);
    let names = |steps: Vec<(i32, String)>| steps.into_iter().map(|(_, name)| name).collect::<Vec<_>>();
    let (before, again) = (names(before), names(again));
    let runs = match again.len() {
        1..=TOLD => format!("{} run again.", again.join(", ")),
        many => format!("{many} steps run again."),
    };
    Ok(reused(&before).into_iter().chain([runs]).collect())
}

/// Why none of the first can start there.
async fn nowhere(change: &mut Change, tenant: Uuid, first: &[Uuid], step: &str, with_step: usize) -> Result<String, Failed> {
    if with_step > 0 {
        return Ok(format!(
            "None of the first {} can start from {step}: a step before it did not succeed. Start from the step they are stuck at.",
            first.len()
        ));
    }
    let names: Vec<String> = sqlx::query_scalar(
        "select s.name from pipeline.step s where s.tenant_id = $1 and s.job_id =
           (select j.job_id from pipeline.job j where j.tenant_id = $1 and j.command_id = any ($2) limit 1) order by s.ordinal limit 1000",
    )
    .bind(tenant)
    .bind(first)
    .fetch_all(change.conn())
    .await?;
    let near = match nearest(step, names.iter().map(String::as_str)) {
        Some(near) => format!(" Did you mean \u{201c}{near}\u{201d}?"),
        None if names.is_empty() => " They have no runs; retry them instead.".to_owned(),
        None => String::new(),
    };
    Ok(format!("None of the first {} has a run with a step \u{201c}{step}\u{201d}.{near}", first.len()))
}
