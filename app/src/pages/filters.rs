//! Filters that are the URL: a plain GET form that works without WebAssembly, chips that take a
//! condition away, quick spans of time. Not in here: what a page filters by.

use crate::{arrival::use_location, components::Chip, frame::use_me, icons::Icon, routes::requery};
use actions::views::me::TenantRow;
use domain::At;
use leptos::{
    ev::{Event, SubmitEvent},
    prelude::*,
};
use leptos_router::{NavigateOptions, hooks::use_navigate, params::ParamsMap};
use markup::{Html, IntoHtml, view};
use wasm_bindgen::JsCast;
use web_sys::{Element, FormData, HtmlFormElement};

/// A condition of the URL; empty means it is not there.
pub(super) fn text_of(query: &ParamsMap, name: &str) -> Option<String> {
    query.get_str(name).map(str::trim).filter(|value| !value.is_empty()).map(str::to_owned)
}

/// The start of a day given as `2026-11-21`, or the text as it is: a span or a moment.
pub(super) fn from_day(text: &str) -> String {
    day(text).map_or_else(|| text.to_owned(), |at| at.to_string())
}

/// The end of a day given as `2026-11-21`, that day included.
pub(super) fn through_day(text: &str) -> String {
    day(text).map_or_else(|| text.to_owned(), |at| at.plus_secs(86_400).to_string())
}

fn day(text: &str) -> Option<At> {
    (text.len() == 10).then(|| [text, "T00:00:00Z"].concat().parse().ok()).flatten()
}

