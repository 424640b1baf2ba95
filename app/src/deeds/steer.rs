//! The dialogs of an operation under way: approve it, pause it, let it go on, give it up. Nothing is filled in.

use super::{
    asked::OnOperation,
    dialog::{Parts, deed_dialog},
    draft::Draft,
    intent::Intent,
    kind::DeedKind,
};
use actions::deeds::{
    approve_operation::ApproveOperation, cancel_operation::CancelOperation, pause_operation::PauseOperation,
    resume_operation::ResumeOperation,
};
use leptos::prelude::*;
use markup::{Html, IntoHtml};

#[component]
pub fn SteerForm(kind: DeedKind, on: OnOperation, done: Callback<()>) -> Html {
    let OnOperation { operation, tenant, tenant_name, about } = on;
    let (intent, verb) = match kind {
        DeedKind::Pause => (Intent::new(&PauseOperation { operation }), "Pause"),
        DeedKind::Resume => (Intent::new(&ResumeOperation { operation }), "Let it go on"),
        DeedKind::Approve => (Intent::new(&ApproveOperation { operation }), "Approve"),
        _ => (Intent::new(&CancelOperation { operation }), "Cancel the operation"),
    };
    let draft = Draft::new(kind.meta(), tenant, Signal::stored(Ok(intent)));
    deed_dialog(Parts { draft, tenant_name, about, verb, fields: ().into_html(), done })
}
