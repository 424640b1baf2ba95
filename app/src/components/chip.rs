//! Chips: one condition of a filter each, with the way to take it away. Not in here: the filter's meaning; that is in the URL.

use crate::icons::Icon;
use leptos::prelude::*;
use markup::{Html, view};

/// A condition that holds; following it takes it away.
#[component]
pub fn Chip(
    /// What is filtered: `tenant`.
    #[prop(into)]
    name: String,
    /// To what: `Northwind Hospitals`.
    #[prop(into)]
    value: String,
    /// The same page without this condition. Without it the chip is only a statement.
    #[prop(optional_no_strip, into)]
    remove_href: Option<String>,
) -> Html {
    match remove_href {
        Some(href) => {
            view! { <a class="chip" href=href><span class="visually-hidden">"Remove filter: "</span><span>{name}</span><b>{value}</b><Icon of=Icon::Close/></a> }
        }
        None => view! { <span class="chip"><span>{name}</span><b>{value}</b></span> },
    }
}
