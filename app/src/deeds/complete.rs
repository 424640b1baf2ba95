//! The fields of “complete the command by hand”.

use super::{
    asked::OnCommand,
    dialog::{Parts, deed_dialog},
    draft::Draft,
    field::{json_problem, text_field},
    intent::Intent,
};
use actions::deeds::complete_command::CompleteCommand;
use domain::Action as _;
use leptos::prelude::*;

#[component]
pub fn CompleteForm(on: OnCommand, done: Callback<()>) -> impl IntoView {
    let OnCommand { command, tenant, tenant_name, about } = on;
    let result = RwSignal::new(String::new());
    let wrong = Signal::derive(move || json_problem(&result.read()));
    let filled = Signal::derive(move || match wrong.get() {
        Some(wrong) => Err(wrong),
        None => Ok(Intent::new(&CompleteCommand { command, result: result.read().trim().to_owned() })),
    });
    let draft = Draft::new(const { &CompleteCommand::META }, tenant, filled);
    let hint = "What the sender is told as the result; empty for none. For example {\"rooms\": 7}.";
    let fields = text_field("result", "Result, as JSON", hint, result, wrong, draft);
    deed_dialog(Parts { draft, tenant_name, about, verb: "Complete by hand", fields, done })
}
