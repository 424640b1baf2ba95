//! What stands where nothing can be shown: a link that was used or has expired, a page that does not
//! exist, a database that does not answer.

use super::document;
use crate::{icons::Icon, routes};
use markup::{IntoHtml, view};

/// What happened, and what it means.
#[derive(Clone, Debug, Default)]
pub struct Gone {
    /// URL of the style sheet.
    pub css: String,
    pub title: String,
    /// What happened, what it means, what to do.
    pub message: String,
}

/// The page.
#[must_use]
pub fn gone(page: Gone) -> String {
    let card = view! {
        <div class="intro"><h1>{page.title}</h1></div>
        <div class="note" data-tone="warn"><Icon of=Icon::Info/><div><span>{page.message}</span></div></div>
        <a class="btn primary full" href=routes::DASHBOARD>"Go to the console"</a>
    };
    document(&page.css, "Not shown", card.into_html())
}
