//! Rows that several views read, from the database into what they show; and the pieces of SQL that
//! go with them. Column lists are constants; values are always bound.

use super::{jobs::JobRow, troubleshooting::CommandRow};
use domain::{At, CommandId, JobId, TenantId};
use gate::Failed;
use sqlx::{Postgres, QueryBuilder, types::time::OffsetDateTime};
use std::str::FromStr;
use store::page::PageKey;
use uuid::Uuid;

/// Columns of [`CommandRecord`] but `payload`; tables c command, t tenant. What is beside a command is looked up for each row that is
/// shown: joined, seven tables under their policies took longer to plan than to read.
pub(super) const COMMAND_COLUMNS: &str =
    "c.tenant_id, t.name as tenant_name, c.command_id, c.domain, c.command_type, c.status, c.attempts, c.max_attempts,
    c.last_error_code, c.last_error_title, c.created_at, c.updated_at,
    (select e.message from commandbus.command_error e where e.tenant_id = c.tenant_id and e.command_id = c.command_id) as message,
    (select g.id from triage.failure_group g where g.fingerprint = c.last_fingerprint) as group_id,
    (select j.job_id from pipeline.job j where j.tenant_id = c.tenant_id and j.command_id = c.command_id) as job_id";

/// The beginning of a statement that reads [`CommandRecord`]s, up to where the rows of a page are chosen: `from` commands as `c` and what
/// has to hold are pushed next, then [`push_command_page`]. `payload` is what is shown of one: an expression over `c`. From our own
/// archive, where what comes to the queue is kept: a list never asks the transport.
pub(super) fn command_rows(payload: &'static str) -> QueryBuilder<Postgres> {
    let mut sql = QueryBuilder::new("select ");
    sql.push(COMMAND_COLUMNS).push(", ").push(payload).push(" as payload from (select c.*");
    sql
}

/// Its end: the newest `size` after the cursor, and one more if there are more.
pub(super) fn push_command_page(sql: &mut QueryBuilder<Postgres>, cursor: Option<&str>, size: i64, offset: i64) -> Result<(), Failed> {
    push_after(sql, ("c.updated_at", "c.command_id"), cursor)?;
    sql.push(" order by c.updated_at desc, c.command_id desc limit ").push_bind(size + 1);
    sql.push(" offset ").push_bind(offset.clamp(0, 1_000_000));
    sql.push(") c join console.tenant t on t.id = c.tenant_id order by c.updated_at desc, c.command_id desc");
    Ok(())
}

#[derive(sqlx::FromRow)]
pub(super) struct CommandRecord {
    tenant_id: Uuid,
    tenant_name: String,
    command_id: Uuid,
    domain: String,
    command_type: String,
    status: String,
    attempts: i32,
    max_attempts: i32,
    last_error_code: Option<String>,
    last_error_title: Option<String>,
    message: Option<String>,
    created_at: OffsetDateTime,
    updated_at: OffsetDateTime,
    group_id: Option<i64>,
    job_id: Option<Uuid>,
    payload: Option<String>,
}

impl CommandRecord {
    pub(super) fn key(&self) -> PageKey {
        PageKey { micros: micros(self.updated_at), id: self.command_id }
    }

    pub(super) fn row(self) -> Result<CommandRow, Failed> {
        Ok(CommandRow {
            tenant: TenantId(self.tenant_id),
            tenant_name: self.tenant_name,
            command: CommandId(self.command_id),
            domain: self.domain,
            command_type: self.command_type,
            status: word(&self.status)?,
            attempts: self.attempts,
            max_attempts: self.max_attempts,
            error_code: self.last_error_code,
            error_title: self.last_error_title,
            error_message: self.message,
            created_at: At::from(self.created_at),
            updated_at: At::from(self.updated_at),
            group: self.group_id,
            job: self.job_id.map(JobId),
            payload: self.payload,
        })
    }
}

/// Columns of [`JobRecord`], and the tables they come from.
pub(super) const JOB_COLUMNS: &str =
    "j.tenant_id, t.name as tenant_name, j.job_id, j.command_id, j.pipeline, d.title, d.requested_by, j.status, j.current_step,
    j.error_code, j.error_title, j.run, j.created_at, j.updated_at, j.started_at, j.finished_at, statement_timestamp() as now";
