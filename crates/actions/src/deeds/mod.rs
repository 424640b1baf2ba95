//! One file per support action: what it is for, its input, its output, its constant metadata, and
//! behind the `server` feature how it is carried out, with its tests.

pub mod acknowledge_alert;
pub mod approve_operation;
pub mod cancel_command;
pub mod cancel_operation;
pub mod check_payload;
pub mod complete_command;
pub mod delete_alert_rule;
pub mod delete_artifacts;
pub mod delete_check;
pub mod delete_webhook;
pub mod edit_command;
#[cfg(feature = "server")]
pub(crate) mod edited;
pub mod end_maintenance;
pub mod end_service_account;
pub mod export_commands;
pub mod forget_view;
#[cfg(feature = "server")]
mod grouped;
#[cfg(feature = "server")]
mod held;
pub mod issue_service_account;
pub mod kill_job;
pub mod note_group;
pub mod pause_check;
pub mod pause_operation;
pub mod record_deploy;
pub mod redeliver;
pub mod reprocess_job;
#[cfg(feature = "server")]
mod reprocessed;
pub mod resume_operation;
pub mod retry_command;
pub mod reveal_payload;
pub mod run_check;
pub mod save_alert_rule;
pub mod save_check;
pub mod save_maintenance;
pub mod save_view;
pub mod save_webhook;
#[cfg(feature = "server")]
mod scoped;
pub mod set_approval_limit;
pub mod silence_alert_rule;
pub mod start_bulk_edit;
pub mod start_bulk_reprocess;
pub mod start_bulk_retry;
#[cfg(feature = "server")]
mod steered;
pub mod test_webhook;
pub mod triage_group;
pub mod upload_artifact;
#[cfg(feature = "server")]
mod watched;
