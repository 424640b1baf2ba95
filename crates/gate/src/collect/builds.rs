//! Deploys nobody said anything of: a service runs another build than it did.

use super::{ALL, Collector};
use domain::DeploySource;
use sqlx::{Postgres, Transaction, types::time::OffsetDateTime};
use uuid::Uuid;

/// A build a service runs now, and since when.
type Runs = (Uuid, String, String, OffsetDateTime);

/// Tabs that have to come with another build before it is believed: whoever has a page's public key can report one.
const TABS: i64 = 3;

impl Collector {
    /// Of workers the build of the one that started last; of a tenant's pages the one most tabs of the last ten minutes came with; of the
    /// console this program's own.
    pub(super) async fn notice(&self, tx: &mut Transaction<'static, Postgres>, console: Option<(&str, f64)>) -> Result<(), sqlx::Error> {
        let runs: Vec<Runs> = sqlx::query_as(
            "(select distinct on (domain) $1::uuid, 'worker:' || domain, left(build, 120), started_at from commandbus.worker
              where stopped_at is null and heartbeat_at > clock_timestamp() - interval '30 seconds' and build <> '' order by domain, started_at desc)
             union all
             (select distinct on (tenant_id) tenant_id, 'frontend', left(build, 120), min(first_seen) from telemetry.page_session
              where first_seen > clock_timestamp() - interval '10 minutes' and build <> '' group by tenant_id, build having count(*) >= $2
              order by tenant_id, count(*) desc limit 500)
             union all
             select $1, 'console', left($3::text, 120), clock_timestamp() - make_interval(secs => $4) where $3 is not null",
        )
        .bind(ALL)
        .bind(TABS)
        .bind(console.map(|(build, _)| build))
        .bind(console.map_or(0.0, |(_, secs)| secs))
        .fetch_all(&mut **tx)
        .await?;
        for run in &runs {
            changed(tx, run).await?;
        }
        Ok(())
    }
}

/// A first build is no change, nor is one that was there before the one known.
async fn changed(tx: &mut Transaction<'static, Postgres>, (scope, service, build, since): &Runs) -> Result<(), sqlx::Error> {
    let known: Option<String> = sqlx::query_scalar("select build from ops.build where scope = $1 and service = $2")
        .bind(scope)
        .bind(service)
        .fetch_optional(&mut **tx)
        .await?;
    if known.as_ref() == Some(build) {
        return Ok(());
    }
    let newer = sqlx::query(
        "insert into ops.build as b (scope, service, build, since) values ($1, $2, $3, $4)
         on conflict (scope, service) do update set build = excluded.build, since = excluded.since where excluded.since > b.since",
    )
    .bind(scope)
    .bind(service)
    .bind(build)
    .bind(since)
    .execute(&mut **tx)
    .await?
    .rows_affected();
    if known.is_none() || newer == 0 {
        return Ok(());
    }
    // Whoever deployed it may have said so already.
    sqlx::query(
        "insert into ops.deploy (scope, service, build, at, source, said_by, build_before)
         select $1, $2, $3, $4, $5, 'the console', $7 where $3 is distinct from (
           select d.build from ops.deploy d where d.service = $2 and d.scope in ($1, $6) order by d.at desc, d.id desc limit 1)
           -- Tabs may say anything, and every second another thing.
           and ($2 <> 'frontend' or not exists (select from ops.deploy d where d.service = $2 and d.scope = $1 and d.source = $5
             and d.created_at > clock_timestamp() - interval '10 minutes'))
         on conflict do nothing",
    )
    .bind(scope)
    .bind(service)
    .bind(build)
    .bind(since)
    .bind(DeploySource::Noticed.word())
    .bind(ALL)
    .bind(known)
    .execute(&mut **tx)
    .await
    .map(drop)
}
