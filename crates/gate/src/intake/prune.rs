//! What the intake forgets: what is old, and what of a tenant is more than anybody can read. Each rule is followed on its own and in
//! small deletions, so that one that fails, or has much to do, keeps no other from its turn, and no report waits for long.

use crate::error::database;
use domain::Problem;
use sqlx::{PgPool, Postgres, query::QueryScalar};

/// Rows of one deletion. Of a group much goes with it.
const ROWS: i64 = 5_000;
const GROUPS: i32 = 200;
/// Deletions of one rule at a time.
const TURNS: u32 = 200;

/// Table, its time, and for how long a row is kept.
const KEPT: [(&str, &str, &str); 6] = [
    ("page_session", "last_seen", "7 days"),
    ("group_session", "at", "7 days"),
    ("remote_event", "at", "1 day"),
    ("error_slice", "slice", "1 day"),
    ("tenant_slice", "slice", "1 day"),
    ("loss", "slice", "1 day"),
];

/// Table, its order, and how many rows of a tenant are kept, whatever its pages make up.
const MOST: [(&str, &str, i64); 4] =
    [("event", "id", 100_000), ("page_session", "last_seen", 500_000), ("group_session", "at", 500_000), ("remote_event", "at", 500_000)];
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
        note(whole(pool, ROWS, || sqlx::query_scalar(sqlx::AssertSqlSafe(sql.clone()))).await);
    }
    for (table, order, most) in MOST {
        note(newest(pool, table, order, most).await);
    }
    let groups = || sqlx::query_scalar("select telemetry.forget_groups($1, $2)").bind(MOST_GROUPS).bind(GROUPS);
    note(whole(pool, GROUPS.into(), groups).await);
    failed.map_or(Ok(()), |error| Err(database(&error)))
}

/// Deletes until a deletion finds less than it may take.
async fn whole<'q, F>(pool: &PgPool, most: i64, delete: F) -> Result<(), sqlx::Error>
where
    F: Fn() -> QueryScalar<'q, Postgres, i64, sqlx::postgres::PgArguments>,
{
    for _ in 0..TURNS {
        if delete().fetch_one(pool).await? < most {
            break;
        }
    }
    Ok(())
}

/// Leaves each tenant that has more the newest.
async fn newest(pool: &PgPool, table: &str, order: &str, most: i64) -> Result<(), sqlx::Error> {
    let full = format!("select tenant_id, count(*) - $1 from telemetry.{table} group by 1 having count(*) > $1");
    let full: Vec<(uuid::Uuid, i64)> = sqlx::query_as(sqlx::AssertSqlSafe(full)).bind(most).fetch_all(pool).await?;
    for (tenant, more) in full {
        let sql = format!(
            "delete from telemetry.{table} where ctid = any(array(
               select ctid from telemetry.{table} where tenant_id = $1 order by {order} limit $2))"
        );
        // One deletion has to sort what the tenant has, and is not repeated for its rest: this comes again within minutes.
        sqlx::query(sqlx::AssertSqlSafe(sql)).bind(tenant).bind(more.min(100 * ROWS)).execute(pool).await?;
    }
    Ok(())
}
