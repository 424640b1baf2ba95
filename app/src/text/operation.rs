//! Operations in words: which commands, and how it stands.

use actions::{
    deeds::{start_bulk_edit::StartBulkEdit, start_bulk_reprocess::StartBulkReprocess},
    views::operations::OperationRow,
};
use domain::{Action as _, OperationState};

/// The conditions that hold, in a line.
#[must_use]
pub fn conditions(parts: &[String]) -> String {
    if parts.is_empty() { "everything that waited for a person".to_owned() } else { parts.join(" \u{b7} ") }
}

/// What happens now, and what happens next.
#[must_use]
pub fn operation_story(row: &OperationRow) -> String {
    let rate = super::count(row.rate.into());
    let now = match row.state {
        OperationState::Proposed => "Nothing is sent before somebody else has approved it; to decline, cancel it.".to_owned(),
        OperationState::Canary => {
            "Trying a few first: 1, then 5, then 25, each after the outcomes of those before. The rest follows by itself.".to_owned()
        }
        OperationState::Ramping => ["Sending the rest, at most ", &rate, " a second. Closing this page changes nothing."].concat(),
        OperationState::Paused => "Nothing more is sent until somebody lets it go on; what was sent is followed to its end.".to_owned(),
        OperationState::Halted => "Mend the cause, then let it go on: it begins with a few again.".to_owned(),
        OperationState::Canceled => "What was still waiting was skipped; what was sent is followed to its end.".to_owned(),
        OperationState::Finished if row.counts.failed > 0 => {
            "Every command has its outcome. What failed again waits in the troubleshooting queue.".to_owned()
        }
        OperationState::Finished => "Every command has its outcome.".to_owned(),
    };
    match &row.note {
        Some(note) => [note, " ", &now].concat(),
        None => now,
    }
}

/// What an operation does to its commands, in a verb.
#[must_use]
pub fn deed_of(row: &OperationRow) -> &'static str {
    match row.action.as_str() {
        name if name == StartBulkEdit::META.name => "Edit and retry",
        name if name == StartBulkReprocess::META.name => "Reprocess",
        _ => "Retry",
    }
}
