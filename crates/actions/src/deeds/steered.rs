//! What the deeds that steer an operation share on the server: taking hold of it, and the no when it stands elsewhere.

use domain::{At, OperationId, OperationState, Plan, Progress};
use gate::{Change, Failed};
use sqlx::types::time::OffsetDateTime;

/// An operation, held until the transaction ends: the runner waits with its next chunk.
#[derive(sqlx::FromRow)]
pub(super) struct Steered {
    state: String,
    note: Option<String>,
    rate: i32,
    canary: bool,
    halt_percent: i32,
    pub waiting: i32,
    pub sent: i32,
    succeeded: i32,
    failed: i32,
    base_attempted: i32,
    base_succeeded: i32,
    base_failed: i32,
    changed_at: OffsetDateTime,
}

/// Takes hold of an operation that stands in one of `states`.
pub(super) async fn hold(
    change: &mut Change,
    operation: OperationId,
    states: &[OperationState],
    wanted: &str,
) -> Result<(Steered, OperationState), Failed> {
    let steered: Option<Steered> = sqlx::query_as(
        "select state, note, rate, canary, halt_percent, waiting, sent, succeeded, failed, base_attempted, base_succeeded, base_failed, changed_at
         from console.operation where id = $1 for update",
    )
    .bind(operation.0)
    .fetch_optional(change.conn())
    .await?;
    let steered = steered.ok_or(Failed::NotFound)?;
    let state: OperationState = steered.state.parse().map_err(|error: domain::BadState| Failed::Garbled(error.to_string()))?;
    if states.contains(&state) {
        return Ok((steered, state));
    }
    let why = steered.note.as_deref().map_or_else(String::new, |note| format!(" {note}"));
    Err(Failed::Conflict(format!(
        "This operation is {state} since {} UTC and cannot be {wanted}.{why} Nothing was changed.",
        At::from(steered.changed_at).clock()
    )))
}

impl Steered {
    pub(super) fn plan(&self) -> Plan {
        Plan { canary: self.canary, halt_percent: self.halt_percent.into(), rate: self.rate.into() }
    }

    pub(super) fn progress(&self, state: OperationState) -> Progress {
        Progress {
            state,
            waiting: self.waiting.into(),
            sent: self.sent.into(),
            succeeded: self.succeeded.into(),
            failed: self.failed.into(),
            base_attempted: self.base_attempted.into(),
            base_succeeded: self.base_succeeded.into(),
            base_failed: self.base_failed.into(),
        }
    }
}

/// Moves the operation on, and says who did it.
pub(super) async fn stand(
    change: &mut Change,
    operation: OperationId,
    (before, after): (OperationState, OperationState),
    deed: &str,
) -> Result<(), Failed> {
    let note = format!("{deed} by {} at {} UTC.", change.actor().name, change.now().clock());
    sqlx::query("update console.operation set state = $2, note = $3, changed_at = clock_timestamp() where id = $1")
        .bind(operation.0)
        .bind(after.word())
        .bind(note)
        .execute(change.conn())
        .await?;
    change.changed("operation", "state", before.word(), after.word());
    Ok(())
}
