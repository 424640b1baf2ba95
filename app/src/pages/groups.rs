//! Groups of failures: a million failures as a few causes, the ones that want a person first. Not in here: one group (see `group`).

mod rows;

use super::{
    filters::{Holds, chips, choice, filter_form, tenant_name, tenants, text_of},
    pieces::{clock, cursor_pager, group_words, loaded},
    saved::views_of,
    troubleshooting::lenses,
};
use crate::{
    arrival::use_location,
    components::{CliLine, EmptyState, Tone},
    data::load,
    deeds::{Asked, DeedDialogs, latch},
    live::{Kind, on_live},
    routes,
    text::{count, counted},
};
use actions::views::groups::{FailureGroup, Groups, GroupsOutput};
use domain::{GroupState, View as _};
use leptos::prelude::*;
use leptos_router::params::ParamsMap;
use markup::{Html, effect, view};
use rows::rows;

/// The list.
#[must_use]
pub fn page() -> Html {
    let query = use_location().query;
    let data = load(move || query.with(filter_of));
    let cursor = RwSignal::new(None);
    // Counts move in place; an older page, and one on which somebody has put the cursor, stands still.
    on_live(&[Kind::Group], move || {
        if cursor.get_untracked().is_none() && query.with_untracked(|query| query.get_str("cursor").is_none()) {
            data.refetch();
        }
    });
    let shown = RwSignal::new(Vec::<FailureGroup>::new());
    effect(move || shown.set(data.good().map(|output| output.rows.clone()).unwrap_or_default()));
    let asked = latch(move |kind, of| {
        let id: i64 = of?.parse().ok()?;
        shown.with(|rows| rows.iter().find(|row| row.id == id).map(super::group::on_group)).and_then(|on| Asked::on_group(kind, on))
    });
    view! {
        {loaded(data, move |output| content(output, query.with_untracked(filter_of), cursor))}
        <DeedDialogs asked done=move |()| data.refetch()/>
    }
}

fn filter_of(query: &ParamsMap) -> Groups {
    Groups {
        state: text_of(query, "state"),
        tenant: text_of(query, "tenant"),
        code: text_of(query, "code"),
        command_type: text_of(query, "command_type"),
        order: text_of(query, "order"),
        limit: None,
        cursor: text_of(query, "cursor"),
    }
}

fn content(output: GroupsOutput, filter: Groups, cursor: RwSignal<Option<usize>>) -> Html {
    let now = clock(output.now);
    let about = [&counted(output.total, false, "group", "groups"), ", ", &count(output.open), " waiting."].concat();
    let form = filters(&filter);
    view! {
        <div class="head">
            <div><h1>"Troubleshooting"</h1><p class="soft" id="how-many">{about}</p></div>
            <div class="actions">{lenses(true)}{views_of(routes::GROUPS)}</div>
        </div>
        {form}
        <section class="panel">{list(output, filter, cursor, now)}</section>
    }
}

fn filters(filter: &Groups) -> Html {
    let fields = view! {
        {choice("state", "state that wants a person", filter.state.as_deref(), states())}
        {choice("tenant", "tenant", filter.tenant.as_deref(), tenants())}
        {order(filter.order.as_deref() == Some("size"), "size", "largest")}
    };
    let mut holds = Vec::new();
    let mut push =
        |name, value: Option<String>, takes: &'static [&'static str]| holds.extend(value.map(|value| Holds::new(name, value, takes)));
    push("state", filter.state.as_deref().map(state_name), &["state"]);
    push("tenant", filter.tenant.as_deref().map(tenant_name), &["tenant"]);
    push("code", filter.code.clone(), &["code"]);
    push("type", filter.command_type.clone(), &["command_type"]);
    view! { {filter_form(routes::GROUPS, &["state", "tenant"], fields)} {chips(holds)} }
}

/// States to choose among.
pub(super) fn states() -> Vec<(String, String)> {
    let mut states: Vec<_> = GroupState::ALL.iter().map(|state| (state.word().to_owned(), group_words(*state).1.to_owned())).collect();
    states.push(("all".to_owned(), "All, also what is done".to_owned()));
    states
}

pub(super) fn state_name(word: &str) -> String {
    word.parse().map_or_else(|_| word.to_owned(), |state: GroupState| group_words(state).1.to_owned())
}

/// The latest first, or the largest: `size` is what the address says of that.
pub(super) fn order(by_size: bool, size: &'static str, called: &'static str) -> Html {
    let location = use_location();
    let (path, search) = (location.pathname, location.search);
    let link = move |word: &'static str, order: Option<&'static str>, current: bool| {
        let href = move || routes::requery(&path.get(), &search.get(), &[("order", order), ("cursor", None)]);
        view! { <a href=href data-noscroll="" aria-current=current.then_some("true")>{word}</a> }
    };
    view! { <div class="segments" role="group" aria-label="Order">{link("latest", None, !by_size)}{link(called, Some(size), by_size)}</div> }
}

fn list(output: GroupsOutput, filter: Groups, cursor: RwSignal<Option<usize>>, now: Signal<domain::At>) -> Html {
    if output.rows.is_empty() {
        return nothing(&filter);
    }
    let place = [&output.rows.len().to_string(), " of ", &count(output.total)].concat();
    let next = output.next;
    let pager = cursor_pager(filter.cursor.is_some(), move || (next.clone(), place.clone()));
    view! { {rows(output.rows, cursor, now)} {pager} }
}

fn nothing(filter: &Groups) -> Html {
    if *filter == Groups::default() {
        let about = "Every failure is looked after, snoozed or mended. When something fails in a new way, it appears here by itself.";
        return view! {
            <EmptyState title="No group wants a person" about tone=Tone::Ok>
                <a class="btn" href=routes::url(routes::GROUPS, &[("state", "all")])>"Show all groups"</a>
                <CliLine line=Groups::META.cli/>
            </EmptyState>
        };
    }
    view! {
        <EmptyState title="No group fits" about="None has all of these at once. Take a filter away to see more.">
            <a class="btn" href=routes::GROUPS>"Show what wants a person"</a>
        </EmptyState>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_url_is_the_filter() {
        let query: ParamsMap = [("state", "SNOOZED"), ("tenant", ""), ("order", "size")].into_iter().collect();
        assert_eq!(filter_of(&query), Groups { state: Some("SNOOZED".into()), order: Some("size".into()), ..Groups::default() });
    }
}
