//! Where the content of a command lies: its message in the queue, that message in PGMQ's archive, or
//! our own archive of payloads.

use crate::{BusError, wire};
use sqlx::{AssertSqlSafe, PgConnection};
use uuid::Uuid;

/// The content of a command as JSON text, if it is anywhere. Text, because a number may have more digits than a machine's.
pub(crate) async fn find(
    db: &mut PgConnection,
    tenant: Uuid,
    command: Uuid,
    queue: &str,
    msg_id: Option<i64>,
) -> Result<Option<String>, BusError> {
    let queue = wire::checked_queue(queue)?;
    let in_pgmq: Option<Option<String>> = sqlx::query_scalar(AssertSqlSafe(format!(
        "select (message -> 'data')::text from pgmq.q_{queue} where msg_id = $1
         union all select (message -> 'data')::text from pgmq.a_{queue} where msg_id = $1 limit 1"
    )))
    .bind(msg_id)
    .fetch_optional(&mut *db)
    .await?;
    if let Some(data) = in_pgmq.flatten() {
        return Ok(Some(data));
    }
    Ok(sqlx::query_scalar("select payload::text from commandbus.payload_archive where tenant_id = $1 and command_id = $2")
        .bind(tenant)
        .bind(command)
        .fetch_optional(db)
        .await?)
}

/// Keeps the payload of a command besides PGMQ's archive, which the host may empty.
pub(crate) async fn keep(db: &mut PgConnection, tenant: Uuid, command: Uuid, queue: &str, msg_id: Option<i64>) -> Result<(), BusError> {
    let Some(data) = find(db, tenant, command, queue, msg_id).await? else {
        return Ok(());
    };
    sqlx::query(
        "insert into commandbus.payload_archive (tenant_id, command_id, payload) values ($1, $2, $3::jsonb)
         on conflict (tenant_id, command_id) do nothing",
    )
    .bind(tenant)
    .bind(command)
    .bind(data)
    .execute(db)
    .await?;
    Ok(())
}
