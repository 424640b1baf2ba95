//! How a deploy's readings are found: rows of the ring, of all tenants together for those who see all, else of each tenant of the person.

mod diff;

use super::{Deploy, DeployOutput};
use crate::views::deploys::server::{ROWS, Row, row};
use diff::{Group, Reading};
use domain::{At, Fact};
use gate::{Failed, Look, Show};
use sqlx::types::{Json, time::OffsetDateTime};
use std::collections::BTreeMap;
use uuid::Uuid;

/// Changes listed; beyond these nobody reads on.
const MOST: usize = 200;

/// By part.
type Facts = BTreeMap<String, Vec<Fact>>;
/// Slug of the tenant, its facts and its groups.
type ScopeRow = (Option<String>, Json<Facts>, Json<Vec<Group>>);

impl Show for Deploy {
    async fn show(self, look: &mut Look) -> Result<DeployOutput, Failed> {
        let sql = [ROWS, "d.id = $1"].concat();
        let found: Option<Row> = sqlx::query_as(sqlx::AssertSqlSafe(sql)).bind(self.deploy).fetch_optional(look.conn()).await?;
        let deploy = row(found.ok_or(Failed::NotFound)?)?;
        let earlier: Option<OffsetDateTime> =
            sqlx::query_scalar("select earlier from ops.deploy where id = $1").bind(self.deploy).fetch_one(look.conn()).await?;
        let now = look.now();
        let mut notes = Vec::new();
        match (deploy.before_at, deploy.after_at) {
            (None, _) => notes.push("The console has no reading from before this deploy, so nothing can be compared.".to_owned()),
            (_, None) if now < deploy.settles_at => {
                notes.push(format!("It settles until {}: what it changed is compared then.", deploy.settles_at.clock()));
            }
            (_, None) => notes.push("The console has no reading from after this deploy yet.".to_owned()),
            (Some(_), Some(_)) => {}
        }
        let (Some(before), Some(after)) = (deploy.before_at, deploy.after_at) else {
            return Ok(DeployOutput { now, deploy, notes, changes: Vec::new(), left_out: 0 });
        };
        let (before, after) = (reading(look, before).await?, reading(look, after).await?);
        let earlier = match earlier.map(At::from).filter(|at| *at < before.at) {
            Some(at) => Some(reading(look, at).await?),
            None => None,
        };
        if earlier.is_none() {
            notes.push("How often groups happened before it is not known: the console had only begun to look.".to_owned());
        }
        let mut changes = diff::changes(deploy.at, earlier.as_ref(), &before, &after);
        let left_out = i64::try_from(changes.len().saturating_sub(MOST)).unwrap_or(i64::MAX);
        changes.truncate(MOST);
        Ok(DeployOutput { now, deploy, notes, changes, left_out })
    }
}

async fn reading(look: &mut Look, at: At) -> Result<Reading, Failed> {
    let all = look.actor().sees_all_tenants();
    let at_row = OffsetDateTime::from(at);
    let facts: Option<Json<Facts>> =
        sqlx::query_scalar("select facts from ops.ring where at = $1").bind(at_row).fetch_optional(look.conn()).await?;
    let mut reading = Reading { at, facts: facts.map(|json| json.0).unwrap_or_default(), groups: BTreeMap::new() };
    let scopes: Vec<ScopeRow> = sqlx::query_as(
        "select t.slug, s.facts, s.groups from ops.ring_scope s left join console.tenant t on t.id = s.scope where s.at = $1 and (s.scope = $2) = $3",
    )
    .bind(at_row)
    .bind(Uuid::nil())
    .bind(all)
    .fetch_all(look.conn())
    .await?;
    for (tenant, facts, groups) in scopes {
        for (part, facts) in facts.0 {
            // Two tenants have facts of the same name.
            let whose = |fact: Fact| match &tenant {
                Some(tenant) => Fact { name: [tenant, ", ", &fact.name].concat(), ..fact },
                None => fact,
            };
            reading.facts.entry(part).or_default().extend(facts.into_iter().map(whose));
        }
        for group in groups.0 {
            // A group of failures is everybody's: what it counts at several tenants is added up.
            let total = group.total;
            reading.groups.entry((group.side, group.id)).and_modify(|known| known.total += total).or_insert(group);
        }
    }
    Ok(reading)
}
