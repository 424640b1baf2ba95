//! Payloads of commands as they are now: reading them to the letter, what their contract says, and giving them others while the
//! former ones are kept. Not in here: what may be edited, and sending.

use sqlx::{PgConnection, types::time::OffsetDateTime};
use std::collections::HashMap;
use uuid::Uuid;

/// A payload as JSON text; numbers keep every digit.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Payload {
    pub command_id: Uuid,
    pub text: String,
    /// Changes whenever the payload does: whoever edits says which one they had before them.
    pub version: String,
}

/// What a worker's host says of a type.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Contract {
    pub schema: String,
    pub worker: String,
    pub build: String,
    pub at: OffsetDateTime,
}

/// Present payloads, by command; those that are nowhere are not in the answer.
pub async fn payloads(connection: &mut PgConnection, commands: &[Uuid]) -> Result<HashMap<Uuid, Payload>, sqlx::Error> {
    let found: Vec<Payload> = sqlx::query_as("select command_id, payload::text as text, version from commandbus.payloads($1)")
        .bind(commands)
        .fetch_all(connection)
        .await?;
    Ok(found.into_iter().map(|payload| (payload.command_id, payload)).collect())
}

/// The contract of a type, if its host has made one.
pub async fn contract(connection: &mut PgConnection, domain: &str, command_type: &str) -> Result<Option<Contract>, sqlx::Error> {
    sqlx::query_as("select schema::text as schema, worker, build, at from commandbus.contract where domain = $1 and command_type = $2")
        .bind(domain)
        .bind(command_type)
        .fetch_optional(connection)
        .await
}

/// Gives held commands other payloads, and keeps those they replace, in the name of `who`. `audit` is the entry of the edit; rows of
/// an operation have theirs later. Where nothing would change, nothing is kept, unless `even_if_same`: then it is not to be told that it
/// is the same. Says which changed.
pub async fn revise(
    connection: &mut PgConnection,
    edits: &[(Uuid, String)],
    who: &str,
    audit: Option<i64>,
    even_if_same: bool,
) -> Result<Vec<Uuid>, sqlx::Error> {
    sqlx::query_scalar("select commandbus.revise($1, $2::text[]::jsonb[], $3, $4, $5)")
        .bind(edits.iter().map(|(command, _)| *command).collect::<Vec<_>>())
        .bind(edits.iter().map(|(_, text)| text.as_str()).collect::<Vec<_>>())
        .bind(who)
        .bind(audit)
        .bind(even_if_same)
        .fetch_all(connection)
        .await
}

/// How many workers that check this type are heard from.
pub async fn listening(connection: &mut PgConnection, domain: &str, command_type: &str) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar(
        "select count(*) from commandbus.worker where domain = $1 and $2 = any (checks) and stopped_at is null
           and heartbeat_at > clock_timestamp() - interval '10 seconds'",
    )
    .bind(domain)
    .bind(command_type)
    .fetch_one(connection)
    .await
}
