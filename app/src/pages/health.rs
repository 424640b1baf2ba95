//! Health: the console and what it watches in one snapshot, worst first; what is well folds into a line of its facts. Read again every five
//! seconds while somebody looks. Not in here: reading the parts, and what a deploy changed (see `deploys`).

use super::{
    keys::{focus, is_idle, link_id, moved, on_key},
    pieces::{Same, clock, followed, when},
};
use crate::{
    components::{CliLine, Note, StateMark, Tone},
    data::load,
    icons::Icon,
    routes,
    text::counted,
};
use actions::views::context::{Context, ContextOutput, Part, value, worst_first};
use domain::{At, Fact, PartStatus, View as _};
use leptos::prelude::*;
use markup::{Html, IntoHtml, each, effect, memo, view};
use std::time::Duration;

const EVERY: Duration = Duration::from_secs(5);

/// The page of the snapshot.
#[must_use]
pub fn page() -> Html {
    let data = load(|| Context {});
    effect(move || {
        // Nobody looks at a page in the background; what is being marked or typed stays.
        let again = move || {
            if !document().hidden() && is_idle() {
                data.refetch();
            }
        };
        if let Ok(handle) = set_interval_with_handle(again, EVERY) {
            on_cleanup(move || handle.clear());
        }
    });
    view! { {followed(data, content)} }
}

pub(super) const fn status_words(status: PartStatus) -> (Tone, &'static str) {
    match status {
        PartStatus::Pass => (Tone::Ok, "Well"),
        PartStatus::Warn => (Tone::Warn, "Look at it"),
        PartStatus::Fail => (Tone::Fail, "Failing"),
    }
}

fn content(context: Memo<Same<ContextOutput>>) -> Html {
    let now = clock(context.with_untracked(|context| context.now));
    let order = memo(move || context.with(|context| worst_first(&context.parts).into_iter().map(key).collect::<Vec<_>>()));
    walk(order.into());
    let status = memo(move || context.with(|context| context.status));
    let mark = move || {
        let (tone, word) = status_words(status.get());
        view! { <StateMark tone word/> }
    };
    let about = move || context.with(|context| summary(context));
    let left_out = memo(move || context.with(|context| context.left_out));
    let cut = move || {
        let left_out = left_out.get();
        let what = [&counted(left_out, false, "fact is", "facts are"), " left out: there are more than a snapshot holds."].concat();
        (left_out > 0).then(|| view! { <Note tone=Tone::Warn what/> })
    };
    view! {
        <div class="head">
            <div><h1>"Health"</h1><p class="soft row wide" aria-live="polite">{mark}<span>{about}</span></p></div>
            <div class="actions"><a class="btn" href=routes::DEPLOYS><Icon of=Icon::Deploys/>"Deploys"</a></div>
        </div>
        {cut}
        <div class="parts">{each(move || order.get(), move |id| card(id, context, order.into(), now))}</div>
        <CliLine line=Context::META.cli/>
    }
}

/// A part among the others, whatever its place.
fn key(part: &Part) -> u128 {
    let text = [&part.name, "\n", &part.server, "\n", part.tenant.as_deref().unwrap_or_default()].concat();
    // FNV-1a, of 128 bits.
    text.bytes().fold(0x6c62_272e_07bb_0142_62b8_2175_6295_c58d, |hash, byte| {
        (hash ^ u128::from(byte)).wrapping_mul(0x0000_0000_0100_0000_0000_0000_0000_013B)
    })
}

fn summary(context: &ContextOutput) -> String {
    let count = |status: PartStatus| i64::try_from(context.parts.iter().filter(|part| part.status == status).count()).unwrap_or(i64::MAX);
    let (fail, warn, pass) = (count(PartStatus::Fail), count(PartStatus::Warn), count(PartStatus::Pass));
    let mut words = Vec::new();
    let mut say = |n: i64, one: &str, many: &str| words.extend((n > 0).then(|| counted(n, false, one, many)));
    say(fail, "part fails", "parts fail");
    say(warn, "part wants a look", "parts want a look");
    say(pass, "part is well", "parts are well");
    [&words.join(", "), "."].concat()
}

