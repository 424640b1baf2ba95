//! The field of “kill the running step”: whether to ask its process or to end it.

use super::{
    asked::OnRun,
    dialog::{Parts, deed_dialog},
    draft::Draft,
    field::check_field,
    intent::Intent,
};
use actions::deeds::kill_job::KillJob;
use domain::Action as _;
use leptos::prelude::*;
use markup::Html;

#[component]
pub fn KillForm(on: OnRun, done: Callback<()>) -> Html {
    let OnRun { job, tenant, tenant_name, about, force } = on;
    let force = RwSignal::new(force);
    let filled = Signal::derive(move || Ok(Intent::new(&KillJob { job, force: force.get() })));
    let draft = Draft::new(const { &KillJob::META }, tenant, filled);
    let fields =
        check_field("force", "By force: end it with KILL instead of asking it to end with TERM; it cannot clean up after itself", force);
    deed_dialog(Parts { draft, tenant_name, about, verb: "Kill it", fields, done })
}
