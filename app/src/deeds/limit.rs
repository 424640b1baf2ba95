//! The one field of “set the limit of approval”.

use super::{
    asked::OnLimit,
    dialog::{Parts, deed_dialog},
    draft::Draft,
    field::{number_field, whole},
    intent::Intent,
};
use actions::deeds::set_approval_limit::{MOST_ALONE, SetApprovalLimit};
use domain::Action as _;
use leptos::prelude::*;
use markup::Html;

#[component]
pub fn LimitForm(on: OnLimit, done: Callback<()>) -> Html {
    let commands = RwSignal::new(on.commands.to_string());
    let filled = Signal::derive(move || whole(&commands.read(), 0, MOST_ALONE).map(|commands| Intent::new(&SetApprovalLimit { commands })));
    let draft = Draft::new(const { &SetApprovalLimit::META }, None, filled);
    let hint = "More than these need a second person; 0 means always";
    let fields = number_field("Commands one person alone may act on at once", "commands", hint, commands, 0..=MOST_ALONE, draft);
    deed_dialog(Parts { draft, tenant_name: String::new(), about: "Operations of all tenants".to_owned(), verb: "Set", fields, done })
}