/// j and k walk the parts.
fn walk(order: Signal<Vec<u128>>) {
    let cursor = RwSignal::new(None::<usize>);
    on_key(move |event, in_sequence| {
        let down = match event.key().as_str() {
            "j" => true,
            "k" => false,
            _ => return,
        };
        if in_sequence {
            return;
        }
        let to = moved(cursor.get_untracked(), down, order.with_untracked(Vec::len));
        cursor.set(to);
        if let Some(at) = to {
            focus(&link_id(at));
        }
        event.prevent_default();
    });
}

fn card(id: u128, context: Memo<Same<ContextOutput>>, order: Signal<Vec<u128>>, now: Signal<At>) -> Html {
    let part = memo(move || context.with(|context| context.parts.iter().find(|part| key(part) == id).cloned()));
    let place = memo(move || order.with(|order| order.iter().position(|other| *other == id).unwrap_or_default()));
    let tone = move || part.with(|part| part.as_ref().map(|part| status_words(part.status).0.key()));
    let inner = move || part.get().map(|part| inside(&part, now));
    view! { <article class="panel part" data-tone=tone tabindex="-1" id=move || link_id(place.get())>{inner}</article> }
}

fn inside(part: &Part, now: Signal<At>) -> Html {
    let (tone, word) = status_words(part.status);
    let why = (!part.why.is_empty()).then(|| view! { <Note tone what=part.why.clone()/> });
    let age = part.at.map(|at| view! { <span class="faint small">{when(at, now)}</span> });
    let whose = part.tenant.clone().map(|tenant| view! { <span class="soft">{tenant}</span> });
    let facts = if part.name == "latency" { latency(&part.observed) } else { facts(&part.observed) };
    let way = way(&part.name).map(|(href, words)| view! { <a class="link" href=href>{words}</a> });
    view! {
        <header><StateMark tone word bare=true/><h2>{title(&part.name)}</h2>{whose}<span class="end">{age}</span></header>
        <div class="pad tight">{why}{facts}</div>
        <footer class="small"><span class="clip" title=part.source.clone()>{part.source.clone()}</span>{way}</footer>
    }
}

fn title(name: &str) -> String {
    let known = match name {
        "bus" => "Bus and queues",
        "live" => "Live stream",
        "disk" => "Disk",
        "certificate" => "Certificate",
        "frontend" => "Customers\u{2019} pages",
        "latency" => "How fast it answers",
        "pools" => "Connections",
        "config" => "Settings of the process",
        "deploy" => "This program",
        other => {
            let mut letters = other.chars();
            return letters.next().map_or_else(String::new, |first| [&first.to_uppercase().to_string(), letters.as_str()].concat());
        }
    };
    known.to_owned()
}

/// Where one reads on.
fn way(name: &str) -> Option<(&'static str, &'static str)> {
    Some(match name {
        "bus" => (routes::GROUPS, "What waits for a person"),
        "workers" => (routes::JOBS, "Jobs"),
        "frontend" => (routes::FRONTEND_ERRORS, "Frontend errors"),
        "deploy" | "migrations" | "config" => (routes::DEPLOYS, "What changed, deploy by deploy"),
        "limits" => (routes::OPERATIONS, "Operations"),
        _ => return None,
    })
}

/// So many facts stand open; of more, those behind them unfold.
const OPEN: usize = 6;

fn facts(all: &[Fact]) -> Html {
    let list = |facts: &[Fact]| {
        let rows = facts.iter().map(fact).collect::<Vec<_>>();
        view! { <dl class="facts">{rows}</dl> }
    };
    if all.len() <= OPEN + 1 {
        return list(all);
    }
    let more = [&(all.len() - OPEN).to_string(), " more"].concat();
    view! { {list(&all[..OPEN])}<details class="fold"><summary><Icon of=Icon::ChevronRight/>{more}</summary>{list(&all[OPEN..])}</details> }
}

