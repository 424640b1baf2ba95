//! Errors of the customers' pages, as the beacon reported them: groups, and the events of the chosen
//! group within a support session. Not in here: taking reports in.

use super::{
    filters::{Holds, chips, choice, filter_form, plain, spans, tenant_name, tenants, text_of},
    pieces::{clock, cursor_pager, fact_code, fact_link, fact_words, facts, loaded, masked_here, on_session_change, when},
};
use crate::{
    arrival::use_location,
    components::{CliLine, CodeBlock, EmptyState, Head, Note, Panel, Sparkline, Table, Tag, Tone},
    data::load,
    icons::Icon,
    live::{Kind, on_live},
    routes,
    text::{count, counted, moment},
};
use actions::views::frontend_logs::{EventRow, FrontendKind, FrontendLogs, FrontendLogsOutput, GroupRow, Loss};
use domain::{At, View as _};
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
    view! {
        {loaded(data, move |output| content(output, &query.with_untracked(filter_of)))}
    }
}

fn filter_of(query: &ParamsMap) -> FrontendLogs {
    FrontendLogs {
        since: text_of(query, "since"),
        route: text_of(query, "route"),
        build: text_of(query, "build"),
        tenant: text_of(query, "tenant"),
        group: text_of(query, "group").and_then(|group| group.parse().ok()),
        limit: None,
        cursor: text_of(query, "cursor"),
    }
}

fn content(output: FrontendLogsOutput, filter: &FrontendLogs) -> Html {
    let now = clock(output.now);
    let form = filters(filter, &output.groups);
    let lost = lost(&output.losses);
    let events = filter.group.map(|group| events(&output, group, now));
    let total = i64::try_from(output.groups.len()).unwrap_or(i64::MAX);
    let more = output.next.is_some() || filter.cursor.is_some();
    let place = counted(total, false, "group", "groups");
    let about = if more { [&place, " on this page, latest first."].concat() } else { [&place, ", latest first."].concat() };
    view! {
        <div class="head"><div><h1>"Frontend errors"</h1><p class="soft">{about}</p></div></div>
        {form}
        {lost}
        <section class="panel">{groups(output, filter, now)}</section>
        {events}
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
        {choice("route", "route", filter.route.as_deref(), plain(known))}
        {choice("tenant", "tenant", filter.tenant.as_deref(), tenants())}
        {spans("since", filter.since.as_deref(), &["5m", "1h", "24h", "7d"], &[])}
    };
    let mut holds = Vec::new();
    let mut push =
        |name, value: Option<String>, takes: &'static [&'static str]| holds.extend(value.map(|value| Holds::new(name, value, takes)));
    push("route", filter.route.clone(), &["route"]);
    push("build", filter.build.clone(), &["build"]);
    push("tenant", filter.tenant.as_deref().map(tenant_name), &["tenant"]);
    push("seen within", filter.since.clone(), &["since"]);
    view! { {filter_form(routes::FRONTEND_ERRORS, &["route", "tenant"], fields)} {chips(holds)} }
}

fn groups(output: FrontendLogsOutput, filter: &FrontendLogs, now: Signal<At>) -> Html {
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
        Head::text("Last hour"),
        Head::text("First seen"),
        Head::text("Last seen"),
        Head::text("Builds"),
    ];
    let chosen = filter.group;
    let rows = output.groups.into_iter().map(|group| line(group, chosen, now)).collect::<Vec<_>>();
    let (next, older_page) = (output.next, filter.cursor.is_some());
    let paged = (next.is_some() || older_page).then(|| cursor_pager(older_page, move || (next.clone(), String::new())));
    view! { <Table caption="Groups of frontend errors, latest first" heads><tbody>{rows}</tbody></Table>{paged} }
}

