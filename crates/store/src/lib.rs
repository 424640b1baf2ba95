//! Migrations, and queries over a connection that is handed in. Whoever calls decides on the
//! transaction and on what row-level security lets the connection see.
//!
//! Not in here: pools, transactions, decisions. A query that only one action needs lives with it.

pub mod again;
pub mod alert;
pub mod chain;
mod migrate;
pub mod operation;
pub mod operator;
pub mod page;
pub mod payload;
pub mod reprocess;

pub use migrate::{MigrateError, ROLES, login_url, migrate, migrations, refuse_unsafe_role};
