//! The account door: who signs in, and their support sessions. Works as `ops_account`, the only
//! role that sees staff, sign-ins and support sessions; every deed leaves an audit entry.
//!
//! Not in here: hashing passwords, checking codes, cookies (see `server`).

mod actor;

