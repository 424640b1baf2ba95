//! The statements on the tables of runs, each over a transaction that `record` has fenced.

use super::child::Ended;
use super::outputs::Found;
use super::record::{Attempt, StepRow, Unwritten};
use super::{Pipeline, Run};
use crate::Claimed;
use crate::failure::Failure;
use domain::AttemptStatus;
use serde_json::Value;
use sqlx::PgConnection;
use uuid::Uuid;

/// The job of the command, and whether it was there before.
pub(super) async fn make_job(
    db: &mut PgConnection,
    claimed: &Claimed,
    pipeline: &Pipeline,
    run: &Run,
    wanted: Uuid,
) -> Result<(Uuid, bool), Unwritten> {
    let made = sqlx::query(
        "insert into pipeline.job (tenant_id, job_id, command_id, pipeline, status) values ($1, $2, $3, $4, 'WAITING')
         on conflict (tenant_id, command_id) do nothing",
    )
    .bind(claimed.tenant.0)
    .bind(wanted)
    .bind(claimed.command_id.0)
    .bind(&pipeline.name)
    .execute(&mut *db)
    .await?
    .rows_affected();
    let job: Uuid = sqlx::query_scalar("select job_id from pipeline.job where tenant_id = $1 and command_id = $2")
        .bind(claimed.tenant.0)
        .bind(claimed.command_id.0)
        .fetch_one(&mut *db)
        .await?;
    sqlx::query(
        "insert into pipeline.job_detail (tenant_id, job_id, title, requested_by) values ($1, $2, $3, $4)
         on conflict (tenant_id, job_id) do nothing",
    )
    .bind(claimed.tenant.0)
    .bind(job)
    .bind(crate::failure::fit(&run.title, 300))
    .bind(&run.requested_by)
    .execute(db)
    .await?;
    Ok((job, made == 0))
}

pub(super) async fn make_steps(db: &mut PgConnection, claimed: &Claimed, pipeline: &Pipeline, job: Uuid) -> Result<(), Unwritten> {
    let signed = |n: u64| i64::try_from(n.max(1)).unwrap_or(i64::MAX);
    for (ordinal, step) in (0_i32..).zip(&pipeline.steps) {
        sqlx::query(
            "insert into pipeline.step (tenant_id, job_id, ordinal, name, status, memory_limit_bytes, cpu_limit_seconds, wall_limit_seconds, params)
             values ($1, $2, $3, $4, 'WAITING', $5, $6, $7, $8) on conflict do nothing",
        )
        .bind(claimed.tenant.0)
        .bind(job)
        .bind(ordinal)
        .bind(&step.name)
        .bind(signed(step.limits.memory_bytes))
        .bind(signed(step.limits.cpu_seconds))
        .bind(signed(step.limits.wall_seconds))
        .bind(Value::Object(step.params.clone()))
        .execute(&mut *db)
        .await?;
    }
    Ok(())
}

pub(super) async fn load_steps(db: &mut PgConnection, claimed: &Claimed, job: Uuid, given: &[String]) -> Result<Vec<StepRow>, Unwritten> {
    Ok(sqlx::query_as(
        "select ordinal, name, status, memory_limit_bytes, cpu_limit_seconds, wall_limit_seconds, params,
           (select count(*) from pipeline.artifact a where a.tenant_id = s.tenant_id and a.job_id = s.job_id and a.step = s.name
             and a.name <> all($3)) as kept_files
         from pipeline.step s where tenant_id = $1 and job_id = $2 order by ordinal",
    )
    .bind(claimed.tenant.0)
    .bind(job)
    .bind(given)
    .fetch_all(db)
    .await?)
}

/// Whatever these steps left is out of date; the files given with the run are not theirs.
pub(super) async fn clear_from(
    db: &mut PgConnection,
    claimed: &Claimed,
    job: Uuid,
    ordinal: i32,
    given: &[String],
) -> Result<(), Unwritten> {
    let statements = [
        "delete from pipeline.artifact a using pipeline.step s
         where a.tenant_id = $1 and a.job_id = $2 and s.tenant_id = $1 and s.job_id = $2 and s.name = a.step and s.ordinal >= $3 and a.name <> all($4)",
        "delete from pipeline.object where tenant_id = $1 and job_id = $2 and $3 >= 0 and $4::text[] is not null
         and not exists (select from pipeline.artifact a where a.tenant_id = $1 and a.job_id = $2 and a.name = 'objects.json')",
        "update pipeline.step set status = 'WAITING', started_at = null, finished_at = null, error_code = null, error_title = null
         where tenant_id = $1 and job_id = $2 and ordinal >= $3 and $4::text[] is not null",
    ];
    for statement in statements {
        sqlx::query(statement).bind(claimed.tenant.0).bind(job).bind(ordinal).bind(given).execute(&mut *db).await?;
    }
    Ok(())
}

