//! Saved views of a list: a menu of filters kept under a name, one's own and those others share. Not in here: filters.

use crate::{
    arrival::use_location,
    data::load,
    deeds::{Asked, DeedDialogs, DeedKind, OnSaved, OnView, ask, latch},
    icons::Icon,
    routes::{self, requery},
};
use actions::views::saved_views::{SavedViewRow, SavedViews};
use leptos::prelude::*;
use markup::{Html, IntoHtml, view};

/// What of an address is not how a list is filtered: where one is in it, and what is open.
const PASSING: [&str; 4] = ["cursor", "do", "of", "offset"];

/// The menu. `place` is the list, as views are kept by; `path` its address.
pub(super) fn saved_views(place: &'static str, path: &'static str) -> Html {
    let data = load(move || SavedViews { place: Some(place.to_owned()) });
    let search = use_location().search;
    let now = move || search.with(|search| kept(search));
    let asked = latch(move |kind, of| match kind {
        DeedKind::SaveView => Some(Asked::SaveView(OnView { place, query: untrack(now) })),
        DeedKind::ForgetView => {
            let id: i64 = of?.parse().ok()?;
            let view = data.good()?.views.iter().find(|view| view.view == id).cloned()?;
            Some(Asked::ForgetView(OnSaved { view: id, name: view.name }))
        }
        _ => None,
    });
    let views = move || data.get().and_then(Result::ok).map(|output| output.views).unwrap_or_default();
    let items = move || views().into_iter().map(|view| item(path, view, &now())).collect::<Vec<_>>();
    let named = move || views().into_iter().find(|view| view.query == now()).map(|view| view.name).unwrap_or_else(|| "Views".to_owned());
    let save = ask();
    view! {
        <details class="menu-wrap">
            <summary class="btn"><Icon of=Icon::Filter/><Transition fallback=|| "Views".into_html()>{named}</Transition><Icon of=Icon::ChevronDown/></summary>
            <div class="menu views">
                <Transition fallback=|| ().into_html()>{items}</Transition>
                {move || views().is_empty().then(|| view! { <p class="about">"Filter the list, then save it under a name: it is here for you next time."</p> })}
                <hr/>
                <button type="button" on:click=move |_| save(DeedKind::SaveView, None)><Icon of=Icon::Plus/>"Save this view\u{2026}"</button>
            </div>
        </details>
        <DeedDialogs asked done=move |()| data.refetch()/>
    }
}

fn item(path: &'static str, view: SavedViewRow, now: &str) -> Html {
    let href = if view.query.is_empty() { path.to_owned() } else { [path, "?", &view.query].concat() };
    let current = (view.query == now).then_some("page");
    let whose = if view.mine { if view.shared { "shared" } else { "" }.to_owned() } else { view.staff_name };
    let (forget, id) = (ask(), view.view.to_string());
    let label = ["Forget ", &view.name].concat();
    let button = view.mine.then(|| {
        view! { <button type="button" class="btn quiet icon-only small" aria-label=label on:click=move |_| forget(DeedKind::ForgetView, Some(&id))><Icon of=Icon::Close/></button> }
    });
    view! {
        <div class="row">
            <a href=href aria-current=current><Icon of=Icon::Filter/>{view.name}<span class="faint small">{whose}</span></a>
            {button}
        </div>
    }
}

/// How the list is filtered: the query without what passes.
fn kept(search: &str) -> String {
    let without: Vec<_> = PASSING.iter().map(|name| (*name, None)).collect();
    requery("", search, &without).trim_start_matches('?').to_owned()
}

/// Lists that have saved views, by their address.
pub(super) fn views_of(path: &'static str) -> Html {
    let place = match path {
        routes::TROUBLESHOOTING => "troubleshooting",
        routes::GROUPS => "groups",
        routes::JOBS => "jobs",
        routes::OPERATIONS => "operations",
        _ => "frontend-errors",
    };
    saved_views(place, path)
}

#[cfg(test)]
mod tests {
    use super::kept;

    #[test]
    fn what_passes_is_not_kept() {
        assert_eq!(kept("?code=A&cursor=1.2&do=save-view&since=24h"), "code=A&since=24h");
        assert_eq!(kept(""), "");
    }
}
