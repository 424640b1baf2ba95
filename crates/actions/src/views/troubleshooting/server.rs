//! How the list is read: one page by key, how many there are, what can be chosen.

use super::{CommandRow, Troubleshooting, TroubleshootingOutput};
use crate::{
    find::{
        Conditions,
        server::{Said, Sieve},
    },
    views::{
        groups::server::Scope,
        rows::{CommandRecord, bad, command_rows, push_command_page},
    },
};
use domain::At;
use gate::{Failed, Look, Show};
use sqlx::{Postgres, QueryBuilder};
use store::page::{COUNT_CAP, page_size};

impl Troubleshooting {
    pub(crate) fn conditions(&self, now: At) -> Result<Conditions, Failed> {
        let Self { domain, command_type, code, group, tenant, since, until, find, limit: _, offset: _, cursor: _ } = self;
        Said { domain, command_type, code, group: *group, tenant, since, until, find }.conditions(now)
    }
}

impl Show for Troubleshooting {
    async fn show(self, look: &mut Look) -> Result<TroubleshootingOutput, Failed> {
        let size = page_size(self.limit).map_err(bad)?;
        let conditions = self.conditions(look.now())?;
        let sieve = Sieve::new(look.conn(), &conditions).await?;
        let (rows, next) = page(&self, &sieve, look, size).await?;
        let (total, total_capped) = total(&self, &sieve, look, (rows.len(), next.is_some())).await?;
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
            steps: steps(look).await?,
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

/// Steps at which runs failed: from one to the next in their index, which has no more to read however many did. Staff of some tenants,
/// who would pass by those of all others, choose among the newest 10,000.
async fn steps(look: &mut Look) -> Result<Vec<String>, Failed> {
    if !look.actor().sees_all_tenants() {
        let sql = "select distinct current_step from (select current_step from pipeline.job where status = 'FAILED'
               order by updated_at desc limit 10000) newest where current_step is not null order by current_step limit 50";
        return Ok(sqlx::query_scalar(sql).fetch_all(look.conn()).await?);
    }
    Ok(sqlx::query_scalar(
        "with recursive s (step) as (
           (select min(current_step) from pipeline.job where status = 'FAILED')
           union all
           select (select min(current_step) from pipeline.job where status = 'FAILED' and current_step > s.step) from s where s.step is not null)
         select step from s where step is not null limit 50",
    )
    .fetch_all(look.conn())
    .await?)
}

/// The beginning of a payload without what its contract calls sensitive; what is large is not written out for a list.
const EXCERPT: &str = "(select case when pg_column_size(p.payload) > 20000 then '\"a large payload\"' else left(commandbus.masked(
      (select k.sensitive from commandbus.contract k where k.domain = c.domain and k.command_type = c.command_type), p.payload)::text, 1000) end
    from commandbus.payload_archive p where p.tenant_id = c.tenant_id and p.command_id = c.command_id)";

/// The newest that fit.
pub(crate) async fn newest(filter: &Troubleshooting, look: &mut Look, most: i64) -> Result<Vec<CommandRow>, Failed> {
    let conditions = filter.conditions(look.now())?;
    let sieve = Sieve::new(look.conn(), &conditions).await?;
    Ok(page(filter, &sieve, look, most).await?.0)
}

async fn page(
    filter: &Troubleshooting,
    sieve: &Sieve<'_>,
    look: &mut Look,
    size: i64,
) -> Result<(Vec<CommandRow>, Option<String>), Failed> {
    let mut sql = command_rows(EXCERPT);
    sieve.push_from(&mut sql);
    push_command_page(&mut sql, filter.cursor.as_deref(), size, filter.offset.unwrap_or(0))?;
    // A text is found through an index or not; a plan made for one is none for the next.
    let mut records: Vec<CommandRecord> = sql.build_query_as().persistent(!sieve.looks_inside()).fetch_all(look.conn()).await?;
    let more = i64::try_from(records.len()).unwrap_or(0) > size;
    records.truncate(usize::try_from(size).unwrap_or(50));
    let next = records.last().filter(|_| more).map(|last| last.key().text());
    Ok((records.into_iter().map(CommandRecord::row).collect::<Result<_, _>>()?, next))
}

/// Counted when few; where many fit and the filter is what counts are kept for, as they are kept, at most a moment old. Where rows
/// have to be looked at one by one, those of the page are all that is known.
async fn total(filter: &Troubleshooting, sieve: &Sieve<'_>, look: &mut Look, page: (usize, bool)) -> Result<(i64, bool), Failed> {
    if sieve.is_frequent() {
        return Ok((
            i64::try_from(page.0).unwrap_or(0),
            page.1 || filter.cursor.is_some() || filter.offset.is_some_and(|offset| offset > 0),
        ));
    }
    let counted = count(sieve, look).await?;
    if counted <= COUNT_CAP {
        return Ok((counted, false));
    }
    if !sieve.is_counted() {
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

async fn count(sieve: &Sieve<'_>, look: &mut Look) -> Result<i64, Failed> {
    let mut sql = QueryBuilder::<Postgres>::new("select count(*) from (select");
    sieve.push_from(&mut sql);
    sql.push(" limit ").push_bind(COUNT_CAP + 1).push(") counted");
    Ok(sql.build_query_scalar().persistent(!sieve.looks_inside()).fetch_one(look.conn()).await?)
}
