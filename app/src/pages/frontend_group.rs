//! One group of frontend errors: how it stands, in which tabs, builds, browsers and routes, what people wrote; and within a support session
//! its events, and the commands these tabs had sent.

use super::{
    frontend_errors::kind_words,
    group::{notes, standing},
    keys::can_press,
    pieces::{
        clock, command_mark, fact, fact_code, fact_link, fact_words, facts, group_words, loaded, masked_here, on_session_change, when,
    },
};
use crate::{
    components::{CliLine, CodeBlock, EmptyState, Head, Panel, Sparkline, StateMark, Table, Tag, Tone},
    data::load,
    deeds::{Asked, DeedButton, DeedDialogs, DeedKind, OnGroup, cli, latch},
    icons::Icon,
    live::{Kind, on_live},
    pages::keys::deed_keys,
    routes,
    text::{count, counted, moment},
};
use actions::views::{
    frontend_group::{FrontendGroup, FrontendGroupOutput, SeenIn, TabCommand},
    frontend_logs::{Age, EventRow, GroupRow},
    logs::Removed,
};
use domain::{At, View as _};
use leptos::prelude::*;
use markup::{Html, IntoHtml, view};

/// The page of one group.
#[must_use]
pub fn page(group: i64) -> Html {
    let data = load(move || FrontendGroup { group });
    on_live(&[Kind::Frontend], move || data.refetch());
    on_session_change(move || data.refetch());
    let asked = latch(move |kind, _| Asked::on_group(kind, on_group(data.good()?.as_ref())));
    deed_keys(&[("t", DeedKind::Triage), ("s", DeedKind::Snooze), ("n", DeedKind::Note)], |_| can_press("[data-deed=triage]"));
    view! {
        {loaded(data, content)}
        <DeedDialogs asked done=move |()| data.refetch()/>
    }
}

fn on_group(output: &FrontendGroupOutput) -> OnGroup {
    OnGroup {
        group: output.group.id,
        frontend: true,
        state: output.group.standing.state,
        about: [&output.group.title, " \u{b7} ", &output.group.tenant_name].concat(),
        releases: output.builds.iter().map(|build| build.value.clone()).collect(),
    }
}

fn content(output: FrontendGroupOutput) -> Html {
    let now = clock(output.now);
    crate::title(routes::titled(&["Frontend group ", &output.group.id.to_string()]));
    view! {
        {head(&output, now)}
        <div class="cols">
            <div class="stack">{events(&output, now)}{commands(&output, now)}{notes(output.notes.clone(), now)}</div>
            <div class="stack">
                {facts_panel(&output, now)}
                {seen_in("Builds", "Build", &output.builds, now)}{seen_in("Browsers", "Browser", &output.browsers, now)}{seen_in("Routes", "Route", &output.routes, now)}
                {beside(&output)}
                {terminal(output.group.id)}
            </div>
        </div>
    }
}

fn head(output: &FrontendGroupOutput, now: Signal<At>) -> Html {
    let group = &output.group;
    let (tone, word) = group_words(group.standing.state);
    view! {
        <div class="head">
            <div>
                <p class="crumbs"><a href=routes::FRONTEND_ERRORS>"Frontend errors"</a>" / "{group.tenant_name.clone()}</p>
                <h1>{group.title.clone()}</h1>
                <p class="soft row wide"><StateMark tone word/>{standing(&group.standing, now)}</p>
            </div>
            <div class="actions">
                <DeedButton kind=DeedKind::Note label="Note\u{2026}" key="N"/>
                <DeedButton kind=DeedKind::Triage label="Triage\u{2026}" key="T"/>
            </div>
        </div>
    }
}

