//! One group of failures: how it stands, whom it happens to, in which types and builds, what people wrote, and the newest of it.

use super::{
    keys::{can_press, deed_keys},
    pieces::{clock, fact, fact_code, fact_words, facts, group_words, loaded, on_session_change, when},
    troubleshooting::{all_buttons, on_many},
};
use crate::{
    components::{CliLine, EmptyState, Head, Panel, Sparkline, StateMark, Table, Tone},
    data::load,
    deeds::{Asked, DeedButton, DeedDialogs, DeedKind, OnGroup, cli, latch},
    frame::use_me,
    icons::Icon,
    live::{Kind, on_live},
    routes,
    text::{count, counted, moment},
};
use actions::views::{
    group::{FacetRow, Group, GroupOutput, NoteRow, TenantShare},
    groups::FailureGroup,
    standing::Standing,
    troubleshooting::{CommandRow, Troubleshooting},
};
use domain::{At, TenantId, View as _};
use leptos::prelude::*;
use markup::{Html, IntoHtml, view};

/// The page of one group.
#[must_use]
pub fn page(group: i64) -> Html {
    let data = load(move || Group { group });
    on_live(&[Kind::Group], move || data.refetch());
    on_session_change(move || data.refetch());
    let me = use_me();
    let asked = latch(move |kind, _| match kind {
        kind if kind.is_for_many() => {
            on_many(me, Troubleshooting { group: Some(group), ..Troubleshooting::default() }).and_then(|many| Asked::on_many(kind, many))
        }
        _ => Asked::on_group(kind, on_group(&data.good()?.group)),
    });
    deed_keys(&[("t", DeedKind::Triage), ("s", DeedKind::Snooze), ("n", DeedKind::Note)], |_| true);
    // Its button knows whether it makes sense here.
    deed_keys(&[("a", DeedKind::Bulk)], |_| can_press("[data-deed=bulk]"));
    view! {
        {loaded(data, content)}
        <DeedDialogs asked done=move |()| data.refetch()/>
    }
}

pub(super) fn on_group(group: &FailureGroup) -> OnGroup {
    OnGroup {
        group: group.id,
        frontend: false,
        state: group.state,
        about: [&group.title, " \u{b7} ", &group.code].concat(),
        releases: group.releases.clone(),
    }
}

fn content(output: GroupOutput) -> Html {
    let now = clock(output.now);
    crate::title(routes::titled(&[&output.group.code, " \u{b7} group ", &output.group.id.to_string()]));
    view! {
        {head(&output, now)}
        <div class="cols">
            <div class="stack">{waiting(&output, now)}{tenants(output.tenants.clone(), output.group.id, now)}{notes(output.notes.clone(), now)}</div>
            <div class="stack">{facts_panel(&output, now)}{facets(("Types", "Type"), "Command types it happens in", &output.types, now)}{facets(("Builds", "Build"), "Builds of workers it happened with, newest first", &output.releases, now)}{terminal(output.group.id)}</div>
        </div>
    }
}

fn head(output: &GroupOutput, now: Signal<At>) -> Html {
    let group = &output.group;
    let (tone, word) = group_words(group.state);
    view! {
        <div class="head">
            <div>
                <p class="crumbs"><a href=routes::GROUPS>"Groups of failures"</a>" / "{group.code.clone()}</p>
                <h1>{group.title.clone()}</h1>
                <p class="soft row wide"><StateMark tone word/>{standing(&group.standing(), now)}</p>
            </div>
            <div class="actions">
                <DeedButton kind=DeedKind::Note label="Note\u{2026}" key="N"/>
                <DeedButton kind=DeedKind::Triage label="Triage\u{2026}" key="T"/>
                {retry(&output.tenants)}
                <a class="btn primary" href=routes::commands_of(group.id)><Icon of=Icon::Troubleshooting/>{count(group.open)}" waiting"</a>
            </div>
        </div>
    }
}

/// Retries what of the group waits at the customer of the session.
fn retry(shares: &[TenantShare]) -> Html {
    // Of more customers than are listed one may be among the rest; the preview then says what it finds.
    let all_listed = shares.len() < 100;
    let waiting: Vec<TenantId> = shares.iter().filter(|share| share.open > 0).map(|share| share.tenant).collect();
    all_buttons(waiting.first().copied(), false, move |support| {
        let none = all_listed && !waiting.contains(&support.tenant);
        none.then(|| ["Nothing of this group waits at ", &support.tenant_name, ", where your session is."].concat())
    })
}

/// What belongs to the state, in words.
pub(super) fn standing(group: &Standing, now: Signal<At>) -> Html {
    let mut told: Vec<Html> = Vec::new();
    if let Some(who) = &group.state_by {
        told.push(view! { <span>"by "{who.clone()}", "{when(group.state_at, now)}</span> });
    }
    let mut say = |words: Option<String>| told.extend(words.map(|words| view! { <span>{words}</span> }));
    say(group.ticket.as_ref().map(|ticket| ["ticket ", ticket].concat()));
    say(group.snooze_until.map(|until| ["until ", &moment(until)].concat()));
    say(group.snooze_total.map(|total| ["until it has happened ", &count(total), " times"].concat()));
    say(group.snooze_per_hour.map(|rate| ["until more than ", &rate.to_string(), " happen in an hour"].concat()));
    say(group.resolved_in.as_ref().map(|release| ["in build ", release].concat()));
    say(group.why.clone());
    told.into_html()
}

