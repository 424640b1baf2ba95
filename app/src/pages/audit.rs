//! The audit timeline: every deed and every refusal, grouped by UTC day, with the state of the hash
//! chain above it. How one entry looks is in `audit_entry`.

use super::audit_entry::{day_words, deed, outcome_word};
use crate::{
    arrival::use_location,
    components::{EmptyState, Loading},
    data::{ask, load, load_when},
    frame::{problem_view, use_me},
    icons::Icon,
    live::{Kind, on_live},
    routes,
    text::count,
};
use actions::views::{
    audit::{Audit, AuditEntry, AuditOutput, Verification},
    audit_verify::AuditVerify,
};
use domain::{At, AuditOutcome, Problem, View as _};
use leptos::prelude::*;
use leptos_router::params::ParamsMap;
use markup::{Html, memo, view};

const OUTCOMES: [AuditOutcome; 8] = [
    AuditOutcome::Done,
    AuditOutcome::Accepted,
    AuditOutcome::Refused,
    AuditOutcome::Rehearsed,
    AuditOutcome::Viewed,
    AuditOutcome::Failed,
    AuditOutcome::Open,
    AuditOutcome::Unknown,
];

/// A recomputation of the chain, or why there is none.
type Verified = Option<Result<Verification, Problem>>;

/// The button that verifies, and what came of it.
#[derive(Clone, Copy)]
struct Check {
    busy: RwSignal<bool>,
    found: Signal<Verified>,
    /// What the button found.
    pressed: RwSignal<Verified>,
}

impl Check {
    fn run(self) {
        if self.busy.get_untracked() {
            return;
        }
        self.busy.set(true);
        leptos::task::spawn_local(async move {
            let found = ask(AuditVerify {}).await;
            // The page may have been left meanwhile; its signals are gone then.
            let _ = self.pressed.try_set(Some(found));
            let _ = self.busy.try_set(false);
        });
    }
}

/// The audit.
#[must_use]
pub fn page() -> Html {
    let query = use_location().query;
    let data = load(move || query.with(filter_of));
    on_live(&[Kind::Audit, Kind::Session], move || {
        // Older pages stand still: only the newest is brought up to date.
        if query.with_untracked(|query| query.get_str("before").is_none()) {
            data.refetch();
        }
    });
    let check = verification(query);
    view! {
        <Transition fallback=|| view! { <div class="head"><div><h1>"Audit"</h1></div></div><section class="panel"><Loading what="Loading the timeline"/></section> }>
            {move || data.get().map(|answer| match answer {
                Ok(output) => content(output, query, check),
                Err(problem) => view! { <div class="head"><div><h1>"Audit"</h1></div></div><section class="panel">{problem_view(problem)}</section> },
            })}
        </Transition>
    }
}

/// The button's way to verify. Without WebAssembly it is a link to `?verify=now`, which the server answers.
fn verification(query: Memo<ParamsMap>) -> Check {
    let asked = memo(move || query.with(|query| query.get_str("verify").is_some()));
    let at_once = load_when(move || asked.get().then_some(AuditVerify {}));
    let pressed = RwSignal::new(None);
    let from_url = move || asked.get().then(|| at_once.get()).flatten();
    Check { busy: RwSignal::new(false), found: Signal::derive(move || pressed.get().or_else(from_url)), pressed }
}

fn filter_of(query: &ParamsMap) -> Audit {
    let text = |name| query.get(name).filter(|value| !value.is_empty());
    Audit {
        mine: query.get_str("mine").is_some_and(|mine| mine != "0"),
        today: query.get_str("today").is_some_and(|today| today != "0"),
        since: text("since"),
        tenant: text("tenant"),
        outcome: text("outcome"),
        action: text("action"),
        operation: text("operation").and_then(|operation| operation.parse().ok()),
        limit: None,
        before: query.get_str("before").and_then(|before| before.parse().ok()),
    }
}

