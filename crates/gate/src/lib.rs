//! The gate: the only owner of database pools, and so the only place where a transaction begins.
//!
//! | door | for | transaction | audit |
//! |---|---|---|---|
//! | [`Gate::view`] | pages, lists, search | READ ONLY, scope set | one `viewed` entry per view of customer content |
//! | [`Gate::view`] of a [`Read`], [`Gate::admit`] | logs and what is made of them | none | one `viewed` entry per log and minute |
//! | [`Gate::act`] | support actions | one, scope set | opened first, closed in the transaction of the change |
//! | [`Gate::act`] of a [`Prepare`] | deeds with work that needs no database | one, scope set, begun when that is done | as above |
//! | [`Gate::act`] of a [`HandOff`] | deeds that go on after their request | intent and frozen items in one, scope set | opened first, closed as `accepted`; each row's entry names the operation |
//! | [`Runner`] | carrying operations out | one a chunk, under a lease | one entry a row, in the transaction of the row |
//! | [`Gate::watch`] | live tabs, over [`Feed`] | none; ids only, a lease renewed every second | – |
//! | [`Monitor`] | checks, heartbeats, alerts, the outbox | one each, under a lease | – |
//! | [`Intake`] | the beacon | one, append only | – |
//! | [`Collector`] | how the parts of the console are | short ones; counts of every tenant, never content | – |
//! | [`account`] | sign-in, support sessions | one each | opened and closed with the deed |
//!
//! Not in here: what a deed does (see `actions`), HTTP, cookies, hashing of passwords.

mod account;
mod aside;
mod audit;
mod collect;
mod deed;
mod error;
mod feed;
mod hand_off;
mod intake;
mod look;
mod monitor;
mod pools;
mod query;
mod read;
mod run;
mod runner;
mod seal;
mod table;
mod token;
mod watch;

pub use account::{Enrolment, Invitation, NewSignIn, SignInKind, StaffLogin, StartSession};
pub use aside::{Aside, Digested, Digester, Prepare};
pub use collect::{Collector, IN_TROUBLESHOOTING, LOST};
pub use error::Failed;
pub use feed::{Cursor, Feed, FeedEvent};
pub use hand_off::{Carried, Chunk, Frozen, HandOff, Intent, Sent};
pub use intake::{Batch, Event, Intake, KeyFacts};
pub use look::{Look, Show};
pub use monitor::{Claimed, Found, Letter, Monitor, Ping, Pinged, Sealed, heard_by};
pub use pools::{Gate, Logins, OpenError};
pub use query::of_query;
pub use read::{About, Read, Reader, unread};
pub use run::{Change, Execute};
pub use runner::Runner;
pub use seal::Seal;
pub use table::{Entry, ViewEntry, entry, hand_off_entry, prepared_entry, read_entry, view_entry};
pub use token::Token;
pub use watch::{Over, Watch};

/// Target of spans that a tracer may send elsewhere. They hold names of views and deeds and how those ended, nothing else.
pub const TRACE: &str = "ops_trace";
