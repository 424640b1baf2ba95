//! A deed somebody is about to do, without its type: so that one dialog serves them all and the
//! browser downloads that dialog once. Not in here: what the dialog looks like, who may do it.

use crate::api;
use domain::{Action, Ask, CommandId, Meta, Problem, Receipt};
use serde_json::Value;
use std::{future::Future, pin::Pin};

/// What comes back. The action's own output stays JSON: the changes tell it better.
pub type Outcome = Result<Receipt<Value>, Problem>;

/// An action with its input, ready to be rehearsed or run.
#[derive(Clone)]
pub struct Intent {
    pub meta: &'static Meta,
    /// The input as it travels.
    pub input: Value,
    /// What the terminal line says in its place, where the input is no line.
    pub line: Option<Value>,
    /// What has to go well first.
    pub first: Option<First>,
}

/// A question before a deed, which may be a no: about a command and its payload. How it is asked comes with whoever asks it.
#[derive(Clone)]
pub struct First {
    pub command: CommandId,
    pub payload: String,
    pub ask: fn(CommandId, String, Ask) -> Answer,
}

/// A yes, or why not.
pub type Answer = Pin<Box<dyn Future<Output = Result<(), Problem>>>>;

impl Intent {
    /// The one place where the type of an action is still known.
    #[must_use]
    pub fn new<A: Action>(input: &A) -> Self {
        Self { meta: const { &A::META }, input: serde_json::to_value(input).unwrap_or_default(), line: None, first: None }
    }

    /// Runs it, or rehearses it as `ask` says.
    pub async fn run(self, ask: Ask) -> Outcome {
        if let Some(First { command, payload, ask: first }) = self.first {
            first(command, payload, ask.clone()).await?;
        }
        api::act(self.meta, self.input, ask).await
    }
}

impl PartialEq for Intent {
    fn eq(&self, other: &Self) -> bool {
        self.meta.name == other.meta.name && self.input == other.input && self.first.is_some() == other.first.is_some()
    }
}