fn facts_panel(output: &GroupOutput, now: Signal<At>) -> Html {
    let group = &output.group;
    let rule = match group.fingerprint_version {
        0 => "code and title, given by the host".to_owned(),
        version => ["code, message and frames, rule ", &version.to_string()].concat(),
    };
    let list = vec![
        fact_words("Waiting now", count(group.open)),
        fact_words("Failed ever", count(group.total)),
        fact_words("Customers", count(group.tenants.into())),
        fact("First seen", when(group.first_seen, now)),
        fact("Last seen", when(group.last_seen, now)),
        fact("Last day", view! { <Sparkline points=group.spark.clone() tone=Tone::Fail/> }),
        fact_code("Error code", group.code.clone()),
        fact_words("Alike by", rule),
        fact_code("Fingerprint", group.fingerprint.clone()),
    ];
    view! { <Panel title="Facts" pad=true>{facts(list)}</Panel> }
}

fn tenants(shares: Vec<TenantShare>, group: i64, now: Signal<At>) -> Html {
    let about = counted(i64::try_from(shares.len()).unwrap_or(i64::MAX), false, "customer", "customers");
    let heads = vec![Head::text("Customer"), Head::num("Waiting"), Head::num("Ever"), Head::text("Last seen")];
    let line = |share: TenantShare| {
        let href = routes::url(routes::TROUBLESHOOTING, &[("group", &group.to_string()), ("tenant", &share.slug)]);
        view! {
            <tr><td class="grow"><a href=href>{share.tenant_name}</a></td><td class="num">{count(share.open)}</td><td class="num">{count(share.total)}</td><td class="soft">{when(share.last_seen, now)}</td></tr>
        }
    };
    let lines = shares.into_iter().map(line).collect::<Vec<_>>();
    view! { <Panel title="Whom it happens to" about><Table caption="Customers of this group, most waiting first" heads><tbody>{lines}</tbody></Table></Panel> }
}

fn facets((title, head): (&'static str, &'static str), caption: &'static str, rows: &[FacetRow], now: Signal<At>) -> Html {
    if rows.is_empty() {
        return ().into_html();
    }
    let heads = vec![Head::text(head), Head::num("Ever"), Head::text("First seen")];
    let line = |row: &FacetRow| {
        view! { <tr><td class="grow mono">{row.value.clone()}</td><td class="num">{count(row.count)}</td><td class="soft">{when(row.first_seen, now)}</td></tr> }
    };
    let lines = rows.iter().map(line).collect::<Vec<_>>();
    view! { <Panel title><Table caption heads><tbody>{lines}</tbody></Table></Panel> }
}

fn waiting(output: &GroupOutput, now: Signal<At>) -> Html {
    if output.waiting.is_empty() {
        let about = "All of its commands were sent again, completed or cancelled. It stays, so that it is known when it comes back.";
        return view! { <Panel title="Waiting"><EmptyState title="Nothing of it waits" about tone=Tone::Ok/></Panel> };
    }
    let heads = vec![Head::text("Command"), Head::text("What happened"), Head::text("Customer"), Head::text("Failed")];
    let line = |row: &CommandRow| {
        let said = row.error_message.clone().or_else(|| row.error_title.clone()).unwrap_or_default();
        view! {
            <tr>
                <td class="mono"><a href=routes::command(row.command)>{row.command.short()}</a></td>
                <td class="grow">{said}</td>
                <td>{row.tenant_name.clone()}</td>
                <td class="soft">{when(row.updated_at, now)}</td>
            </tr>
        }
    };
    let lines = output.waiting.iter().map(line).collect::<Vec<_>>();
    let shown = i64::try_from(output.waiting.len()).unwrap_or(i64::MAX);
    let about = if shown < output.group.open {
        ["the newest ", &count(shown), " of ", &count(output.group.open)].concat()
    } else {
        counted(shown, false, "command", "commands")
    };
    view! { <Panel title="Waiting" about><Table caption="The newest commands of this group" heads><tbody>{lines}</tbody></Table></Panel> }
}

pub(super) fn notes(notes: Vec<NoteRow>, now: Signal<At>) -> Html {
    let inside = if notes.is_empty() {
        view! { <p class="soft pad">"None yet. What you find out here saves the next one the search; write nothing of a customer\u{2019}s."</p> }
    } else {
        let line = |note: NoteRow| {
            view! {
                <li class="deed" data-kind="look">
                    <time datetime=note.at.to_string() title=moment(note.at)>{note.at.clock()}</time>
                    <span class="dot"><Icon of=Icon::Pencil/></span>
                    <div class="body"><span class="what">{note.note}</span><span class="who">"by "{note.who}</span></div>
                    <span class="seq faint">{when(note.at, now)}</span>
                </li>
            }
        };
        let lines = notes.into_iter().map(line).collect::<Vec<_>>();
        view! { <ol class="timeline">{lines}</ol> }
    };
    view! { <Panel title="Notes" about="newest first">{inside}</Panel> }
}

fn terminal(group: i64) -> Html {
    let line = cli::fill(Group::META.cli, &serde_json::json!({ "group": group }), false, "");
    view! { <Panel title="Do it from a terminal" pad=true><CliLine line/></Panel> }
}
