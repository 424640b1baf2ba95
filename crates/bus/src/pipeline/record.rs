//! What the database knows of a run. Every transaction here first makes sure, with the command's row
//! locked, that the claim still holds; a runner whose claim is gone writes nothing.

use super::child::Ended;
use super::outputs::Outputs;
use super::rows::{clear_from, close_attempt, keep_files, keep_objects, load_steps, make_job, make_steps, write_log};
use super::{Limits, Pipeline, Run, job_of};
use crate::failure::Failure;
use crate::{BusError, Claimed, lost};
use domain::AttemptStatus;
use serde_json::Value;
use sqlx::{FromRow, Postgres, Transaction};
use uuid::Uuid;

/// Why something was not written.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Unwritten {
    #[error("the claim is gone")]
    Fenced,
    #[error(transparent)]
    Bus(#[from] BusError),
}

impl From<sqlx::Error> for Unwritten {
    fn from(error: sqlx::Error) -> Self {
        Self::Bus(BusError::Database(error))
    }
}

/// A step as its row says; limits and parameters may have been changed by staff.
#[derive(Debug, Clone, FromRow)]
pub(crate) struct StepRow {
    pub ordinal: i32,
    pub name: String,
    pub status: String,
    pub memory_limit_bytes: i64,
    pub cpu_limit_seconds: i64,
    pub wall_limit_seconds: i64,
    pub params: Value,
    pub kept_files: i64,
}

impl StepRow {
    pub(crate) fn limits(&self) -> Limits {
        Limits {
            memory_bytes: self.memory_limit_bytes.unsigned_abs(),
            cpu_seconds: self.cpu_limit_seconds.unsigned_abs(),
            wall_seconds: self.wall_limit_seconds.unsigned_abs(),
        }
    }

    /// Done before, with something to show for it.
    fn is_done(&self) -> bool {
        self.status == domain::StepStatus::Succeeded.word() && self.kept_files > 0
    }
}

/// A run, opened by this claim.
pub(crate) struct Record<'a> {
    claimed: &'a Claimed,
    pub job: Uuid,
    pub steps: Vec<StepRow>,
    /// The first step that is to run.
    pub first: usize,
}

/// An attempt under way.
#[derive(Debug, Clone, Copy, FromRow)]
pub(crate) struct Attempt {
    pub id: i64,
    pub began_millis: i64,
}

/// Begins a transaction in which the claim cannot be lost.
async fn fenced(claimed: &Claimed) -> Result<Transaction<'static, Postgres>, Unwritten> {
    let mut transaction = claimed.bus.pool.begin().await?;
    let held: Option<i32> = sqlx::query_scalar(
        "select 1 from commandbus.command where tenant_id = $1 and command_id = $2 and epoch = $3 and status = 'IN_PROGRESS' for share",
    )
    .bind(claimed.tenant.0)
    .bind(claimed.command_id.0)
    .bind(claimed.epoch)
    .fetch_optional(&mut *transaction)
    .await?;
    if held.is_none() {
        transaction.rollback().await?;
        return Err(Unwritten::Fenced);
    }
    Ok(transaction)
}

impl<'a> Record<'a> {
    pub(super) fn tenant(&self) -> Uuid {
        self.claimed.tenant.0
    }

    pub(super) fn pool(&self) -> &sqlx::PgPool {
        &self.claimed.bus.pool
    }

    /// Makes the job at the first claim; at later ones finds out where to go on, and clears what the
    /// steps from there on left.
    pub(crate) async fn open(claimed: &'a Claimed, pipeline: &Pipeline, run: &Run, files: &[(String, Vec<u8>)]) -> Result<Self, Unwritten> {
        let mut transaction = fenced(claimed).await?;
        let wanted = run.job.unwrap_or_else(|| job_of(claimed.command_id)).0;
        let (job, again) = make_job(&mut transaction, claimed, pipeline, run, wanted).await?;
        make_steps(&mut transaction, claimed, pipeline, job).await?;
        lost::mark(&mut transaction, &[claimed.command_id.0]).await?;
        let given: Vec<String> = files.iter().map(|(name, _)| name.clone()).collect();
        let steps = load_steps(&mut transaction, claimed, job, &given).await?;
        let first = steps.iter().position(|step| !step.is_done()).unwrap_or(steps.len());
        if let Some(step) = steps.get(first) {
            clear_from(&mut transaction, claimed, job, step.ordinal, &given).await?;
        }
        if let Some(step) = steps.first() {
            keep_files(&mut transaction, claimed, job, &step.name, files).await?;
        }
        sqlx::query(
            "update pipeline.job set status = 'RUNNING', run = run + $3, current_step = $4, error_code = null, error_title = null,
               started_at = coalesce(started_at, clock_timestamp()), finished_at = null, updated_at = clock_timestamp()
             where tenant_id = $1 and job_id = $2",
        )
        .bind(claimed.tenant.0)
        .bind(job)
        .bind(i32::from(again))
        .bind(steps.get(first).map(|step| &step.name))
        .execute(&mut *transaction)
        .await?;
        transaction.commit().await?;
        Ok(Self { claimed, job, steps, first })
    }

    /// The files a step begins with: all of the steps before it, or those named.
    pub(crate) async fn files_for(&self, step: &StepRow, names: Option<&[String]>) -> Result<Vec<(String, Vec<u8>)>, Unwritten> {
        Ok(sqlx::query_as(
            "select a.name, a.body from pipeline.artifact a
             join pipeline.step s on s.tenant_id = a.tenant_id and s.job_id = a.job_id and s.name = a.step
             where a.tenant_id = $1 and a.job_id = $2 and (s.ordinal < $3 or s.ordinal = 0) and ($4::text[] is null or a.name = any($4))",
        )
        .bind(self.claimed.tenant.0)
        .bind(self.job)
        .bind(step.ordinal)
        .bind(names)
        .fetch_all(&self.claimed.bus.pool)
        .await?)
    }

