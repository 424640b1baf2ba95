//! Checks and heartbeats as a list, and one of them; read as they change. Not in here: alerts, and what the deeds take (see `watch`).

use super::{
    filters::{choice, filter_form, text_of},
    pieces::{clock, cursor_pager, fact_words, facts, loaded, when},
    watch,
};
use crate::{
    arrival::use_location,
    components::{CliLine, CodeBlock, EmptyState, Head, Note, Panel, Sparkline, StateMark, Table, Tone},
    data::load,
    deeds::{DeedDialogs, PlainButton, latch_plain},
    icons::Icon,
    live::{Kind, on_live},
    routes,
    text::counted,
};
use actions::deeds::{
    delete_check::DeleteCheck, end_maintenance::EndMaintenance, pause_check::PauseCheck, run_check::RunCheck, save_check::SaveCheck,
    save_maintenance::SaveMaintenance,
};
use actions::views::{
    check::{Check, CheckOutput, CheckResult, Gap, Incident},
    checks::{CheckRow, Checks, ChecksOutput, MaintenanceRow, Stands, percent},
};
use domain::{Action as _, At, CheckKind, human_millis};
use leptos::prelude::*;
use leptos_router::params::ParamsMap;
use markup::{Html, view};

/// What one types to begin with.
const FIRST: &str = "opsctl check save Shop --kind http --target https://shop.example/health --reason \"The shop has to answer\"";

/// The list.
#[must_use]
pub fn page() -> Html {
    let query = use_location().query;
    let data = load(move || query.with(filter_of));
    on_live(&[Kind::Check], move || data.refetch());
    let asked = latch_plain(move |word, of| match word {
        word if word == SaveCheck::META.name => Some(watch::save_check(None)),
        word if word == SaveMaintenance::META.name => Some(watch::maintenance(None)),
        word if word == EndMaintenance::META.name => ending(&data.good()?.maintenance, of),
        _ => None,
    });
    view! {
        {loaded(data, move |output| content(output, query.with_untracked(filter_of)))}
        <DeedDialogs asked done=move |()| data.refetch()/>
    }
}

/// The window that is to end.
fn ending(open: &[MaintenanceRow], of: Option<&str>) -> Option<crate::deeds::OnPlain> {
    let window = open.iter().find(|window| of.and_then(|of| of.parse().ok()) == Some(window.maintenance))?;
    Some(watch::end_maintenance(window.maintenance, &window.reason))
}

fn filter_of(query: &ParamsMap) -> Checks {
    Checks {
        stands: text_of(query, "stands"),
        kind: text_of(query, "kind").and_then(|word| word.parse().ok()),
        limit: None,
        cursor: text_of(query, "cursor"),
    }
}

/// How a check stands, as tone and word.
const fn stands_words(stands: Stands) -> (Tone, &'static str) {
    match stands {
        Stands::Up => (Tone::Ok, "Up"),
        Stands::Down => (Tone::Fail, "Down"),
        Stands::New => (Tone::Skip, "New"),
        Stands::Paused => (Tone::Skip, "Paused"),
        Stands::Maintenance => (Tone::Warn, "Maintenance"),
        Stands::NotChecked => (Tone::Warn, "Not checked"),
    }
}

const fn kind_word(kind: CheckKind) -> &'static str {
    match kind {
        CheckKind::Http => "HTTP",
        CheckKind::Tcp => "TCP",
        CheckKind::Dns => "DNS",
        CheckKind::Certificate => "Certificate",
        CheckKind::Beacon => "Beacon",
        CheckKind::Heartbeat => "Heartbeat",
    }
}

fn content(output: ChecksOutput, filter: Checks) -> Html {
    let now = clock(output.now);
    let about = [
        &counted(output.total, false, "check", "checks"),
        ", ",
        &output.down.to_string(),
        " down. What was not checked is never shown as up.",
    ]
    .concat();
    let states = Stands::ALL.iter().map(|stands| (stands.word().to_owned(), stands_words(*stands).1.to_owned())).collect();
    let kinds = CheckKind::ALL.iter().map(|kind| (kind.word().to_owned(), kind_word(*kind).to_owned())).collect();
    let fields = view! {
        {choice("stands", "state", filter.stands.as_deref(), states)}
        {choice("kind", "kind", filter.kind.map(CheckKind::word), kinds)}
    };
    let next = output.next.clone();
    let place = [&output.rows.len().to_string(), " shown"].concat();
    let pager = cursor_pager(filter.cursor.is_some(), move || (next.clone(), place.clone()));
    let list = if output.rows.is_empty() {
        nothing(output.total > 0)
    } else {
        view! { {table(&output.rows, now)} {pager} }
    };
    view! {
        <div class="head">
            <div><h1>"Checks"</h1><p class="soft">{about}</p></div>
            <div class="actions">
                <a class="btn" href=routes::ALERTS>"Alerts"</a>
                <PlainButton meta=const { &SaveMaintenance::META } label="Maintenance\u{2026}" icon=Icon::Clock/>
                <PlainButton meta=const { &SaveCheck::META } label="New check\u{2026}" icon=Icon::Plus/>
            </div>
        </div>
        {filter_form(routes::CHECKS, &["stands", "kind"], fields)}
        {windows(&output.maintenance, now)}
        <section class="panel">{list}</section>
    }
}

