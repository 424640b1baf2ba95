//! Runs of pipelines whose runner is gone: what it left in the middle is marked as such, in the
//! transaction that takes the command away from it.

use crate::BusError;
use domain::JobStatus;
use sqlx::PgConnection;
use uuid::Uuid;

/// Marks attempts under an older epoch than the command's as lost, and puts their jobs back to waiting.
pub(crate) async fn mark(db: &mut PgConnection, commands: &[Uuid]) -> Result<(), BusError> {
    sqlx::query(
        "with gone as (
           update pipeline.attempt a set status = 'LOST', finished_at = clock_timestamp(), error_code = 'WORKER_LOST',
             error_title = 'The worker was lost in the middle of the step'
           from pipeline.job j join commandbus.command c on c.tenant_id = j.tenant_id and c.command_id = j.command_id
           where c.command_id = any($1) and a.tenant_id = j.tenant_id and a.job_id = j.job_id
             and a.status = 'RUNNING' and (a.epoch < c.epoch or c.status <> 'IN_PROGRESS')
           returning a.tenant_id, a.job_id, a.step),
         steps as (
           update pipeline.step s set status = 'WAITING', started_at = null from gone g
           where s.tenant_id = g.tenant_id and s.job_id = g.job_id and s.name = g.step and s.status = 'RUNNING')
         update pipeline.job j set status = 'WAITING', updated_at = clock_timestamp()
         from commandbus.command c
         where c.command_id = any($1) and j.tenant_id = c.tenant_id and j.command_id = c.command_id and j.status = 'RUNNING'",
    )
    .bind(commands)
    .execute(db)
    .await?;
    Ok(())
}

/// Brings the job of a command that ended, or waits for its next attempt, to the matching state. A job
/// whose own record says why it failed keeps that; one cut off in the middle takes the command's reason.
pub(crate) async fn settle(db: &mut PgConnection, command: Uuid, status: JobStatus, code: &str, title: &str) -> Result<(), BusError> {
    mark(db, &[command]).await?;
    sqlx::query(
        "update pipeline.job set status = $2, updated_at = clock_timestamp(),
           error_code = case when status = 'FAILED' then error_code else $3 end,
           error_title = case when status = 'FAILED' then error_title else $4 end,
           finished_at = case when $2 = 'FAILED' then coalesce(finished_at, clock_timestamp()) end
         where command_id = $1 and status in ('WAITING', 'RUNNING', 'FAILED')",
    )
    .bind(command)
    .bind(status.word())
    .bind(code)
    .bind(title)
    .execute(db)
    .await?;
    Ok(())
}
