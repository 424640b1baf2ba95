//! The fields of “cancel the command”.

use super::{
    asked::OnCommand,
    dialog::{Parts, deed_dialog},
    draft::Draft,
    field::text_field,
    intent::Intent,
};
use actions::deeds::cancel_command::CancelCommand;
use domain::Action as _;
use leptos::prelude::*;

#[component]
pub fn CancelForm(on: OnCommand, done: Callback<()>) -> impl IntoView {
    let OnCommand { command, tenant, tenant_name, about } = on;
    let because = RwSignal::new(String::new());
    let wrong = Signal::derive(move || because.read().trim().is_empty().then(|| "Say why; the customer reads it.".to_owned()));
    let filled = Signal::derive(move || match wrong.get() {
        Some(wrong) => Err(wrong),
        None => Ok(Intent::new(&CancelCommand { command, because: because.read().trim().to_owned() })),
    });
    let draft = Draft::new(const { &CancelCommand::META }, tenant, filled);
    let fields = text_field(
        "because",
        "Why, told to the customer",
        "Write it for them: the reply to the sender carries these words.",
        because,
        wrong,
        draft,
    );
    deed_dialog(Parts { draft, tenant_name, about, verb: "Cancel the command", fields, done })
}