fn facts_panel(output: &FrontendGroupOutput, now: Signal<At>) -> Html {
    let group = &output.group;
    let (kind, tone) = kind_words(group.kind);
    let list = vec![
        fact("Kind", view! { <Tag word=kind tone/> }),
        fact_words("Happened", counted(group.count, false, "time", "times")),
        fact_words("In tabs", count(group.sessions)),
        fact("First seen", when(group.first_seen, now)),
        fact("Last seen", when(group.last_seen, now)),
        fact("Last hour", view! { <Sparkline points=group.spark.clone() tone=Tone::Fail/> }),
        fact_words("Present build", present(group)),
        fact_words("Customer", group.tenant_name.clone()),
        fact_code("Fingerprint", group.fingerprint.clone()),
    ];
    view! { <Panel title="Facts" pad=true>{facts(list)}</Panel> }
}

/// What its builds say of it, as a sentence.
fn present(group: &GroupRow) -> String {
    let build = group.current_build.as_deref().unwrap_or_default();
    match group.age() {
        Age::Unknown => "Not known: no deploy of the frontend was recorded".to_owned(),
        Age::Present => ["Happens in ", build, ", the present one"].concat(),
        Age::Older => ["Has not happened in ", build, ", the present one"].concat(),
        Age::StaleBuild => ["Tabs older than ", build, " ask for files that are gone; loading the page again mends it"].concat(),
    }
}

fn seen_in(title: &'static str, head: &'static str, rows: &[SeenIn], now: Signal<At>) -> Html {
    if rows.is_empty() {
        return ().into_html();
    }
    let heads = vec![Head::text(head), Head::num("Tabs"), Head::text("First seen")];
    let line = |row: &SeenIn| {
        let value = if row.value.is_empty() { "not said".to_owned() } else { row.value.clone() };
        view! { <tr><td class="grow mono">{value}</td><td class="num">{count(row.tabs)}</td><td class="soft">{when(row.first_seen, now)}</td></tr> }
    };
    let lines = rows.iter().map(line).collect::<Vec<_>>();
    view! { <Panel title><Table caption=title heads><tbody>{lines}</tbody></Table></Panel> }
}

/// What else goes wrong in the same tabs: often the cause, or what it leads to.
fn beside(output: &FrontendGroupOutput) -> Html {
    if output.beside.is_empty() {
        return ().into_html();
    }
    let heads = vec![Head::text("Group"), Head::num("Tabs")];
    let lines = output
        .beside
        .iter()
        .map(|row| view! { <tr><td class="grow"><a href=routes::frontend_group(row.group)>{row.title.clone()}</a></td><td class="num">{count(row.tabs)}</td></tr> })
        .collect::<Vec<_>>();
    view! { <Panel title="Also in these tabs"><Table caption="Other groups that happened in the same tabs" heads><tbody>{lines}</tbody></Table></Panel> }
}

/// The events of the group, or how to see them.
fn events(output: &FrontendGroupOutput, now: Signal<At>) -> Html {
    if !output.inside {
        let masked = masked_here(
            "Messages, stacks and what a customer\u{2019}s people did are not shown outside a support session.",
            output.group.tenant,
        );
        return view! { <Panel title="Events" pad=true>{masked}</Panel> };
    }
    if output.events.is_empty() {
        let about = "Its events are older than what is kept of its routes. The counts stay.";
        return view! { <Panel title="Events"><EmptyState title="No single event is kept" about icon=Icon::FrontendErrors/></Panel> };
    }
    let shown = i64::try_from(output.events.len()).unwrap_or(i64::MAX);
    let about = if shown < output.group.count {
        ["the newest ", &count(shown), " that are kept"].concat()
    } else {
        [&counted(shown, false, "event", "events"), ", newest first"].concat()
    };
    let list = output.events.iter().enumerate().map(|(at, event)| one_event(output.group.id, event, at == 0, now)).collect::<Vec<_>>();
    view! { <Panel title="Events" about pad=true>{list}</Panel> }
}

