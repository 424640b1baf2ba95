//! Running jobs again from one of their steps, one or thousands, by the same statements: where each starts, what is set for the steps
//! that run again, and sending. All commands of a call are of one tenant. Not in here: which limits and parameters may be set.

use crate::again::{Resent, hold_all, outcomes, resend, waits};
use domain::{BusEvent, SkipReason, StepStatus};
use serde_json::Value;
use sqlx::PgConnection;
use std::collections::HashMap;
use uuid::Uuid;

/// What the steps that run again are given.
#[derive(Clone, Debug, PartialEq)]
pub struct Given {
    /// Bytes; `None` keeps what is set.
    pub memory: Option<i64>,
    /// Laid over the present parameters; an object.
    pub params: Value,
}

/// Where the job of a command would start again.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Place {
    pub command_id: Uuid,
    pub job_id: Uuid,
    pub pipeline: String,
    pub ordinal: i32,
    /// Steps after it, which run again too.
    pub after: i64,
    pub status: String,
    pub memory_limit_bytes: i64,
    pub params: Value,
    /// Whether a step before it did not succeed: then there is nothing to start from.
    pub unreached: bool,
}

impl Place {
    /// Why the job cannot start here, if it cannot.
    #[must_use]
    pub fn against(&self) -> Option<SkipReason> {
        self.unreached.then_some(SkipReason::NotReached)
    }
}

/// Where the jobs of a tenant's commands would start again; none for a command whose job has no step of this name.
pub async fn places(
    connection: &mut PgConnection,
    tenant: Uuid,
    commands: &[Uuid],
    step: &str,
) -> Result<HashMap<Uuid, Place>, sqlx::Error> {
    let found: Vec<Place> = sqlx::query_as(
        "select j.command_id, j.job_id, j.pipeline, s.ordinal, s.status, s.memory_limit_bytes, s.params,
           (select count(*) from pipeline.step l where l.tenant_id = s.tenant_id and l.job_id = s.job_id and l.ordinal > s.ordinal) as after,
           exists (select from pipeline.step e where e.tenant_id = s.tenant_id and e.job_id = s.job_id and e.ordinal < s.ordinal
                   and e.status <> $3) as unreached
         from pipeline.job j join pipeline.step s on s.tenant_id = j.tenant_id and s.job_id = j.job_id and s.name = $2
         where j.tenant_id = $4 and j.command_id = any ($1)",
    )
    .bind(commands)
    .bind(step)
    .bind(StepStatus::Succeeded.word())
    .bind(tenant)
    .fetch_all(connection)
    .await?;
    Ok(found.into_iter().map(|place| (place.command_id, place)).collect())
}

/// Sets limits and parameters of the steps that run again: of each job the one at its place and all after it.
pub async fn give(connection: &mut PgConnection, tenant: Uuid, starts: &[(Uuid, i32)], given: &Given) -> Result<(), sqlx::Error> {
    let (jobs, ordinals): (Vec<Uuid>, Vec<i32>) = starts.iter().copied().unzip();
    sqlx::query(
        "update pipeline.step s set memory_limit_bytes = coalesce($3, s.memory_limit_bytes), params = s.params || $4
         from unnest($1::uuid[], $2::int[]) as f (job_id, ordinal)
         where s.tenant_id = $5 and s.job_id = f.job_id and s.ordinal >= f.ordinal",
    )
    .bind(jobs)
    .bind(ordinals)
    .bind(given.memory)
    .bind(&given.params)
    .bind(tenant)
    .execute(connection)
    .await?;
    Ok(())
}

/// Runs the jobs of those of `commands` that wait for a person again from `step`, in the name of `who`; says of each what came of it,
/// and where it started.
pub async fn reprocess_all(
    connection: &mut PgConnection,
    commands: &[Uuid],
    who: &str,
    step: &str,
    given: &Given,
) -> Result<Vec<(Uuid, Resent, Option<Place>)>, sqlx::Error> {
    let held = hold_all(connection, commands).await?;
    let Some(tenant) = held.first().map(|held| held.tenant_id) else {
        return Ok(commands.iter().map(|command| (*command, Resent::Gone, None)).collect());
    };
    let mut places = places(connection, tenant, commands, step).await?;
    let against = |command: &Uuid| places.get(command).map_or(Some(SkipReason::NoStep), Place::against);
    let left: HashMap<Uuid, SkipReason> =
        held.iter().filter_map(|held| against(&held.command_id).map(|reason| (held.command_id, reason))).collect();
    let waiting: Vec<_> = held.iter().filter(|held| waits(held) && !left.contains_key(&held.command_id)).collect();
    let starts: HashMap<Uuid, i32> =
        waiting.iter().filter_map(|held| places.get(&held.command_id)).map(|place| (place.command_id, place.ordinal)).collect();
    let sent = resend(connection, &waiting, &starts, BusEvent::OperatorRetry, who, Some(&note(step))).await?;
    // Only what was sent: of a command that is left alone nothing is changed.
    let begun: Vec<(Uuid, i32)> = sent.keys().filter_map(|id| places.get(id)).map(|place| (place.job_id, place.ordinal)).collect();
    give(connection, tenant, &begun, given).await?;
    let outcomes = outcomes(commands, &held, &sent, &left);
    Ok(outcomes.into_iter().map(|(command, resent)| (command, resent, places.remove(&command))).collect())
}

/// What the history of a command says of it.
#[must_use]
pub fn note(step: &str) -> String {
    format!("reprocessed from {step}")
}