    pub(crate) async fn begin(&self, step: &StepRow) -> Result<Attempt, Unwritten> {
        let mut transaction = fenced(self.claimed).await?;
        let attempt: Attempt = sqlx::query_as(
            "with running as (
               update pipeline.step set status = 'RUNNING', started_at = clock_timestamp(), finished_at = null, error_code = null, error_title = null
               where tenant_id = $1 and job_id = $2 and name = $3),
             current as (
               update pipeline.job set current_step = $3, updated_at = clock_timestamp() where tenant_id = $1 and job_id = $2)
             insert into pipeline.attempt (tenant_id, job_id, step, number, epoch, status, memory_limit_bytes, cpu_limit_seconds, wall_limit_seconds, worker, build, params)
             select $1, $2, $3, coalesce(max(number), 0) + 1, $4, 'RUNNING', $5, $6, $7, $8, $9, $10
             from pipeline.attempt where tenant_id = $1 and job_id = $2 and step = $3
             returning id, (extract(epoch from started_at) * 1000)::bigint as began_millis",
        )
        .bind(self.claimed.tenant.0)
        .bind(self.job)
        .bind(&step.name)
        .bind(self.claimed.epoch)
        .bind(step.memory_limit_bytes)
        .bind(step.cpu_limit_seconds)
        .bind(step.wall_limit_seconds)
        .bind(&*self.claimed.worker)
        .bind(&*self.claimed.build)
        .bind(&step.params)
        .fetch_one(&mut *transaction)
        .await?;
        write_log(&mut transaction, self.claimed.tenant.0, attempt.id, "", None).await?;
        transaction.commit().await?;
        Ok(attempt)
    }

    /// Stores what the step has said so far.
    pub(crate) async fn say(&self, attempt: Attempt, log: &str) -> Result<(), Unwritten> {
        let mut transaction = fenced(self.claimed).await?;
        write_log(&mut transaction, self.claimed.tenant.0, attempt.id, log, None).await?;
        transaction.commit().await?;
        Ok(())
    }

    /// Stores a step that succeeded and what it left; or nothing, and the names of files that an earlier
    /// step has left under the same name.
    pub(crate) async fn succeed(
        &self,
        step: &StepRow,
        attempt: Attempt,
        ended: &Ended,
        outputs: &Outputs,
        log: &str,
    ) -> Result<Vec<String>, Unwritten> {
        let mut transaction = fenced(self.claimed).await?;
        let taken = keep_files(&mut transaction, self.claimed, self.job, &step.name, &outputs.files).await?;
        if !taken.is_empty() {
            transaction.rollback().await?;
            return Ok(taken);
        }
        close_attempt(&mut transaction, self.claimed.tenant.0, attempt, Some(ended), AttemptStatus::Succeeded, None).await?;
        write_log(&mut transaction, self.claimed.tenant.0, attempt.id, log, None).await?;
        if let Some(found) = &outputs.objects {
            keep_objects(&mut transaction, self.claimed, self.job, found).await?;
        }
        sqlx::query("update pipeline.step set status = 'SUCCEEDED', finished_at = clock_timestamp() where tenant_id = $1 and job_id = $2 and name = $3")
            .bind(self.claimed.tenant.0)
            .bind(self.job)
            .bind(&step.name)
            .execute(&mut *transaction)
            .await?;
        transaction.commit().await?;
        Ok(taken)
    }

    pub(crate) async fn fail(
        &self,
        step: &StepRow,
        attempt: Attempt,
        ended: Option<&Ended>,
        failure: &Failure,
        log: &str,
    ) -> Result<(), Unwritten> {
        let mut transaction = fenced(self.claimed).await?;
        close_attempt(&mut transaction, self.claimed.tenant.0, attempt, ended, AttemptStatus::Failed, Some(failure)).await?;
        write_log(&mut transaction, self.claimed.tenant.0, attempt.id, log, Some(&failure.message)).await?;
        sqlx::query(
            "with failed as (
               update pipeline.step set status = 'FAILED', finished_at = clock_timestamp(), error_code = $4, error_title = $5
               where tenant_id = $1 and job_id = $2 and ordinal = $3),
             skipped as (
               update pipeline.step set status = 'SKIPPED' where tenant_id = $1 and job_id = $2 and ordinal > $3)
             update pipeline.job set status = 'FAILED', error_code = $4, error_title = $5, finished_at = clock_timestamp(), updated_at = clock_timestamp()
             where tenant_id = $1 and job_id = $2",
        )
        .bind(self.claimed.tenant.0)
        .bind(self.job)
        .bind(step.ordinal)
        .bind(&failure.code)
        .bind(&failure.title)
        .execute(&mut *transaction)
        .await?;
        transaction.commit().await?;
        Ok(())
    }

    pub(crate) async fn close(&self) -> Result<(), Unwritten> {
        let mut transaction = fenced(self.claimed).await?;
        sqlx::query(
            "update pipeline.job set status = 'SUCCEEDED', finished_at = clock_timestamp(), updated_at = clock_timestamp()
             where tenant_id = $1 and job_id = $2",
        )
        .bind(self.claimed.tenant.0)
        .bind(self.job)
        .execute(&mut *transaction)
        .await?;
        transaction.commit().await?;
        Ok(())
    }
}
