//! Every support action and every view, one file each, and the two tables that list them. The
//! shared half (input, output, metadata) compiles everywhere; the half that runs on the server is
//! behind the feature `server`.
//!
//! Not in here: transactions, clocks, randomness, HTTP. A server function, a REST route, a CLI verb,
//! a button and a row of the policy matrix all follow from a line in `table.rs`.

pub mod deeds;
pub mod views;

#[cfg(feature = "server")]
pub mod table;