fn nothing(filtered: bool) -> Html {
    if filtered {
        return view! {
            <EmptyState title="No check fits" about="None stands like this and is of this kind. Take a filter away to see more." icon=Icon::Clock>
                <a class="btn" href=routes::CHECKS>"Show all"</a>
            </EmptyState>
        };
    }
    view! {
        <EmptyState title="Nothing is checked yet" about="Ask something from outside every minute, or let a job report when it ran: it stands here, and an alert is raised when it is not as expected." icon=Icon::Clock>
            <CliLine line=FIRST/>
            <CliLine line="opsctl heartbeat add Nightly --cron \"30 3 * * *\" --zone Europe/Vienna --reason \"The nightly import\""/>
        </EmptyState>
    }
}

fn table(rows: &[CheckRow], now: Signal<At>) -> Html {
    let heads = vec![
        Head::text("State"),
        Head::text("Check"),
        Head::text("Kind"),
        Head::num("Day"),
        Head::num("Week"),
        Head::text("Latency"),
        Head::num("Took"),
        Head::text("Last"),
        Head::text("Next"),
    ];
    let lines = rows.iter().map(|row| line(row, now)).collect::<Vec<_>>();
    view! { <Table caption="Checks, by name" heads><tbody>{lines}</tbody></Table> }
}

fn line(row: &CheckRow, now: Signal<At>) -> Html {
    let (tone, word) = stands_words(row.stands);
    let under = row.last_error.clone().unwrap_or_else(|| row.target.clone());
    view! {
        <tr>
            <td><StateMark tone word/></td>
            <td class="grow"><a class="strong" href=routes::check(row.check)>{row.name.clone()}</a>" "<span class="faint">{under}</span></td>
            <td class="soft">{kind_word(row.kind)}</td>
            <td class="num">{share(row.uptime_day)}</td>
            <td class="num">{share(row.uptime_week)}</td>
            <td><Sparkline points=row.spark.clone()/></td>
            <td class="num">{row.last_ms.map(human_millis)}</td>
            <td class="soft">{row.last_at.map(|at| when(at, now))}</td>
            <td class="soft">{row.next_at.map(|at| when(at, now))}</td>
        </tr>
    }
}

fn share(of_ten_thousand: Option<i64>) -> String {
    of_ten_thousand.map_or_else(|| "\u{2013}".to_owned(), percent)
}

fn windows(open: &[MaintenanceRow], now: Signal<At>) -> Vec<Html> {
    let window = |window: &MaintenanceRow| {
        let what = ["Maintenance of ", window.check_name.as_deref().unwrap_or("all checks"), ": ", &window.reason].concat();
        let because = ["Announced by ", &window.saved_by, ". Failures open no incident meanwhile."].concat();
        let (from, to, of) = (window.starts_at, window.ends_at, window.maintenance.to_string());
        view! { <Note tone=Tone::Warn what because>
            <span class="soft">{when(from, now)}" to "{when(to, now)}</span>
            <PlainButton meta=const { &EndMaintenance::META } label="End\u{2026}" icon=Icon::Close of/>
        </Note> }
    };
    open.iter().map(window).collect()
}

/// One check.
#[must_use]
pub fn one(check: i64) -> Html {
    let data = load(move || Check { check });
    on_live(&[Kind::Check], move || data.refetch());
    let asked = latch_plain(move |word, of| {
        let output = data.good()?;
        let (name, paused) = (output.row.name.as_str(), output.row.stands == Stands::Paused);
        match word {
            word if word == SaveCheck::META.name => Some(watch::save_check(Some(&output))),
            word if word == RunCheck::META.name => Some(watch::run_check(check, name)),
            word if word == PauseCheck::META.name => Some(watch::pause_check(check, name, !paused)),
            word if word == DeleteCheck::META.name => Some(watch::delete_check(check, name)),
            word if word == SaveMaintenance::META.name => Some(watch::maintenance(Some((check, name)))),
            word if word == EndMaintenance::META.name => ending(&output.maintenance, of),
            _ => None,
        }
    });
    view! {
        {loaded(data, one_content)}
        <DeedDialogs asked done=move |()| data.refetch()/>
    }
}

