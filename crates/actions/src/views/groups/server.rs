//! How groups are read: one page by key, and for the groups on it the hours of a day, types and builds.

use super::{FailureGroup, Groups, GroupsOutput};
use crate::views::rows::{bad, micros, push_tenant, word};
use domain::{At, CommandId, GroupState};
use gate::{Failed, Look, Show};
use sqlx::{Postgres, QueryBuilder, types::time::OffsetDateTime};
use std::collections::HashMap;
use store::page::page_size;
use uuid::Uuid;

/// Hours in a sparkline.
const HOURS: usize = 24;

impl Show for Groups {
    async fn show(self, look: &mut Look) -> Result<GroupsOutput, Failed> {
        let size = page_size(self.limit).map_err(bad)?;
        let order = Order::parse(self.order.as_deref())?;
        let scope = Scope::of(self.tenant.as_deref(), look).await?;
        let mut records = page(&self, look, &scope, order, size).await?;
        let more = i64::try_from(records.len()).unwrap_or(0) > size;
        records.truncate(usize::try_from(size).unwrap_or(50));
        let next = records.last().filter(|_| more).map(|last| order.cursor(last));
        let (total, open) = count(&self, look, &scope).await?;
        Ok(GroupsOutput { now: look.now(), rows: filled(records, look, &scope).await?, total, open, next })
    }
}

/// Whose counts are shown.
pub(crate) enum Scope {
    /// One row a group: a tenant's, or all tenants' (the nil id).
    One(Uuid),
    /// Somebody who sees some tenants only: theirs, added up.
    Mine,
}

impl Scope {
    pub(crate) async fn of(tenant: Option<&str>, look: &mut Look) -> Result<Self, Failed> {
        if tenant.is_some_and(|tenant| !tenant.trim().is_empty()) {
            let mut sql = QueryBuilder::<Postgres>::new("select id from console.tenant where true");
            push_tenant(&mut sql, "id", tenant);
            let found: Option<Uuid> = sql.build_query_scalar().fetch_optional(look.conn()).await?;
            return found.map(Self::One).ok_or_else(|| {
                bad(format!("There is no tenant \u{201c}{}\u{201d} that you may see; give its slug or its id.", tenant.unwrap_or_default()))
            });
        }
        Ok(if look.actor().sees_all_tenants() { Self::One(Uuid::nil()) } else { Self::Mine })
    }

    /// The counts as `c`: row-level security leaves those of the person's tenants.
    fn push(&self, sql: &mut QueryBuilder<Postgres>) {
        match self {
            Self::One(scope) => {
                sql.push("(select * from triage.group_count where scope = ").push_bind(*scope).push(") c");
            }
            Self::Mine => {
                sql.push(
                    "(select group_id, max(state) as state, max(error_code) as error_code, sum(open)::int8 as open, sum(total)::int8 as total, count(*)::int as tenants, min(first_seen) as first_seen,
                        max(last_seen) as last_seen, (array_agg(sample order by last_seen desc))[1] as sample from triage.group_count group by group_id) c",
                );
            }
        }
    }
}

#[derive(Clone, Copy)]
enum Order {
    Recent,
    Size,
}

impl Order {
    fn parse(text: Option<&str>) -> Result<Self, Failed> {
        match text.map(str::trim).filter(|text| !text.is_empty()) {
            None | Some("recent") => Ok(Self::Recent),
            Some("size") => Ok(Self::Size),
            Some(other) => Err(bad(format!("Groups are ordered by `recent` or `size`, not by \u{201c}{other}\u{201d}."))),
        }
    }

    fn cursor(self, last: &Record) -> String {
        match self {
            Self::Recent => format!("{}.{}", micros(last.last_seen), last.id),
            Self::Size => format!("{}.{}", last.open, last.id),
        }
    }

