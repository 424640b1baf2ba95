//! The pools, and the promise every connection of them keeps: it is rolled back before it is
//! borrowed, it has time limits, and its role cannot look past row-level security.

use sqlx::{
    Executor, PgPool,
    postgres::{PgConnectOptions, PgPoolOptions},
};
use std::time::Duration;

/// How to reach the database: the server and database of `admin`, one role a door.
#[derive(Clone)]
pub struct Logins {
    pub admin: PgConnectOptions,
    /// Password of the roles; `None` where the socket's rights are enough.
    pub password: Option<String>,
}

#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    #[error(transparent)]
    Role(#[from] store::MigrateError),
    #[error("The console could not sign in to the database as \u{201c}{role}\u{201d}. Check that the migrations ran and the password fits.")]
    SignIn { role: &'static str, source: sqlx::Error },
}

/// The gate. Its pools are private; nothing outside this crate can begin a transaction.
pub struct Gate {
    pub(crate) ro: PgPool,
    pub(crate) rw: PgPool,
    pub(crate) account: PgPool,
    pub(crate) seen: crate::look::Seen,
}

impl Gate {
    /// Opens the pools, and refuses a role that bypasses row-level security.
    pub async fn open(logins: &Logins) -> Result<Self, OpenError> {
        Ok(Self {
            ro: pool(logins, "ops_ro", 8).await?,
            rw: pool(logins, "ops_rw", 6).await?,
            account: pool(logins, "ops_account", 4).await?,
            seen: crate::look::Seen::default(),
        })
    }
}

/// A pool for one role. `statement_timeout` and friends live in the connection, because a future
/// dropped by `timeout()` would leave its transaction open behind it.
pub(crate) async fn pool(logins: &Logins, role: &'static str, size: u32) -> Result<PgPool, OpenError> {
    let options = store::login_url(&logins.admin, role, logins.password.as_deref())
        .application_name("ops-console")
        .options([
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
