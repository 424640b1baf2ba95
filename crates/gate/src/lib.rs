//! The gate: the only owner of database pools, and so the only place where a transaction begins.
//!
//! | door | for | transaction | audit |
//! |---|---|---|---|
//! | [`Gate::view`] | pages, lists, search | READ ONLY, scope set | one `viewed` entry per view of customer content |
//! | [`Gate::act`] | support actions | one, scope set | opened first, closed in the transaction of the change |
//! | [`Feed`] | live tabs | none; ids only, a lease re-checked every second | – |
//! | [`Intake`] | the beacon | one, append only | – |
//! | [`account`] | sign-in, support sessions | one each | opened and closed with the deed |
//!
//! Not in here: what a deed does (see `actions`), HTTP, cookies, hashing of passwords.

mod account;
mod audit;
mod error;
mod feed;
mod intake;
mod look;
mod pools;
mod run;
mod table;
mod token;

pub use account::{Enrolment, Invitation, NewSignIn, SignInKind, StaffLogin, StartSession};
pub use error::Failed;
pub use feed::{Cursor, Feed, FeedEvent};
pub use intake::{Batch, Event, Intake, KeyFacts};

pub use look::{Look, Show};
pub use pools::{Gate, Logins, OpenError};
pub use run::{Change, Execute};
pub use table::{Entry, ViewEntry, entry, view_entry};
pub use token::Token;
