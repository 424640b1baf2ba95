//! The browser's way in: every view and every action is a server function, written once for all of
//! them. On the server the function hands over to the port it finds in the context; the port is
//! what keeps SQL and axum out of this room. The only file of the app with `cfg`.

use crate::read::read;
use domain::{Ask, Meta, Problem, ProblemKind, Receipt, View, ViewMeta};
use serde::de::DeserializeOwned;
#[cfg(not(feature = "ssr"))]
use serde_json::json;
use serde_json::{Value, value::RawValue};
use std::{future::Future, pin::Pin, sync::Arc};
#[cfg(feature = "ssr")]
use {
    domain::Action,
    leptos::prelude::use_context,
    serde::{Deserialize, Serialize},
    server_fn::{
        Http, ServerFn,
        codec::{Json, JsonEncoding},
        error::{FromServerFnError, ServerFnErrorErr},
    },
    std::marker::PhantomData,
};

/// What a page asks of the server. One per request; it carries who is asking.
pub trait Port: Send + Sync {
    /// Runs the action called `name`; the answer is a `Receipt` as JSON.
    fn act(&self, name: &'static str, ask: Ask, input: Value) -> Answer;
    /// Reads the view called `name`; the answer is its output as JSON.
    fn view(&self, name: &'static str, input: Value) -> Answer;
}

/// JSON as it goes out, or the reason why not.
pub type Answer = Pin<Box<dyn Future<Output = Result<Box<RawValue>, Problem>> + Send>>;

/// The port as the server provides it through the context.
pub type SharedPort = Arc<dyn Port>;

/// A problem on its way through a server function.
#[cfg(feature = "ssr")]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ApiError(pub Problem);

#[cfg(feature = "ssr")]
impl FromServerFnError for ApiError {
    type Encoder = JsonEncoding;
    fn from_server_fn_error(error: ServerFnErrorErr) -> Self {
        let (kind, message) = match error {
            ServerFnErrorErr::Request(_) => {
                (ProblemKind::Unavailable, "The console did not answer. Nothing was changed; try again in a moment.".to_owned())
            }
            other => {
                (ProblemKind::Internal, format!("The console and this page did not understand each other ({other}). Reload the page."))
            }
        };
        Self(Problem::new(kind, message))
    }
}

/// An action as a server function.
#[cfg(feature = "ssr")]
#[derive(Serialize, Deserialize)]
#[serde(bound = "")]
struct Act<A: Action> {
    ask: Ask,
    input: Value,
    #[serde(skip)]
    action: PhantomData<A>,
}

/// A view as a server function.
#[cfg(feature = "ssr")]
#[derive(Serialize, Deserialize)]
#[serde(bound = "")]
struct Read<V: View> {
    input: Value,
    #[serde(skip)]
    view: PhantomData<V>,
}

#[cfg(feature = "ssr")]
impl<A: Action> ServerFn for Act<A> {
    const PATH: &'static str = A::META.path;
    type Client = server_fn::client::browser::BrowserClient;
    type Server = server_fn::axum::AxumServerFnBackend;
    type Protocol = Http<Json, Json>;
    type Output = Box<RawValue>;
    type Error = ApiError;
    type InputStreamError = ApiError;
    type OutputStreamError = ApiError;
    async fn run_body(self) -> Result<Box<RawValue>, ApiError> {
        port()?.act(A::META.name, self.ask, self.input).await.map_err(ApiError)
    }
}

#[cfg(feature = "ssr")]
impl<V: View> ServerFn for Read<V> {
    const PATH: &'static str = V::META.path;
    type Client = server_fn::client::browser::BrowserClient;
    type Server = server_fn::axum::AxumServerFnBackend;
    type Protocol = Http<Json, Json>;
    type Output = Box<RawValue>;
    type Error = ApiError;
    type InputStreamError = ApiError;
    type OutputStreamError = ApiError;
    async fn run_body(self) -> Result<Box<RawValue>, ApiError> {
        port()?.view(V::META.name, self.input).await.map_err(ApiError)
    }
}

#[cfg(feature = "ssr")]
fn port() -> Result<SharedPort, ApiError> {
    use_context::<SharedPort>().ok_or_else(|| {
        ApiError(Problem::new(ProblemKind::Internal, "This page was rendered without a way to the data. That is a fault of the console."))
    })
}

/// An answer as its type.
pub(crate) fn typed<T: DeserializeOwned>(json: &str) -> Result<T, Problem> {
    let value: Value = serde_json::from_str(json).map_err(|error| garbled(&error))?;
    read(&value).map_err(|misfit| garbled(&misfit))
}

fn garbled(error: &dyn std::error::Error) -> Problem {
    Problem::new(ProblemKind::Internal, format!("An answer could not be read: {error}. That is a fault of the console."))
}

/// A view with its input, without its type: so that asking, waiting and handing over exist once in the browser and not once
/// for each view.
#[derive(Clone, Debug)]
pub struct Question {
    meta: &'static ViewMeta,
    input: Value,
}

impl PartialEq for Question {
    fn eq(&self, other: &Self) -> bool {
        self.meta.name == other.meta.name && self.input == other.input
    }
}

impl Question {
    /// The one place where the type of a view is still known.
    #[must_use]
    pub fn new<V: View>(view: &V) -> Self {
        Self { meta: const { &V::META }, input: serde_json::to_value(view).unwrap_or_default() }
    }

    /// The answer as JSON. While rendering on the server this goes straight to the port.
    #[cfg(feature = "ssr")]
    pub async fn answer(self) -> Result<String, Problem> {
        let answer = port().map_err(|error| error.0)?.view(self.meta.name, self.input).await?;
        Ok(Box::<str>::from(answer).into())
    }
    #[cfg(not(feature = "ssr"))]
    pub async fn answer(self) -> Result<String, Problem> {
        // A resource wants what can change threads; in the browser there is only one.
        send_wrapper::SendWrapper::new(async move { post(self.meta.path, &json!({ "input": self.input })).await }).await
    }
}

/// Runs an action given as JSON, or rehearses it, as `ask` says.
#[cfg(feature = "ssr")]
pub async fn act(meta: &'static Meta, input: Value, ask: Ask) -> Result<Receipt<Value>, Problem> {
    let receipt = port().map_err(|error| error.0)?.act(meta.name, ask, input).await?;
    typed(receipt.get())
}
#[cfg(not(feature = "ssr"))]
pub async fn act(meta: &'static Meta, input: Value, ask: Ask) -> Result<Receipt<Value>, Problem> {
    let receipt = post(meta.path, &json!({ "ask": ask, "input": input })).await?;
    typed(&receipt)
}

/// Waits in the browser; on the server nothing runs that would.
#[cfg(feature = "ssr")]
pub async fn pause(_millis: u32) {}
#[cfg(not(feature = "ssr"))]
pub async fn pause(millis: u32) {
    gloo_timers::future::TimeoutFuture::new(millis).await;
}

/// Calls a server function. A no is a `Problem` in the body, whatever the status says.
#[cfg(not(feature = "ssr"))]
async fn post(path: &str, body: &Value) -> Result<String, Problem> {
    use gloo_net::http::Request;
    let away = |_| Problem::new(ProblemKind::Unavailable, "The console did not answer. Nothing was changed; try again in a moment.");
    let request = Request::post(path).header("content-type", "application/json").body(body.to_string()).map_err(away)?;
    let response = request.send().await.map_err(away)?;
    let text = response.text().await.map_err(away)?;
    if response.ok() {
        return Ok(text);
    }
    Err(typed(&text).unwrap_or_else(|_| {
        let status = response.status().to_string();
        let said = ["The console and this page did not understand each other (", &status, "). Reload the page."].concat();
        Problem::new(ProblemKind::Internal, said)
    }))
}

/// Makes every view and action known to the router; called by the server before it lists its routes.
#[cfg(feature = "ssr")]
pub fn register() {
    register_actions();
    register_views();
}

#[cfg(feature = "ssr")]
fn register_actions() {
    use actions::deeds::*;
    fn act<A: Action>() {
        server_fn::axum::register_explicit::<Act<A>>();
    }
    act::<approve_operation::ApproveOperation>();
    act::<cancel_command::CancelCommand>();
    act::<cancel_operation::CancelOperation>();
    act::<check_payload::CheckPayload>();
    act::<complete_command::CompleteCommand>();
    act::<delete_artifacts::DeleteArtifacts>();
    act::<export_commands::ExportCommands>();
    act::<forget_view::ForgetView>();
    act::<edit_command::EditCommand>();
    act::<kill_job::KillJob>();
    act::<note_group::NoteGroup>();
    act::<pause_operation::PauseOperation>();
    act::<record_deploy::RecordDeploy>();
    act::<reprocess_job::ReprocessJob>();
    act::<resume_operation::ResumeOperation>();
    act::<retry_command::RetryCommand>();
    act::<reveal_payload::RevealPayload>();
    act::<save_view::SaveView>();
    act::<set_approval_limit::SetApprovalLimit>();
    act::<start_bulk_edit::StartBulkEdit>();
    act::<start_bulk_reprocess::StartBulkReprocess>();
    act::<start_bulk_retry::StartBulkRetry>();
    act::<triage_group::TriageGroup>();
    act::<upload_artifact::UploadArtifact>();
    act::<acknowledge_alert::AcknowledgeAlert>();
    act::<delete_alert_rule::DeleteAlertRule>();
    act::<delete_check::DeleteCheck>();
    act::<delete_webhook::DeleteWebhook>();
    act::<end_maintenance::EndMaintenance>();
    act::<pause_check::PauseCheck>();
    act::<redeliver::Redeliver>();
    act::<run_check::RunCheck>();
    act::<save_alert_rule::SaveAlertRule>();
    act::<save_check::SaveCheck>();
    act::<save_maintenance::SaveMaintenance>();
    act::<save_webhook::SaveWebhook>();
    act::<silence_alert_rule::SilenceAlertRule>();
    act::<test_webhook::TestWebhook>();
    act::<issue_service_account::IssueServiceAccount>();
    act::<end_service_account::EndServiceAccount>();
}

#[cfg(feature = "ssr")]
fn register_views() {
    use actions::views::*;
    fn read<V: View>() {
        server_fn::axum::register_explicit::<Read<V>>();
    }
    read::<artifacts::Artifacts>();
    read::<audit::Audit>();
    read::<audit_verify::AuditVerify>();
    read::<bulk_preview::BulkPreview>();
    read::<command::Command>();
    read::<compare_attempts::CompareAttempts>();
    read::<context::Context>();
    read::<dashboard::Dashboard>();
    read::<deploy::Deploy>();
    read::<deploys::Deploys>();
    read::<export_rows::ExportRows>();
    read::<edit_form::EditForm>();
    read::<frontend_event::FrontendEvent>();
    read::<frontend_group::FrontendGroup>();
    read::<frontend_logs::FrontendLogs>();
    read::<group::Group>();
    read::<groups::Groups>();
    read::<ingest_keys::IngestKeys>();
    read::<job::Job>();
    read::<job_steps::JobSteps>();
    read::<jobs::Jobs>();
    read::<logs::Logs>();
    read::<me::Me>();
    read::<operation::Operation>();
    read::<operations::Operations>();
    read::<saved_views::SavedViews>();
    read::<payload_check::PayloadCheck>();
    read::<support_bundle::SupportBundle>();
    read::<troubleshooting::Troubleshooting>();
    read::<alert_rules::AlertRules>();
    read::<alerts::Alerts>();
    read::<check::Check>();
    read::<checks::Checks>();
    read::<webhooks::Webhooks>();
    read::<service_accounts::ServiceAccounts>();
}

/// Paths of what is known to the router; a test of the server compares them with the tables.
#[cfg(feature = "ssr")]
#[must_use]
pub fn registered() -> Vec<&'static str> {
    server_fn::axum::server_fn_paths().map(|(path, _)| path).collect()
}
