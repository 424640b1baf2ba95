//! The pools, and the promise every connection of them keeps: it is rolled back before it is
//! borrowed, it has time limits, and its role cannot look past row-level security.

use crate::Seal;
use domain::Problem;
use sqlx::{
    Executor, PgPool,
    postgres::{PgConnectOptions, PgPoolOptions},
};
use std::{
    sync::{Arc, OnceLock},
    time::Duration,
};

/// How to reach the database: the server and database of `admin`, one role a door.
#[derive(Clone)]
pub struct Logins {
    pub admin: PgConnectOptions,
    /// Password of the roles; `None` where the socket's rights are enough.
    pub password: Option<String>,
}

impl Logins {
    /// From the URL of a role that may create roles, and the password of the sign-in roles.
    pub fn parse(admin_url: &str, password: Option<String>) -> Result<Self, OpenError> {
        let admin = admin_url.parse().map_err(OpenError::Url)?;
        Ok(Self { admin, password })
    }

    /// Brings the database to the present schema. May be repeated, also by several servers at once.
    pub async fn prepare(&self) -> Result<(), OpenError> {
        Ok(store::migrate(&self.admin, self.password.as_deref()).await?)
    }
}

#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    #[error("The database URL cannot be read: {0}. Write it like postgres://user:password@host:5432/name.")]
    Url(sqlx::Error),
    #[error(transparent)]
    Role(#[from] store::MigrateError),
    #[error(
        "The console could not sign in to the database as \u{201c}{role}\u{201d}. Check that the migrations ran and the password fits."
    )]
    SignIn { role: &'static str, source: sqlx::Error },
}

/// The gate. Its pools are private; nothing outside this crate can begin a transaction.
pub struct Gate {
    pub(crate) ro: PgPool,
    pub(crate) rw: PgPool,
    pub(crate) account: PgPool,
    pub(crate) seen: crate::look::Seen,
    pub(crate) logs: std::sync::OnceLock<std::sync::Arc<logs::Logs>>,
    pub(crate) sealer: OnceLock<Arc<dyn Seal>>,
    pub(crate) aside: crate::Aside,
}

impl Gate {
    /// Opens the pools, and refuses a role that bypasses row-level security.
    pub async fn open(logins: &Logins) -> Result<Self, OpenError> {
        Ok(Self {
            ro: pool(logins, "ops_ro", 8).await?,
            rw: pool(logins, "ops_rw", 6).await?,
            account: pool(logins, "ops_account", 4).await?,
            seen: crate::look::Seen::default(),
            logs: std::sync::OnceLock::new(),
            sealer: OnceLock::new(),
            aside: crate::Aside::default(),
        })
    }

