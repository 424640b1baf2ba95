//! The ring of readings, and the deploys that are judged by it.

use super::{ALL, Collector};
use crate::error::database;
use domain::Problem;
use sqlx::{PgConnection, Postgres, Transaction};

/// Groups kept of a scope in one reading, and scopes.
const MOST_GROUPS: i64 = 300;
const MOST_SCOPES: i64 = 200;

impl Collector {
    /// Keeps a reading when its turn has come, notices changed builds, and gives deploys the readings they are judged by. `console` is this
    /// program's build and how many seconds ago it started.
    pub async fn turn(&self, console: Option<(&str, f64)>) -> Result<(), Problem> {
        self.turned(console).await.map_err(|error| database(&error))
    }

    async fn turned(&self, console: Option<(&str, f64)>) -> Result<(), sqlx::Error> {
        let mut tx = self.writes.begin().await?;
        // One server at a time; the others have nothing to add.
        let mine: bool = sqlx::query_scalar("select pg_try_advisory_xact_lock(hashtext('ops ring'))").fetch_one(&mut *tx).await?;
        if !mine {
            return Ok(());
        }
        keep(&mut tx).await?;
        self.notice(&mut tx, console).await?;
        judge(&mut tx).await?;
        tx.commit().await
    }

    /// Forgets what nothing is judged by any more, and servers that are gone.
    pub async fn prune(&self) -> Result<(), Problem> {
        for sql in [
            // What was recorded last of a service is what is there now, however long ago.
            "delete from ops.deploy d where d.at < clock_timestamp() - interval '90 days' and (d.source = 'noticed' or exists (
               select from ops.deploy n where n.source = 'recorded' and n.scope = d.scope and n.service = d.service
                 and (n.environment in ('', 'production')) = (d.environment in ('', 'production')) and (n.at, n.id) > (d.at, d.id)))",
            "delete from ops.deploy where source = 'noticed'
               and id <= (select id from ops.deploy where source = 'noticed' order by id desc offset 5000 limit 1)",
            "delete from ops.ring r where r.at < clock_timestamp() - interval '24 hours'
               and not exists (select from ops.deploy d where r.at in (d.earlier, d.before, d.after))",
            "delete from ops.part where greatest(at, failed_at) < clock_timestamp() - interval '1 hour'",
        ] {
            sqlx::query(sql).execute(&self.writes).await.map_err(|error| database(&error))?;
        }
        Ok(())
    }
}

/// Of what is nobody's, only facts that are compared are kept; of several servers always the same one's as long as it is heard from, for two
/// may differ without a deploy. A part without any was read all the
/// same: a queue that was empty then had nothing in it.
async fn keep(tx: &mut Transaction<'static, Postgres>) -> Result<(), sqlx::Error> {
    let at: Option<sqlx::types::time::OffsetDateTime> = sqlx::query_scalar(
        "insert into ops.ring (at, facts)
         select clock_timestamp(), coalesce((select jsonb_object_agg(p.name, p.facts) from (
             select distinct on (name) name, (select coalesce(jsonb_agg(f), '[]') from jsonb_array_elements(facts) f where f ? 'compare') as facts
             from ops.part where at > clock_timestamp() - interval '10 minutes'
             order by name, at > clock_timestamp() - interval '1 minute' desc, server) p), '{}')
         where not exists (select from ops.ring r where r.at > clock_timestamp() - make_interval(secs => (select ring_seconds from ops.ring_setting) - 0.5))
         returning at",
    )
    .fetch_optional(&mut **tx)
    .await?;
    let Some(at) = at else { return Ok(()) };
    sqlx::query(
        "with seen as (
           select s.scope, 'frontend' as side, g.id, upper(g.kind) as code, g.title, g.count as total, g.first_seen, g.last_seen
             from telemetry.error_group g cross join lateral (values (g.tenant_id), ($2::uuid)) s (scope) where g.last_seen > statement_timestamp() - interval '24 hours'
           union all
           select c.scope, 'troubleshooting', g.id, g.error_code, g.title, c.total, c.first_seen, c.last_seen
             from triage.group_count c join triage.failure_group g on g.id = c.group_id where c.last_seen > statement_timestamp() - interval '24 hours'),
         ranked as (select s.*, row_number() over (partition by scope order by last_seen desc) as place from seen s),
         groups as (select scope, jsonb_agg(jsonb_build_object('side', side, 'id', id, 'code', code, 'title', left(title, 160), 'total', total, 'first', first_seen)) as groups
                    from ranked where place <= $3 group by 1),
         figures as (
           select scope, jsonb_object_agg(name, facts) as facts from (
             select distinct on (f.name, f.scope) f.name, f.scope, (select coalesce(jsonb_agg(x), '[]') from jsonb_array_elements(f.facts) x where x ? 'compare') as facts
             from ops.part_figure f join ops.part p using (server, name) where p.at > statement_timestamp() - interval '10 minutes'
             order by f.name, f.scope, p.at > statement_timestamp() - interval '1 minute' desc, f.server) n
           group by 1)
         insert into ops.ring_scope (at, scope, facts, groups)
         select $1, s.scope, coalesce(f.facts, '{}'), coalesce(g.groups, '[]')
         from (select scope from groups union select scope from figures union select $2) s left join groups g using (scope) left join figures f using (scope)
         order by s.scope <> $2, jsonb_array_length(coalesce(g.groups, '[]')) desc limit $4",
    )
    .bind(at)
    .bind(ALL)
    .bind(MOST_GROUPS)
    .bind(MOST_SCOPES)
    .execute(&mut **tx)
    .await
    .map(drop)
}

/// Before: the newest reading older than the deploy. After: the first once it has settled. Earlier: as far back as an hour, so that what
/// happens now and then has happened.
async fn judge(conn: &mut PgConnection) -> Result<(), sqlx::Error> {
    sqlx::query(
        "update ops.deploy d set before = (select max(r.at) from ops.ring r where r.at <= d.at),
           earlier = (select min(r.at) from ops.ring r where r.at <= d.at and r.at >= d.at - interval '1 hour')
         where d.before is null and d.at > clock_timestamp() - interval '1 day' and exists (select from ops.ring r where r.at <= d.at)",
    )
    .execute(&mut *conn)
    .await?;
    sqlx::query(
        "update ops.deploy d set after = (select min(r.at) from ops.ring r where r.at >= d.at + make_interval(secs => s.settle_seconds))
         from ops.ring_setting s
         where d.after is null and d.at > clock_timestamp() - interval '2 days' and d.at <= clock_timestamp() - make_interval(secs => s.settle_seconds)",
    )
    .execute(conn)
    .await
    .map(drop)
}
