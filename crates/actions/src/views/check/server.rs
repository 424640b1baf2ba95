//! How one check is read.

use super::{Check, CheckOutput, CheckResult, Gap, Incident};
use crate::views::checks::server::{Record, maintenance, selected};
use domain::{At, Permission};
use gate::{Failed, Look, Show};
use sqlx::types::time::OffsetDateTime;

/// When, how it ended, how long it took, what was wrong, what it printed, whether it was excused, and who ran it.
type ResultRow = (OffsetDateTime, bool, Option<i32>, Option<String>, Option<String>, bool, String);

impl Show for Check {
    async fn show(self, look: &mut Look) -> Result<CheckOutput, Failed> {
        let mut sql = selected();
        sql.push(" where c.id = ").push_bind(self.check).push(") c");
        let record: Option<Record> = sql.build_query_as().fetch_optional(look.conn()).await?;
        let record = record.ok_or(Failed::NotFound)?;
        let (every, timeout, fail_after, pass_after, saved_by): (i32, i32, i32, i32, String) =
            sqlx::query_as("select every_secs, timeout_secs, fail_after, pass_after, saved_by from ops.check where id = $1")
                .bind(self.check)
                .fetch_one(look.conn())
                .await?;
        let spec = serde_json::from_value(record.spec.clone()).map_err(|error| Failed::Garbled(error.to_string()))?;
        Ok(CheckOutput {
            now: look.now(),
            row: record.row()?,
            spec,
            every_secs: every.into(),
            timeout_secs: timeout.into(),
            fail_after: fail_after.into(),
            pass_after: pass_after.into(),
            saved_by,
            results: results(look, self.check).await?,
            incidents: incidents(look, self.check).await?,
            gaps: gaps(look, self.check).await?,
            maintenance: maintenance(look, Some(self.check)).await?,
        })
    }
}

async fn results(look: &mut Look, check: i64) -> Result<Vec<CheckResult>, Failed> {
    // What a job prints may be anybody's, as what is in a log.
    let prints = look.actor().may_everywhere(Permission::LogsRead);
    let rows: Vec<ResultRow> = sqlx::query_as(
        "select at, ok, took_ms, error, output, excused, runner from ops.check_result where check_id = $1 order by id desc limit 50",
    )
    .bind(check)
    .fetch_all(look.conn())
    .await?;
    let row = |(at, ok, took, error, output, excused, runner): ResultRow| CheckResult {
        at: At::from(at),
        ok,
        took_ms: took.map(i64::from),
        error,
        output: output.filter(|_| prints),
        excused,
        runner,
    };
    Ok(rows.into_iter().map(row).collect())
}

async fn incidents(look: &mut Look, check: i64) -> Result<Vec<Incident>, Failed> {
    let rows: Vec<(OffsetDateTime, Option<OffsetDateTime>, String)> =
        sqlx::query_as("select down_since, up_at, error from ops.incident where check_id = $1 order by id desc limit 20")
            .bind(check)
            .fetch_all(look.conn())
            .await?;
    Ok(rows.into_iter().map(|(since, up, error)| Incident { down_since: At::from(since), up_at: up.map(At::from), error }).collect())
}

async fn gaps(look: &mut Look, check: i64) -> Result<Vec<Gap>, Failed> {
    let rows: Vec<(OffsetDateTime, OffsetDateTime)> =
        sqlx::query_as("select from_at, to_at from ops.check_gap where check_id = $1 order by from_at desc limit 20")
            .bind(check)
            .fetch_all(look.conn())
            .await?;
    Ok(rows.into_iter().map(|(from, to)| Gap { from: At::from(from), to: At::from(to) }).collect())
}
