//! The bus as a host holds it: the pool behind it, tenants and queues. Sending, claiming and
//! finishing are in files of their own.

use crate::{BusError, wire};
use domain::TenantId;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{Executor, PgPool};
use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// How a bus uses its database.
#[derive(Debug, Clone)]
pub struct Options {
    /// Connections it may hold. A worker needs about four, each running pipeline one more for moments.
    pub max_connections: u32,
    /// Who sends, as written in the history of commands.
    pub sender: String,
    /// Attempts of a command whose sender does not say.
    pub max_attempts: u32,
    /// How long a call waits for a connection while the database is away, before it answers with an error. A customer
    /// waits behind most calls; a worker asks again by itself.
    pub patience: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Self { max_connections: 8, sender: "host".to_owned(), max_attempts: 3, patience: Duration::from_secs(3) }
    }
}

/// The command bus. Cheap to clone; all clones share one pool.
#[derive(Debug, Clone)]
pub struct Bus {
    pub(crate) pool: PgPool,
    pub(crate) options: Arc<Options>,
    known_queues: Arc<Mutex<HashSet<String>>>,
}

impl Bus {
    /// Connects with a URL such as `postgres://ops_bus@localhost/console`.
    ///
    /// # Errors
    /// When the database is away or the role could look past row-level security.
    pub async fn connect(url: &str, options: Options) -> Result<Self, BusError> {
        Self::connect_with(url.parse()?, options).await
    }

    /// Connects with options already made.
    ///
    /// # Errors
    /// As [`Bus::connect`].
    pub async fn connect_with(database: PgConnectOptions, options: Options) -> Result<Self, BusError> {
        let pool = PgPoolOptions::new()
            .max_connections(options.max_connections.max(2))
            .acquire_timeout(options.patience)
            // A connection whose borrower was cancelled in the middle of `begin` may come back inside a
            // transaction; what the next borrower writes would then be lost without an error.
            .before_acquire(|connection, _| {
                Box::pin(async move {
                    connection.execute("rollback").await?;
                    Ok(true)
                })
            })
            .connect_with(settings(database))
            .await?;
        let mut connection = pool.acquire().await?;
        store::refuse_unsafe_role(&mut connection).await?;
        drop(connection);
        Ok(Self { pool, options: Arc::new(options), known_queues: Arc::default() })
    }

    /// Makes a tenant known, or renames it. A tenant's commands can be sent only afterwards.
    ///
    /// # Errors
    /// When the database is away or refuses the slug (a-z, 0-9, -).
    pub async fn register_tenant(&self, tenant: TenantId, slug: &str, name: &str) -> Result<(), BusError> {
        sqlx::query(
            "insert into console.tenant (id, slug, name) values ($1, $2, $3)
             on conflict (id) do update set slug = excluded.slug, name = excluded.name
             where (tenant.slug, tenant.name) is distinct from (excluded.slug, excluded.name)",
        )
        .bind(tenant.0)
        .bind(slug)
        .bind(name)
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// Makes the queue of a domain's commands, `<domain>__commands`, if it is not there.
    ///
    /// # Errors
    /// When the name cannot be a domain's or the database is away.
    pub async fn ensure_domain(&self, domain: &str) -> Result<(), BusError> {
        self.ensure_queue(&wire::command_queue(domain)?).await
    }

    /// Makes a queue, such as one for replies, if it is not there.
    ///
    /// # Errors
    /// When the name cannot be a queue's or the database is away.
    pub async fn ensure_queue(&self, queue: &str) -> Result<(), BusError> {
        wire::checked_queue(queue)?;
        if self.known_queues.lock().unwrap_or_else(PoisonError::into_inner).contains(queue) {
            return Ok(());
        }
        sqlx::query("select commandbus.ensure_queue($1)").bind(queue).execute(&self.pool).await?;
        self.known_queues.lock().unwrap_or_else(PoisonError::into_inner).insert(queue.to_owned());
        Ok(())
    }

    /// Closes the connections once their borrowers are done.
    pub async fn close(&self) {
        self.pool.close().await;
    }
}

fn settings(database: PgConnectOptions) -> PgConnectOptions {
    database.application_name("command bus").options([
        // `rollback` outside a transaction is a warning, and the hook says it all the time.
        ("client_min_messages", "error"),
        ("statement_timeout", "60000"),
        ("lock_timeout", "10000"),
        ("idle_in_transaction_session_timeout", "60000"),
        // Every statement of the bus is a look-up by key. A plan made while the tables were empty
        // must not scan them once they are full.
        ("enable_seqscan", "off"),
        ("enable_hashjoin", "off"),
        ("enable_mergejoin", "off"),
        ("jit", "off"),
    ])
}
