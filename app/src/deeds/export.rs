//! The fields of “export the list”: how the file is written. What is in it is what is filtered.

use super::{
    asked::OnList,
    dialog::{Parts, deed_dialog},
    draft::Draft,
    intent::Intent,
};
use actions::deeds::export_commands::{ExportCommands, ExportFormat};
use domain::Action as _;
use leptos::prelude::*;
use markup::{Html, view};

const FORMATS: [(ExportFormat, &str, &str); 2] = [
    (ExportFormat::Csv, "CSV", "For spreadsheets; no cell is a formula"),
    (ExportFormat::Jsonl, "JSON lines", "For programs; every number to its last digit"),
];

#[component]
pub fn ExportForm(on: OnList, done: Callback<()>) -> Html {
    let OnList { filter, about } = on;
    let format = RwSignal::new(ExportFormat::Csv);
    let filled = Signal::derive(move || Ok(Intent::new(&ExportCommands { format: format.get(), ..filter.clone() })));
    let draft = Draft::new(const { &ExportCommands::META }, None, filled);
    let choice = move |(one, word, about): (ExportFormat, &'static str, &'static str)| {
        view! {
            <label class="choice">
                <input type="radio" name="format" value=one.word() prop:checked=move || format.get() == one on:change=move |_| format.set(one)/>
                <span>{word}<small>{about}</small></span>
            </label>
        }
    };
    let fields =
        view! { <div class="choices" role="radiogroup" aria-label="Format">{FORMATS.into_iter().map(choice).collect::<Vec<_>>()}</div> };
    deed_dialog(Parts { draft, tenant_name: String::new(), about, verb: "Export", fields, done })
}
