//! Deploys: the list, newest first, and one of them with what changed with it. Not in here: recording one, which pipelines do.

use super::{
    filters::{Holds, chips, choice, filter_form, plain, tenant_name, tenants, text_of},
    keys::list_keys,
    pieces::{clock, fact_code, fact_link, fact_words, facts, loaded, when},
};
use crate::{
    arrival::use_location,
    components::{CliLine, EmptyState, Head, Note, Pager, Panel, Table, Tag, Tone},
    data::load,
    icons::Icon,
    routes::{self, requery},
    text::{counted, moment},
};
use actions::views::{
    deploy::{Deploy, DeployOutput, Difference, DifferenceKind},
    deploys::{DeployRow, Deploys, DeploysOutput},
};
use domain::{At, DeploySource};
use leptos::prelude::*;
use leptos_router::params::ParamsMap;
use markup::{Html, view};

/// The list.
#[must_use]
pub fn page() -> Html {
    let query = use_location().query;
    let data = load(move || query.with(filter_of));
    view! { {loaded(data, move |output| list(output, &query.with_untracked(filter_of)))} }
}

fn filter_of(query: &ParamsMap) -> Deploys {
    Deploys {
        service: text_of(query, "service"),
        tenant: text_of(query, "tenant"),
        limit: None,
        before: text_of(query, "before").and_then(|before| before.parse().ok()),
    }
}

fn list(output: DeploysOutput, filter: &Deploys) -> Html {
    let now = clock(output.now);
    let mut services: Vec<_> = output.rows.iter().map(|row| row.service.clone()).collect();
    services.sort_unstable();
    services.dedup();
    let fields = view! {
        {choice("service", "service", filter.service.as_deref(), plain(services))}
        {choice("tenant", "tenant", filter.tenant.as_deref(), tenants())}
    };
    let mut holds = Vec::new();
    holds.extend(filter.service.clone().map(|service| Holds::new("service", service, &["service"])));
    holds.extend(filter.tenant.as_deref().map(|tenant| Holds::new("tenant", tenant_name(tenant), &["tenant"])));
    view! {
        <div class="head"><div><h1>"Deploys"</h1><p class="soft">"Recorded by pipelines, or noticed because a build changed. Each is compared with how things were before it."</p></div></div>
        {filter_form(routes::DEPLOYS, &["service", "tenant"], fields)}
        {chips(holds)}
        <section class="panel">{rows(output, filter, now)}</section>
    }
}

fn rows(output: DeploysOutput, filter: &Deploys, now: Signal<At>) -> Html {
    if output.rows.is_empty() {
        return view! {
            <EmptyState title="No deploy is known" about="Let your pipeline tell of each, or wait: another build of a worker, of this console or of a customer's page is noticed by itself." icon=Icon::Deploys>
                <CliLine line="opsctl deploy record frontend \"$BUILD\" --git-sha \"$GIT_SHA\""/>
            </EmptyState>
        };
    }
    let heads = vec![
        Head::text("When"),
        Head::text("Service"),
        Head::text("Build"),
        Head::text("For"),
        Head::text("Environment"),
        Head::text("Known from"),
        Head::text("Compared"),
    ];
    let ids = Signal::stored(output.rows.iter().map(|row| row.id.to_string()).collect::<Vec<_>>());
    list_keys(ids, RwSignal::new(None), &[], None);
    let at_now = output.now;
    let lines = output.rows.iter().enumerate().map(|(at, row)| line(at, row, at_now, now)).collect::<Vec<_>>();
    let location = use_location();
    let link = |before: Option<&str>| requery(&location.pathname.get_untracked(), &location.search.get_untracked(), &[("before", before)]);
    let older = output.next.map(|next| link(Some(&next.to_string())));
    let newer = filter.before.map(|_| link(None));
    let place = counted(i64::try_from(output.rows.len()).unwrap_or(i64::MAX), false, "deploy shown", "deploys shown");
    let paged = (older.is_some() || newer.is_some()).then(|| view! { <footer><Pager newer older place/></footer> });
    view! { <Table caption="Deploys, newest first" heads><tbody>{lines}</tbody></Table>{paged} }
}

fn line(at: usize, row: &DeployRow, at_now: At, now: Signal<At>) -> Html {
    let compared = match (row.before_at, row.after_at) {
        (Some(_), Some(_)) => view! { <Tag word="yes" tone=Tone::Ok/> },
        (_, None) if at_now < row.settles_at => view! { <Tag word="settling" tone=Tone::Run/> },
        _ => view! { <Tag word="no reading" tone=Tone::Skip/> },
    };
    view! {
        <tr>
            <td class="soft">{when(row.at, now)}</td>
            <td><a class="strong" id=super::keys::link_id(at) href=routes::deploy(row.id)>{row.service.clone()}</a></td>
            <td class="mono">{builds(row)}</td>
            <td>{row.tenant.clone().unwrap_or_else(|| "all".to_owned())}</td>
            <td class="soft">{row.environment.clone()}</td>
            <td class="soft">{said_by(row)}</td>
            <td>{compared}</td>
        </tr>
    }
}

