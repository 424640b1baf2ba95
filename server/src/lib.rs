//! The process: configuration, start, routers (pages, REST, beacon, live stream), cookies, background
//! tasks. Not in here: SQL (see `gate` and `store`), what pages look like (see `app`), what actions do.

pub mod auth;
pub mod background;
pub mod bundle;
pub mod collect;
pub mod config;
pub mod database;
pub mod digest;
pub mod edge;
pub mod generate;
pub mod log;
pub mod measure;
pub mod runtime;
pub mod serve;
pub mod trace;
pub mod watch;
pub mod web;
