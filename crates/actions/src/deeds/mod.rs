//! One file per support action: what it is for, its input, its output, its constant metadata, and
//! behind the `server` feature how it is carried out, with its tests.

pub mod approve_operation;
pub mod cancel_command;
pub mod cancel_operation;
pub mod check_payload;
pub mod complete_command;
pub mod edit_command;
#[cfg(feature = "server")]
pub(crate) mod edited;
pub mod export_commands;
pub mod forget_view;
#[cfg(feature = "server")]
mod grouped;
#[cfg(feature = "server")]
mod held;
pub mod kill_job;
pub mod note_group;
pub mod pause_operation;
pub mod record_deploy;
pub mod reprocess_job;
#[cfg(feature = "server")]
mod reprocessed;
pub mod resume_operation;
pub mod retry_command;
pub mod reveal_payload;
pub mod save_view;
pub mod set_approval_limit;
pub mod start_bulk_edit;
pub mod start_bulk_reprocess;
pub mod start_bulk_retry;
#[cfg(feature = "server")]
mod steered;
pub mod triage_group;
