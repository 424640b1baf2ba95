//! Where the database is: the one given, or a private Postgres under the data directory that this
//! process starts, watches, and starts again when it dies.

use crate::config::Config;
use anyhow::Context;
use cluster::{Cluster, Options, Running};
use gate::Logins;
use std::{
    os::unix::fs::OpenOptionsExt,
    path::PathBuf,
    sync::{Arc, Mutex},
};

/// The database, and the private server behind it if there is one.
pub struct Database {
    pub logins: Logins,
    pub bus_url: String,
    private: Option<Private>,
}

#[derive(Clone)]
struct Private {
    dir: PathBuf,
    running: Arc<Mutex<Option<Running>>>,
}

impl Database {
    /// Finds or starts it, and brings it to the present schema.
    pub async fn open(config: &Config) -> anyhow::Result<Self> {
        std::fs::create_dir_all(&config.data_dir)
            .with_context(|| format!("The data directory {} cannot be made.", config.data_dir.display()))?;
        let database = match &config.database_url {
            Some(url) => Self::external(config, url)?,
            None => Self::private(config).await?,
        };
        database.logins.prepare().await.context("The database could not be prepared.")?;
        Ok(database)
    }

    fn external(config: &Config, url: &str) -> anyhow::Result<Self> {
        let password = role_password(config)?;
        let logins = Logins::parse(url, Some(password.clone()))?;
        let bus_url = with_login(url, "ops_bus", &password);
        Ok(Self { logins, bus_url, private: None })
    }

    async fn private(config: &Config) -> anyhow::Result<Self> {
        let dir = std::path::absolute(config.data_dir.join("postgres"))?;
        let started = start(dir.clone()).await?;
        if let Some(advice) = started.version().advisory() {
            tracing::warn!(%advice, "the private Postgres should be newer");
        }
        let logins = Logins::parse(&started.url(started.superuser(), "postgres"), None)?;
        let bus_url = started.url("ops_bus", "postgres");
        let private = Private { dir, running: Arc::new(Mutex::new(Some(started))) };
        Ok(Self { logins, bus_url, private: Some(private) })
    }

    /// Starts the private server again whenever it has died; never returns.
    pub async fn watch(&self) {
        let Some(private) = self.private.clone() else {
            return std::future::pending().await;
        };
        loop {
            tokio::time::sleep(std::time::Duration::from_secs(1)).await;
            let dead = private.lock().as_ref().is_none_or(|running| !running.is_alive());
            if dead {
                tracing::error!("the private Postgres has died; starting it again");
                // Dropped first: it holds the lock of the data directory.
                private.lock().take();
                match start(private.dir.clone()).await {
                    Ok(running) => *private.lock() = Some(running),
                    Err(error) => tracing::error!(error = format!("{error:#}"), "the private Postgres does not start; trying again"),
                }
            }
        }
    }

    /// Where the private server writes its log.
    pub fn log(&self) -> Option<PathBuf> {
        self.private.as_ref().and_then(|private| private.lock().as_ref().map(|running| running.log().to_owned()))
    }

    /// Stops the private server, if it is ours.
    pub fn stop(&self) {
        let running = self.private.as_ref().and_then(|private| private.lock().take());
        if let Some(Err(error)) = running.map(Running::stop) {
            tracing::warn!(%error, "the private Postgres did not stop cleanly");
        }
    }
}

impl Private {
    fn lock(&self) -> std::sync::MutexGuard<'_, Option<Running>> {
        self.running.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

async fn start(dir: PathBuf) -> anyhow::Result<Running> {
    let started = tokio::task::spawn_blocking(move || Cluster::start(&dir, &Options::default())).await?;
    started.context("The private Postgres did not start. Give --database-url to use another.")
}

/// The password of the sign-in roles on a database of somebody else's: made once, kept beside the keys.
fn role_password(config: &Config) -> anyhow::Result<String> {
    let path = config.data_dir.join("database.key");
    if let Ok(kept) = std::fs::read_to_string(&path) {
        return Ok(kept.trim().to_owned());
    }
    let made = hex::encode(crate::edge::random_bytes::<32>());
    let mut file = std::fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&path)
        .with_context(|| format!("{} cannot be written.", path.display()))?;
    std::io::Write::write_all(&mut file, made.as_bytes())?;
    Ok(made)
}

/// A URL with another user and password.
fn with_login(url: &str, role: &str, password: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else {
        return url.to_owned();
    };
    let host = rest.split_once('@').map_or(rest, |(_, host)| host);
    format!("{scheme}://{role}:{password}@{host}")
}

#[cfg(test)]
mod tests {
    use super::with_login;

    #[test]
    fn the_login_is_replaced_and_the_rest_kept() {
        assert_eq!(
            with_login("postgres://me:pw@db:5432/ops?sslmode=require", "ops_bus", "k"),
            "postgres://ops_bus:k@db:5432/ops?sslmode=require"
        );
        assert_eq!(with_login("postgres://db/ops", "ops_bus", "k"), "postgres://ops_bus:k@db/ops");
    }
}