fn content(output: AuditOutput, query: Memo<ParamsMap>, check: Check) -> Html {
    let AuditOutput { now, entries, next, chain_length, verified: remembered, only_mine } = output;
    view! {
        {head(now, chain_length, remembered, check)}
        {filters(query, only_mine)}
        {timeline(entries)}
        {older(next, query)}
    }
}

fn head(now: At, links: i64, remembered: Option<Verification>, check: Check) -> Html {
    let location = use_location();
    let href = move || routes::requery(&location.pathname.get(), &location.search.get(), &[("verify", Some("now"))]);
    let remembered = StoredValue::new(remembered);
    let state = move || match check.found.get() {
        Some(Ok(fresh)) => chain(Some(fresh), links, now),
        Some(Err(problem)) => {
            view! { <span class="state" data-tone="warn"><Icon of=Icon::Warn/>"Not verified: "{problem.message}</span> }
        }
        None => chain(remembered.get_value(), links, now),
    };
    let busy = move || check.busy.get();
    view! {
        <div class="head">
            <div>
                <h1>"Audit"</h1>
                <p class="facts-line" role="status">{state}</p>
            </div>
            <div class="actions">
                <a class="btn" role="button" data-noscroll="" href=href aria-busy=move || busy().then_some("true")
                    title=AuditVerify::META.cli
                    on:click=move |event| {
                        event.prevent_default();
                        check.run();
                    }><Icon of=Icon::Shield/>{move || if busy() { "Verifying…" } else { "Verify" }}</a>
            </div>
        </div>
    }
}

/// What is known of the chain.
fn chain(verification: Option<Verification>, links: i64, now: At) -> Html {
    let Some(Verification { at, links: checked, took_ms, first_bad }) = verification else {
        return view! { <span class="state"><Icon of=Icon::Shield/>{count(links)}" entries in the chain, not verified since the console started"</span> };
    };
    if let Some(bad) = first_bad {
        let entry = bad.entry.map(|entry| {
            let href = ["#deed-", &entry.to_string()].concat();
            view! { <span>"First bad entry: "<a class="link" rel="external" href=href>"#"{entry}</a></span> }
        });
        return view! {
            <span class="state" data-tone="fail"><Icon of=Icon::Failed/>"Chain broken at link "{count(bad.seq)}</span>
            {entry}<span>{bad.what}</span>
        };
    }
    let when = if now.secs_since(at) < 60 { "just now".to_owned() } else { ["at ", &at.clock(), " UTC on ", &at.date()].concat() };
    view! {
        <span class="state" data-tone="ok"><Icon of=Icon::Ok/>"Chain whole: "{count(checked)}" links"</span>
        <span>"verified "{when}" in "{domain::human_millis(took_ms)}</span>
    }
}

/// Chips that are links: each states what holds and takes it away or puts it there.
fn filters(query: Memo<ParamsMap>, only_mine: bool) -> Html {
    let me = use_me();
    let now = query.with_untracked(filter_of);
    let tenant = now.tenant.clone().unwrap_or_default();
    let outcome = now.outcome.clone().unwrap_or_default();
    let hidden = |name: &'static str, value: Option<String>| value.map(|value| view! { <input type="hidden" name=name value=value/> });
    let tenants = move || me.known().map(|me| me.tenants.clone()).unwrap_or_default();
    let chosen = tenant.clone();
    let options = move || {
        let chosen = chosen.clone();
        tenants()
            .into_iter()
            .map(move |row| view! { <option value=row.slug.clone() selected=row.slug == chosen>{row.name}</option> })
            .collect::<Vec<_>>()
    };
    let outcomes =
        OUTCOMES.map(|of| view! { <option value=outcome_word(of) selected=outcome == outcome_word(of)>{outcome_word(of)}</option> });
    view! {
        <form class="filters" method="get" action=routes::AUDIT aria-label="Filters">
            {if only_mine {
                view! { <span class="chip"><span>"who"</span><b>"only you, by your roles"</b></span> }
            } else {
                toggle("mine", "who", "me", "everybody", now.mine)
            }}
            {toggle("today", "when", "today", "any day", now.today)}
            {hidden("mine", now.mine.then(|| "1".to_owned()))}
            {hidden("today", now.today.then(|| "1".to_owned()))}
            {hidden("since", now.since)}
            <label class="visually-hidden" for="audit-tenant">"Customer"</label>
            <select class="input" id="audit-tenant" name="tenant" on:change=submit_own_form><option value="">"All customers"</option>{options}</select>
            <label class="visually-hidden" for="audit-outcome">"Outcome"</label>
            <select class="input" id="audit-outcome" name="outcome" on:change=submit_own_form><option value="">"All outcomes, refusals too"</option>{outcomes}</select>
            <button class="btn small" type="submit">"Apply"</button>
            {(!tenant.is_empty() || !outcome.is_empty() || now.today || now.mine).then(|| view! { <a class="chip" href=routes::AUDIT>"Clear"</a> })}
        </form>
    }
}