    fn push_after(self, sql: &mut QueryBuilder<Postgres>, cursor: &str) -> Result<(), Failed> {
        let parts = cursor.split_once('.').and_then(|(key, id)| Some((key.parse::<i64>().ok()?, id.parse::<i64>().ok()?)));
        let (key, id) = parts.ok_or_else(|| {
            bad(format!("\u{201c}{cursor}\u{201d} is not a cursor of this list; leave it out to start at its beginning."))
        })?;
        match self {
            Self::Recent => {
                sql.push(" and (c.last_seen, c.group_id) < (timestamptz 'epoch' + ").push_bind(key).push(" * interval '1 microsecond', ")
            }
            Self::Size => sql.push(" and (c.open, c.group_id) < (").push_bind(key).push(", "),
        };
        sql.push_bind(id).push(")");
        Ok(())
    }
}

#[derive(sqlx::FromRow)]
pub(crate) struct Record {
    id: i64,
    pub(crate) fingerprint: String,
    fingerprint_version: i32,
    error_code: String,
    title: String,
    state: String,
    state_at: OffsetDateTime,
    state_by: Option<String>,
    why: Option<String>,
    ticket: Option<String>,
    snooze_until: Option<OffsetDateTime>,
    snooze_total: Option<i64>,
    snooze_per_hour: Option<i32>,
    resolved_in: Option<String>,
    open: i64,
    total: i64,
    tenants: i32,
    first_seen: OffsetDateTime,
    last_seen: OffsetDateTime,
    sample: Option<Uuid>,
}

const COLUMNS: &str = "select g.id, g.fingerprint, g.fingerprint_version, g.error_code, g.title, g.state, g.state_at, g.state_by, g.why, g.ticket,
    g.snooze_until, g.snooze_total, g.snooze_per_hour, g.resolved_in, c.open, c.total, c.tenants, c.first_seen, c.last_seen, c.sample from ";

/// The page is found among the counts alone; only its own rows are joined.
async fn page(filter: &Groups, look: &mut Look, scope: &Scope, order: Order, size: i64) -> Result<Vec<Record>, Failed> {
    let sorted = match order {
        Order::Recent => " order by c.last_seen desc, c.group_id desc",
        Order::Size => " order by c.open desc, c.group_id desc",
    };
    let mut sql = QueryBuilder::<Postgres>::new(COLUMNS);
    sql.push("(select c.* from ");
    push_filters(&mut sql, filter, scope)?;
    if let Some(cursor) = &filter.cursor {
        order.push_after(&mut sql, cursor)?;
    }
    sql.push(sorted).push(" limit ").push_bind(size + 1);
    sql.push(") c join triage.failure_group g on g.id = c.group_id").push(sorted);
    Ok(sql.build_query_as().fetch_all(look.conn()).await?)
}

async fn count(filter: &Groups, look: &mut Look, scope: &Scope) -> Result<(i64, i64), Failed> {
    let mut sql = QueryBuilder::<Postgres>::new("select count(*), coalesce(sum(c.open), 0)::int8 from ");
    push_filters(&mut sql, filter, scope)?;
    Ok(sql.build_query_as().fetch_one(look.conn()).await?)
}

fn push_filters(sql: &mut QueryBuilder<Postgres>, filter: &Groups, scope: &Scope) -> Result<(), Failed> {
    scope.push(sql);
    sql.push(" where true");
    match filter.state.as_deref().map(str::trim).filter(|state| !state.is_empty()) {
        None => {
            sql.push(" and c.open > 0 and c.state not in (").push_bind(GroupState::Snoozed.word()).push(", ");
            sql.push_bind(GroupState::Resolved.word()).push(")");
        }
        Some("all") => {}
        Some(state) => {
            let state: GroupState = state.parse().map_err(|error: domain::BadState| bad(format!("{error}, or all.")))?;
            sql.push(" and c.state = ").push_bind(state.word());
        }
    }
    if let Some(code) = filter.code.as_ref().filter(|code| !code.is_empty()) {
        sql.push(" and c.error_code = ").push_bind(code.clone());
    }
    if let Some(kind) = filter.command_type.as_ref().filter(|kind| !kind.is_empty()) {
        if matches!(scope, Scope::Mine) {
            return Err(bad(
                "Types are counted over all tenants together, and your roles cover only some; filter by a code instead.".into()
            ));
        }
        sql.push(" and exists (select from triage.group_facet f where f.group_id = c.group_id and f.kind = 'type' and f.value = ");
        sql.push_bind(kind.clone()).push(")");
    }
    Ok(())
}

