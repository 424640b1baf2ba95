//! A private Postgres from installed binaries: found, initialised, started over a unix socket, stopped.
//!
//! What is here: the life of a database *process* and, for tests, one shared throw-away cluster with a fresh database
//! per test. What is not here: connections, roles, migrations and SQL; those belong to `store` and `gate`.
//!
//! Nothing listens on the network. The socket lies in a directory only the database's user may enter, which is what
//! makes `trust` on that socket safe: whoever can reach it could read the data files as well.

mod binaries;
mod error;
mod launch;
mod owner;
mod pidfile;
mod place;
mod running;
mod scratch;

pub use binaries::{Binaries, Version};
pub use error::Error;
pub use launch::{Cluster, Options};
pub use running::Running;
pub use scratch::{Scratch, Shared, scratch, stop_scratch};