/// The form. In the browser it goes to the new URL without loading the page anew, and choosing is applying.
pub(super) fn filter_form(path: &'static str, names: &'static [&'static str], fields: Html) -> Html {
    let navigate = StoredValue::new(use_navigate());
    let search = use_location().search;
    let submit = move |event: SubmitEvent| {
        let form = event.target().and_then(|target| target.dyn_into::<HtmlFormElement>().ok());
        let Some(filled) = form.and_then(|form| FormData::new_with_form(&form).ok()) else {
            return;
        };
        event.prevent_default();
        let values: Vec<_> =
            names.iter().map(|name| (*name, filled.get(name).as_string().filter(|value| !value.trim().is_empty()))).collect();
        let mut changes: Vec<_> = values.iter().map(|(name, value)| (*name, value.as_deref())).collect();
        changes.push(("cursor", None));
        let to = requery(path, &search.get_untracked(), &changes);
        navigate.with_value(|navigate| navigate(&to, NavigateOptions { scroll: false, ..NavigateOptions::default() }));
    };
    view! {
        <form class="filters" method="get" action=path aria-label="Filters" on:submit=submit on:change=apply>
            {fields}
            <button class="btn small" type="submit"><Icon of=Icon::Filter/>"Filter"</button>
        </form>
    }
}

fn apply(event: Event) {
    let form = event_target::<Element>(&event).closest("form").ok().flatten().and_then(|form| form.dyn_into::<HtmlFormElement>().ok());
    if let Some(form) = form {
        // Refused only for a form that is no longer in the document.
        let _ = form.request_submit();
    }
}

/// A choice among what there is. What the URL says is offered even when no row has it any more.
pub(super) fn choice(name: &'static str, label: &'static str, chosen: Option<&str>, mut options: Vec<(String, String)>) -> Html {
    let chosen = chosen.unwrap_or_default().to_owned();
    if !chosen.is_empty() && options.iter().all(|(value, _)| *value != chosen) {
        options.push((chosen.clone(), chosen.clone()));
    }
    let now = chosen.clone();
    let options =
        options.into_iter().map(move |(value, word)| view! { <option value=value.clone() selected={value == now}>{word}</option> });
    view! {
        <select class="input" name=name aria-label=label prop:value=chosen>
            <option value="">{["Any ", label].concat()}</option>
            {options.collect::<Vec<_>>()}
        </select>
    }
}

/// Words that are their own value.
pub(super) fn plain(words: Vec<String>) -> Vec<(String, String)> {
    words.into_iter().map(|word| (word.clone(), word)).collect()
}

/// The tenants one may see, by slug.
pub(super) fn tenants() -> Vec<(String, String)> {
    known_tenants().into_iter().map(|tenant| (tenant.slug, tenant.name)).collect()
}

/// The name of a tenant that the URL gives by slug or id.
pub(super) fn tenant_name(given: &str) -> String {
    let found = known_tenants().into_iter().find(|tenant| tenant.slug == given || tenant.id.to_string() == given);
    found.map_or_else(|| given.to_owned(), |tenant| tenant.name)
}

fn known_tenants() -> Vec<TenantRow> {
    untrack(|| use_me().known()).map(|me| me.tenants.clone()).unwrap_or_default()
}

/// A day, for a range of dates.
pub(super) fn day_field(name: &'static str, label: &'static str, value: Option<&str>) -> Html {
    let value = value.unwrap_or_default().to_owned();
    view! {
        <label class="row small"><span class="soft">{label}</span><input class="input" type="date" name=name value=value.clone() prop:value=value/></label>
    }
}

/// Quick spans of time as links; the URL keeps the rest of its query.
pub(super) fn spans(name: &'static str, chosen: Option<&str>, spans: &'static [&'static str], clears: &'static [&'static str]) -> Html {
    let location = use_location();
    let (path, search) = (location.pathname, location.search);
    let chosen = chosen.map(str::to_owned);
    let link = move |span: Option<&'static str>| {
        let current = chosen.as_deref() == span;
        let href = move || {
            let mut changes = vec![(name, span), ("cursor", None)];
            changes.extend(clears.iter().map(|cleared| (*cleared, None)));
            requery(&path.get(), &search.get(), &changes)
        };
        view! { <a href=href data-noscroll="" aria-current=current.then_some("true")>{span.unwrap_or("all")}</a> }
    };
    let links = spans.iter().map(|span| Some(*span)).chain([None]).map(link).collect::<Vec<_>>();
    view! { <div class="segments" role="group" aria-label="Time">{links}</div> }
}

/// One condition that holds, as the chip shows it.
pub(super) struct Holds {
    pub(super) name: &'static str,
    pub(super) value: String,
    /// Names in the query that go with it.
    pub(super) takes: &'static [&'static str],
    /// What the first of these names says then, where it says more than this.
    pub(super) leaves: Option<String>,
}

impl Holds {
    pub(super) fn new(name: &'static str, value: String, takes: &'static [&'static str]) -> Self {
        Self { name, value, takes, leaves: None }
    }
}

/// The conditions that hold, each with the way to take it away.
pub(super) fn chips(holds: Vec<Holds>) -> Html {
    if holds.is_empty() {
        return ().into_html();
    }
    let location = use_location();
    let (path, search) = (location.pathname.get_untracked(), location.search.get_untracked());
    let chip = |holds: Holds| {
        let mut changes: Vec<_> = holds.takes.iter().map(|name| (*name, None)).chain([("cursor", None)]).collect();
        if let Some(first) = changes.first_mut() {
            first.1 = holds.leaves.as_deref().filter(|left| !left.is_empty());
        }
        view! { <Chip name=holds.name value=holds.value remove_href=requery(&path, &search, &changes)/> }
    };
    let chips = holds.into_iter().map(chip).collect::<Vec<_>>();
    view! { <div class="filters" aria-label="Filters that hold" role="group">{chips}</div> }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_begins_at_midnight_and_ends_with_itself() {
        let day: (At, At) = (from_day("2026-11-21").parse().expect("a time"), through_day("2026-11-21").parse().expect("a time"));
        assert_eq!((day.0.date(), day.0.clock()), ("2026-11-21".into(), "00:00:00".into()));
        assert_eq!((day.1.date(), day.1.clock()), ("2026-11-22".into(), "00:00:00".into()));
        assert_eq!((from_day("24h"), through_day("soon")), ("24h".into(), "soon".into()));
    }

    #[test]
    fn an_empty_condition_is_none() {
        let query: ParamsMap = [("domain", " "), ("code", " OUT_OF_MEMORY ")].into_iter().collect();
        assert_eq!(text_of(&query, "domain"), None);
        assert_eq!(text_of(&query, "code").as_deref(), Some("OUT_OF_MEMORY"));
        assert_eq!(text_of(&query, "tenant"), None);
    }
}
