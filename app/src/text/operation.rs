//! Operations in words: which commands, and how it stands.

use super::moment;
use actions::{
    deeds::start_bulk_edit::StartBulkEdit,
    views::{bulk_preview::Chosen, operations::OperationRow},
};
use domain::{Action as _, OperationState};

/// The conditions that hold, in a line.
#[must_use]
pub fn conditions(parts: &[Option<String>]) -> String {
    let parts: Vec<&str> = parts.iter().flatten().map(String::as_str).collect();
    if parts.is_empty() { "everything that waited for a person".to_owned() } else { parts.join(" \u{b7} ") }
}

/// Which commands an operation is about.
#[must_use]
pub fn chosen_words(chosen: &Chosen) -> String {
    let since = chosen.since.map(|since| ["failed since ", &moment(since)].concat());
    let group = chosen.group.map(|group| ["group ", &group.to_string()].concat());
    conditions(&[group, chosen.domain.clone(), chosen.command_type.clone(), chosen.code.clone(), since])
}

/// What happens now, and what happens next.
#[must_use]
pub fn operation_story(row: &OperationRow) -> String {
    let rate = super::count(row.rate.into());
    let now = match row.state {
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
    if row.action == StartBulkEdit::META.name { "Edit and retry" } else { "Retry" }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::At;

    #[test]
    fn conditions_are_named_and_none_is_said() {
        assert_eq!(conditions(&[None, None]), "everything that waited for a person");
        let at: At = "2026-11-21T10:00:00Z".parse().expect("a time");
        let chosen =
            Chosen { domain: Some("plans".into()), command_type: None, code: Some("X".into()), group: None, since: Some(at), until: at };
        assert_eq!(chosen_words(&chosen), "plans \u{b7} X \u{b7} failed since 2026-11-21 10:00:00 UTC");
    }
}
