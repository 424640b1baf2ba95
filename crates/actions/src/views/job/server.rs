//! How one job is read: job, outline, the steps that are listed, and inside a support session logs and plan.

mod axis;
pub(in crate::views) mod outline;
pub(in crate::views) mod steps;

use super::{Alike, Found, Job, JobOutput, Plan, Step, WINDOW};
use crate::views::{
    rows::{JOB_COLUMNS, JOB_TABLES, JobRecord, word},
    standstill::server::standstill,
};
use gate::{Failed, Look, Show};
use outline::{Rows, Whole};
use sqlx::AssertSqlSafe;
use std::ops::RangeInclusive;
use steps::{Logs, fill, steps};
use uuid::Uuid;

/// Steps one may ask for at once.
pub(in crate::views) const LIMITS: RangeInclusive<i64> = 1..=1_000;

/// How many steps to list, or why not so many.
pub(in crate::views) fn limit_of(asked: Option<i64>) -> Result<i64, Failed> {
    let limit = asked.unwrap_or(WINDOW);
    if LIMITS.contains(&limit) { Ok(limit) } else { Err(Failed::BadInput(format!("limit is between 1 and 1000, not {limit}."))) }
}

impl Show for Job {
    async fn show(self, look: &mut Look) -> Result<JobOutput, Failed> {
        let limit = limit_of(self.limit)?;
        let sql = format!("select {JOB_COLUMNS} {JOB_TABLES} where j.job_id = $1");
        let mut record: JobRecord =
            sqlx::query_as(AssertSqlSafe(sql)).bind(self.job.0).fetch_optional(look.conn()).await?.ok_or(Failed::NotFound)?;
        let requested_by = record.requested_by.take();
        let row = record.row()?;
        let status: String = sqlx::query_scalar("select status from commandbus.command where tenant_id = $1 and command_id = $2")
            .bind(row.tenant.0)
            .bind(row.command.0)
            .fetch_one(look.conn())
            .await?;
        let inside = look.inside() == Some(row.tenant);
        let key = (row.tenant.0, self.job.0);
        let now = look.now();
        let whole = Whole::read(look, key, now).await?;
        let (shown, found) = self.chosen(look, key, &whole).await?;
        let rows = Rows::of(&whole, self.fold, shown);
        let outline = whole.outline(&rows, shown, self.from, limit);
        let listed: Vec<usize> = rows.listed(outline.from, limit).collect();
        let Told { steps, cause, chosen } = self.told(look, key, &whole, &listed, shown).await?;
        let attempts = || chosen.iter().flat_map(|step| &step.attempts).map(|attempt| attempt.number);
        let attempt = attempts().find(|number| Some(*number) == self.attempt).or(attempts().next_back());
        let plan = if inside { plan(look, key).await? } else { None };
        let stopping = steps::stopping(look, key).await?;
        let alike = alike(look, key.0, row.command.0).await?;
        let standstill = standstill(look, row.tenant.0, row.command.0).await?;
        let command_status = word(&status)?;
        Ok(JobOutput {
            now,
            row,
            command_status,
            standstill,
            inside,
            requested_by,
            outline,
            steps,
            cause,
            chosen,
            attempt,
            stopping,
            alike,
            found,
            plan,
        })
    }
}

/// What is told of single steps.
struct Told {
    steps: Vec<Step>,
    cause: Option<Step>,
    chosen: Option<Step>,
}

impl Job {
    /// The step to show, and what was found on the way.
    async fn chosen(&self, look: &mut Look, key: (Uuid, Uuid), whole: &Whole) -> Result<(Option<usize>, Option<Found>), Failed> {
        let named = match &self.step {
            Some(name) => ordinals(look, key, Named::Exactly(name)).await?.first().and_then(|ordinal| whole.place_of(*ordinal)),
            None => None,
        };
        let usual = named.or_else(|| whole.matters_most());
        let Some(part) = self.find.as_deref().map(str::trim).filter(|part| !part.is_empty()) else { return Ok((usual, None)) };
        let with: Vec<usize> =
            ordinals(look, key, Named::With(part)).await?.into_iter().filter_map(|ordinal| whole.place_of(ordinal)).collect();
        // On after the last one begins anew.
        let next = with.iter().position(|index| named.is_none_or(|named| *index > named)).unwrap_or(0);
        let found = Found { at: if with.is_empty() { 0 } else { next as i64 + 1 }, of: with.len() as i64 };
        Ok((with.get(next).copied().or(usual), Some(found)))
    }

