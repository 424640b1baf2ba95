//! Two attempts of a step beside each other, as `?with=` in the URL asks: what differs is marked, what does not is quiet.

use crate::{
    arrival::use_location,
    components::{Change, CliLine, DiffView},
    data::load_when,
    deeds::cli,
    live::{Kind, on_live},
    pages::{
        filters::text_of,
        pieces::{loaded, masked_here, on_session_change},
    },
    text::counted,
};
use actions::views::compare_attempts::{CompareAttempts, CompareAttemptsOutput, Compared, LogOf, LogPart};
use domain::{JobId, View as _};
use leptos::prelude::*;
use leptos_router::params::ParamsMap;
use markup::{Html, memo, view};

/// What the URL calls the attempt on the left; the one that is shown stands on the right.
pub(crate) const WITH: &str = "with";

/// The panel of a comparison; a part of its own, which comes with the address that asks for it.
pub(crate) fn panel(job: JobId) -> Html {
    let query = use_location().query;
    let asked = memo(move || query.with(|query| asked_by(query, job)));
    let data = load_when(move || asked.get());
    let again = move || {
        if asked.with_untracked(Option::is_some) {
            data.refetch();
        }
    };
    on_live(&[Kind::Job], again);
    on_session_change(again);
    loaded(data, move |output| content(&output, job))
}

fn asked_by(query: &ParamsMap, job: JobId) -> Option<CompareAttempts> {
    let number = |name: &str| text_of(query, name)?.parse().ok();
    Some(CompareAttempts { job, step: text_of(query, "step"), first: Some(number(WITH)?), second: number("attempt") })
}

fn content(output: &CompareAttemptsOutput, job: JobId) -> Html {
    let [first, second] = [output.first.number, output.second.number].map(|number| number.to_string());
    let title = [&output.step, ": attempt ", &first, " and attempt ", &second].concat();
    let differing = output.rows.iter().filter(|row| row.differs()).count() as i64;
    let about = if differing == 0 { "nothing differs".to_owned() } else { counted(differing, false, "difference", "differences") };
    let change = |row: &Compared| Change { field: row.what.clone(), before: row.first.clone(), after: row.second.clone() };
    let changes: Vec<_> = output.rows.iter().map(change).collect();
    let heads = [["attempt ", &first].concat(), ["attempt ", &second].concat()];
    let log = match &output.log {
        Some(parts) => log(parts, [&first, &second]),
        None => masked_here("What the attempts said is not shown outside a support session.", output.tenant),
    };
    let input =
        CompareAttempts { job, step: Some(output.step.clone()), first: Some(output.first.number), second: Some(output.second.number) };
    let line = cli::fill(CompareAttempts::META.cli, &serde_json::to_value(input).unwrap_or_default(), false, "");
    view! {
        <section class="panel" id="compared">
            <header><h2>{title.clone()}</h2><span class="faint">{about}</span></header>
            <div class="pad">
                <DiffView changes heads caption=title/>
                <h3>"Logs"</h3>
                {log}
                <CliLine line/>
            </div>
        </section>
    }
}

fn log(parts: &[LogPart], numbers: [&String; 2]) -> Html {
    if parts.iter().all(|part| part.of == LogOf::Both) {
        let lines: i64 = parts.iter().map(|part| part.lines).sum();
        let words = match lines {
            0 => "Both said nothing.".to_owned(),
            lines => ["Both said the same, ", &counted(lines, false, "line", "lines"), "."].concat(),
        };
        return view! { <p class="soft">{words}</p> };
    }
    let label = ["Logs of attempt ", numbers[0], " and attempt ", numbers[1]].concat();
    let lines: Vec<Html> = parts.iter().flat_map(|part| lines(part, numbers)).collect();
    view! { <div class="log two" tabindex="0" role="region" aria-label=label><ol>{lines}</ol></div> }
}

/// The lines of a part; in the middle of many that are alike, how many there are.
fn lines(part: &LogPart, numbers: [&String; 2]) -> Vec<Html> {
    let (key, sign, whose) = match part.of {
        LogOf::Both => ("both", "", String::new()),
        LogOf::First => ("first", "\u{2212}", ["only attempt ", numbers[0], ": "].concat()),
        LogOf::Second => ("second", "+", ["only attempt ", numbers[1], ": "].concat()),
    };
    let line = |text: &String| {
        view! {
            <li class="line" data-of=key>
                <span class="sign" aria-hidden="true">{sign}</span>
                <span class="text"><span class="visually-hidden">{whose.clone()}</span>{text.clone()}</span>
            </li>
        }
    };
    let mut all: Vec<Html> = part.text.iter().map(line).collect();
    let left_out = part.lines - part.text.len() as i64;
    if left_out > 0 {
        let words = ["\u{2026} ", &counted(left_out, false, "line", "lines"), " alike \u{2026}"].concat();
        all.insert(
            all.len() / 2,
            view! { <li class="line" data-of="left-out"><span class="sign"></span><span class="text">{words}</span></li> },
        );
    }
    all
}