fn builds(row: &DeployRow) -> String {
    match &row.build_before {
        Some(before) => [before, " \u{2192} ", &row.build].concat(),
        None => row.build.clone(),
    }
}

fn said_by(row: &DeployRow) -> String {
    match row.source {
        DeploySource::Recorded => row.said_by.clone(),
        DeploySource::Noticed => "a changed build".to_owned(),
    }
}

/// One deploy.
#[must_use]
pub fn one(deploy: i64) -> Html {
    let data = load(move || Deploy { deploy });
    view! { {loaded(data, content)} }
}

fn content(output: DeployOutput) -> Html {
    let now = clock(output.now);
    let row = &output.deploy;
    crate::title(routes::titled(&["Deploy of ", &row.service]));
    let notes = output.notes.iter().map(|note| view! { <Note tone=Tone::Skip what=note.clone()/> }).collect::<Vec<_>>();
    view! {
        <div class="head">
            <div>
                <p class="crumbs"><a href=routes::DEPLOYS>"Deploys"</a>" / "{row.id.to_string()}</p>
                <h1>{row.service.clone()}" "<span class="mono">{row.build.clone()}</span></h1>
                <p class="soft row wide">{when(row.at, now)}<span>{said_by(row)}</span></p>
            </div>
        </div>
        {notes}
        <div class="cols">
            {changes(&output)}
            <div class="stack">{about(row)}<CliLine line=["opsctl deploy show ", &row.id.to_string()].concat()/></div>
        </div>
    }
}

fn changes(output: &DeployOutput) -> Html {
    let compared = output.deploy.before_at.is_some() && output.deploy.after_at.is_some();
    if output.changes.is_empty() {
        let (title, words) = if compared {
            ("Nothing else changed with it", "Settings, migrations, groups of errors, times and queues are as they were.")
        } else {
            ("Not compared", "There is no reading on both sides of it.")
        };
        let tone = if compared { Tone::Ok } else { Tone::Skip };
        return view! { <section class="panel"><EmptyState title=title about=words tone/></section> };
    }
    let heads = vec![Head::text("Change"), Head::text("What"), Head::text("Before"), Head::text("After")];
    let lines = output.changes.iter().map(change).collect::<Vec<_>>();
    let about = match output.left_out {
        0 => "what weighs most first".to_owned(),
        more => ["what weighs most first; ", &more.to_string(), " more are not listed"].concat(),
    };
    view! { <Panel title="What changed with it" about><Table caption="What changed with this deploy, what weighs most first" heads><tbody>{lines}</tbody></Table></Panel> }
}

fn change(change: &Difference) -> Html {
    let tone = match change.kind {
        DifferenceKind::New | DifferenceKind::Back | DifferenceKind::More => Tone::Fail,
        DifferenceKind::Gone | DifferenceKind::Less => Tone::Ok,
        DifferenceKind::Latency | DifferenceKind::Queue => Tone::Warn,
        DifferenceKind::Migration | DifferenceKind::Setting | DifferenceKind::Build => Tone::Run,
    };
    let what = match (change.group, change.frontend) {
        (None, _) => view! { <span>{change.what.clone()}</span> },
        (Some(group), frontend) => {
            let href = if frontend { routes::frontend_group(group) } else { routes::group(group) };
            view! { <a href=href>{change.what.clone()}</a> }
        }
    };
    let side = |text: &str| if text.is_empty() { "\u{2013}".to_owned() } else { text.to_owned() };
    view! { <tr><td><Tag word=change.kind.word() tone/></td><td class="grow" title=change.what.clone()>{what}</td><td class="soft">{side(&change.before)}</td><td>{side(&change.after)}</td></tr> }
}

fn about(row: &DeployRow) -> Html {
    let mut list = vec![
        fact_words("At", moment(row.at)),
        fact_code("Build before", row.build_before.clone().unwrap_or_else(|| "not known".to_owned())),
    ];
    list.extend(row.git_sha.clone().map(|sha| fact_code("Commit", sha)));
    list.push(fact_words("For", row.tenant.clone().unwrap_or_else(|| "all tenants".to_owned())));
    if !row.environment.is_empty() {
        list.push(fact_words("Environment", row.environment.clone()));
    }
    list.extend(row.url.clone().map(|url| fact_link("More", host(&url), url)));
    list.extend(row.before_at.map(|at| fact_words("Reading before", moment(at))));
    list.extend(row.after_at.map(|at| fact_words("Reading after", moment(at))));
    view! { <Panel title="About" pad=true>{facts(list)}</Panel> }
}

fn host(url: &str) -> String {
    url.split('/').nth(2).unwrap_or(url).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_url_is_the_filter() {
        let query: ParamsMap = [("service", "frontend"), ("before", "12"), ("tenant", "")].into_iter().collect();
        assert_eq!(filter_of(&query), Deploys { service: Some("frontend".into()), before: Some(12), ..Deploys::default() });
        assert_eq!(host("https://ci.example/run/7"), "ci.example");
    }
}
