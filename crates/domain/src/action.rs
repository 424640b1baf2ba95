//! What a support action and a view are: typed inputs with constant metadata. The server half (how
//! they run) is in `actions` behind a feature; nothing here can touch a database.

use crate::{CommandId, JobId, OperationId, Permission, TenantId};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

/// Whether an action only looks or also changes something.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    Read,
    Write,
    /// Changes nothing but the person's own things, such as a saved view: needs neither a session nor a reason.
    Own,
}

/// What an action is about. The gate resolves it to a tenant; inputs never name one.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase", tag = "kind", content = "id")]
pub enum Subject {
    /// Nothing of a customer's.
    Console,
    Tenant(TenantId),
    Command(CommandId),
    Job(JobId),
    Operation(OperationId),
    /// A group of failures, which all tenants share.
    Group(i64),
    /// A group of a page's errors. What is said of it touches nothing of a customer's.
    FrontendGroup(i64),
}

impl Subject {
    /// `command:0193…`, as written in the audit.
    #[must_use]
    pub fn text(&self) -> String {
        match self {
            Self::Console => "console".to_owned(),
            Self::Tenant(id) => format!("tenant:{id}"),
            Self::Command(id) => format!("command:{id}"),
            Self::Job(id) => format!("job:{id}"),
            Self::Operation(id) => format!("operation:{id}"),
            Self::Group(id) => format!("group:{id}"),
            Self::FrontendGroup(id) => format!("frontend-group:{id}"),
        }
    }
}

/// What is known of an action before anybody runs it: constant, so that the browser can read it,
/// a test can table it, and nobody can compute it.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct Meta {
    /// `retry-command`: the name in the audit, the REST path and the CLI.
    pub name: &'static str,
    /// One line for a person: what it does.
    pub title: &'static str,
    /// What the customer notices, when to use it; shown in the dialog and the manual.
    pub help: &'static str,
    /// Path of the server function: `/fn/` and the name.
    pub path: &'static str,
    /// The `opsctl` words, with `{field}` for the fields of the input.
    pub cli: &'static str,
    pub kind: Kind,
    pub permission: Permission,
    /// The customer has to have agreed.
    pub consent: bool,
    /// A second member of staff has to have agreed.
    pub approval: bool,
}

/// One support deed: the unit of permission, audit, REST route, CLI verb and button.
pub trait Action: Serialize + DeserializeOwned + Clone + Send + Sync + 'static {
    const META: Meta;
    type Output: Serialize + DeserializeOwned + Clone + Send + Sync + 'static;
    /// What it is about; the gate turns this into a tenant.
    fn subject(&self) -> Subject;
    /// Takes out of an input what the audit must not keep: a customer's content, which is read only inside a support session.
    fn without_content(_input: &mut serde_json::Value) {}
}

/// How much a view shows.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Sight {
    /// Ids, kinds, states, counts, error classes of all tenants the person may see.
    Overview,
    /// The same as a list; rows of the support session's tenant also show excerpts of content, and
    /// then the view leaves a `viewed` entry.
    Excerpts,
    /// The same; within a support session on the subject's tenant also customer content,
    /// and then the view leaves a `viewed` entry.
    Inside,
    /// The console's own records (audit, staff).
    Console,
    /// How what all tenants share is: checks, alerts. Takes a role over all tenants.
    Shared,
    /// What all tenants' deeds have written together: logs. Takes a role over all tenants, and each look leaves a `viewed` entry.
    Logs,
}

/// What is known of a view before anybody opens it.
#[derive(Debug, Serialize)]
pub struct ViewMeta {
    pub name: &'static str,
    pub title: &'static str,
    pub path: &'static str,
    pub cli: &'static str,
    pub sight: Sight,
    pub permission: Permission,
}

/// One read of the console: a page's data, a REST GET, a CLI listing.
pub trait View: Serialize + DeserializeOwned + Clone + Send + Sync + 'static {
    const META: ViewMeta;
    type Output: Serialize + DeserializeOwned + Clone + Send + Sync + 'static;
    fn subject(&self) -> Subject {
        Subject::Console
    }
}

/// What a caller says besides the input of an action.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ask {
    /// Why; empty means: the reason of the support session is reason enough.
    #[serde(default)]
    pub reason: String,
    /// Run it, show what would change, take it back.
    #[serde(default)]
    pub rehearse: bool,
}

/// One value that an action changed (or, rehearsed, would change).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FieldChange {
    /// `command`, `step wall_detection` …
    pub on: String,
    pub field: String,
    pub before: serde_json::Value,
    pub after: serde_json::Value,
}

impl FieldChange {
    /// The same without a customer's content: that the field changed, not from what to what.
    #[must_use]
    pub fn without_content(&self) -> Self {
        let side = |value: &serde_json::Value| if value.is_null() { serde_json::Value::Null } else { "not kept here".into() };
        Self { on: self.on.clone(), field: self.field.clone(), before: side(&self.before), after: side(&self.after) }
    }
}

/// The output of an action that goes on after its request: what to follow.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Accepted {
    pub operation: OperationId,
    /// Things it will be done to.
    pub items: i64,
    /// Things left out from the start, each with its reason in the operation.
    pub skipped: i64,
    /// True: it waits until a second person has approved it.
    #[serde(default)]
    pub proposed: bool,
}

/// What an action did, or would do.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Receipt<O> {
    /// Number of the audit entry.
    pub audit: i64,
    /// True: nothing was changed.
    pub rehearsed: bool,
    pub output: O,
    pub changes: Vec<FieldChange>,
    /// Sentences for what leaves the database after the commit: messages, replies.
    pub effects: Vec<String>,
}
