//! What the intake forgets: what is old, and what of a tenant is more than anybody can read. Each rule is followed on its own and in
//! small deletions, so that one that fails, or has much to do, keeps no other from its turn, and no report waits for long.

use crate::error::database;
use domain::Problem;
use sqlx::{PgPool, Postgres, query::QueryScalar};

/// Rows of one deletion. Of a group much goes with it.
const ROWS: i32 = 5_000;
const GROUPS: i32 = 200;
/// Deletions of one rule at a time; of groups and events fewer, because each looks at all of them.
const TURNS: u32 = 200;
const TURNS_OF_GROUPS: u32 = 20;
const TURNS_OF_EVENTS: u32 = 10;

/// Table, its time, and for how long a row is kept.
const KEPT: [(&str, &str, &str); 6] = [
    ("page_session", "last_seen", "7 days"),
    ("group_session", "at", "7 days"),
    ("remote_event", "at", "1 day"),
    ("error_slice", "slice", "1 day"),
    ("tenant_slice", "slice", "1 day"),
    ("loss", "slice", "1 day"),
];

/// Table, its order and that one's type, and how many rows of a tenant are kept, whatever its pages make up.
const MOST: [(&str, &str, &str, i64); 3] = [
    ("page_session", "last_seen", "timestamptz", 500_000),
    ("group_session", "at", "timestamptz", 500_000),
    ("remote_event", "at", "timestamptz", 500_000),
];
/// Events of a tenant that are kept, the rare before the frequent (`telemetry.trim_tenant`); those of one deletion, which looks at all of them.
const MOST_EVENTS: i64 = 100_000;
const EVENTS: i32 = 50_000;
/// Bytes of a tenant, as stored, of what clients of another make said besides.
const MOST_RAW: i64 = 256 << 20;
/// Groups of a tenant that are kept without anybody working on them.
const MOST_GROUPS: i32 = 20_000;

/// Follows every rule; the first that failed is told once all had their turn.
pub(super) async fn prune(pool: &PgPool) -> Result<(), Problem> {
    let mut failed = None;
    let mut note = |done: Result<(), sqlx::Error>| {
        if let Err(error) = done {
            failed.get_or_insert(error);
        }
    };
    for (table, time, age) in KEPT {
        let sql = format!(
            "with gone as (delete from telemetry.{table} where ctid = any(array(
               select ctid from telemetry.{table} where {time} < clock_timestamp() - interval '{age}' limit {ROWS})) returning 1)
             select count(*) from gone"
        );
        note(whole(pool, (ROWS.into(), TURNS), || sqlx::query_scalar(sqlx::AssertSqlSafe(sql.clone()))).await);
    }
    for (table, order, kind, most) in MOST {
        note(newest(pool, table, (order, kind), most).await);
    }
    note(events(pool).await);
    note(raw(pool).await);
    let groups = || sqlx::query_scalar("select telemetry.forget_groups($1, $2)").bind(MOST_GROUPS).bind(GROUPS);
    note(whole(pool, (GROUPS.into(), TURNS_OF_GROUPS), groups).await);
    failed.map_or(Ok(()), |error| Err(database(&error)))
}

/// Deletes until a deletion finds less than it may take.
async fn whole<'q, F>(pool: &PgPool, (most, turns): (i64, u32), delete: F) -> Result<(), sqlx::Error>
where
    F: Fn() -> QueryScalar<'q, Postgres, i64, sqlx::postgres::PgArguments>,
{
    for _ in 0..turns {
        if delete().fetch_one(pool).await? < most {
            break;
        }
    }
    Ok(())
}

/// Leaves each tenant that has more the newest.
async fn newest(pool: &PgPool, table: &str, (order, kind): (&str, &str), most: i64) -> Result<(), sqlx::Error> {
    for (tenant, last) in full(pool, table, order, most).await? {
        let sql = format!(
            "with gone as (delete from telemetry.{table} where ctid = any(array(
               select ctid from telemetry.{table} where tenant_id = $1 and {order} <= $2::{kind} limit {ROWS})) returning 1)
             select count(*) from gone"
        );
        whole(pool, (ROWS.into(), TURNS), || sqlx::query_scalar(sqlx::AssertSqlSafe(sql.clone())).bind(tenant).bind(last.clone())).await?;
    }
    Ok(())
}

/// Leaves each tenant that has more events its share of them.
async fn events(pool: &PgPool) -> Result<(), sqlx::Error> {
    for (tenant, _) in full(pool, "event", "id", MOST_EVENTS).await? {
        let trim = || sqlx::query_scalar("select telemetry.trim_tenant($1, $2, $3)").bind(tenant).bind(MOST_EVENTS).bind(EVENTS);
        whole(pool, (EVENTS.into(), TURNS_OF_EVENTS), trim).await?;
    }
    Ok(())
}

/// Where all events together are small nothing is looked at.
async fn raw(pool: &PgPool) -> Result<(), sqlx::Error> {
    let large = sqlx::query_scalar("select pg_total_relation_size('telemetry.event') > $1").bind(MOST_RAW).fetch_one(pool).await?;
    if large {
        let forget = || sqlx::query_scalar("select telemetry.forget_raw($1, $2)").bind(MOST_RAW).bind(ROWS);
        whole(pool, (ROWS.into(), TURNS_OF_EVENTS), forget).await?;
    }
    Ok(())
}

/// The tenants with more, and the newest row of each that is too many. A table that is no larger than what one tenant may have is not
/// counted; counting a larger one may take longer than a page would wait.
async fn full(pool: &PgPool, table: &str, order: &str, most: i64) -> Result<Vec<(uuid::Uuid, String)>, sqlx::Error> {
    let mut tx = pool.begin().await?;
    sqlx::query("set local statement_timeout = '60s'").execute(&mut *tx).await?;
    let sql = format!("select exists (select from telemetry.{table} offset $1)");
    if !sqlx::query_scalar::<_, bool>(sqlx::AssertSqlSafe(sql)).bind(most).fetch_one(&mut *tx).await? {
        return Ok(Vec::new());
    }
    let sql = format!(
        "select t.tenant_id, (select {order}::text from telemetry.{table} x where x.tenant_id = t.tenant_id order by x.{order} desc offset $1 limit 1)
         from (select tenant_id from telemetry.{table} group by 1 having count(*) > $1) t"
    );
    let full = sqlx::query_as(sqlx::AssertSqlSafe(sql)).bind(most).fetch_all(&mut *tx).await?;
    tx.rollback().await?;
    Ok(full)
}
