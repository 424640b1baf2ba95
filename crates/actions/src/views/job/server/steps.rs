//! The steps of a run as rows: those that are listed with what the last attempt used, and the attempts and
//! files of those that are shown in full.

use super::outline::Whole;
use crate::views::{
    job::{Attempt, Kill, Limits, OutputFile, Step},
    rows::word,
};
use domain::At;
use gate::{Failed, Look};
use serde_json::Value;
use sqlx::types::time::OffsetDateTime;
use uuid::Uuid;

#[derive(sqlx::FromRow)]
struct StepRecord {
    ordinal: i32,
    name: String,
    status: String,
    started_at: Option<OffsetDateTime>,
    finished_at: Option<OffsetDateTime>,
    error_code: Option<String>,
    error_title: Option<String>,
    memory_limit_bytes: i64,
    cpu_limit_seconds: i64,
    wall_limit_seconds: i64,
    tries: Option<i32>,
    memory_peak_bytes: Option<i64>,
    ran_with_bytes: Option<i64>,
    error_message: Option<String>,
}

/// The steps of these ordinals, in order.
pub(in crate::views) async fn steps(
    look: &mut Look,
    (tenant, job): (Uuid, Uuid),
    whole: &Whole,
    ordinals: &[i32],
) -> Result<Vec<Step>, Failed> {
    // The sentence belongs to the failure that stands, not to one that was overcome.
    let records: Vec<StepRecord> = sqlx::query_as(
        "select s.ordinal, s.name, s.status, s.started_at, s.finished_at, s.error_code, s.error_title, s.memory_limit_bytes, s.cpu_limit_seconds,
           s.wall_limit_seconds, a.number as tries, a.memory_peak_bytes, a.memory_limit_bytes as ran_with_bytes, d.error_message
         from pipeline.step s
         left join lateral (
           select a.id, a.number, a.memory_peak_bytes, a.memory_limit_bytes from pipeline.attempt a
           where a.tenant_id = s.tenant_id and a.job_id = s.job_id and a.step = s.name order by a.number desc limit 1) a on true
         left join pipeline.attempt_detail d on d.tenant_id = s.tenant_id and d.attempt_id = a.id and s.status = 'FAILED'
         where s.tenant_id = $1 and s.job_id = $2 and s.ordinal = any($3) order by s.ordinal",
    )
    .bind(tenant)
    .bind(job)
    .bind(ordinals)
    .fetch_all(look.conn())
    .await?;
    records.into_iter().map(|record| step(record, whole)).collect()
}

fn step(record: StepRecord, whole: &Whole) -> Result<Step, Failed> {
    let place = whole.place_of(record.ordinal);
    let span = place.and_then(|place| whole.spans.get(place)).copied().unwrap_or_default();
    Ok(Step {
        place: place.map_or(0, |place| place as i64 + 1),
        status: word(&record.status)?,
        started_at: record.started_at.map(At::from),
        finished_at: record.finished_at.map(At::from),
        start_ms: span.start,
        end_ms: span.end,
        error_code: record.error_code,
        error_title: record.error_title,
        error_message: record.error_message,
        limits: Limits {
            memory_bytes: record.memory_limit_bytes,
            cpu_seconds: record.cpu_limit_seconds,
            wall_seconds: record.wall_limit_seconds,
        },
        tries: record.tries.unwrap_or(0),
        memory_peak_bytes: record.memory_peak_bytes,
        memory_limit_bytes: record.ran_with_bytes,
        attempts: Vec::new(),
        outputs: Vec::new(),
        name: record.name,
    })
}

/// Whose log comes along.
#[derive(Clone, Copy)]
pub(in crate::views) enum Logs {
    All,
    /// Of the attempt of this number; of the last when there is none.
    One(Option<i32>),
}

