//! The filters of the troubleshooting list: from the URL, as a form, as chips.

use super::{
    offers::{Known, without},
    query_line::query_line,
};
use crate::{
    arrival::use_location,
    pages::filters::{Holds, chips, choice, day_field, filter_form, from_day, plain, spans, tenant_name, tenants, text_of, through_day},
    routes,
};
use actions::{
    find::{Placed, Word, parse},
    views::troubleshooting::{Troubleshooting, TroubleshootingOutput},
};
use leptos::prelude::*;
use leptos_router::params::ParamsMap;
use markup::{Html, view};

/// Fields of the form, by their names in the URL. `since` is a span, `from` and `until` are days.
const NAMES: &[&str] = &["find", "domain", "command_type", "code", "tenant", "from", "until"];

/// What the URL asks for.
pub(super) fn filter_of(query: &ParamsMap) -> Troubleshooting {
    Troubleshooting {
        domain: text_of(query, "domain"),
        command_type: text_of(query, "command_type"),
        code: text_of(query, "code"),
        group: text_of(query, "group").and_then(|group| group.parse().ok()),
        tenant: text_of(query, "tenant"),
        since: text_of(query, "from").map(|day| from_day(&day)).or_else(|| text_of(query, "since")),
        until: text_of(query, "until").map(|day| through_day(&day)),
        find: text_of(query, "find"),
        limit: None,
        offset: None,
        cursor: text_of(query, "cursor"),
    }
}

/// What there is to choose among.
pub(super) fn known(output: &TroubleshootingOutput) -> Known {
    let tenants = tenants().into_iter().map(|(slug, _)| slug).collect();
    Known {
        domains: output.domains.clone(),
        types: output.command_types.clone(),
        codes: output.codes.clone(),
        steps: output.steps.clone(),
        tenants,
    }
}

/// The form, and the conditions that hold.
pub(super) fn filters(filter: &Troubleshooting, known: Signal<Known>) -> Html {
    let query = use_location().query.get_untracked();
    let (since, from, until) = (text_of(&query, "since"), text_of(&query, "from"), text_of(&query, "until"));
    let Known { domains, types, codes, .. } = known.get_untracked();
    let fields = view! {
        {query_line(filter.find.as_deref(), known)}
        {choice("domain", "domain", filter.domain.as_deref(), plain(domains))}
        {choice("command_type", "command type", filter.command_type.as_deref(), plain(types))}
        {choice("code", "error code", filter.code.as_deref(), plain(codes))}
        {choice("tenant", "tenant", filter.tenant.as_deref(), tenants())}
        {spans("since", since.as_deref().filter(|_| from.is_none()), &["1h", "24h", "7d"], &["from", "until"])}
        <span class="row">{day_field("from", "from", from.as_deref())}{day_field("until", "to", until.as_deref())}</span>
    };
    view! { {filter_form(routes::TROUBLESHOOTING, NAMES, fields)} {chips(holding(filter, since, from, until))} }
}

fn holding(filter: &Troubleshooting, since: Option<String>, from: Option<String>, until: Option<String>) -> Vec<Holds> {
    let mut holds = Vec::new();
    let mut push = |name, value: Option<String>, takes: &'static [&'static str]| {
        if let Some(value) = value {
            holds.push(Holds::new(name, value, takes));
        }
    };
    push("domain", filter.domain.clone(), &["domain"]);
    push("type", filter.command_type.clone(), &["command_type"]);
    push("code", filter.code.clone(), &["code"]);
    push("group", filter.group.map(|group| group.to_string()), &["group"]);
    push("tenant", filter.tenant.as_deref().map(tenant_name), &["tenant"]);
    push("failed within", since.filter(|_| from.is_none()), &["since"]);
    push("failed from", from, &["from"]);
    push("failed up to", until, &["until"]);
    let line = filter.find.as_deref().unwrap_or_default();
    for Placed { term, from, to } in parse(line).unwrap_or_default() {
        let name = if term.word == Word::Text { "text" } else { "find" };
        holds.push(Holds { leaves: Some(without(line, from, to)), ..Holds::new(name, term.text(), &["find"]) });
    }
    holds
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_url_is_the_filter() {
        let query: ParamsMap =
            [("domain", "plans"), ("code", ""), ("from", "2026-11-20"), ("since", "1h"), ("until", "2026-11-21"), ("do", "retry")]
                .into_iter()
                .collect();
        let wanted = Troubleshooting {
            domain: Some("plans".into()),
            since: Some(from_day("2026-11-20")),
            until: Some(from_day("2026-11-22")),
            ..Troubleshooting::default()
        };
        assert_eq!(filter_of(&query), wanted);
    }

    #[test]
    fn every_condition_has_a_way_out() {
        let filter = Troubleshooting { domain: Some("plans".into()), code: Some("X".into()), ..Troubleshooting::default() };
        let taken: Vec<_> = holding(&filter, Some("24h".into()), None, None).iter().map(|holds| holds.takes[0]).collect();
        assert_eq!(taken, ["domain", "code", "since"]);
    }
}