/// One event; the newest is open.
fn one_event(group: i64, event: &EventRow, open: bool, now: Signal<At>) -> Html {
    let repeats = (event.count > 1).then(|| [" \u{d7} ", &event.count.to_string()].concat());
    let cut = event.cut.then(|| view! { <p class="small soft">"Cut: the report was larger than a report may be."</p> });
    let raw = if event.stack.trim().is_empty() {
        view! { <p class="soft">"The browser gave no stack."</p> }
    } else {
        view! { <CodeBlock text=event.stack.clone() label="Stack"/> }
    };
    let stack = match event.in_source() {
        Some(text) => view! {
            <CodeBlock text label="Stack in the source"/>
            <details class="fold"><summary><Icon of=Icon::ChevronRight/><span class="soft">"As the browser wrote it"</span></summary>{raw}</details>
        },
        None => raw,
    };
    let wanted = event.wants_artifacts().then(|| {
        view! {
            <p class="small soft">"Nothing is kept of this build that gives files and lines. Upload what it left:"</p>
            <CliLine line=event.upload_line()/>
        }
    });
    let mut list = vec![
        fact_words("At", moment(event.at)),
        fact_code("Route", event.route.clone()),
        fact_code("Build", event.build.clone()),
        fact_words("Browser", event.browser.clone()),
        fact_code("Page session", event.page_session.clone()),
    ];
    list.extend((!event.socket.is_empty()).then(|| fact_words("Socket", event.socket.clone())));
    list.extend((!event.removed.is_empty()).then(|| fact_words("Secrets removed", Removed::words(&event.removed))));
    list.extend(
        event
            .said_more
            .then(|| fact("Said besides", view! { <a class="link" rel="external" href=as_json(group, event.id)>"All of it, as JSON"</a> })),
    );
    list.extend(
        event.command.map(|command| fact_link("Just sent before", ["Command ", &command.short()].concat(), routes::command(command))),
    );
    view! {
        <details class="fold" open=open>
            <summary><Icon of=Icon::ChevronRight/><span class="strong">{event.message.clone()}{repeats}</span><span class="end faint">{when(event.at, now)}</span></summary>
            {stack}{cut}{wanted}
            {facts(list)}
        </details>
    }
}

/// All that a page said of an event: the view `frontend-event`, as scripts read it.
fn as_json(group: i64, event: i64) -> String {
    ["/api/v1/support/frontend-event?group=", &group.to_string(), "&event=", &event.to_string()].concat()
}

/// What these tabs had asked the product for.
fn commands(output: &FrontendGroupOutput, now: Signal<At>) -> Html {
    if !output.inside {
        return ().into_html();
    }
    if output.commands.is_empty() {
        let about = "None of these tabs said that it had sent a command before something went wrong in it.";
        return view! { <Panel title="Sent by these tabs"><EmptyState title="No command is known" about icon=Icon::Jobs/></Panel> };
    }
    let heads = vec![Head::text("Command"), Head::text("Type"), Head::text("State"), Head::text("Job"), Head::text("Since")];
    let line = |row: &TabCommand| {
        let job = row.job.map(|job| view! { <a href=routes::job(job)>{job.short()}</a> });
        view! {
            <tr>
                <td class="mono"><a href=routes::command(row.command)>{row.command.short()}</a></td>
                <td class="grow">{row.domain.clone()}" / "{row.command_type.clone()}</td>
                <td>{command_mark(row.status)}</td>
                <td class="mono">{job}</td>
                <td class="soft">{when(row.updated_at, now)}</td>
            </tr>
        }
    };
    let lines = output.commands.iter().map(line).collect::<Vec<_>>();
    let caption = "Commands that the tabs of this group had sent, newest first";
    view! { <Panel title="Sent by these tabs"><Table caption heads><tbody>{lines}</tbody></Table></Panel> }
}

fn terminal(group: i64) -> Html {
    let line = cli::fill(FrontendGroup::META.cli, &serde_json::json!({ "group": group }), false, "");
    view! { <Panel title="Do it from a terminal" pad=true><CliLine line/></Panel> }
}
