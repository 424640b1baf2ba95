//! The two tables: a new action or view is one file and one line here (and one in `app/src/api.rs`). In alphabetical order.

use crate::{deeds::*, views::*};
use gate::{Entry, ViewEntry, entry, hand_off_entry, prepared_entry, read_entry, view_entry};

pub static ACTIONS: &[Entry] = &[
    entry::<approve_operation::ApproveOperation>(),
    entry::<cancel_command::CancelCommand>(),
    entry::<cancel_operation::CancelOperation>(),
    entry::<check_payload::CheckPayload>(),
    entry::<complete_command::CompleteCommand>(),
    entry::<delete_artifacts::DeleteArtifacts>(),
    entry::<export_commands::ExportCommands>(),
    entry::<forget_view::ForgetView>(),
    entry::<edit_command::EditCommand>(),
    entry::<kill_job::KillJob>(),
    entry::<note_group::NoteGroup>(),
    entry::<pause_operation::PauseOperation>(),
    entry::<record_deploy::RecordDeploy>(),
    entry::<reprocess_job::ReprocessJob>(),
    entry::<resume_operation::ResumeOperation>(),
    entry::<retry_command::RetryCommand>(),
    entry::<reveal_payload::RevealPayload>(),
    entry::<save_view::SaveView>(),
    entry::<set_approval_limit::SetApprovalLimit>(),
    hand_off_entry::<start_bulk_edit::StartBulkEdit>(),
    hand_off_entry::<start_bulk_reprocess::StartBulkReprocess>(),
    hand_off_entry::<start_bulk_retry::StartBulkRetry>(),
    entry::<triage_group::TriageGroup>(),
    prepared_entry::<upload_artifact::UploadArtifact>(),
    entry::<acknowledge_alert::AcknowledgeAlert>(),
    entry::<delete_alert_rule::DeleteAlertRule>(),
    entry::<delete_check::DeleteCheck>(),
    entry::<delete_webhook::DeleteWebhook>(),
    entry::<end_maintenance::EndMaintenance>(),
    entry::<pause_check::PauseCheck>(),
    entry::<redeliver::Redeliver>(),
    entry::<run_check::RunCheck>(),
    entry::<save_alert_rule::SaveAlertRule>(),
    entry::<save_check::SaveCheck>(),
    entry::<save_maintenance::SaveMaintenance>(),
    entry::<save_webhook::SaveWebhook>(),
    entry::<silence_alert_rule::SilenceAlertRule>(),
    entry::<test_webhook::TestWebhook>(),
    entry::<issue_service_account::IssueServiceAccount>(),
    entry::<end_service_account::EndServiceAccount>(),
];

pub static VIEWS: &[ViewEntry] = &[
    view_entry::<artifacts::Artifacts>(),
    view_entry::<audit::Audit>(),
    view_entry::<audit_verify::AuditVerify>(),
    view_entry::<bulk_preview::BulkPreview>(),
    view_entry::<command::Command>(),
    view_entry::<compare_attempts::CompareAttempts>(),
    view_entry::<context::Context>(),
    view_entry::<dashboard::Dashboard>(),
    view_entry::<deploy::Deploy>(),
    view_entry::<deploys::Deploys>(),
    view_entry::<export_rows::ExportRows>(),
    view_entry::<edit_form::EditForm>(),
    view_entry::<frontend_event::FrontendEvent>(),
    view_entry::<frontend_group::FrontendGroup>(),
    view_entry::<frontend_logs::FrontendLogs>(),
    view_entry::<group::Group>(),
    view_entry::<groups::Groups>(),
    view_entry::<ingest_keys::IngestKeys>(),
    view_entry::<job::Job>(),
    view_entry::<job_steps::JobSteps>(),
    view_entry::<jobs::Jobs>(),
    read_entry::<logs::Logs>(),
    view_entry::<me::Me>(),
    view_entry::<operation::Operation>(),
    view_entry::<operations::Operations>(),
    view_entry::<saved_views::SavedViews>(),
    view_entry::<payload_check::PayloadCheck>(),
    read_entry::<support_bundle::SupportBundle>(),
    view_entry::<troubleshooting::Troubleshooting>(),
    view_entry::<alert_rules::AlertRules>(),
    view_entry::<alerts::Alerts>(),
    view_entry::<check::Check>(),
    view_entry::<checks::Checks>(),
    view_entry::<webhooks::Webhooks>(),
    view_entry::<service_accounts::ServiceAccounts>(),
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
