//! The fields of “retry the command”.

use super::{
    asked::OnCommand,
    dialog::{Parts, deed_dialog},
    draft::Draft,
    field::check_field,
    intent::Intent,
};
use actions::deeds::retry_command::RetryCommand;
use domain::Action as _;
use leptos::prelude::*;

#[component]
pub fn RetryForm(on: OnCommand, done: Callback<()>) -> impl IntoView {
    let OnCommand { command, tenant, tenant_name, about } = on;
    let keep = RwSignal::new(false);
    let filled = Signal::derive(move || Ok(Intent::new(&RetryCommand { command, keep_attempts: keep.get() })));
    let draft = Draft::new(const { &RetryCommand::META }, tenant, filled);
    let fields = check_field("keep_attempts", "Keep the attempts already used, instead of starting from zero", keep);
    deed_dialog(Parts { draft, tenant_name, about, verb: "Retry", fields, done })
}