fn line(group: GroupRow, chosen: Option<i64>, now: Signal<At>) -> Html {
    let is_chosen = chosen == Some(group.id);
    let location = use_location();
    let href =
        routes::requery(&location.pathname.get_untracked(), &location.search.get_untracked(), &[("group", Some(&group.id.to_string()))]);
    let builds = if group.first_build == group.last_build {
        group.last_build
    } else {
        [&group.first_build, " \u{2013} ", &group.last_build].concat()
    };
    let (kind, tone) = kind_words(group.kind);
    view! {
        <tr aria-selected=if is_chosen { "true" } else { "false" } class:cursor=is_chosen>
            <td><Tag word=kind tone/></td>
            <td class="grow"><a class="strong" href=href data-noscroll="" title=group.fingerprint aria-current=is_chosen.then_some("true")>{group.title}</a></td>
            <td class="mono soft">{group.route}</td>
            <td>{group.tenant_name}</td>
            <td class="num">{count(group.count)}</td>
            <td><Sparkline points=group.spark tone=Tone::Fail/></td>
            <td class="soft">{when(group.first_seen, now)}</td>
            <td class="soft">{when(group.last_seen, now)}</td>
            <td class="mono soft">{builds}</td>
        </tr>
    }
}

const fn kind_words(kind: FrontendKind) -> (&'static str, Tone) {
    let tone = match kind {
        FrontendKind::Error | FrontendKind::Rejection | FrontendKind::Crash => Tone::Fail,
        FrontendKind::Console | FrontendKind::Policy => Tone::Warn,
        FrontendKind::Resource | FrontendKind::Deprecation => Tone::Skip,
    };
    (kind.word(), tone)
}

/// The events of the chosen group, or how to see them.
fn events(output: &FrontendLogsOutput, group: i64, now: Signal<At>) -> Html {
    let row = output.groups.iter().find(|row| row.id == group);
    let title = row.map_or_else(|| "The chosen group".to_owned(), |row| row.title.clone());
    if !output.inside {
        let masked = row.map(|row| {
            masked_here("Messages, stacks and browsers of a customer's people are not shown outside a support session.", row.tenant)
        });
        return view! { <Panel title pad=true>{masked}</Panel> };
    }
    if output.events.is_empty() {
        let about = "Its events are older than what is kept, or the filters leave them out. The count stays.";
        return view! { <Panel title><EmptyState title="No single event is kept" about icon=Icon::FrontendErrors/></Panel> };
    }
    let about = counted(i64::try_from(output.events.len()).unwrap_or(i64::MAX), false, "event", "events");
    let shown = output.events.iter().enumerate().map(|(at, event)| one_event(event, at == 0, now)).collect::<Vec<_>>();
    view! { <Panel title about=[&about, ", newest first"].concat() pad=true>{shown}</Panel> }
}

/// One event; the newest is open.
fn one_event(event: &EventRow, open: bool, now: Signal<At>) -> Html {
    let repeats = (event.count > 1).then(|| [" \u{d7} ", &event.count.to_string()].concat());
    let cut = event.cut.then(|| view! { <p class="small soft">"Cut: the report was larger than a report may be."</p> });
    let stack = if event.stack.trim().is_empty() {
        view! { <p class="soft">"The browser gave no stack."</p> }
    } else {
        view! { <CodeBlock text=event.stack.clone() label="Stack"/> }
    };
    let mut list = vec![
        fact_words("At", moment(event.at)),
        fact_code("Route", event.route.clone()),
        fact_code("Build", event.build.clone()),
        fact_words("Browser", event.browser.clone()),
        fact_words("Socket", event.socket.clone()),
        fact_code("Page session", event.page_session.clone()),
    ];
    list.extend(
        event.command.map(|command| fact_link("Just sent before", ["Command ", &command.short()].concat(), routes::command(command))),
    );
    view! {
        <details class="fold" open=open>
            <summary><Icon of=Icon::ChevronRight/><span class="strong">{event.message.clone()}{repeats}</span><span class="end faint">{when(event.at, now)}</span></summary>
            {stack}{cut}
            {facts(list)}
        </details>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_url_is_the_filter() {
        let query: ParamsMap = [("since", "1h"), ("group", "7"), ("route", "")].into_iter().collect();
        assert_eq!(filter_of(&query), FrontendLogs { since: Some("1h".into()), group: Some(7), ..FrontendLogs::default() });
    }
}
