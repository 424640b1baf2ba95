//! The browser's way in: every view and every action is a server function, written once for all of
//! them. On the server the function hands over to the port it finds in the context; the port is
//! what keeps SQL and axum out of this room. The only file of the app with `cfg`.

use domain::{Action, Ask, Problem, ProblemKind, Receipt, View};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use server_fn::{
    Http, ServerFn,
    codec::{Json, JsonEncoding},
    error::{FromServerFnError, ServerFnErrorErr},
};
use std::{future::Future, pin::Pin, sync::Arc};

/// What a page asks of the server. One per request; it carries who is asking.
pub trait Port: Send + Sync {
    /// Runs the action called `name`; the answer is a `Receipt` as JSON.
    fn act(&self, name: &'static str, ask: Ask, input: Value) -> Answer;
    /// Reads the view called `name`; the answer is its output as JSON.
    fn view(&self, name: &'static str, input: Value) -> Answer;
}

/// JSON, or the reason why not.
pub type Answer = Pin<Box<dyn Future<Output = Result<Value, Problem>> + Send>>;

/// The port as the server provides it through the context.
pub type SharedPort = Arc<dyn Port>;

/// A problem on its way through a server function.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ApiError(pub Problem);

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
#[derive(Clone, Serialize, Deserialize)]
#[serde(bound = "A: Action")]
struct Act<A: Action> {
    ask: Ask,
    input: A,
}

/// A view as a server function.
#[derive(Clone, Serialize, Deserialize)]
#[serde(bound = "V: View")]
struct Read<V: View> {
    input: V,
}

#[cfg(feature = "ssr")]
type Backend = server_fn::axum::AxumServerFnBackend;
#[cfg(not(feature = "ssr"))]
type Backend = server_fn::mock::BrowserMockServer;

impl<A: Action> ServerFn for Act<A> {
    const PATH: &'static str = A::META.path;
    type Client = server_fn::client::browser::BrowserClient;
    type Server = Backend;
    type Protocol = Http<Json, Json>;
    type Output = Receipt<A::Output>;
    type Error = ApiError;
    type InputStreamError = ApiError;
    type OutputStreamError = ApiError;
    async fn run_body(self) -> Result<Self::Output, ApiError> {
        let input = to_json(&self.input)?;
        from_json(port()?.act(A::META.name, self.ask, input).await.map_err(ApiError)?)
    }
}

impl<V: View> ServerFn for Read<V> {
    const PATH: &'static str = V::META.path;
    type Client = server_fn::client::browser::BrowserClient;
    type Server = Backend;
    type Protocol = Http<Json, Json>;
    type Output = V::Output;
    type Error = ApiError;
    type InputStreamError = ApiError;
    type OutputStreamError = ApiError;
    async fn run_body(self) -> Result<V::Output, ApiError> {
        let input = to_json(&self.input)?;
        from_json(port()?.view(V::META.name, input).await.map_err(ApiError)?)
    }
}

fn port() -> Result<SharedPort, ApiError> {
    use_context::<SharedPort>().ok_or_else(|| {
        ApiError(Problem::new(ProblemKind::Internal, "This page was rendered without a way to the data. That is a fault of the console."))
    })
}

fn to_json<T: Serialize>(value: &T) -> Result<Value, ApiError> {
    serde_json::to_value(value).map_err(garbled)
}

fn from_json<T: serde::de::DeserializeOwned>(value: Value) -> Result<T, ApiError> {
    serde_json::from_value(value).map_err(garbled)
}

fn garbled(error: serde_json::Error) -> ApiError {
    ApiError(Problem::new(ProblemKind::Internal, format!("An answer could not be read: {error}. That is a fault of the console.")))
}

/// Runs an action (or rehearses it, as `ask` says).
pub async fn act<A: Action>(input: A, ask: Ask) -> Result<Receipt<A::Output>, Problem> {
    Act { ask, input }.call().await
}

/// Reads a view. While rendering on the server this goes straight to the port.
pub async fn view<V: View>(input: V) -> Result<V::Output, Problem> {
    Read { input }.call().await
}

/// One call, the same on both sides.
trait Call: ServerFn<Error = ApiError> {
    async fn call(self) -> Result<Self::Output, Problem>;
}

impl<S: ServerFn<Error = ApiError>> Call for S {
    #[cfg(feature = "ssr")]
    async fn call(self) -> Result<Self::Output, Problem> {
        self.run_body().await.map_err(|error| error.0)
    }
    #[cfg(not(feature = "ssr"))]
    async fn call(self) -> Result<Self::Output, Problem> {
        self.run_on_client().await.map_err(|error| error.0)
    }
}

/// Makes every view and action known to the router; called by the server before it lists its routes.
#[cfg(feature = "ssr")]
pub fn register() {
    use actions::{deeds::*, views::*};
    fn act<A: Action>() {
        server_fn::axum::register_explicit::<Act<A>>();
    }
    fn read<V: View>() {
        server_fn::axum::register_explicit::<Read<V>>();
    }
    act::<cancel_command::CancelCommand>();
    act::<complete_command::CompleteCommand>();
    act::<reprocess_job::ReprocessJob>();
    act::<retry_command::RetryCommand>();
    read::<audit::Audit>();
    read::<audit_verify::AuditVerify>();
    read::<command::Command>();
    read::<dashboard::Dashboard>();
    read::<frontend_logs::FrontendLogs>();
    read::<job::Job>();
    read::<jobs::Jobs>();
    read::<me::Me>();
    read::<troubleshooting::Troubleshooting>();
}