/// Fills in the attempts and the files of these steps.
pub(in crate::views) async fn fill(look: &mut Look, (tenant, job): (Uuid, Uuid), steps: &mut [Step], logs: Logs) -> Result<(), Failed> {
    let names: Vec<String> = steps.iter().map(|step| step.name.clone()).collect();
    let files: Vec<(String, String, i64)> = sqlx::query_as(
        "select step, name, size from pipeline.artifact where tenant_id = $1 and job_id = $2 and step = any($3) order by name",
    )
    .bind(tenant)
    .bind(job)
    .bind(&names)
    .fetch_all(look.conn())
    .await?;
    for record in attempts(look, (tenant, job), &names, logs).await? {
        if let Some(step) = steps.iter_mut().find(|step| step.name == record.step) {
            step.attempts.push(record.shown()?);
        }
    }
    for (of, name, size) in files {
        if let Some(step) = steps.iter_mut().find(|step| step.name == of) {
            step.outputs.push(OutputFile { name, size });
        }
    }
    Ok(())
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
    kill_asked_at: Option<OffsetDateTime>,
    kill_asked_by: Option<String>,
    kill_force: bool,
    log: Option<String>,
}

/// The attempts of one step, oldest first.
pub(in crate::views) async fn attempts_of(look: &mut Look, key: (Uuid, Uuid), step: &str, logs: Logs) -> Result<Vec<Attempt>, Failed> {
    attempts(look, key, &[step.to_owned()], logs).await?.into_iter().map(AttemptRecord::shown).collect()
}

/// The name of the step of an ordinal.
pub(in crate::views) async fn step_named(look: &mut Look, (tenant, job): (Uuid, Uuid), ordinal: i32) -> Result<String, Failed> {
    let name: Option<String> = sqlx::query_scalar("select name from pipeline.step where tenant_id = $1 and job_id = $2 and ordinal = $3")
        .bind(tenant)
        .bind(job)
        .bind(ordinal)
        .fetch_optional(look.conn())
        .await?;
    name.ok_or(Failed::NotFound)
}

/// The wish that the attempt that runs be killed, if there is one.
pub(in crate::views) async fn stopping(look: &mut Look, (tenant, job): (Uuid, Uuid)) -> Result<Option<Kill>, Failed> {
    let wish: Option<(OffsetDateTime, String, bool)> = sqlx::query_as(
        "select a.kill_asked_at, a.kill_asked_by, a.kill_force
         from pipeline.job j join pipeline.attempt a on a.tenant_id = j.tenant_id and a.job_id = j.job_id and a.step = j.current_step
         where j.tenant_id = $1 and j.job_id = $2 and a.status = 'RUNNING' and a.kill_asked_at is not null order by a.number desc limit 1",
    )
    .bind(tenant)
    .bind(job)
    .fetch_optional(look.conn())
    .await?;
    Ok(wish.map(|(at, by, force)| Kill { at: At::from(at), by, force }))
}

async fn attempts(look: &mut Look, (tenant, job): (Uuid, Uuid), names: &[String], logs: Logs) -> Result<Vec<AttemptRecord>, Failed> {
    let (all, one) = match logs {
        Logs::All => (true, None),
        Logs::One(number) => (false, number),
    };
    Ok(sqlx::query_as(
        "select a.id, a.step, a.number, a.status, a.started_at, a.finished_at, a.memory_limit_bytes, a.cpu_limit_seconds, a.wall_limit_seconds,
           a.memory_peak_bytes, a.cpu_ms, a.wall_ms, a.disk_bytes, a.exit_code, a.signal, a.error_code, a.error_title, a.worker, a.build, a.params,
           a.kill_asked_at, a.kill_asked_by, a.kill_force, d.log
         from (select *, coalesce(max(number) filter (where number = $5) over (partition by step), max(number) over (partition by step)) as shown
               from pipeline.attempt where tenant_id = $1 and job_id = $2 and step = any($3)) a
         left join pipeline.attempt_detail d on d.tenant_id = a.tenant_id and d.attempt_id = a.id and ($4 or a.number = a.shown)
         order by a.id",
    )
    .bind(tenant)
    .bind(job)
    .bind(names)
    .bind(all)
    .bind(one)
    .fetch_all(look.conn())
    .await?)
}

impl AttemptRecord {
    fn shown(self) -> Result<Attempt, Failed> {
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
            error_code: self.error_code,
            error_title: self.error_title,
            worker: self.worker,
            build: self.build,
            kill: self.kill_asked_at.zip(self.kill_asked_by).map(|(at, by)| Kill { at: At::from(at), by, force: self.kill_force }),
            params: self.params,
            log: self.log,
        })
    }
}
