//! One row per action and per view, erased to function pointers: what the adapters (server
//! functions, REST, the CLI's manual, the tests that walk everything) iterate over.

use crate::{
    Execute, Gate, HandOff, Prepare, Read, Show, Token,
    aside::Prepared,
    deed::Way,
    hand_off::{Carry, HandOver, carry},
    query::of_query,
    run::Run,
};
use domain::{Action, Ask, Meta, Problem, ProblemKind, View, ViewMeta, fields_of};
use serde_json::{Value, value::RawValue, value::to_raw_value};
use std::{future::Future, pin::Pin, sync::Arc};

/// The input that the parameters of an address stand for.
type Asked = fn(&[(String, String)]) -> Result<Value, Problem>;
type Answer = Pin<Box<dyn Future<Output = Result<Box<RawValue>, Problem>> + Send>>;

/// An action's row.
pub struct Entry {
    pub meta: &'static Meta,
    run: fn(Arc<Gate>, Token, Ask, Value) -> Answer,
    fields: fn() -> &'static [&'static str],
    /// For an action that goes on after its request: how the runner carries it.
    pub(crate) carry: Option<Carry>,
}

/// A view's row.
pub struct ViewEntry {
    pub meta: &'static ViewMeta,
    show: fn(Arc<Gate>, Token, Value) -> Answer,
    asked: Asked,
    fields: fn() -> &'static [&'static str],
}

impl Entry {
    /// Whether it goes on after its request, as an operation.
    #[must_use]
    pub fn hands_off(&self) -> bool {
        self.carry.is_some()
    }
    /// Names of the input's fields.
    #[must_use]
    pub fn fields(&self) -> &'static [&'static str] {
        (self.fields)()
    }
}

impl ViewEntry {
    /// Names of the input's fields.
    #[must_use]
    pub fn fields(&self) -> &'static [&'static str] {
        (self.fields)()
    }
    /// The input that the parameters of an address stand for.
    pub fn asked(&self, query: &[(String, String)]) -> Result<Value, Problem> {
        (self.asked)(query)
    }
}

/// Erases one action into a row.
#[must_use]
pub const fn entry<A: Execute>() -> Entry {
    Entry { meta: &A::META, run: act_json::<A, Run>, fields: fields_of::<A>, carry: None }
}

/// Erases an action that makes something ready before its transaction into a row.
#[must_use]
pub const fn prepared_entry<A: Prepare>() -> Entry {
    Entry { meta: &A::META, run: act_json::<A, Prepared>, fields: fields_of::<A>, carry: None }
}

/// Erases an action that goes on after its request into a row.
#[must_use]
pub const fn hand_off_entry<A: HandOff>() -> Entry {
    Entry { meta: &A::META, run: act_json::<A, HandOver>, fields: fields_of::<A>, carry: Some(carry::<A>) }
}

/// Erases one view into a row.
#[must_use]
pub const fn view_entry<V: Show>() -> ViewEntry {
    ViewEntry { meta: &V::META, show: show_json::<V>, asked: asked_json::<V>, fields: fields_of::<V> }
}

/// Erases a view of what lies in logs into a row.
#[must_use]
pub const fn read_entry<V: Read>() -> ViewEntry {
    ViewEntry { meta: &V::META, show: read_json::<V>, asked: asked_json::<V>, fields: fields_of::<V> }
}

impl Gate {
    /// Runs an action given as JSON; the answer is a `Receipt`.
    pub async fn act(self: &Arc<Self>, token: &Token, entry: &Entry, ask: Ask, input: Value) -> Result<Box<RawValue>, Problem> {
        (entry.run)(Arc::clone(self), token.clone(), ask, input).await
    }

    /// Reads a view given as JSON.
    pub async fn view(self: &Arc<Self>, token: &Token, entry: &ViewEntry, input: Value) -> Result<Box<RawValue>, Problem> {
        (entry.show)(Arc::clone(self), token.clone(), input).await
    }
}

fn act_json<A: Action, W: Way<A>>(gate: Arc<Gate>, token: Token, ask: Ask, input: Value) -> Answer {
    Box::pin(async move {
        unknown_word(&input, fields_of::<A>())?;
        let action: A = serde_json::from_value(input).map_err(|error| bad_input(&error))?;
        let receipt = gate.deed::<A, W>(token, ask, action).await?;
        to_raw_value(&receipt).map_err(|error| unwritable(&error))
    })
}

fn show_json<V: Show>(gate: Arc<Gate>, token: Token, input: Value) -> Answer {
    Box::pin(async move {
        let view: V = serde_json::from_value(input).map_err(|error| bad_input(&error))?;
        to_raw_value(&gate.look(&token, view).await?).map_err(|error| unwritable(&error))
    })
}

fn read_json<V: Read>(gate: Arc<Gate>, token: Token, input: Value) -> Answer {
    Box::pin(async move {
        let view: V = serde_json::from_value(input).map_err(|error| bad_input(&error))?;
        to_raw_value(&gate.read(&token, view).await?).map_err(|error| unwritable(&error))
    })
}

fn asked_json<V: View>(query: &[(String, String)]) -> Result<Value, Problem> {
    serde_json::to_value(of_query::<V>(query)?).map_err(|error| bad_input(&error))
}

/// A field that an action does not have is a slip somebody would rather hear of: what it was to say would be left out silently.
fn unknown_word(input: &Value, fields: &[&str]) -> Result<(), Problem> {
    let unknown = input.as_object().and_then(|said| said.keys().find(|name| !fields.contains(&name.as_str())));
    unknown.map_or(Ok(()), |name| {
        let said: String = name.chars().take(60).collect();
        let known = fields.join(", ");
        Err(Problem::new(
            ProblemKind::BadInput,
            format!("There is no field \u{201c}{said}\u{201d}; there are: {known}. Nothing was changed."),
        ))
    })
}

fn bad_input(error: &serde_json::Error) -> Problem {
    Problem::new(ProblemKind::BadInput, format!("The input does not fit: {error}."))
}

fn unwritable(error: &serde_json::Error) -> Problem {
    tracing::error!(%error, "an answer could not be written as JSON");
    Problem::new(ProblemKind::Internal, "The answer could not be written down. What was done is in the audit.")
}