/// One group as the scope counts it.
pub(crate) async fn one(group: i64, look: &mut Look, scope: &Scope) -> Result<Option<FailureGroup>, Failed> {
    let mut sql = QueryBuilder::<Postgres>::new(COLUMNS);
    scope.push(&mut sql);
    sql.push(" join triage.failure_group g on g.id = c.group_id where c.group_id = ").push_bind(group);
    let record: Vec<Record> = sql.build_query_as().fetch_all(look.conn()).await?;
    Ok(filled(record, look, scope).await?.pop())
}

async fn filled(records: Vec<Record>, look: &mut Look, scope: &Scope) -> Result<Vec<FailureGroup>, Failed> {
    let ids: Vec<i64> = records.iter().map(|record| record.id).collect();
    let mut sparks = sparks(&ids, look, scope).await?;
    let (mut types, mut releases) = (HashMap::<i64, Vec<String>>::new(), HashMap::<i64, Vec<String>>::new());
    let facets: Vec<(i64, String, String)> = sqlx::query_as(
        "select group_id, kind, value from triage.group_facet where group_id = any ($1)
         order by case kind when 'type' then -count else -extract(epoch from first_seen) end",
    )
    .bind(&ids)
    .fetch_all(look.conn())
    .await?;
    for (group, kind, value) in facets {
        let of = if kind == "type" { &mut types } else { &mut releases };
        of.entry(group).or_default().push(value);
    }
    records
        .into_iter()
        .map(|record| {
            let id = record.id;
            let spark = sparks.remove(&id).unwrap_or_else(|| vec![0; HOURS]);
            let mut group = record.group(spark, types.remove(&id).unwrap_or_default(), releases.remove(&id).unwrap_or_default())?;
            if matches!(scope, Scope::Mine) {
                // It would tell how often it failed at others.
                group.snooze_total = None;
            }
            Ok(group)
        })
        .collect()
}

async fn sparks(groups: &[i64], look: &mut Look, scope: &Scope) -> Result<HashMap<i64, Vec<u32>>, Failed> {
    let mut sql = QueryBuilder::<Postgres>::new(
        "select group_id, floor(extract(epoch from date_trunc('hour', statement_timestamp()) - slice) / 3600)::int, sum(count)::int8
         from triage.group_slice where group_id = any (",
    );
    sql.push_bind(groups);
    if let Scope::One(scope) = scope {
        sql.push(") and scope = any (array[").push_bind(*scope).push("]");
    }
    sql.push(") and slice > statement_timestamp() - interval '24 hours' group by 1, 2");
    let rows: Vec<(i64, i32, i64)> = sql.build_query_as().fetch_all(look.conn()).await?;
    let mut sparks = HashMap::<i64, Vec<u32>>::new();
    for (group, ago, count) in rows {
        let spark = sparks.entry(group).or_insert_with(|| vec![0; HOURS]);
        if let Some(slot) = usize::try_from(ago).ok().and_then(|ago| (HOURS - 1).checked_sub(ago)) {
            spark[slot] = u32::try_from(count).unwrap_or(u32::MAX);
        }
    }
    Ok(sparks)
}

impl Record {
    fn group(self, spark: Vec<u32>, types: Vec<String>, releases: Vec<String>) -> Result<FailureGroup, Failed> {
        Ok(FailureGroup {
            id: self.id,
            fingerprint: self.fingerprint,
            fingerprint_version: self.fingerprint_version,
            code: self.error_code,
            title: self.title,
            state: word(&self.state)?,
            state_at: At::from(self.state_at),
            state_by: self.state_by,
            why: self.why,
            ticket: self.ticket,
            snooze_until: self.snooze_until.map(At::from),
            snooze_total: self.snooze_total,
            snooze_per_hour: self.snooze_per_hour,
            resolved_in: self.resolved_in,
            open: self.open,
            total: self.total,
            tenants: self.tenants,
            first_seen: At::from(self.first_seen),
            last_seen: At::from(self.last_seen),
            spark,
            types,
            releases,
            sample: self.sample.map(CommandId),
        })
    }
}
