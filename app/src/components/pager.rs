//! Pager: newer and older, by keyset. Not in here: page numbers; rows arrive all the time and would move under them.

use leptos::prelude::*;
use markup::{Html, view};

/// Links to the neighbours of a page; the missing one stays, dashed, so that nothing moves.
#[component]
pub fn Pager(
    #[prop(optional_no_strip, into)] newer: Option<String>,
    #[prop(optional_no_strip, into)] older: Option<String>,
    /// Where one is: `50 of about 612`.
    #[prop(optional_no_strip, into)]
    place: Option<String>,
    /// What the neighbours are called.
    #[prop(default = ["Newer", "Older"])]
    words: [&'static str; 2],
) -> Html {
    view! {
        <nav class="pager" aria-label="Pages">
            {neighbour(words[0], "prev", newer)}
            <span class="where">{place}</span>
            {neighbour(words[1], "next", older)}
        </nav>
    }
}

fn neighbour(word: &'static str, rel: &'static str, href: Option<String>) -> Html {
    match href {
        Some(href) => view! { <a class="btn small" rel=rel href=href>{word}</a> },
        None => view! { <a class="btn small" role="link" aria-disabled="true">{word}</a> },
    }
}
