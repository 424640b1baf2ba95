//! What stands where nothing is.

use crate::{icons::Icon, routes};
use markup::{Html, view};

/// No page has this URL.
#[must_use]
pub fn page() -> Html {
    view! {
        <div class="empty">
            <span class="badge"><Icon of=Icon::Search/></span>
            <h1>"There is no page here"</h1>
            <p>"The address may be mistyped, or what it named is gone. Nothing was changed."</p>
            <div class="row">
                <a class="btn primary" href=routes::DASHBOARD>"Go to the dashboard"</a>
                <a class="btn" href=routes::TROUBLESHOOTING>"See what waits for a person"</a>
            </div>
        </div>
    }
}