/// Choosing is applying, where there is WebAssembly.
fn submit_own_form(event: leptos::ev::Event) {
    let form = event_target::<web_sys::Element>(&event).closest("form").ok().flatten();
    if let Some(form) = form.and_then(|form| wasm_bindgen::JsCast::dyn_into::<web_sys::HtmlFormElement>(form).ok()) {
        // Refused only for a form that is no longer in the document.
        let _ = form.request_submit();
    }
}

fn toggle(name: &'static str, what: &'static str, on: &'static str, off: &'static str, holds: bool) -> Html {
    let location = use_location();
    let href = move || {
        let set = (!holds).then_some("1");
        routes::requery(&location.pathname.get(), &location.search.get(), &[(name, set), ("before", None), ("verify", None)])
    };
    view! {
        <a class="chip" data-noscroll="" href=href aria-current=holds.then_some("true")><span>{what}</span><b>{if holds { on } else { off }}</b></a>
    }
}

fn timeline(entries: Vec<AuditEntry>) -> Html {
    if entries.is_empty() {
        return view! {
            <section class="panel">
                <EmptyState title="No entries fit" about="Every deed and every refusal leaves one. Take a filter away to see more." icon=Icon::Audit>
                    <a class="btn" href=routes::AUDIT>"Show all"</a>
                </EmptyState>
            </section>
        };
    }
    let days = entries.chunk_by(|one, next| one.at.date() == next.at.date()).map(|day| {
        let heading = day_words(day[0].at);
        view! {
            <h2 class="day"><time datetime=day[0].at.date()>{heading}</time></h2>
            <ol class="timeline">{day.iter().map(|entry| deed(entry.clone())).collect::<Vec<_>>()}</ol>
        }
    });
    view! { <section class="panel" aria-label="Timeline, newest first, times in UTC">{days.collect::<Vec<_>>()}</section> }
}

fn older(next: Option<i64>, query: Memo<ParamsMap>) -> Html {
    let location = use_location();
    let link = move |before: Option<String>| {
        routes::requery(&location.pathname.get(), &location.search.get(), &[("before", before.as_deref()), ("verify", None)])
    };
    let newest = query.with_untracked(|query| query.get_str("before").is_some());
    view! {
        <nav class="pager" aria-label="Pages of the timeline">
            {newest.then(|| view! { <a class="btn" href=move || link(None)>"Newest"</a> })}
            {next.map(|next| view! { <a class="btn end" href=move || link(Some(next.to_string()))>"Older"<Icon of=Icon::ChevronRight/></a> })}
        </nav>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_url_is_the_filter() {
        let query = [("mine", "1"), ("today", "0"), ("tenant", ""), ("outcome", "refused"), ("before", "48213"), ("dialog", "keys")];
        let filter = filter_of(&query.into_iter().collect());
        let wanted = Audit { mine: true, outcome: Some("refused".into()), before: Some(48_213), ..Audit::default() };
        assert_eq!(filter, wanted);
    }
}
