//! What the deeds on groups share on the server: taking hold, with the right no, and notes.

use gate::{Change, Failed};
use sqlx::types::time::OffsetDateTime;

#[derive(sqlx::FromRow)]
pub(super) struct Grouped {
    pub state: String,
    pub ticket: Option<String>,
    pub snooze_until: Option<OffsetDateTime>,
    pub snooze_total: Option<i64>,
    pub snooze_per_hour: Option<i32>,
    pub resolved_in: Option<String>,
    /// Failures ever, at all tenants; or events of a page's errors.
    pub total: i64,
}

/// Takes hold of a group until the transaction ends.
pub(super) async fn hold(change: &mut Change, group: i64, frontend: bool) -> Result<Grouped, Failed> {
    let sql = if frontend {
        "select g.state, g.ticket, g.snooze_until, g.snooze_total, g.snooze_per_hour, g.resolved_in, g.count as total
         from telemetry.error_group g where g.id = $1 for update of g"
    } else {
        "select g.state, g.ticket, g.snooze_until, g.snooze_total, g.snooze_per_hour, g.resolved_in,
           coalesce((select c.total from triage.group_count c where c.group_id = g.id and c.scope = '00000000-0000-0000-0000-000000000000'), 0) as total
         from triage.failure_group g where g.id = $1 for update of g"
    };
    let held: Option<Grouped> = sqlx::query_as(sql).bind(group).fetch_optional(change.conn()).await?;
    // The gate has seen the group; that it may not be held is row-level security's no.
    held.ok_or_else(|| {
        Failed::Conflict(
            "Where a group stands is said for all tenants together, and your roles cover only some. Ask somebody whose role covers all. Nothing was changed.".into(),
        )
    })
}

/// A note without the space around it; `None` when nothing is left.
pub(super) fn fit_note(note: Option<&str>) -> Result<Option<&str>, Failed> {
    match note.map(str::trim).filter(|note| !note.is_empty()) {
        Some(note) if note.chars().count() > 2000 => Err(Failed::BadInput("A note has at most 2,000 characters.".into())),
        note => Ok(note),
    }
}

pub(super) async fn write_note(change: &mut Change, group: i64, frontend: bool, note: &str) -> Result<(), Failed> {
    let who = change.actor().name.clone();
    let sql = if frontend {
        "insert into telemetry.group_note (tenant_id, group_id, who, note) select tenant_id, id, $2, $3 from telemetry.error_group where id = $1"
    } else {
        "insert into triage.group_note (group_id, who, note) values ($1, $2, $3)"
    };
    sqlx::query(sql).bind(group).bind(who).bind(note).execute(change.conn()).await?;
    Ok(())
}
