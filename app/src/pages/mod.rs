//! The pages, one file each: load at the leaf, lay out, nothing else.

pub mod alerts;
pub mod audit;
mod audit_entry;
pub mod checks;
pub mod command;
pub mod dashboard;
pub mod deploys;
mod filters;
pub mod frontend_errors;
pub mod frontend_group;
pub mod group;
pub mod groups;
pub mod health;
mod held;
pub mod job;
pub mod jobs;
mod keys;
pub mod logs;
pub mod not_found;
pub mod operation;
pub mod operations;
mod pieces;
mod saved;
pub mod services;
pub mod troubleshooting;
mod watch;
