//! The fields of “save the view”, and the question before one is forgotten.

use super::{
    asked::{OnSaved, OnView},
    dialog::{Parts, deed_dialog},
    draft::Draft,
    field::check_field,
    intent::Intent,
};
use crate::components::Field;
use actions::deeds::{forget_view::ForgetView, save_view::SaveView};
use domain::Action as _;
use leptos::prelude::*;
use markup::{Html, IntoHtml, view};

#[component]
pub fn SaveForm(on: OnView, done: Callback<()>) -> Html {
    let OnView { place, query } = on;
    let (name, shared) = (RwSignal::new(String::new()), RwSignal::new(false));
    let about = if query.is_empty() { "The whole list".to_owned() } else { query.clone() };
    let wrong = Signal::derive(move || {
        let many = name.read().trim().chars().count();
        (!(1..=60).contains(&many)).then(|| "Give it a name of 1 to 60 characters.".to_owned())
    });
    let filled = Signal::derive(move || match wrong.get() {
        Some(wrong) => Err(wrong),
        None => Ok(Intent::new(&SaveView {
            name: name.read().trim().to_owned(),
            place: place.to_owned(),
            query: query.clone(),
            shared: shared.get(),
        })),
    });
    let draft = Draft::new(const { &SaveView::META }, None, filled);
    let told = Signal::derive(move || wrong.get().filter(|_| draft.tried.get()));
    let fields = view! {
        <Field label="Name" name="name" value=name required=true error=told hint="One of yours with this name is replaced"/>
        {check_field("shared", "All staff see it: nothing of a customer\u{2019}s may be in it", shared)}
    };
    deed_dialog(Parts { draft, tenant_name: String::new(), about, verb: "Save", fields, done })
}

#[component]
pub fn ForgetForm(on: OnSaved, done: Callback<()>) -> Html {
    let OnSaved { view, name } = on;
    let draft = Draft::new(const { &ForgetView::META }, None, Signal::stored(Ok(Intent::new(&ForgetView { view }))));
    deed_dialog(Parts { draft, tenant_name: String::new(), about: name, verb: "Forget", fields: ().into_html(), done })
}
