//! What customers' pages reported lately, over all tenants and by tenant.

use super::{ALL, Collector, parts::figure_of};
use crate::error::database;
use domain::{Fact, PartStatus, Problem, Reading};
use uuid::Uuid;

/// The fact that counts what did not get here.
pub const LOST: &str = "lost within an hour";

/// (scope, events, new groups, lost, tabs, newest build)
type Row = (Uuid, i64, i64, i64, i64, Option<String>);

impl Collector {
    pub async fn frontend(&self) -> Result<Reading, Problem> {
        let rows: Vec<Row> = sqlx::query_as(
            "with said as (
               select tenant_id, sum(count)::int8 as events, 0::int8 as fresh, 0::int8 as lost, 0::int8 as tabs, null::text as build, null::timestamptz as seen
                 from telemetry.tenant_slice where slice > statement_timestamp() - interval '10 minutes' group by 1
               union all
               select tenant_id, 0, count(*), 0, 0, null, null from telemetry.error_group
                 where last_seen > statement_timestamp() - interval '1 hour' and first_seen > statement_timestamp() - interval '1 hour' group by 1
               union all
               select tenant_id, 0, 0, sum(count)::int8, 0, null, null from telemetry.loss where slice > statement_timestamp() - interval '1 hour' group by 1
               union all
               select tenant_id, 0, 0, sum(cardinality(missing) + unnoted)::int8, count(*), (array_agg(build order by first_seen desc))[1], max(first_seen)
                 from telemetry.page_session where last_seen > statement_timestamp() - interval '1 hour' group by 1)
             select coalesce(tenant_id, $1),
                    coalesce(sum(events), 0)::int8, coalesce(sum(fresh), 0)::int8, coalesce(sum(lost), 0)::int8, coalesce(sum(tabs), 0)::int8,
                    (array_agg(build order by seen desc nulls last))[1]
             from said group by grouping sets ((), (tenant_id)) order by 2 desc limit 1000",
        )
        .bind(ALL)
        .fetch_all(&self.reads)
        .await
        .map_err(|error| database(&error))?;
        let mut reading = Reading::of("reports of customers' pages", Vec::new());
        for (scope, events, fresh, lost, tabs, build) in rows {
            let figure = figure_of(&mut reading.figures, scope);
            figure.facts = vec![
                Fact::number("in the last 5 to 10 minutes", events, "events"),
                Fact::number("groups new within an hour", fresh, "groups"),
                Fact::number(LOST, lost, "events or batches"),
                Fact::number("tabs that reported within an hour", tabs, "tabs"),
                Fact::text("last build seen", build.unwrap_or_else(|| "none".to_owned())),
            ];
            if fresh > 0 {
                let groups = if fresh == 1 { "group of errors is" } else { "groups of errors are" };
                (figure.status, figure.why) = (PartStatus::Warn, format!("{fresh} {groups} new within an hour."));
            }
        }
        Ok(reading)
    }
}
