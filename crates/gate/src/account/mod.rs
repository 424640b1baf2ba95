//! The account door: who signs in, and their support sessions. Works as `ops_account`, the only
//! role that sees staff, sign-ins and support sessions; every deed leaves an audit entry, closed in
//! the transaction of the deed.
//!
//! Not in here: hashing passwords, checking codes, cookies (see `server`).

mod actor;
mod deed;
mod enrol;
mod sign_in;
mod support;
mod throttle;

pub use enrol::{Enrolment, Invitation};
pub use sign_in::{NewSignIn, SignInKind, StaffLogin};
pub use support::StartSession;
