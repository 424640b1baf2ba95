//! The rail: every place of the console that exists, with the number that waits there.

use super::{
    dialog::{FrameDialog, use_here},
    me::use_me,
};
use crate::{icons::Icon, routes, text::count as count_words};
use actions::views::me::MeOutput;
use leptos::prelude::*;
use markup::{Html, memo, view};

/// The navigation of the console.
#[component]
pub(super) fn Rail() -> Html {
    let context = use_me();
    let here = use_here();
    let count = move |of: fn(&MeOutput) -> i64| memo(move || context.me.good().map_or(0, |me| of(&me)));
    view! {
        <nav class="rail" aria-label="Console">
            <Transition fallback=move || places([Signal::stored(0); 3])>
                {move || {
                    // Read here, so that the server waits for it.
                    context.me.wait();
                    places([count(|me| me.troubleshooting).into(), count(|me| me.failed_jobs).into(), count(|me| me.frontend_groups).into()])
                }}
            </Transition>
            <p class="foot">
                <a data-noscroll="" href=move || here.with(FrameDialog::Palette)><Icon of=Icon::Search/><span>"Search"</span><kbd>"Ctrl K"</kbd></a>
                <a data-noscroll="" href=move || here.with(FrameDialog::Keys)><Icon of=Icon::Info/><span>"Keys"</span><kbd>"?"</kbd></a>
            </p>
        </nav>
    }
}

fn places(counts: [Signal<i64>; 3]) -> Html {
    let [troubleshooting, jobs, frontend] = counts;
    view! {
        {place(routes::DASHBOARD, Icon::Dashboard, "Dashboard", None)}
        {place(routes::TROUBLESHOOTING, Icon::Troubleshooting, "Troubleshooting", Some(("fail", "waiting", troubleshooting)))}
        {place(routes::JOBS, Icon::Jobs, "Jobs", Some(("warn", "failed", jobs)))}
        {place(routes::FRONTEND_ERRORS, Icon::FrontendErrors, "Frontend errors", Some(("warn", "in the last hour", frontend)))}
        {place(routes::LOGS, Icon::Terminal, "Logs", None)}
        {place(routes::OPERATIONS, Icon::Operations, "Operations", None)}
        {place(routes::HEALTH, Icon::Health, "Health", None)}
        {place(routes::DEPLOYS, Icon::Deploys, "Deploys", None)}
        {place(routes::CHECKS, Icon::Clock, "Checks", None)}
        {place(routes::ALERTS, Icon::Warn, "Alerts", None)}
        <hr/>
        {place(routes::AUDIT, Icon::Audit, "Audit", None)}
    }
}

fn place(path: &'static str, icon: Icon, label: &'static str, count: Option<(&'static str, &'static str, Signal<i64>)>) -> Html {
    let here = use_here();
    let current = move || is_at(path, &here.path()).then_some("page");
    let count = count.map(|(tone, what, count)| {
        move || {
            let waiting = count.get();
            (waiting > 0).then(
                || view! { <span class="count" data-tone=tone>{count_words(waiting)}<span class="visually-hidden">" "{what}</span></span> },
            )
        }
    });
    view! { <a href=path aria-current=current><Icon of=icon/><span>{label}</span>{count}</a> }
}

/// True when the page belongs to the place.
fn is_at(place: &str, page: &str) -> bool {
    match page.strip_prefix(place) {
        Some(rest) if place != routes::DASHBOARD => rest.is_empty() || rest.starts_with('/'),
        Some(rest) => rest.is_empty(),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_belongs_to_its_place_only() {
        assert!(is_at("/", "/") && !is_at("/", "/jobs"));
        assert!(is_at("/jobs", "/jobs") && is_at("/jobs", "/jobs/0193") && !is_at("/jobs", "/jobsite"));
    }
}
