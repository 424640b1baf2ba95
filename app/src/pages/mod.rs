//! The pages, one file each: load at the leaf, lay out, nothing else.

pub mod audit;
mod audit_entry;
mod filters;
mod held;
mod keys;
mod pieces;
pub mod command;
pub mod dashboard;
pub mod frontend_errors;
pub mod job;
pub mod jobs;
pub mod not_found;
pub mod troubleshooting;
