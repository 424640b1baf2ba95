//! Saved views of a list: a menu of filters kept under a name, one's own and those others share. Not in here: filters.

use crate::{
    arrival::use_location,
    data,
    deeds::{Asked, DeedDialogs, DeedKind, OnSaved, OnView, ask, latch},
    icons::Icon,
    routes::{self, requery},
};
use actions::views::saved_views::{SavedViewRow, SavedViews};
use domain::Problem;
use leptos::prelude::*;
use markup::{Html, IntoHtml, view};

/// What of an address is not how a list is filtered: where one is in it, and what is open.
const PASSING: [&str; 4] = ["cursor", "do", "of", "offset"];

/// The menu. `place` is the list, as views are kept by; `path` its address. What is in it is asked for when somebody opens it.
pub(super) fn saved_views(place: &'static str, path: &'static str) -> Html {
    let views = RwSignal::new(None::<Result<Vec<SavedViewRow>, Problem>>);
    let fetch = move || {
        leptos::task::spawn_local(async move {
            let answer = data::ask(SavedViews { place: Some(place.to_owned()) }).await;
            // The list may have been left meanwhile.
            views.try_set(Some(answer.map(|output| output.views)));
        });
    };
    let search = use_location().search;
    let now = move || search.with(|search| kept(search));
    let asked = latch(move |kind, of| match kind {
        DeedKind::SaveView => Some(Asked::SaveView(OnView { place, query: untrack(now) })),
        DeedKind::ForgetView => {
            let id: i64 = of?.parse().ok()?;
            let found = views.with(|views| views.as_ref()?.as_ref().ok()?.iter().find(|view| view.view == id).cloned())?;
            Some(Asked::ForgetView(OnSaved { view: id, name: found.name }))
        }
        _ => None,
    });
    let items = move || match views.get() {
        None => view! { <p class="about">"Loading"</p> },
        Some(Err(problem)) => view! { <p class="about" role="alert">{problem.message}</p> },
        Some(Ok(views)) if views.is_empty() => {
            view! { <p class="about">"Filter the list, then save it under a name: it is here for you next time."</p> }
        }
        Some(Ok(views)) => views.into_iter().map(|view| item(path, view, &now())).collect::<Vec<_>>().into_html(),
    };
    let save = ask();
    view! {
        <details class="menu-wrap" on:toggle=move |_| fetch()>
            <summary class="btn"><Icon of=Icon::Filter/>"Views"<Icon of=Icon::ChevronDown/></summary>
            <div class="menu views">
                {items}
                <hr/>
                <button type="button" on:click=move |_| save(DeedKind::SaveView, None)><Icon of=Icon::Plus/>"Save this view\u{2026}"</button>
            </div>
        </details>
        <DeedDialogs asked done=move |()| fetch()/>
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
