//! A deed somebody is about to do, without its type: so that one dialog serves them all and the
//! browser downloads that dialog once. Not in here: what the dialog looks like, who may do it.

use crate::api;
use domain::{Action, Ask, Meta, Problem, Receipt};
use serde_json::Value;
use std::{future::Future, pin::Pin, sync::Arc};

/// What comes back: the receipt without the action's own output, which the changes tell better.
pub type Outcome = Result<Receipt<()>, Problem>;
type Running = Pin<Box<dyn Future<Output = Outcome> + Send>>;

/// An action with its input, ready to be rehearsed or run.
#[derive(Clone)]
pub struct Intent {
    pub meta: &'static Meta,
    /// The input as it travels, for the terminal line.
    pub input: Value,
    run: Arc<dyn Fn(Ask) -> Running + Send + Sync>,
}

impl Intent {
    /// The one place where the type of an action is still known.
    #[must_use]
    pub fn new<A: Action>(input: A) -> Self {
        let as_json = serde_json::to_value(&input).unwrap_or_default();
        let run = move |ask: Ask| -> Running {
            let input = input.clone();
            Box::pin(async move { api::act(input, ask).await.map(without_output) })
        };
        Self { meta: const { &A::META }, input: as_json, run: Arc::new(run) }
    }

    /// Runs it, or rehearses it as `ask` says.
    pub async fn run(&self, ask: Ask) -> Outcome {
        (self.run)(ask).await
    }
}

impl PartialEq for Intent {
    fn eq(&self, other: &Self) -> bool {
        self.meta.name == other.meta.name && self.input == other.input
    }
}

fn without_output<O>(receipt: Receipt<O>) -> Receipt<()> {
    let Receipt { audit, rehearsed, output: _, changes, effects } = receipt;
    Receipt { audit, rehearsed, output: (), changes, effects }
}