fn fact(fact: &Fact) -> Html {
    let share = fact.number.zip(fact.most).filter(|(_, most)| *most > 0).map(|(number, most)| {
        let share = number.clamp(0, most) * 1000 / most;
        // Its own tone: a full pool is no failing part, and a failing part no full pool.
        // Of workers all are good.
        bar(share, if share >= 900 && fact.unit != "workers" { Tone::Warn } else { Tone::Run })
    });
    view! { <dt>{fact.name.clone()}</dt><dd class="mono">{value(fact)}{share}</dd> }
}

/// A share of a thousand.
fn bar(share: i64, tone: Tone) -> Html {
    view! {
        <svg class="share" viewBox="0 0 1000 10" preserveAspectRatio="none" aria-hidden="true">
            <rect class="all" width="1000" height="10"/>
            <rect data-tone=tone.key() width=share.max(4).to_string() height="10"/>
        </svg>
    }
}

/// Quantiles by what was asked for: three numbers, each with its bar against the slowest of all.
fn latency(all: &[Fact]) -> Html {
    let of = |class: &str, what: &str| all.iter().find(|fact| fact.name.split_once(", ") == Some((class, what)));
    let number = |fact: Option<&Fact>| fact.and_then(|fact| fact.number).unwrap_or_default();
    let slowest = all.iter().filter(|fact| fact.unit == "us").filter_map(|fact| fact.number).max().unwrap_or(1).max(1);
    let classes = all.iter().filter_map(|fact| fact.name.strip_suffix(", answers")).collect::<Vec<_>>();
    if classes.is_empty() {
        return view! { <p class="soft">"Nobody asked anything within five minutes."</p> };
    }
    let cell = |fact: Option<&Fact>| {
        let share = number(fact).saturating_mul(1000) / slowest;
        view! { <td class="num mono">{fact.map(value)}{bar(share, if number(fact) > 1_000_000 { Tone::Warn } else { Tone::Run })}</td> }
    };
    let row = |class: &&str| {
        let count = number(of(class, "answers"));
        view! { <tr><th scope="row">{(*class).to_owned()}</th><td class="num">{crate::text::count(count)}</td>{cell(of(class, "p50"))}{cell(of(class, "p95"))}{cell(of(class, "p99"))}</tr> }
    };
    let rows = classes.iter().map(row).collect::<Vec<_>>();
    let failed = all.iter().filter(|fact| fact.name.ends_with("5xx")).map(self::fact).collect::<Vec<_>>();
    let failed = if failed.is_empty() {
        ().into_html()
    } else {
        view! { <dl class="facts">{failed}</dl> }
    };
    view! {
        <table class="quantiles">
            <caption class="visually-hidden">"Times within which half, 95 and 99 of a hundred were answered"</caption>
            <thead><tr><td></td><th scope="col" class="num">"answers"</th><th scope="col" class="num">"half"</th><th scope="col" class="num">"95 %"</th><th scope="col" class="num">"99 %"</th></tr></thead>
            <tbody>{rows}</tbody>
        </table>
        {failed}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_of_two_servers_and_two_tenants_are_four() {
        let part = |server: &str, tenant: Option<&str>| Part {
            section: domain::Section::Components,
            name: "bus".into(),
            status: PartStatus::Pass,
            why: String::new(),
            source: String::new(),
            server: server.into(),
            tenant: tenant.map(Into::into),
            at: None,
            age_ms: 0,
            took_ms: 0,
            observed: Vec::new(),
        };
        let mut keys = [key(&part("a", None)), key(&part("b", None)), key(&part("a", Some("x"))), key(&part("a", Some("y")))].to_vec();
        keys.sort_unstable();
        keys.dedup();
        assert_eq!(keys.len(), 4);
        assert_eq!((title("database"), title("live")), ("Database".into(), "Live stream".into()));
    }
}
