//! How a preview is made, and the one meaning of its filter: what is counted here is what a start freezes.

use super::{BulkPreview, BulkPreviewOutput, PREVIEW_HOLDS_SECS, Previewed, SampleRow, Skip};
use crate::{
    find::{
        Conditions,
        server::{Said, Sieve},
    },
    views::rows::bad,
};
use domain::{At, CommandId, MOST_ITEMS, SkipReason, TenantId};
use gate::{Failed, Look, Show};
use sqlx::{Postgres, QueryBuilder, types::time::OffsetDateTime};
use store::page::COUNT_CAP;
use uuid::Uuid;

const SAMPLE: i64 = 20;

/// Count and version of a set: the epoch of a command moves whenever somebody takes it up or acts on it.
pub(crate) const COUNT_AND_VERSION: &str = "count(*), coalesce(bit_xor(uuid_hash_extended(c.command_id, c.epoch)), 0)";
/// Whether a command waits in an operation already. A set to look in, not a join or a search for each command: after a large
/// operation the database knows for a while nothing of the size of this table, and would go through all of it each time. So it
/// stands where no join can be made of it: behind `not`, or outside of `where`.
pub(crate) fn push_elsewhere(sql: &mut QueryBuilder<Postgres>, tenant: TenantId) {
    sql.push("c.command_id in (select w.command_id from console.operation_item w where w.state = 'WAITING' and w.tenant_id = ");
    sql.push_bind(tenant.0).push(")");
}

impl Show for BulkPreview {
    async fn show(self, look: &mut Look) -> Result<BulkPreviewOutput, Failed> {
        let chosen = chosen(&self, look.now())?;
        let Some(tenant) = look.inside() else {
            return Ok(nothing(&chosen, look.now()));
        };
        let sieve = Sieve::new(look.conn(), &chosen).await?;
        let (count, version) = count(look, tenant, &sieve).await?;
        let (skips, payloads_checked) = skips(look, tenant, &sieve).await?;
        let sample = sample(look, tenant, &sieve).await?;
        let needs_approval = needs_approval(look, count).await?;
        let nothing = nothing(&chosen, look.now());
        let previewed = Previewed { tenant, chosen, count, version, at: look.now() };
        let no_token = why_not(count, &skips);
        let token = if no_token.is_none() { Some(seal(look, &previewed).await?) } else { None };
        let tenant_name = look.actor().support.as_ref().map(|support| support.tenant_name.clone());
        Ok(BulkPreviewOutput {
            tenant: Some(tenant),
            tenant_name,
            count,
            sample,
            skips,
            payloads_checked,
            needs_approval,
            token,
            no_token,
            ..nothing
        })
    }
}

/// What a preview without a tenant says.
fn nothing(chosen: &Conditions, now: At) -> BulkPreviewOutput {
    BulkPreviewOutput {
        now,
        tenant: None,
        tenant_name: None,
        conditions: chosen.words(),
        count: 0,
        sample: Vec::new(),
        skips: Vec::new(),
        payloads_checked: 0,
        needs_approval: false,
        token: None,
        no_token: Some("Start a support session first: a bulk is about the commands of its tenant.".into()),
        expires_at: now.plus_secs(PREVIEW_HOLDS_SECS),
    }
}

/// Most commands chosen one by one.
const MOST_CHOSEN: usize = 500;

fn chosen(filter: &BulkPreview, now: At) -> Result<Conditions, Failed> {
    let BulkPreview { domain, command_type, code, group, since, until, find, commands } = filter;
    let said = Said { domain, command_type, code, group: *group, tenant: &None, since, until, find };
    let conditions = said.conditions(now)?;
    // What fails later was not seen, so it is not meant.
    let until = conditions.until.map_or(now, |until| until.min(now));
    let commands = commands.as_deref().map(ids).transpose()?.unwrap_or_default();
    Ok(Conditions { until: Some(until), commands, ..conditions })
}

fn ids(text: &str) -> Result<Vec<CommandId>, Failed> {
    let mut ids = Vec::new();
    for id in text.split(',').map(str::trim).filter(|id| !id.is_empty()) {
        let id = id
            .parse()
            .map_err(|_| bad(format!("\u{201c}{}\u{201d} is not the id of a command.", id.chars().take(60).collect::<String>())))?;
        if !ids.contains(&id) {
            ids.push(id);
        }
    }
    // Nothing chosen is not everything.
    if ids.is_empty() {
        return Err(bad("No command was chosen. Name some, or leave the field out to mean all that fit.".into()));
    }
    if ids.len() > MOST_CHOSEN {
        return Err(bad(format!("At most {MOST_CHOSEN} commands are chosen one by one; use a filter for more.")));
    }
    Ok(ids)
}

