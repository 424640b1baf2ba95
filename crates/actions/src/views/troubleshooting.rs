//! The troubleshooting queue: commands that wait for a person. A view by status, not a queue.

use domain::{At, CommandId, CommandStatus, Permission, Sight, TenantId, View, ViewMeta};
use serde::{Deserialize, Serialize};

/// Filters of the list; empty means all. All of them are in the page's URL.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Troubleshooting {
    pub domain: Option<String>,
    pub command_type: Option<String>,
    /// Error code, such as OUT_OF_MEMORY.
    pub code: Option<String>,
    /// Number of a group of failures.
    pub group: Option<i64>,
    /// Tenant slug or id.
    pub tenant: Option<String>,
    /// Failed at or after this moment (RFC 3339) or within this span (`24h`).
    pub since: Option<String>,
    /// Failed before this moment (RFC 3339).
    pub until: Option<String>,
    /// Rows on a page, 1 to 200; 50 when absent.
    pub limit: Option<i64>,
    /// Rows to leave out; the cursor is cheaper.
    pub offset: Option<i64>,
    /// Where the page before ended.
    pub cursor: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TroubleshootingOutput {
    pub now: At,
    pub rows: Vec<CommandRow>,
    /// Rows that match, exactly; or 10,000 and `total_capped`, where a filter fits more.
    pub total: i64,
    /// True: there are more than `total`.
    pub total_capped: bool,
    /// Cursor of the next, older page.
    pub next: Option<String>,
    /// What can be chosen in the filters.
    pub domains: Vec<String>,
    pub command_types: Vec<String>,
    pub codes: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CommandRow {
    pub tenant: TenantId,
    pub tenant_name: String,
    pub command: CommandId,
    pub domain: String,
    pub command_type: String,
    pub status: CommandStatus,
    pub attempts: i32,
    pub max_attempts: i32,
    pub error_code: Option<String>,
    /// The error's class as a sentence; holds nothing of a customer's.
    pub error_title: Option<String>,
    /// The full message; only inside a support session on the tenant.
    pub error_message: Option<String>,
    pub created_at: At,
    pub updated_at: At,
    /// The group of failures it belongs to.
    pub group: Option<i64>,
    /// The run of a pipeline this command started, if any.
    pub job: Option<domain::JobId>,
    /// The payload as JSON text, so that no number loses a digit; in a list only its beginning. Only inside a support session on the
    /// tenant, and without what its contract calls sensitive.
    pub payload: Option<String>,
}

impl View for Troubleshooting {
    const META: ViewMeta = ViewMeta {
        name: "troubleshooting",
        title: "Commands in the troubleshooting queue",
        path: "/fn/troubleshooting",
        cli: "opsctl troubleshooting list",
        sight: Sight::Excerpts,
        permission: Permission::Read,
    };
    type Output = TroubleshootingOutput;
}

#[cfg(feature = "server")]
pub(crate) mod server {
    use super::{CommandRow, Troubleshooting, TroubleshootingOutput};
    use crate::views::{
        groups::server::Scope,
        rows::{COMMAND_COLUMNS, CommandRecord, bad, push_group, push_tenant, push_until},
    };
    use gate::{Failed, Look, Show};
    use sqlx::{Postgres, QueryBuilder};
    use store::page::{COUNT_CAP, PageKey, moment, page_size};

    impl Show for Troubleshooting {
        async fn show(self, look: &mut Look) -> Result<TroubleshootingOutput, Failed> {
            let size = page_size(self.limit).map_err(bad)?;
            let (rows, next) = page(&self, look, size).await?;
            let (total, total_capped) = total(&self, look).await?;
            let facets = choices(look).await?;
            Ok(TroubleshootingOutput {
                now: look.now(),
                rows,
                total,
                total_capped,
                next,
                domains: facets.0,
                command_types: facets.1,
                codes: facets.2,
            })
        }
    }

    /// What can be chosen: domains, types and codes. From what is kept of groups; staff of some tenants, who do not see that of types,
    /// choose among the newest 10,000.
    async fn choices(look: &mut Look) -> Result<(Vec<String>, Vec<String>, Vec<String>), Failed> {
        let sql = if look.actor().sees_all_tenants() {
            "select coalesce(array_agg(distinct split_part(value, '/', 1)), '{}'), coalesce(array_agg(distinct substr(value, strpos(value, '/') + 1)), '{}'),
                (select coalesce(array_agg(distinct error_code), '{}') from triage.group_count where scope = '00000000-0000-0000-0000-000000000000' and open > 0)
             from triage.group_facet where kind = 'type'"
        } else {
            "select coalesce(array_agg(distinct domain), '{}'), coalesce(array_agg(distinct command_type), '{}'),
                coalesce(array_agg(distinct last_error_code) filter (where last_error_code is not null), '{}')
             from (select domain, command_type, last_error_code from commandbus.command where status = 'IN_TROUBLESHOOTING_QUEUE'
                   order by updated_at desc limit 10000) newest"
        };
        Ok(sqlx::query_as(sql).fetch_one(look.conn()).await?)
    }

    pub(crate) async fn page(filter: &Troubleshooting, look: &mut Look, size: i64) -> Result<(Vec<CommandRow>, Option<String>), Failed> {
        let mut sql = QueryBuilder::<Postgres>::new("select ");
        // From our own archive, where what comes to this queue is kept: a list never asks the transport. One row does.
        sql.push(COMMAND_COLUMNS).push(
            ", commandbus.excerpt(c.domain, c.command_type, p.payload) as payload from commandbus.command c
            left join commandbus.payload_archive p on p.tenant_id = c.tenant_id and p.command_id = c.command_id
            join console.tenant t on t.id = c.tenant_id
            left join pipeline.job j on j.tenant_id = c.tenant_id and j.command_id = c.command_id
            left join triage.failure_group g on g.fingerprint = c.last_fingerprint
            left join commandbus.command_error e on e.tenant_id = c.tenant_id and e.command_id = c.command_id",
        );
        push_filters(&mut sql, filter, look)?;
        if let Some(cursor) = &filter.cursor {
            let key = PageKey::parse(cursor).map_err(bad)?;
            sql.push(" and (c.updated_at, c.command_id) < (timestamptz 'epoch' + ").push_bind(key.micros);
            sql.push(" * interval '1 microsecond', ").push_bind(key.id).push(")");
        }
        sql.push(" order by c.updated_at desc, c.command_id desc limit ").push_bind(size + 1);
        sql.push(" offset ").push_bind(filter.offset.unwrap_or(0).clamp(0, 1_000_000));
        let mut records: Vec<CommandRecord> = sql.build_query_as().fetch_all(look.conn()).await?;
        let more = i64::try_from(records.len()).unwrap_or(0) > size;
        records.truncate(usize::try_from(size).unwrap_or(50));
        let next = records.last().filter(|_| more).map(|last| last.key().text());
        Ok((records.into_iter().map(CommandRecord::row).collect::<Result<_, _>>()?, next))
    }

    /// Counted when few; where many fit and the filter is what counts are kept for, as they are kept, at most a moment old.
    async fn total(filter: &Troubleshooting, look: &mut Look) -> Result<(i64, bool), Failed> {
        let counted = count(filter, look).await?;
        if counted <= COUNT_CAP {
            return Ok((counted, false));
        }
        let others = [&filter.domain, &filter.command_type, &filter.code, &filter.since, &filter.until];
        if others.into_iter().any(|other| other.as_ref().is_some_and(|text| !text.is_empty())) {
            return Ok((COUNT_CAP, true));
        }
        let mut sql = QueryBuilder::<Postgres>::new("select coalesce(sum(open), 0)::int8 from triage.");
        sql.push(if filter.group.is_some() { "group_count" } else { "queue_count" }).push(" where true");
        match Scope::of(filter.tenant.as_deref(), look).await? {
            Scope::One(scope) => sql.push(" and scope = ").push_bind(scope),
            Scope::Mine => &mut sql,
        };
        if let Some(group) = filter.group {
            sql.push(" and group_id = ").push_bind(group);
        }
        Ok((sql.build_query_scalar().fetch_one(look.conn()).await?, false))
    }

    async fn count(filter: &Troubleshooting, look: &mut Look) -> Result<i64, Failed> {
        let mut sql = QueryBuilder::<Postgres>::new("select count(*) from (select from commandbus.command c");
        push_filters(&mut sql, filter, look)?;
        sql.push(" limit ").push_bind(COUNT_CAP + 1).push(") counted");
        Ok(sql.build_query_scalar().fetch_one(look.conn()).await?)
    }

    fn push_filters(sql: &mut QueryBuilder<Postgres>, filter: &Troubleshooting, look: &Look) -> Result<(), Failed> {
        sql.push(" where c.status = 'IN_TROUBLESHOOTING_QUEUE'");
        for (column, value) in [("c.domain", &filter.domain), ("c.command_type", &filter.command_type), ("c.last_error_code", &filter.code)]
        {
            if let Some(value) = value.as_ref().filter(|v| !v.is_empty()) {
                sql.push(format!(" and {column} = ")).push_bind(value.clone());
            }
        }
        if let Some(group) = filter.group {
            push_group(sql, group);
        }
        push_tenant(sql, "c.tenant_id", filter.tenant.as_deref());
        for (op, value) in [(">=", &filter.since), ("<", &filter.until)] {
            if let Some(value) = value.as_ref().filter(|v| !v.is_empty()) {
                push_until(sql, "c.updated_at", op, moment(value, look.now()).map_err(bad)?);
            }
        }
        Ok(())
    }
}
