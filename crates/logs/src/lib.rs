//! Reading logs: files with the rotated ones before them, units of the system's journal, containers of an engine. What comes out
//! are lines with time and level, scrubbed, that cannot drive a terminal; what is read is bounded by bytes, lines and time.
//!
//! Not in here: HTTP, SQL, and who may read (see `gate`).
#![forbid(unsafe_code)]

mod config;
mod engine;
mod file;
mod follow;
mod follower;
mod journal;
mod own;
mod pseudonym;
mod refine;
mod room;
mod rotated;
mod shape;
mod stamp;
mod visible;

pub use config::{Kind, Source};
pub use file::Most;
pub use own::OwnLog;
pub use pseudonym::Pseudonyms;
pub use refine::LONGEST_LINE;
pub use room::{Done, Followed, Logs, Service, Tail, Want};
pub use scrub::Counts;
pub use visible::visible;

use std::{io, path::Path};

/// Why a log was not read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// No such service; what there is.
    #[error("{0}")]
    Unknown(String),
    /// A sentence about the source.
    #[error("{0}")]
    Unreadable(String),
    /// Too many follow already.
    #[error("{0}")]
    TooMany(String),
}

impl Refused {
    fn of_file(path: &Path, why: &io::Error) -> Self {
        Self::Unreadable(match why.kind() {
            io::ErrorKind::NotFound => format!("{} is not there.", path.display()),
            io::ErrorKind::PermissionDenied => format!("The console may not read {}.", path.display()),
            // A link was put there between looking and opening.
            _ => format!("{} cannot be read: {why}.", path.display()),
        })
    }
}
