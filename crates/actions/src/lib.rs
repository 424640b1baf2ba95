//! Every support action and every view, one file each, and the two tables that list them. The
//! shared half (input, output, metadata) compiles everywhere; the half that runs on the server is
//! behind the feature `server`.
//!
//! Not in here: transactions, clocks, randomness, HTTP. A REST route, its OpenAPI, the manual and a row of the policy matrix follow
//! from a line in `table.rs`; the server function (a line in `app/src/api.rs`), the words of a CLI verb and the dialog behind
//! a button are written by hand, and tests over the tables demand them.

pub mod deeds;
pub mod find;
mod sealed;
pub mod views;

#[cfg(feature = "server")]
pub mod table;
