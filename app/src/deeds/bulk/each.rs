//! What is done to each of many commands: sent as it is, changed first, or its run started again from a step. Not in here: how many,
//! how fast and how far (see `bulk`).

use crate::{
    components::{Field, FieldKind},
    deeds::{
        draft::Draft,
        field::{json_problem, text_field},
        intent::Intent,
        kind::DeedKind,
        reprocess::{memory_field, memory_problem},
    },
};
use actions::{
    deeds::{start_bulk_edit::StartBulkEdit, start_bulk_reprocess::StartBulkReprocess, start_bulk_retry::StartBulkRetry},
    find::{Word, parse},
};
use leptos::prelude::*;
use markup::{Html, IntoHtml, view};

#[derive(Clone, Copy)]
pub(super) enum Each {
    Retry,
    /// What each payload is changed in, a line each.
    Edit(RwSignal<String>),
    Reprocess(Again),
}

/// From which step, and with what.
#[derive(Clone, Copy)]
pub(super) struct Again {
    from_step: RwSignal<String>,
    memory: RwSignal<String>,
    params: RwSignal<String>,
}

impl Each {
    /// Of a deed, for the commands a query line finds: the step they are stuck at is the one to start from.
    pub(super) fn of(kind: DeedKind, find: Option<&str>) -> Self {
        let empty = || RwSignal::new(String::new());
        match kind {
            DeedKind::BulkEdit => Self::Edit(empty()),
            DeedKind::BulkReprocess => {
                Self::Reprocess(Again { from_step: RwSignal::new(step_of(find).unwrap_or_default()), memory: empty(), params: empty() })
            }
            _ => Self::Retry,
        }
    }

    pub(super) fn intent(self, retry: StartBulkRetry) -> Result<Intent, String> {
        let StartBulkRetry { token, rate, no_canary, halt_percent } = retry;
        Ok(match self {
            Self::Retry => Intent::new(&StartBulkRetry { token, rate, no_canary, halt_percent }),
            Self::Edit(set) => Intent::new(&StartBulkEdit { token, set: sets(&set.read())?, rate, no_canary, halt_percent }),
            Self::Reprocess(again) => {
                let (from_step, memory, params) = again.said()?;
                Intent::new(&StartBulkReprocess { token, from_step, memory, params, rate, no_canary, halt_percent })
            }
        })
    }

    pub(super) fn fields(self, draft: Draft) -> Html {
        match self {
            Self::Retry => ().into_html(),
            Self::Edit(set) => change_field(set, draft),
            Self::Reprocess(again) => again.fields(draft),
        }
    }
}

impl Again {
    fn said(self) -> Result<(String, String, String), String> {
        let (from_step, memory, params) = (self.from_step.read(), self.memory.read(), self.params.read());
        match self.step_problem().or_else(|| memory_problem(&memory)).or_else(|| json_problem(&params)) {
            Some(wrong) => Err(wrong),
            None => Ok((from_step.trim().to_owned(), memory.trim().to_owned(), params.clone())),
        }
    }

    fn step_problem(self) -> Option<String> {
        self.from_step.read().trim().is_empty().then(|| "Name the step to start from, such as the one they are stuck at.".to_owned())
    }

    fn fields(self, draft: Draft) -> Html {
        let wrong = Signal::derive(move || self.step_problem().filter(|_| draft.tried.get()));
        let wrong_params = Signal::derive(move || json_problem(&self.params.read()));
        let hint = "What the steps before it left is used again; it and all after it run again. Runs without it, or that have not come to it, are skipped.";
        view! {
            <Field label="From step" name="from_step" value=self.from_step hint kind=FieldKind::Code error=wrong required=true/>
            {memory_field(self.memory, || Some("Empty keeps what is set at each.".to_owned()))}
            {text_field("params", "Parameters, as JSON", "Laid over the present ones; empty changes none.", self.params, wrong_params, draft)}
        }
    }
}

/// The step a query line names.
fn step_of(find: Option<&str>) -> Option<String> {
    let terms = parse(find?).ok()?;
    terms.into_iter().find(|placed| placed.term.word == Word::Step).map(|placed| placed.term.value)
}

/// Changes, a line each.
fn sets(text: &str) -> Result<Vec<String>, String> {
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let sets: Vec<String> =
        lines.map(|line| line.parse::<exact::Set>().map(|set| set.to_string()).map_err(|bad| bad.0)).collect::<Result<_, _>>()?;
    if sets.is_empty() { Err("Say what is to be different in each payload, such as size=12.".to_owned()) } else { Ok(sets) }
}

fn change_field(set: RwSignal<String>, draft: Draft) -> Html {
    let wrong = Signal::derive(move || sets(&set.read()).err().filter(|_| draft.tried.get() || !set.read().is_empty()));
    let hint = "A line each: path=value, such as size=12 or customer.name=\"Ada\". Payloads without the field, that lock it, or that would not fit their type are skipped.";
    view! { <Field label="With this change" name="set" value=set hint kind=FieldKind::Long error=wrong required=true/> }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changes_are_a_line_each() {
        assert_eq!(sets(" size=12\n\ncustomer.name=Ada "), Ok(vec!["size=12".to_owned(), "customer.name=\"Ada\"".to_owned()]));
        assert!(sets(" ").expect_err("none").contains("size=12") && sets("size").expect_err("no value").contains("path=value"));
    }

    #[test]
    fn the_step_one_looked_for_is_the_one_to_start_from() {
        assert_eq!(step_of(Some("attempts>2 step:wall_detection")).as_deref(), Some("wall_detection"));
        assert_eq!(step_of(Some("type:IngestPlan")), None);
        assert_eq!(step_of(Some("step:")), None, "not written to its end");
    }
}