pub(super) const JOB_TABLES: &str = " from pipeline.job j join console.tenant t on t.id = j.tenant_id
    left join pipeline.job_detail d on d.tenant_id = j.tenant_id and d.job_id = j.job_id";

#[derive(sqlx::FromRow)]
pub(super) struct JobRecord {
    tenant_id: Uuid,
    tenant_name: String,
    job_id: Uuid,
    command_id: Uuid,
    pipeline: String,
    title: Option<String>,
    pub(super) requested_by: Option<String>,
    status: String,
    current_step: Option<String>,
    error_code: Option<String>,
    error_title: Option<String>,
    run: i32,
    created_at: OffsetDateTime,
    updated_at: OffsetDateTime,
    started_at: Option<OffsetDateTime>,
    finished_at: Option<OffsetDateTime>,
    now: OffsetDateTime,
}

impl JobRecord {
    pub(super) fn key(&self) -> PageKey {
        PageKey { micros: micros(self.updated_at), id: self.job_id }
    }

    pub(super) fn row(self) -> Result<JobRow, Failed> {
        let now = At::from(self.now);
        let finished = self.finished_at.map_or(now, At::from);
        Ok(JobRow {
            tenant: TenantId(self.tenant_id),
            tenant_name: self.tenant_name,
            job: JobId(self.job_id),
            command: CommandId(self.command_id),
            pipeline: self.pipeline,
            title: self.title,
            status: word(&self.status)?,
            current_step: self.current_step,
            error_code: self.error_code,
            error_title: self.error_title,
            run: self.run,
            created_at: At::from(self.created_at),
            updated_at: At::from(self.updated_at),
            duration_ms: self.started_at.map(|started| (finished.millis() - At::from(started).millis()).max(0)),
        })
    }
}

/// Microseconds since 1970, the database's own precision.
pub(super) fn micros(at: OffsetDateTime) -> i64 {
    i64::try_from(at.unix_timestamp_nanos() / 1000).unwrap_or(i64::MAX)
}

/// A state as the database spells it.
pub(super) fn word<S: FromStr<Err: std::fmt::Display>>(text: &str) -> Result<S, Failed> {
    text.parse().map_err(|error: S::Err| Failed::Garbled(error.to_string()))
}

/// The no to a wrong filter.
pub(crate) fn bad(sentence: String) -> Failed {
    Failed::BadInput(sentence)
}

/// Goes on after the row where the page before ended, in a list from the newest.
pub(crate) fn push_after(sql: &mut QueryBuilder<Postgres>, (at, id): (&str, &str), cursor: Option<&str>) -> Result<(), Failed> {
    if let Some(cursor) = cursor {
        let key = PageKey::parse(cursor).map_err(bad)?;
        sql.push(format!(" and ({at}, {id}) < (timestamptz 'epoch' + ")).push_bind(key.micros);
        sql.push(" * interval '1 microsecond', ").push_bind(key.id).push(")");
    }
    Ok(())
}

/// Limits to a tenant given by slug or id.
pub(crate) fn push_tenant(sql: &mut QueryBuilder<Postgres>, column: &str, tenant: Option<&str>) {
    let Some(tenant) = tenant.map(str::trim).filter(|t| !t.is_empty()) else {
        return;
    };
    sql.push(format!(" and {column} = (select f.id from console.tenant f where f.slug = "));
    sql.push_bind(tenant.to_lowercase()).push(" or f.id::text = ").push_bind(tenant.to_lowercase()).push(" limit 1)");
}

/// Limits to the commands of a group.
pub(crate) fn push_group(sql: &mut QueryBuilder<Postgres>, group: i64) {
    sql.push(" and c.last_fingerprint = (select f.fingerprint from triage.failure_group f where f.id = ").push_bind(group).push(")");
}

/// Limits to one side of a moment.
pub(crate) fn push_until(sql: &mut QueryBuilder<Postgres>, column: &str, op: &str, at: At) {
    sql.push(format!(" and {column} {op} ")).push_bind(OffsetDateTime::from(at));
}
