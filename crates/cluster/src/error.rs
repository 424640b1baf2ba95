//! Why a private Postgres could not be had, each as a sentence for the person at the terminal. No recovery lives here.

use std::path::PathBuf;

/// Everything that can keep a private cluster from running.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No usable installation.
    #[error(
        "No PostgreSQL server was found (looked at {looked_at}). The console needs one to keep its data: \
         install it with `apt-get install -y postgresql`, name its directory in PG_BIN, or set DATABASE_URL."
    )]
    NotFound {
        /// The places that were tried, in order.
        looked_at: String,
    },
    /// Found, but of a major release that lacks what we use.
    #[error(
        "PostgreSQL {found} in {dir} is too old: the console needs 15 or newer. \
         Install a newer one with `apt-get install -y postgresql` or name its directory in PG_BIN."
    )]
    TooOld {
        /// The version it reported.
        found: String,
        /// Where it is.
        dir: PathBuf,
    },
    /// Another process holds this data directory.
    #[error(
        "The database directory {dir} is in use by another process. \
         Stop the console that is running there, or start this one with another --data-dir."
    )]
    InUse {
        /// The directory both want.
        dir: PathBuf,
    },
    /// A program of the installation ended with an error.
    #[error("`{program}` failed while preparing {dir}: {output}")]
    Program {
        /// Name of the program.
        program: String,
        /// What it worked on.
        dir: PathBuf,
        /// What it said.
        output: String,
    },
    /// The server process ended, or never answered.
    #[error("PostgreSQL did not start in {dir}: {reason}. Its log is {log}; the last lines were:\n{tail}")]
    DidNotStart {
        /// The data directory.
        dir: PathBuf,
        /// What was seen.
        reason: String,
        /// Where the whole story is.
        log: PathBuf,
        /// The end of that log.
        tail: String,
    },
    /// A running server would not end.
    #[error("PostgreSQL (process {pid}) did not stop within {seconds} s; it is still writing. Wait, or end it with `kill -QUIT {pid}`.")]
    DidNotStop {
        /// The process that is left.
        pid: i32,
        /// How long we waited.
        seconds: u64,
    },
    /// Running as root, and there is nobody to run the database as.
    #[error(
        "PostgreSQL refuses to run as root and neither the user `postgres` nor `nobody` exists. Create one, or start the console as an ordinary user."
    )]
    NobodyToRunAs,
    /// A directory somebody else prepared under our name.
    #[error("{dir} exists but is not a private directory of user {uid}: it could be watched by somebody else. Remove it and start again.")]
    NotPrivate {
        /// The directory in question.
        dir: PathBuf,
        /// Whose it should be.
        uid: u32,
    },
    /// The file system said no.
    #[error("{what} {path} failed: {source}")]
    Io {
        /// What was tried ("Creating", "Reading").
        what: &'static str,
        /// On which path.
        path: PathBuf,
        /// The cause.
        source: std::io::Error,
    },
}

impl Error {
    /// For `map_err`: names what was tried on which path.
    pub(crate) fn io(what: &'static str, path: impl Into<PathBuf>) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.into();
        move |source| Self::Io { what, path, source }
    }
}