fn why_not(count: i64, skips: &[Skip]) -> Option<String> {
    let skipped: i64 = skips.iter().map(|skip| skip.count).sum();
    match count {
        0 => Some("No command in the troubleshooting queue fits.".into()),
        count if count > MOST_ITEMS => Some(format!("An operation is about at most {MOST_ITEMS} commands; narrow the filter.")),
        count if skipped >= count => Some("All of them would be skipped.".into()),
        _ => None,
    }
}

/// The commands of a tenant that fit, as `c`.
pub(crate) fn push_chosen(sql: &mut QueryBuilder<Postgres>, tenant: TenantId, chosen: &Sieve<'_>) {
    chosen.push_from(sql);
    sql.push(" and c.tenant_id = ").push_bind(tenant.0);
}

async fn count(look: &mut Look, tenant: TenantId, chosen: &Sieve<'_>) -> Result<(i64, i64), Failed> {
    let mut sql = QueryBuilder::<Postgres>::new("select ");
    sql.push(COUNT_AND_VERSION);
    push_chosen(&mut sql, tenant, chosen);
    Ok(sql.build_query_as().persistent(!chosen.looks_inside()).fetch_one(look.conn()).await?)
}

async fn skips(look: &mut Look, tenant: TenantId, chosen: &Sieve<'_>) -> Result<(Vec<Skip>, i64), Failed> {
    let mut sql = QueryBuilder::<Postgres>::new("select count(*) filter (where ");
    push_elsewhere(&mut sql, tenant);
    sql.push(")");
    push_chosen(&mut sql, tenant, chosen);
    let elsewhere: i64 = sql.build_query_scalar().persistent(!chosen.looks_inside()).fetch_one(look.conn()).await?;
    let mut sql = QueryBuilder::<Postgres>::new("with few as (select c.command_id");
    push_chosen(&mut sql, tenant, chosen);
    sql.push(" and not ");
    push_elsewhere(&mut sql, tenant);
    sql.push(" order by c.updated_at, c.command_id limit ").push_bind(COUNT_CAP);
    sql.push(
        ") select (select count(*) from few),
           (select count(*) from commandbus.without_payload((select array_agg(command_id) from few)))",
    );
    let (checked, lost): (i64, i64) = sql.build_query_as().persistent(!chosen.looks_inside()).fetch_one(look.conn()).await?;
    let all = [(SkipReason::Elsewhere, elsewhere), (SkipReason::NoPayload, lost)];
    Ok((all.into_iter().filter(|(_, count)| *count > 0).map(|(reason, count)| Skip { reason, count }).collect(), checked))
}

async fn sample(look: &mut Look, tenant: TenantId, chosen: &Sieve<'_>) -> Result<Vec<SampleRow>, Failed> {
    let mut sql =
        QueryBuilder::<Postgres>::new("select c.command_id, c.domain, c.command_type, c.last_error_code, c.attempts, c.updated_at");
    push_chosen(&mut sql, tenant, chosen);
    sql.push(" order by c.updated_at desc, c.command_id desc limit ").push_bind(SAMPLE);
    let rows: Vec<(Uuid, String, String, Option<String>, i32, OffsetDateTime)> =
        sql.build_query_as().persistent(!chosen.looks_inside()).fetch_all(look.conn()).await?;
    let row = |(id, domain, command_type, code, attempts, at)| SampleRow {
        command: CommandId(id),
        domain,
        command_type,
        code,
        attempts,
        updated_at: At::from(at),
    };
    Ok(rows.into_iter().map(row).collect())
}

async fn needs_approval(look: &mut Look, count: i64) -> Result<bool, Failed> {
    Ok(sqlx::query_scalar("select $1 > approve_above from console.setting").bind(count).fetch_one(look.conn()).await?)
}

async fn seal(look: &mut Look, previewed: &Previewed) -> Result<String, Failed> {
    let seal: String = sqlx::query_scalar("select console.seal($1)").bind(previewed.text()).fetch_one(look.conn()).await?;
    Ok(previewed.token(&seal))
}
