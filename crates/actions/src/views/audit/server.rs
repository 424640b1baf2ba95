//! How the timeline is read. Row-level security decides whose entries are there at all.

use super::{Audit, AuditEntry, AuditOutput, BadLink, Verification};
use crate::views::rows::{bad, push_tenant, push_until, word};
use domain::{At, FieldChange, Missing, OperationId, Permission};
use gate::{Failed, Look, Show};
use sqlx::{
    Postgres, QueryBuilder,
    types::{Json, time::OffsetDateTime},
};
use store::page::{moment, page_size};

impl Show for Audit {
    async fn show(self, look: &mut Look) -> Result<AuditOutput, Failed> {
        let size = page_size(self.limit).map_err(bad)?;
        let mut records = records(&self, look, size).await?;
        let more = i64::try_from(records.len()).unwrap_or(0) > size;
        records.truncate(usize::try_from(size).unwrap_or(50));
        let next = records.last().filter(|_| more).map(|last| last.id);
        let chain_length: i64 = sqlx::query_scalar("select seq from audit.head").fetch_one(look.conn()).await?;
        Ok(AuditOutput {
            now: look.now(),
            entries: records.into_iter().map(Record::entry).collect::<Result<_, _>>()?,
            next,
            chain_length,
            verified: last_verification(look).await?,
            only_mine: !look.actor().may(Permission::AuditRead, None),
        })
    }
}

async fn records(filter: &Audit, look: &mut Look, size: i64) -> Result<Vec<Record>, Failed> {
    let mut sql = QueryBuilder::<Postgres>::new(
        "select e.id, e.opened_at, e.closed_at, e.staff_name, t.name as tenant_name, e.ticket, e.reason, e.action, e.title, e.subject,
                e.outcome, e.note, e.missing, e.changes, e.effects, e.operation_id
         from audit.entry e left join console.tenant t on t.id = e.tenant_id where true",
    );
    if filter.mine {
        sql.push(" and e.staff_id = ").push_bind(look.actor().staff.0);
    }
    if filter.today {
        sql.push(" and e.opened_at >= date_trunc('day', statement_timestamp(), 'UTC')");
    }
    if let Some(since) = filter.since.as_ref().filter(|s| !s.is_empty()) {
        push_until(&mut sql, "e.opened_at", ">=", moment(since, look.now()).map_err(bad)?);
    }
    push_tenant(&mut sql, "e.tenant_id", filter.tenant.as_deref());
    for (column, value) in [("e.outcome", &filter.outcome), ("e.action", &filter.action)] {
        if let Some(value) = value.as_ref().filter(|v| !v.is_empty()) {
            sql.push(format!(" and {column} = ")).push_bind(value.to_lowercase());
        }
    }
    if let Some(operation) = filter.operation {
        sql.push(" and e.operation_id = ").push_bind(operation.0);
    }
    if let Some(before) = filter.before {
        sql.push(" and e.id < ").push_bind(before);
    }
    sql.push(" order by e.id desc limit ").push_bind(size + 1);
    Ok(sql.build_query_as().fetch_all(look.conn()).await?)
}

#[derive(sqlx::FromRow)]
struct Record {
    id: i64,
    opened_at: OffsetDateTime,
    closed_at: Option<OffsetDateTime>,
    staff_name: String,
    tenant_name: Option<String>,
    ticket: Option<String>,
    reason: Option<String>,
    action: String,
    title: String,
    subject: String,
    outcome: String,
    note: Option<String>,
    missing: Json<Vec<Missing>>,
    changes: Json<Vec<FieldChange>>,
    effects: Json<Vec<String>>,
    operation_id: Option<uuid::Uuid>,
}

impl Record {
    fn entry(self) -> Result<AuditEntry, Failed> {
        let outcome = word(&self.outcome)?;
        Ok(AuditEntry {
            id: self.id,
            at: At::from(self.opened_at),
            closed_at: self.closed_at.map(At::from),
            staff_name: self.staff_name,
            tenant_name: self.tenant_name,
            ticket: self.ticket,
            reason: self.reason,
            action: self.action,
            title: self.title,
            subject: self.subject,
            outcome,
            note: self.note,
            missing: self.missing.0,
            changes: self.changes.0,
            effects: self.effects.0,
            operation: self.operation_id.map(OperationId),
        })
    }
}

type Check = (OffsetDateTime, i64, i64, Option<i64>, Option<i64>, Option<String>);

async fn last_verification(look: &mut Look) -> Result<Option<Verification>, Failed> {
    let row: Option<Check> =
        sqlx::query_as("select at, links, took_ms, bad_seq, bad_entry, bad_what from audit.verification order by at desc limit 1")
            .fetch_optional(look.conn())
            .await?;
    Ok(row.map(|(at, links, took_ms, seq, entry, what)| Verification {
        at: At::from(at),
        links,
        took_ms,
        first_bad: seq.zip(what).map(|(seq, what)| BadLink { seq, entry, what }),
    }))
}