/// Stores files; gives the names of those that were there already and stay as they are.
pub(super) async fn keep_files(
    db: &mut PgConnection,
    claimed: &Claimed,
    job: Uuid,
    step: &str,
    files: &[(String, Vec<u8>)],
) -> Result<Vec<String>, Unwritten> {
    let mut taken = Vec::new();
    for (name, body) in files {
        let kept = sqlx::query(
            "insert into pipeline.artifact (tenant_id, job_id, step, name, size, body) values ($1, $2, $3, $4, $5, $6)
             on conflict (tenant_id, job_id, name) do nothing",
        )
        .bind(claimed.tenant.0)
        .bind(job)
        .bind(step)
        .bind(name)
        .bind(i64::try_from(body.len()).unwrap_or(i64::MAX))
        .bind(body)
        .execute(&mut *db)
        .await?;
        if kept.rows_affected() == 0 {
            taken.push(name.clone());
        }
    }
    Ok(taken)
}

pub(super) async fn keep_objects(db: &mut PgConnection, claimed: &Claimed, job: Uuid, found: &[Found]) -> Result<(), Unwritten> {
    sqlx::query("delete from pipeline.object where tenant_id = $1 and job_id = $2")
        .bind(claimed.tenant.0)
        .bind(job)
        .execute(&mut *db)
        .await?;
    sqlx::query(
        "insert into pipeline.object (tenant_id, job_id, id, kind, name, confidence, area_m2, geometry)
         select $1, $2, * from unnest($3::text[], $4::text[], $5::text[], $6::float8[], $7::float8[], $8::jsonb[])
         on conflict (tenant_id, job_id, id) do nothing",
    )
    .bind(claimed.tenant.0)
    .bind(job)
    .bind(found.iter().map(|f| f.id.clone()).collect::<Vec<_>>())
    .bind(found.iter().map(|f| f.kind.clone()).collect::<Vec<_>>())
    .bind(found.iter().map(|f| f.name.clone()).collect::<Vec<_>>())
    .bind(found.iter().map(|f| f.confidence).collect::<Vec<_>>())
    .bind(found.iter().map(|f| f.area_m2).collect::<Vec<_>>())
    .bind(found.iter().map(|f| f.geometry.clone()).collect::<Vec<_>>())
    .execute(db)
    .await?;
    Ok(())
}

pub(super) async fn write_log(
    db: &mut PgConnection,
    tenant: Uuid,
    attempt: i64,
    log: &str,
    message: Option<&str>,
) -> Result<(), Unwritten> {
    sqlx::query(
        "insert into pipeline.attempt_detail (tenant_id, attempt_id, log, error_message) values ($1, $2, $3, $4)
         on conflict (tenant_id, attempt_id) do update set log = excluded.log, error_message = excluded.error_message",
    )
    .bind(tenant)
    .bind(attempt)
    .bind(log)
    .bind(message)
    .execute(db)
    .await?;
    Ok(())
}

pub(super) async fn close_attempt(
    db: &mut PgConnection,
    tenant: Uuid,
    attempt: Attempt,
    ended: Option<&Ended>,
    status: AttemptStatus,
    failure: Option<&Failure>,
) -> Result<(), Unwritten> {
    let signed = |n: u64| i64::try_from(n).unwrap_or(i64::MAX);
    sqlx::query(
        "update pipeline.attempt set status = $3, finished_at = clock_timestamp(), memory_peak_bytes = $4, cpu_ms = $5, wall_ms = $6,
           disk_bytes = $7, exit_code = $8, signal = $9, error_code = $10, error_title = $11
         where tenant_id = $1 and id = $2",
    )
    .bind(tenant)
    .bind(attempt.id)
    .bind(status.word())
    .bind(ended.map(|e| signed(e.usage.memory_peak)))
    .bind(ended.map(|e| signed(e.usage.cpu_ms)))
    .bind(ended.map(|e| e.wall_ms))
    .bind(ended.map(|e| signed(e.usage.disk_bytes)))
    .bind(ended.and_then(|e| e.exit_code))
    .bind(ended.and_then(|e| e.signal))
    .bind(failure.map(|f| &f.code))
    .bind(failure.map(|f| &f.title))
    .execute(db)
    .await?;
    Ok(())
}
