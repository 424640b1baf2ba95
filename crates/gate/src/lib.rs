//! The gate: the only owner of database pools, and so the only place where a transaction begins.
//!
//! | door | for | transaction | audit |
//! |---|---|---|---|
//! | [`Gate::view`] | pages, lists, search | READ ONLY, scope set | one `viewed` entry per view of customer content |
//! | [`Gate::act`] | support actions | one, scope set | opened first, closed in the transaction of the change |
//! | [`Gate::act`] of a [`HandOff`] | deeds that go on after their request | intent and frozen items in one, scope set | opened first, closed as `accepted`; each row's entry names the operation |
//! | [`Runner`] | carrying operations out | one a chunk, under a lease | one entry a row, in the transaction of the row |
//! | [`Gate::watch`] | live tabs, over [`Feed`] | none; ids only, a lease renewed every second | – |
//! | [`Monitor`] | checks, heartbeats, alerts, the outbox | one each, under a lease | – |
//! | [`Intake`] | the beacon | one, append only | – |
//! | [`account`] | sign-in, support sessions | one each | opened and closed with the deed |
//!
//! Not in here: what a deed does (see `actions`), HTTP, cookies, hashing of passwords.

mod account;
mod audit;
mod deed;
mod error;
mod feed;
mod hand_off;
mod intake;
mod look;
mod monitor;
mod pools;
mod run;
mod runner;
mod seal;
mod table;
mod token;
mod watch;

pub use account::{Enrolment, Invitation, NewSignIn, SignInKind, StaffLogin, StartSession};
pub use error::Failed;
pub use feed::{Cursor, Feed, FeedEvent};
pub use hand_off::{Carried, Chunk, Frozen, HandOff, Intent, Sent};
pub use intake::{Batch, Event, Intake, KeyFacts};
pub use look::{Look, Show};
pub use monitor::{Claimed, Found, Letter, Monitor, Ping, Pinged, Sealed};
pub use pools::{Gate, Logins, OpenError};
pub use run::{Change, Execute};
pub use runner::Runner;
pub use seal::Seal;
pub use table::{Entry, ViewEntry, entry, hand_off_entry, view_entry};
pub use token::Token;
pub use watch::{Over, Watch};
