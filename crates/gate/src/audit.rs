//! Opening and closing audit entries. Errors are never swallowed: what cannot be recorded does not run.

use crate::{Gate, error::database};
use domain::{AuditOutcome, FieldChange, Missing, OperationId, Problem, TenantId};
use serde_json::Value;
use sqlx::PgConnection;

/// What an entry says from the start.
pub(crate) struct Opening<'a> {
    pub action: &'a str,
    pub title: &'a str,
    pub subject: &'a str,
    pub reason: &'a str,
    pub input: &'a Value,
}

/// What an entry says in the end.
pub(crate) struct Closing<'a> {
    pub outcome: AuditOutcome,
    pub tenant: Option<TenantId>,
    /// The operation it starts or steers.
    pub operation: Option<OperationId>,
    pub subject: Option<&'a str>,
    pub note: Option<&'a str>,
    pub missing: &'a [Missing],
    pub changes: &'a [FieldChange],
    pub effects: &'a [String],
}

impl Closing<'_> {
    /// Nothing but how it ended.
    pub const fn of(outcome: AuditOutcome) -> Self {
        Self { outcome, tenant: None, operation: None, subject: None, note: None, missing: &[], changes: &[], effects: &[] }
    }
}

impl Gate {
    /// Opens an entry in a transaction of its own.
    pub(crate) async fn audit_open(&self, scope: &str, opening: &Opening<'_>) -> Result<i64, Problem> {
        // The setting is made by the CTE, which is evaluated before the function that reads it.
        sqlx::query_scalar(
            "with scope as materialized (select set_config('ops.scope', $1, true))
             select audit.open($2, $3, $4, $5, $6, 'unknown') from scope",
        )
        .bind(scope)
        .bind(opening.action)
        .bind(opening.title)
        .bind(opening.subject)
        .bind(opening.reason)
        .bind(opening.input)
        .fetch_one(&self.rw)
        .await
        .map_err(|error| database(&error))
    }

    /// Closes an entry in a transaction of its own: for everything that changed nothing.
    pub(crate) async fn audit_close(&self, entry: i64, closing: &Closing<'_>) -> Result<(), Problem> {
        let mut connection = self.rw.acquire().await.map_err(|error| database(&error))?;
        close_on(&mut connection, entry, closing).await.map_err(|error| database(&error))
    }

    /// Closes what a vanished process left open.
    pub async fn audit_sweep(&self) -> Result<i64, Problem> {
        sqlx::query_scalar("select audit.sweep(interval '5 minutes')").fetch_one(&self.account).await.map_err(|error| database(&error))
    }
}

/// Closes an entry on the connection given: within the transaction of the change.
pub(crate) async fn close_on(connection: &mut PgConnection, entry: i64, closing: &Closing<'_>) -> Result<(), sqlx::Error> {
    if let Some(operation) = closing.operation {
        sqlx::query("select audit.concerns($1, $2)").bind(entry).bind(operation.0).execute(&mut *connection).await?;
    }
    let was_open: bool = sqlx::query_scalar("select audit.close($1, $2, $3, $4, $5, $6, $7, $8)")
        .bind(entry)
        .bind(closing.outcome.word())
        .bind(closing.tenant.map(|tenant| tenant.0))
        .bind(closing.subject)
        .bind(closing.note)
        .bind(sqlx::types::Json(closing.missing))
        .bind(sqlx::types::Json(closing.changes))
        .bind(sqlx::types::Json(closing.effects))
        .fetch_one(connection)
        .await?;
    if was_open { Ok(()) } else { Err(sqlx::Error::RowNotFound) }
}