    /// Its pools: name, connections in use, and how many there may be.
    #[must_use]
    pub fn pools(&self) -> [(&'static str, u32, u32); 3] {
        [("reading", &self.ro), ("deeds", &self.rw), ("accounts", &self.account)].map(|(name, pool)| usage(name, pool))
    }

    /// Says who encrypts what deeds keep secret; the first to be named stays.
    pub fn seals_with(&self, sealer: Arc<dyn Seal>) {
        self.sealer.set(sealer).ok();
    }

    /// Whether the database answers and is of the schema this program knows.
    pub async fn ready(&self) -> Result<(), Problem> {
        sqlx::query("select seq from audit.head where one")
            .execute(&self.ro)
            .await
            .map(|_| ())
            .map_err(|error| crate::error::database(&error))
    }

    /// Takes what came to the troubleshooting queue and left it into the counts of groups, a part at a time; `true` when there is more.
    pub async fn count_groups(&self) -> Result<bool, Problem> {
        const MOST: i32 = 10_000;
        const FEW: i32 = 200;
        let fold = async |most: i32| sqlx::query_scalar::<_, i32>("select triage.fold($1)").bind(most).fetch_one(&self.account).await;
        let counted = match fold(MOST).await {
            Ok(counted) => counted >= MOST,
            // What is too much for the time a statement has must not be tried again as it is for ever.
            Err(_) => fold(FEW).await.map_err(|error| crate::error::database(&error))? >= FEW,
        };
        Ok(counted)
    }

    /// Forgets hours and minutes that no page shows any more.
    pub async fn prune_groups(&self) -> Result<(), Problem> {
        sqlx::query("select triage.prune()").execute(&self.account).await.map(drop).map_err(|error| crate::error::database(&error))
    }

    /// Recomputes the audit chain and keeps the result for the timeline.
    pub async fn verify_audit(&self) -> Result<store::chain::Checked, Problem> {
        let mut tx = self.account.begin().await.map_err(|error| crate::error::database(&error))?;
        let kept = async {
            // Nobody waits for it, and a long chain takes its time.
            sqlx::query("set local statement_timeout = '10min'").execute(&mut *tx).await?;
            let started: f64 = sqlx::query_scalar("select extract(epoch from clock_timestamp())::float8").fetch_one(&mut *tx).await?;
            let checked = store::chain::verify(&mut tx).await?;
            sqlx::query(
                "insert into audit.verification (links, took_ms, bad_seq, bad_entry, bad_what)
                 values ($1, ((extract(epoch from clock_timestamp())::float8 - $2) * 1000)::bigint, $3, $4, $5)",
            )
            .bind(checked.links)
            .bind(started)
            .bind(checked.first_bad.as_ref().map(|bad| bad.seq))
            .bind(checked.first_bad.as_ref().and_then(|bad| bad.entry))
            .bind(checked.first_bad.as_ref().map(|bad| bad.what.clone()))
            .execute(&mut *tx)
            .await?;
            tx.commit().await?;
            Ok::<_, sqlx::Error>(checked)
        };
        kept.await.map_err(|error| crate::error::database(&error))
    }
}

/// How much of a pool is in use.
pub(crate) fn usage(name: &'static str, pool: &PgPool) -> (&'static str, u32, u32) {
    let idle = u32::try_from(pool.num_idle()).unwrap_or(u32::MAX);
    (name, pool.size().saturating_sub(idle), pool.options().get_max_connections())
}

/// A pool for one role. `statement_timeout` and friends live in the connection, because a future
/// dropped by `timeout()` would leave its transaction open behind it.
pub(crate) async fn pool(logins: &Logins, role: &'static str, size: u32) -> Result<PgPool, OpenError> {
    let options = store::login_url(&logins.admin, role, logins.password.as_deref()).application_name("ops-console").options([
        // The rollback below mostly finds nothing to roll back, and would say so each time.
        ("client_min_messages", "error"),
        ("statement_timeout", "5s"),
        ("lock_timeout", "2s"),
        ("idle_in_transaction_session_timeout", "5s"),
    ]);
    let pool = PgPoolOptions::new()
        .max_connections(size)
        .acquire_timeout(Duration::from_secs(2))
        .before_acquire(|connection, _| {
            Box::pin(async move {
                // A `begin` whose future was dropped leaves a transaction open on a pooled connection;
                // without this the next borrower's writes would be thrown away with it.
                connection.execute("rollback").await?;
                Ok(true)
            })
        })
        .connect_with(options)
        .await
        .map_err(|source| OpenError::SignIn { role, source })?;
    let mut connection = pool.acquire().await.map_err(|source| OpenError::SignIn { role, source })?;
    store::refuse_unsafe_role(&mut connection).await?;
    drop(connection);
    Ok(pool)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_transaction_left_open_by_its_borrower_is_gone_for_the_next() {
        let scratch = cluster::scratch().expect("a scratch cluster").fresh_database().expect("a database");
        let logins = Logins::parse(&scratch.superuser_url, None).expect("a url");
        logins.prepare().await.expect("migrations");
        let pool = pool(&logins, "ops_rw", 1).await.expect("a pool of one connection");
        let mut borrowed = pool.acquire().await.expect("borrowed");
        // What is left of a `begin` whose future was dropped: a transaction that the driver knows nothing of.
        borrowed.execute("begin").await.expect("begun");
        drop(borrowed);
        let mut next = pool.acquire().await.expect("borrowed again");
        let outside = next.execute("savepoint here").await.expect_err("no transaction is open").to_string();
        assert!(outside.contains("can only be used in transaction blocks"), "{outside}");
    }
}
