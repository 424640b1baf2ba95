//! Errors of the customers' pages, as the beacon reported them, in groups. Not in here: one group (see `frontend_group`).

use super::{
    filters::{Holds, chips, choice, filter_form, plain, spans, tenant_name, tenants, text_of},
    groups::{order, state_name, states},
    keys::{link_id, list_keys},
    pieces::{clock, cursor_pager, group_words, loaded, on_session_change, when},
};
use crate::{
    arrival::use_location,
    components::{CliLine, EmptyState, Head, Note, Sparkline, StateMark, Table, Tag, Tone},
    data::load,
    live::{Kind, on_live},
    routes,
    text::{count, counted},
};
use actions::views::frontend_logs::{Age, FrontendKind, FrontendLogs, FrontendLogsOutput, GroupRow, Loss};
use domain::{At, GroupState, View as _};
use leptos::prelude::*;
use leptos_router::params::ParamsMap;
use markup::{Html, view};

/// The page of frontend errors.
#[must_use]
pub fn page() -> Html {
    let query = use_location().query;
    let data = load(move || query.with(filter_of));
    // Counts move in place; older pages stand still.
    on_live(&[Kind::Frontend], move || {
        if query.with_untracked(|query| query.get_str("cursor").is_none()) {
            data.refetch();
        }
    });
    on_session_change(move || data.refetch());
    let cursor = RwSignal::new(None);
    view! {
        {loaded(data, move |output| content(output, &query.with_untracked(filter_of), cursor))}
    }
}

fn filter_of(query: &ParamsMap) -> FrontendLogs {
    FrontendLogs {
        since: text_of(query, "since"),
        route: text_of(query, "route"),
        build: text_of(query, "build"),
        tenant: text_of(query, "tenant"),
        state: text_of(query, "state"),
        order: text_of(query, "order"),
        group: None,
        limit: None,
        cursor: text_of(query, "cursor"),
    }
}

fn content(output: FrontendLogsOutput, filter: &FrontendLogs, cursor: RwSignal<Option<usize>>) -> Html {
    let now = clock(output.now);
    let form = filters(filter, &output.groups);
    let lost = lost(&output.losses);
    let total = i64::try_from(output.groups.len()).unwrap_or(i64::MAX);
    let more = output.next.is_some() || filter.cursor.is_some();
    let place = counted(total, false, "group", "groups");
    let about = if more { [&place, " on this page, latest first."].concat() } else { [&place, ", latest first."].concat() };
    view! {
        <div class="head"><div><h1>"Frontend errors"</h1><p class="soft">{about}</p></div></div>
        {form}
        {lost}
        <section class="panel">{groups(output, filter, now, cursor)}</section>
    }
}

/// What is not among the groups because it did not get here.
fn lost(losses: &[Loss]) -> Option<Html> {
    let words: Vec<String> = losses.iter().map(Loss::words).collect();
    let because = [&words.join(" \u{b7} "), "."].concat();
    (!losses.is_empty()).then(|| view! { <Note tone=Tone::Warn what="Not everything got here within the last day" because/> })
}

fn filters(filter: &FrontendLogs, groups: &[GroupRow]) -> Html {
    let mut known: Vec<_> = groups.iter().map(|group| group.route.clone()).collect();
    known.sort_unstable();
    known.dedup();
    let fields = view! {
        {choice("state", "state that wants a person", filter.state.as_deref(), states())}
        {choice("route", "route", filter.route.as_deref(), plain(known))}
        {choice("tenant", "tenant", filter.tenant.as_deref(), tenants())}
        {spans("since", filter.since.as_deref(), &["5m", "1h", "24h", "7d"], &[])}
        {order(filter.order.as_deref() == Some("count"), "count", "most often")}
    };
    let mut holds = Vec::new();
    let mut push =
        |name, value: Option<String>, takes: &'static [&'static str]| holds.extend(value.map(|value| Holds::new(name, value, takes)));
    push("state", filter.state.as_deref().map(state_name), &["state"]);
    push("route", filter.route.clone(), &["route"]);
    push("build", filter.build.clone(), &["build"]);
    push("tenant", filter.tenant.as_deref().map(tenant_name), &["tenant"]);
    push("seen within", filter.since.clone(), &["since"]);
    view! { {filter_form(routes::FRONTEND_ERRORS, &["state", "route", "tenant"], fields)} {chips(holds)} }
}

