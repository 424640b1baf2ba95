//! Before and after, told by sign, word and colour. Not in here: finding out what differs between two documents.

use leptos::prelude::*;
use markup::{Html, view};

/// One field that a deed changes, or leaves as it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    pub field: String,
    /// `None`: was not there.
    pub before: Option<String>,
    /// `None`: is not there any more.
    pub after: Option<String>,
}

impl Change {
    const fn kind(&self) -> &'static str {
        match (&self.before, &self.after) {
            (None, Some(_)) => "added",
            (Some(_), None) => "removed",
            _ => "changed",
        }
    }
}

/// Rows of before and after; equal ones are quiet.
#[component]
pub fn DiffView(
    changes: Vec<Change>,
    /// What is compared, for screen readers.
    #[prop(default = "Before and after".to_owned(), into)]
    caption: String,
    /// What the two columns are called.
    #[prop(default = ["before".to_owned(), "after".to_owned()])]
    heads: [String; 2],
) -> Html {
    let [first, second] = heads;
    view! {
        <table class="diff">
            <caption class="visually-hidden">{caption}</caption>
            <thead><tr><th scope="col">"field"</th><th scope="col">{first}</th><th scope="col">{second}</th></tr></thead>
            <tbody>{changes.into_iter().map(row).collect::<Vec<_>>()}</tbody>
        </table>
    }
}

fn row(change: Change) -> Html {
    let same = change.before == change.after;
    let kind = if same { "same" } else { change.kind() };
    let none = || view! { <span class="none">"none"</span> };
    let quiet = |text: String| view! { <span class="same">{text}</span> };
    let before = match change.before {
        None => none(),
        Some(text) if same => quiet(text),
        Some(text) => view! { <del>{text}</del> },
    };
    let after = match change.after {
        None => none(),
        Some(text) if same => quiet(text),
        Some(text) => view! { <ins>{text}</ins> },
    };
    view! { <tr data-change=kind><th scope="row">{change.field}</th><td>{before}</td><td>{after}</td></tr> }
}
