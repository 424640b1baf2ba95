//! The deeds that have a dialog: their words in the URL and the actions behind them. Not in here: what they are done to.

use actions::deeds::{
    approve_operation::ApproveOperation, cancel_command::CancelCommand, cancel_operation::CancelOperation,
    complete_command::CompleteCommand, edit_command::EditCommand, export_commands::ExportCommands, forget_view::ForgetView,
    kill_job::KillJob, note_group::NoteGroup, pause_operation::PauseOperation, reprocess_job::ReprocessJob,
    resume_operation::ResumeOperation, retry_command::RetryCommand, reveal_payload::RevealPayload, save_view::SaveView,
    set_approval_limit::SetApprovalLimit, start_bulk_edit::StartBulkEdit, start_bulk_reprocess::StartBulkReprocess,
    start_bulk_retry::StartBulkRetry, triage_group::TriageGroup,
};
use domain::{Action as _, Meta};

/// The deeds that have a dialog.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeedKind {
    Retry,
    Cancel,
    Complete,
    /// Retry with another payload.
    Edit,
    /// See what is masked of a payload.
    Reveal,
    Reprocess,
    /// End the process of the running step.
    Kill,
    /// Retry all commands that fit a filter.
    Bulk,
    /// The same with a change to each payload.
    BulkEdit,
    /// Run the jobs of all again from a step.
    BulkReprocess,
    Pause,
    Resume,
    /// Give an operation up.
    GiveUp,
    /// Let an operation begin that somebody else proposed.
    Approve,
    /// Say where a group of failures stands.
    Triage,
    /// The same, with snoozing chosen already.
    Snooze,
    Note,
    /// Take a list out of the console as a file.
    Export,
    SaveView,
    ForgetView,
    /// Set how many commands one person alone may act on.
    Limit,
}

impl DeedKind {
    pub const ALL: [Self; 21] = [
        Self::Retry,
        Self::Cancel,
        Self::Complete,
        Self::Edit,
        Self::Reveal,
        Self::Reprocess,
        Self::Kill,
        Self::Bulk,
        Self::BulkEdit,
        Self::BulkReprocess,
        Self::Pause,
        Self::Resume,
        Self::GiveUp,
        Self::Approve,
        Self::Triage,
        Self::Snooze,
        Self::Note,
        Self::Export,
        Self::SaveView,
        Self::ForgetView,
        Self::Limit,
    ];

    /// The word in the URL.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Retry => "retry",
            Self::Cancel => "cancel",
            Self::Complete => "complete",
            Self::Edit => "edit",
            Self::Reveal => "reveal",
            Self::Reprocess => "reprocess",
            Self::Kill => "kill",
            Self::Bulk => "bulk",
            Self::BulkEdit => "bulk-edit",
            Self::BulkReprocess => "bulk-reprocess",
            Self::Pause => "pause",
            Self::Resume => "resume",
            Self::GiveUp => "give-up",
            Self::Approve => "approve",
            Self::Triage => "triage",
            Self::Snooze => "snooze",
            Self::Note => "note",
            Self::Export => "export",
            Self::SaveView => "save-view",
            Self::ForgetView => "forget-view",
            Self::Limit => "limit",
        }
    }

    /// Whether it is done to all commands a filter finds.
    #[must_use]
    pub const fn is_for_many(self) -> bool {
        matches!(self, Self::Bulk | Self::BulkEdit | Self::BulkReprocess)
    }

    /// What is known of the action behind it.
    #[must_use]
    pub const fn meta(self) -> &'static Meta {
        match self {
            Self::Retry => const { &RetryCommand::META },
            Self::Cancel => const { &CancelCommand::META },
            Self::Complete => const { &CompleteCommand::META },
            Self::Edit => const { &EditCommand::META },
            Self::Reveal => const { &RevealPayload::META },
            Self::Reprocess => const { &ReprocessJob::META },
            Self::Kill => const { &KillJob::META },
            Self::Bulk => const { &StartBulkRetry::META },
            Self::BulkEdit => const { &StartBulkEdit::META },
            Self::BulkReprocess => const { &StartBulkReprocess::META },
            Self::Pause => const { &PauseOperation::META },
            Self::Resume => const { &ResumeOperation::META },
            Self::GiveUp => const { &CancelOperation::META },
            Self::Approve => const { &ApproveOperation::META },
            Self::Triage | Self::Snooze => const { &TriageGroup::META },
            Self::Note => const { &NoteGroup::META },
            Self::Export => const { &ExportCommands::META },
            Self::SaveView => const { &SaveView::META },
            Self::ForgetView => const { &ForgetView::META },
            Self::Limit => const { &SetApprovalLimit::META },
        }
    }
}