    /// The steps that are listed, the root cause and the chosen one, read together.
    async fn told(
        &self,
        look: &mut Look,
        key: (Uuid, Uuid),
        whole: &Whole,
        listed: &[usize],
        shown: Option<usize>,
    ) -> Result<Told, Failed> {
        let cause = whole.cause();
        let wanted: Vec<i32> =
            listed.iter().copied().chain(cause).chain(shown).filter_map(|index| whole.ordinals.get(index).copied()).collect();
        let mut all = steps(look, key, whole, &wanted).await?;
        if self.attempts {
            fill(look, key, &mut all, Logs::All).await?;
        }
        let one = |index: Option<usize>| all.iter().find(|step| index.is_some_and(|index| step.place == index as i64 + 1)).cloned();
        let (cause, mut chosen) = (one(cause), one(shown));
        if let Some(chosen) = chosen.as_mut().filter(|_| !self.attempts) {
            fill(look, key, std::slice::from_mut(chosen), Logs::One(self.attempt)).await?;
        }
        all.retain(|step| listed.iter().any(|index| step.place == *index as i64 + 1));
        Ok(Told { steps: all, cause, chosen })
    }
}

/// Which steps are meant.
enum Named<'a> {
    Exactly(&'a str),
    With(&'a str),
}

async fn ordinals(look: &mut Look, (tenant, job): (Uuid, Uuid), named: Named<'_>) -> Result<Vec<i32>, Failed> {
    let (exactly, with) = match named {
        Named::Exactly(name) => (Some(name), None),
        Named::With(part) => (None, Some(part.to_lowercase())),
    };
    Ok(sqlx::query_scalar(
        "select ordinal from pipeline.step where tenant_id = $1 and job_id = $2 and (name = $3 or position($4 in name) > 0) order by ordinal",
    )
    .bind(tenant)
    .bind(job)
    .bind(exactly)
    .bind(with)
    .fetch_all(look.conn())
    .await?)
}

/// The group the command waits in, with how many of its tenant do.
async fn alike(look: &mut Look, tenant: Uuid, command: Uuid) -> Result<Option<Alike>, Failed> {
    let alike: Option<(i64, i64)> = sqlx::query_as(
        "select c.group_id, c.open from commandbus.command m
         join triage.failure_group g on g.fingerprint = m.last_fingerprint
         join triage.group_count c on c.group_id = g.id and c.scope = m.tenant_id
         where m.tenant_id = $1 and m.command_id = $2 and m.status = 'IN_TROUBLESHOOTING_QUEUE'",
    )
    .bind(tenant)
    .bind(command)
    .fetch_optional(look.conn())
    .await?;
    Ok(alike.map(|(group, waiting)| Alike { group, waiting }))
}

/// The drawing the last step left, when it succeeded.
async fn plan(look: &mut Look, (tenant, job): (Uuid, Uuid)) -> Result<Option<Plan>, Failed> {
    let body: Option<Vec<u8>> = sqlx::query_scalar(
        "select a.body from pipeline.artifact a join pipeline.step s on s.tenant_id = a.tenant_id and s.job_id = a.job_id and s.name = a.step
         where a.tenant_id = $1 and a.job_id = $2 and a.name = 'plan.json' and s.status = 'SUCCEEDED'",
    )
    .bind(tenant)
    .bind(job)
    .fetch_optional(look.conn())
    .await?;
    let Some(body) = body else { return Ok(None) };
    serde_json::from_slice(&body).map(Some).map_err(|error| Failed::Garbled(format!("plan.json of job {job}: {error}")))
}
