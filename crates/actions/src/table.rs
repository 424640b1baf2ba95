//! The two tables: a new action or view is one file and one line here. In alphabetical order.

use crate::{deeds::*, views::*};
use gate::{Entry, ViewEntry, entry, view_entry};

pub static ACTIONS: &[Entry] = &[
    entry::<cancel_command::CancelCommand>(),
    entry::<complete_command::CompleteCommand>(),
    entry::<reprocess_job::ReprocessJob>(),
    entry::<retry_command::RetryCommand>(),
];

pub static VIEWS: &[ViewEntry] = &[
    view_entry::<audit::Audit>(),
    view_entry::<audit_verify::AuditVerify>(),
    view_entry::<command::Command>(),
    view_entry::<dashboard::Dashboard>(),
    view_entry::<frontend_logs::FrontendLogs>(),
    view_entry::<job::Job>(),
    view_entry::<jobs::Jobs>(),
    view_entry::<me::Me>(),
    view_entry::<troubleshooting::Troubleshooting>(),
];

/// The action of a name.
#[must_use]
pub fn action(name: &str) -> Option<&'static Entry> {
    ACTIONS.iter().find(|entry| entry.meta.name == name)
}

/// The view of a name.
#[must_use]
pub fn view(name: &str) -> Option<&'static ViewEntry> {
    VIEWS.iter().find(|entry| entry.meta.name == name)
}
