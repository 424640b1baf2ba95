//! How often somebody may try. Counted in the database under a lock, before the try is looked at:
//! neither many sessions at once, nor a restart, nor a second server gives anybody more tries.

use crate::{Gate, error::database};
use domain::{Problem, ProblemKind};

impl Gate {
    /// Takes one try of `key`. Five within five minutes close it for 15 minutes, then for twice as long
    /// each time; after a hundred in a row only an administrator opens it again.
    pub async fn throttle_take(&self, key: &str) -> Result<(), Problem> {
        let taken: Option<i32> = sqlx::query_scalar(
            "insert into console.throttle as t (key, failures, total, window_start) values ($1, 1, 1, clock_timestamp())
             on conflict (key) do update set
               failures = case when t.failures >= 5 or t.window_start < clock_timestamp() - interval '5 minutes' then 1 else t.failures + 1 end,
               window_start = case when t.failures >= 5 or t.window_start < clock_timestamp() - interval '5 minutes' then clock_timestamp() else t.window_start end,
               total = t.total + 1,
               told = false,
               blocked_until = case
                 when t.total + 1 >= 100 then 'infinity'::timestamptz
                 when t.failures = 4 and t.window_start >= clock_timestamp() - interval '5 minutes'
                   then clock_timestamp() + interval '15 minutes' * power(2, least((t.total + 1) / 5 - 1, 6)) end
             where t.blocked_until is null or t.blocked_until <= clock_timestamp()
             returning t.failures",
        )
        .bind(key)
        .fetch_optional(&self.account)
        .await
        .map_err(|error| database(&error))?;
        taken.map(|_| ()).ok_or_else(|| {
            Problem::new(ProblemKind::TooMany, "Too many tries for this account. Wait a quarter of an hour, or ask an administrator.")
        })
    }

    /// Whether this is the first try since the account is no longer looked at; only the first one is written down, or somebody
    /// who tries all day would fill the audit.
    pub async fn throttle_first(&self, key: &str) -> Result<bool, Problem> {
        sqlx::query("update console.throttle set told = true where key = $1 and not told and blocked_until > clock_timestamp()")
            .bind(key)
            .execute(&self.account)
            .await
            .map(|done| done.rows_affected() == 1)
            .map_err(|error| database(&error))
    }

    /// A try succeeded: the count starts anew.
    pub async fn throttle_clear(&self, key: &str) -> Result<(), Problem> {
        sqlx::query("delete from console.throttle where key = $1")
            .bind(key)
            .execute(&self.account)
            .await
            .map(|_| ())
            .map_err(|error| database(&error))
    }
}
