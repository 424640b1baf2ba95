//! One file per view: the input (filters, ids), the output (what a page, a REST client or the CLI
//! gets), its constant metadata, and behind the `server` feature how it is read.

pub mod alert_rules;
pub mod alerts;
pub mod artifacts;
pub mod audit;
pub mod audit_verify;
pub mod bulk_preview;
pub mod check;
pub mod checks;
pub mod command;
pub mod compare_attempts;
pub mod context;
pub mod dashboard;
pub mod deploy;
pub mod deploys;
pub mod edit_form;
pub mod export_rows;
pub mod frontend_event;
pub mod frontend_group;
pub mod frontend_logs;
pub mod group;
pub mod groups;
pub mod ingest_keys;
pub mod job;
pub mod job_steps;
pub mod jobs;
pub mod logs;
pub mod me;
pub mod operation;
pub mod operations;
pub mod payload_check;
#[cfg(feature = "server")]
mod resolved;
#[cfg(feature = "server")]
mod revisions;
#[cfg(feature = "server")]
pub(crate) mod rows;
pub mod saved_views;
pub mod service_accounts;
#[cfg(feature = "server")]
mod slices;
pub mod standing;
pub mod standstill;
pub mod support_bundle;
pub mod troubleshooting;
pub mod webhooks;
