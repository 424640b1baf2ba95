//! How one job is read: job, steps, attempts, and inside a support session logs, files and plan.

use super::{Attempt, Job, JobOutput, Limits, OutputFile, Plan, Step};
use crate::views::{
    rows::{JOB_COLUMNS, JOB_TABLES, JobRecord, word},
    standstill::server::standstill,
};
use domain::{At, StepStatus};
use gate::{Failed, Look, Show};
use serde_json::Value;
use sqlx::{AssertSqlSafe, types::time::OffsetDateTime};
use uuid::Uuid;

impl Show for Job {
    async fn show(self, look: &mut Look) -> Result<JobOutput, Failed> {
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
        let steps = steps(look, key).await?;
        let plan = if inside { plan(look, key).await? } else { None };
        let standstill = standstill(look, row.tenant.0, row.command.0).await?;
        Ok(JobOutput { now: look.now(), command_status: word(&status)?, standstill, inside, requested_by, steps, plan, row })
    }
}

#[derive(sqlx::FromRow)]
struct StepRecord {
    name: String,
    status: String,
    started_at: Option<OffsetDateTime>,
    finished_at: Option<OffsetDateTime>,
    error_code: Option<String>,
    error_title: Option<String>,
    memory_limit_bytes: i64,
    cpu_limit_seconds: i64,
    wall_limit_seconds: i64,
}

async fn steps(look: &mut Look, (tenant, job): (Uuid, Uuid)) -> Result<Vec<Step>, Failed> {
    let records: Vec<StepRecord> = sqlx::query_as(
        "select name, status, started_at, finished_at, error_code, error_title, memory_limit_bytes, cpu_limit_seconds, wall_limit_seconds
         from pipeline.step where tenant_id = $1 and job_id = $2 order by ordinal",
    )
    .bind(tenant)
    .bind(job)
    .fetch_all(look.conn())
    .await?;
    let attempts = attempts(look, (tenant, job)).await?;
    let files: Vec<(String, String, i64)> =
        sqlx::query_as("select step, name, size from pipeline.artifact where tenant_id = $1 and job_id = $2 order by name")
            .bind(tenant)
            .bind(job)
            .fetch_all(look.conn())
            .await?;
    records.into_iter().map(|record| step(record, &attempts, &files)).collect()
}

fn step(record: StepRecord, attempts: &[AttemptRecord], files: &[(String, String, i64)]) -> Result<Step, Failed> {
    let own: Vec<&AttemptRecord> = attempts.iter().filter(|attempt| attempt.step == record.name).collect();
    // The sentence belongs to the failure that stands, not to one that was overcome.
    let error_message = own.last().filter(|_| record.status == StepStatus::Failed.word()).and_then(|last| last.error_message.clone());
    Ok(Step {
        status: word(&record.status)?,
        started_at: record.started_at.map(At::from),
        finished_at: record.finished_at.map(At::from),
        error_code: record.error_code,
        error_title: record.error_title,
        error_message,
        limits: Limits {
            memory_bytes: record.memory_limit_bytes,
            cpu_seconds: record.cpu_limit_seconds,
            wall_seconds: record.wall_limit_seconds,
        },
        attempts: own.into_iter().map(AttemptRecord::shown).collect::<Result<_, _>>()?,
        outputs: files
            .iter()
            .filter(|(step, ..)| *step == record.name)
            .map(|(_, name, size)| OutputFile { name: name.clone(), size: *size })
            .collect(),
        name: record.name,
    })
}

#[derive(sqlx::FromRow)]
struct AttemptRecord {
    id: i64,
    step: String,
    number: i32,
    status: String,
    started_at: OffsetDateTime,
    finished_at: Option<OffsetDateTime>,
    memory_limit_bytes: i64,
    cpu_limit_seconds: i64,
    wall_limit_seconds: i64,
    memory_peak_bytes: Option<i64>,
    cpu_ms: Option<i64>,
    wall_ms: Option<i64>,
    disk_bytes: Option<i64>,
    exit_code: Option<i32>,
    signal: Option<i32>,
    error_code: Option<String>,
    error_title: Option<String>,
    worker: String,
    build: String,
    params: Value,
    log: Option<String>,
    error_message: Option<String>,
}

async fn attempts(look: &mut Look, (tenant, job): (Uuid, Uuid)) -> Result<Vec<AttemptRecord>, Failed> {
    Ok(sqlx::query_as(
        "select a.id, a.step, a.number, a.status, a.started_at, a.finished_at, a.memory_limit_bytes, a.cpu_limit_seconds, a.wall_limit_seconds,
                a.memory_peak_bytes, a.cpu_ms, a.wall_ms, a.disk_bytes, a.exit_code, a.signal, a.error_code, a.error_title, a.worker, a.build, a.params,
                d.log, d.error_message
         from pipeline.attempt a left join pipeline.attempt_detail d on d.tenant_id = a.tenant_id and d.attempt_id = a.id
         where a.tenant_id = $1 and a.job_id = $2 order by a.id",
    )
    .bind(tenant)
    .bind(job)
    .fetch_all(look.conn())
    .await?)
}

impl AttemptRecord {
    fn shown(&self) -> Result<Attempt, Failed> {
        Ok(Attempt {
            id: self.id,
            number: self.number,
            status: word(&self.status)?,
            started_at: At::from(self.started_at),
            finished_at: self.finished_at.map(At::from),
            limits: Limits {
                memory_bytes: self.memory_limit_bytes,
                cpu_seconds: self.cpu_limit_seconds,
                wall_seconds: self.wall_limit_seconds,
            },
            memory_peak_bytes: self.memory_peak_bytes,
            cpu_ms: self.cpu_ms,
            wall_ms: self.wall_ms,
            disk_bytes: self.disk_bytes,
            exit_code: self.exit_code,
            signal: self.signal,
            error_code: self.error_code.clone(),
            error_title: self.error_title.clone(),
            worker: self.worker.clone(),
            build: self.build.clone(),
            params: self.params.clone(),
            log: self.log.clone(),
        })
    }
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
