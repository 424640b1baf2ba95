//! Brings a database to the present schema: roles, PGMQ's SQL, our migrations; and refuses to work
//! through a role that could look past row-level security.

use sqlx::{
    AssertSqlSafe, ConnectOptions, Connection, Executor, PgConnection, PgPool,
    postgres::{PgConnectOptions, PgPoolOptions},
};

/// The roles a process signs in with; each sees and does only what its door needs.
pub const ROLES: [&str; 9] =
    ["ops_ro", "ops_rw", "ops_account", "ops_live", "ops_beacon", "ops_bus", "ops_hand", "ops_collector", "ops_watch"];

#[derive(Debug, thiserror::Error)]
pub enum MigrateError {
    #[error("The database could not be reached or refused a statement while being prepared. Nothing runs before that is mended.")]
    Database(#[from] sqlx::Error),
    #[error("A migration could not be applied. The schema is as it was before it; look at the cause, mend it and start again.")]
    Migration(#[from] sqlx::migrate::MigrateError),
    #[error("PGMQ's SQL could not be installed: {0}. It needs PostgreSQL 15 to 18 and no `pgmq` extension in this database.")]
    Pgmq(String),
    #[error(
        "The role \u{201c}{role}\u{201d} {fault}, so row-level security would not bind it. Give the console a role that owns nothing and has neither SUPERUSER nor BYPASSRLS."
    )]
    UnsafeRole { role: String, fault: &'static str },
}

/// Prepares the database behind `admin` (a role that may create roles) and sets `password` on the
/// sign-in roles when given. May be repeated, also by several servers at once.
pub async fn migrate(admin: &PgConnectOptions, password: Option<&str>) -> Result<(), MigrateError> {
    let mut connection = admin.connect().await?;
    connection.execute(include_str!("bootstrap.sql")).await?;
    connection.execute(include_str!("bootstrap_database.sql")).await?;
    if let Some(password) = password {
        set_passwords(&mut connection, password).await?;
    }
    connection.close().await?;

    let owner = PgPoolOptions::new()
        .max_connections(2)
        .after_connect(|connection, _| {
            Box::pin(async move {
                connection.execute("set role ops_owner").await?;
                Ok(())
            })
        })
        .connect_with(admin.clone())
        .await?;
    let done = install(&owner).await;
    owner.close().await;
    done
}

async fn install(owner: &PgPool) -> Result<(), MigrateError> {
    pgmq::install::install_sql_from_embedded(owner).await.map_err(|error| MigrateError::Pgmq(error.to_string()))?;
    KNOWN.run(owner).await?;
    Ok(())
}

static KNOWN: sqlx::migrate::Migrator = sqlx::migrate!("./migrations");

/// Number and name of each migration this program knows.
pub fn migrations() -> impl Iterator<Item = (i64, String)> {
    KNOWN.iter().map(|migration| (migration.version, migration.description.to_string()))
}

async fn set_passwords(connection: &mut PgConnection, password: &str) -> Result<(), sqlx::Error> {
    for role in ROLES {
        // Let the server quote: a password is data, and `alter role` takes no parameters.
        let statement: String = sqlx::query_scalar("select format('alter role %I password %L', $1::text, $2::text)")
            .bind(role)
            .bind(password)
            .fetch_one(&mut *connection)
            .await?;
        connection.execute(AssertSqlSafe(statement)).await?;
    }
    Ok(())
}

/// The options to sign in as `role` on the same server and database as `admin`.
#[must_use]
pub fn login_url(admin: &PgConnectOptions, role: &str, password: Option<&str>) -> PgConnectOptions {
    let options = admin.clone().username(role);
    match password {
        Some(password) => options.password(password),
        None => options,
    }
}

/// Refuses a connection whose role is a superuser, bypasses row-level security, or owns a table.
pub async fn refuse_unsafe_role(connection: &mut PgConnection) -> Result<(), MigrateError> {
    let (role, superuser, bypass, owns): (String, bool, bool, bool) = sqlx::query_as(
        "select r.rolname::text, r.rolsuper, r.rolbypassrls,
                exists (select from pg_class c join pg_namespace n on n.oid = c.relnamespace
                        where pg_has_role(r.oid, c.relowner, 'usage') and c.relkind in ('r', 'p')
                          and n.nspname in ('console', 'commandbus', 'pipeline', 'telemetry', 'audit', 'live', 'triage', 'ops', 'pgmq'))
         from pg_roles r where r.rolname = current_user",
    )
    .fetch_one(connection)
    .await?;
    let fault = if superuser {
        "is a superuser"
    } else if bypass {
        "has BYPASSRLS"
    } else if owns {
        "owns the tables"
    } else {
        return Ok(());
    };
    Err(MigrateError::UnsafeRole { role, fault })
}