fn one_content(output: CheckOutput) -> Html {
    let now = clock(output.now);
    let row = &output.row;
    crate::title(routes::titled(&[&row.name, " \u{b7} check"]));
    let (tone, word) = stands_words(row.stands);
    let printed = output.results.iter().find_map(|result| result.output.clone());
    view! {
        <div class="head">
            <div>
                <p class="crumbs"><a href=routes::CHECKS>"Checks"</a>" / "{kind_word(row.kind)}</p>
                <h1>{row.name.clone()}</h1>
                <p class="soft row wide"><StateMark tone word/>{row.target.clone()}</p>
            </div>
            {deeds(row)}
        </div>
        {windows(&output.maintenance, now)}
        <div class="cols">
            <div class="stack">{results(&output.results, now)}{printed.map(|text| view! { <Panel title="What it printed last"><CodeBlock text label="Output of the job"/></Panel> })}</div>
            <div class="stack">{about(&output)}{incidents(&output.incidents, &output.gaps, now)}</div>
        </div>
    }
}

fn about(output: &CheckOutput) -> Html {
    let row = &output.row;
    let every = ["every ", &human_millis(output.every_secs * 1000), ", within ", &output.timeout_secs.to_string(), " s"].concat();
    let turns = ["down after ", &output.fail_after.to_string(), ", up after ", &output.pass_after.to_string()].concat();
    let mut known = vec![fact_words("Uptime", [&share(row.uptime_day), " of a day, ", &share(row.uptime_week), " of a week"].concat())];
    if row.kind != CheckKind::Heartbeat {
        known.push(fact_words("Runs", every));
    }
    known.push(fact_words("Counts as", turns));
    known.extend(row.last_error.clone().map(|error| fact_words("Failed last", error)));
    known.push(fact_words("Saved by", output.saved_by.clone()));
    view! { <Panel title="What is checked" pad=true>{facts(known)}</Panel> }
}

fn results(results: &[CheckResult], now: Signal<At>) -> Html {
    let line = |result: &CheckResult| {
        let (tone, word) = match (result.ok, result.excused) {
            (true, _) => (Tone::Ok, "As expected"),
            (false, true) => (Tone::Warn, "In maintenance"),
            (false, false) => (Tone::Fail, "Failed"),
        };
        view! {
            <tr>
                <td><StateMark tone word/></td>
                <td class="soft">{when(result.at, now)}</td>
                <td class="num">{result.took_ms.map(human_millis)}</td>
                <td class="grow">{result.error.clone()}</td>
                <td class="faint">{result.runner.clone()}</td>
            </tr>
        }
    };
    if results.is_empty() {
        return view! { <Panel title="Results"><EmptyState title="No result yet" about="The first comes with its first turn, or when the job reports." icon=Icon::Clock/></Panel> };
    }
    let heads = vec![Head::text("Result"), Head::text("When"), Head::num("Took"), Head::text("Why"), Head::text("By")];
    let lines = results.iter().map(line).collect::<Vec<_>>();
    view! { <Panel title="Results"><Table caption="The newest results" heads><tbody>{lines}</tbody></Table></Panel> }
}

fn incidents(incidents: &[Incident], gaps: &[Gap], now: Signal<At>) -> Html {
    let down = incidents.iter().map(|incident| {
        let tone = if incident.up_at.is_some() { Tone::Skip } else { Tone::Fail };
        let until = incident.up_at.map(|at| view! { <span class="soft">"until "{when(at, now)}</span> });
        view! { <li><StateMark tone word="Down"/>" "<span class="soft">"since "{when(incident.down_since, now)}</span>" "{until}" "<span>{incident.error.clone()}</span></li> }
    });
    let unseen = gaps.iter().map(|gap| {
        view! { <li><StateMark tone=Tone::Warn word="Not checked"/>" "<span class="soft">"from "{when(gap.from, now)}" to "{when(gap.to, now)}</span></li> }
    });
    let all = down.chain(unseen).collect::<Vec<_>>();
    if all.is_empty() {
        return view! { <Panel title="Incidents" pad=true><p class="soft">"It was never down, and always checked."</p></Panel> };
    }
    view! { <Panel title="Incidents" pad=true><ul class="incidents">{all}</ul></Panel> }
}

fn deeds(row: &CheckRow) -> Html {
    let run = (row.kind != CheckKind::Heartbeat)
        .then(|| view! { <PlainButton meta=const { &RunCheck::META } label="Run now\u{2026}" icon=Icon::Retry/> });
    let pause = if row.stands == Stands::Paused { "Resume\u{2026}" } else { "Pause\u{2026}" };
    view! {
        <div class="actions">
            {run}
            <PlainButton meta=const { &PauseCheck::META } label=pause icon=Icon::Waiting/>
            <PlainButton meta=const { &SaveMaintenance::META } label="Maintenance\u{2026}" icon=Icon::Clock/>
            <PlainButton meta=const { &SaveCheck::META } label="Change\u{2026}" icon=Icon::Pencil/>
            <PlainButton meta=const { &DeleteCheck::META } label="Delete\u{2026}" icon=Icon::Cancel danger=true/>
        </div>
    }
}