fn groups(output: FrontendLogsOutput, filter: &FrontendLogs, now: Signal<At>, cursor: RwSignal<Option<usize>>) -> Html {
    if output.groups.is_empty() {
        return view! {
            <EmptyState title="No page reported an error" about="Nothing fits these filters. When a customer's page meets an error, its group appears here by itself." tone=Tone::Ok>
                <CliLine line=FrontendLogs::META.cli/>
            </EmptyState>
        };
    }
    let heads = vec![
        Head::text("Kind"),
        Head::text("What the page met"),
        Head::text("Route"),
        Head::text("Tenant"),
        Head::num("Times"),
        Head::num("Tabs"),
        Head::text("Last hour"),
        Head::text("Last seen"),
        Head::text("Builds"),
    ];
    let ids = output.groups.iter().map(|group| group.id.to_string()).collect::<Vec<_>>();
    list_keys(Signal::stored(ids), cursor, &[], None);
    let rows = output.groups.into_iter().enumerate().map(|(at, group)| line(at, group, now)).collect::<Vec<_>>();
    let (next, older_page) = (output.next, filter.cursor.is_some());
    let paged = (next.is_some() || older_page).then(|| cursor_pager(older_page, move || (next.clone(), String::new())));
    view! { <Table caption="Groups of frontend errors, latest first" heads><tbody>{rows}</tbody></Table>{paged} }
}

fn line(at: usize, group: GroupRow, now: Signal<At>) -> Html {
    let age = age_tag(&group);
    let builds = if group.first_build == group.last_build {
        group.last_build
    } else {
        [&group.first_build, " \u{2013} ", &group.last_build].concat()
    };
    let (kind, tone) = kind_words(group.kind);
    let state = group.standing.state;
    let (state_tone, state_word) = group_words(state);
    // What nobody looked at yet needs no word.
    let standing = (state != GroupState::New).then(|| view! { " "<StateMark tone=state_tone word=state_word/> });
    view! {
        <tr>
            <td><Tag word=kind tone/></td>
            <td class="grow"><a class="strong" id=link_id(at) href=routes::frontend_group(group.id) title=group.fingerprint>{group.title}</a>{standing}</td>
            <td class="mono soft">{group.route}</td>
            <td>{group.tenant_name}</td>
            <td class="num">{count(group.count)}</td>
            <td class="num">{count(group.sessions)}</td>
            <td><Sparkline points=group.spark tone=Tone::Fail/></td>
            <td class="soft">{when(group.last_seen, now)}</td>
            <td class="mono soft">{builds}{age}</td>
        </tr>
    }
}

/// A mark where it matters little any more: only tabs of older builds meet it.
pub(super) fn age_tag(group: &GroupRow) -> Option<Html> {
    let word = match group.age() {
        Age::Unknown | Age::Present => return None,
        Age::Older => "older builds only",
        Age::StaleBuild => "stale build",
    };
    Some(view! { " "<Tag word tone=Tone::Skip/> })
}

pub(super) const fn kind_words(kind: FrontendKind) -> (&'static str, Tone) {
    let tone = match kind {
        FrontendKind::Error | FrontendKind::Rejection | FrontendKind::Crash => Tone::Fail,
        FrontendKind::Console | FrontendKind::Policy => Tone::Warn,
        FrontendKind::Resource | FrontendKind::Deprecation => Tone::Skip,
    };
    (kind.word(), tone)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_url_is_the_filter() {
        let query: ParamsMap = [("since", "1h"), ("state", "KNOWN"), ("route", "")].into_iter().collect();
        assert_eq!(filter_of(&query), FrontendLogs { since: Some("1h".into()), state: Some("KNOWN".into()), ..FrontendLogs::default() });
    }
}
