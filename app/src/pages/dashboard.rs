//! The dashboard: what needs a person now, the issues behind most of it, and how the parts are.
//! Every number leads to the rows it counts.

use crate::{
    components::{EmptyState, FigureCard, Loading, Tone},
    data::load,
    frame::{FrameDialog, problem_view, use_here},
    icons::Icon,
    live::{Kind, on_live},
    routes, text,
};
use actions::views::{
    dashboard::{Component, Dashboard, DashboardOutput, Health, Issue, IssueSource, Stat},
    jobs::Jobs,
};
use domain::{At, JobStatus, View as _};
use leptos::prelude::*;
use markup::{Html, view};

/// The first page of the console.
#[must_use]
pub fn page() -> Html {
    let here = use_here();
    let data = load(|| Dashboard {});
    on_live(&[Kind::Group, Kind::Job, Kind::Frontend], move || data.refetch());
    view! {
        <div class="head">
            <div>
                <h1>"Dashboard"</h1>
                <p class="soft">{Dashboard::META.title}</p>
            </div>
            <div class="actions">
                <a class="btn" data-noscroll="" href=move || here.with(FrameDialog::Palette)>"Search or do anything "<kbd>"Ctrl K"</kbd></a>
            </div>
        </div>
        <Transition fallback=|| view! { <section class="panel"><Loading what="Loading the dashboard"/></section> }>
            {move || data.get().map(|answer| match answer {
                Ok(output) => content(output),
                Err(problem) => view! { <section class="panel">{problem_view(problem)}</section> },
            })}
        </Transition>
    }
}

fn content(output: DashboardOutput) -> Html {
    let DashboardOutput { now, troubleshooting, failed_jobs, stuck_jobs, frontend_errors, top_issues, components } = output;
    view! {
        <div class="figures">
            {figure("In troubleshooting", routes::GROUPS.to_owned(), Tone::Fail, troubleshooting)}
            {figure("Failed jobs, 24 h", jobs_url(Jobs { status: Some(JobStatus::Failed), last: Some("24h".to_owned()), ..Jobs::default() }), Tone::Fail, failed_jobs)}
            {figure("Stuck jobs", jobs_url(Jobs { status: Some(JobStatus::Running), ..Jobs::default() }), Tone::Warn, stuck_jobs)}
            {figure("Frontend errors, 1 h", routes::url(routes::FRONTEND_ERRORS, &[("since", "1h")]), Tone::Fail, frontend_errors)}
        </div>
        <div class="cols">
            {issues(top_issues, now)}
            {parts(components)}
        </div>
    }
}

fn jobs_url(filter: Jobs) -> String {
    let status = filter.status.map(JobStatus::word).unwrap_or_default();
    routes::url(routes::JOBS, &[("status", status), ("last", filter.last.as_deref().unwrap_or_default())])
}

fn figure(name: &'static str, href: String, tone: Tone, stat: Stat) -> Html {
    let tone = (stat.value > 0).then_some(tone);
    view! { <FigureCard name=name value=text::count(stat.value) about=stat.note points=stat.spark tone=tone href=href/> }
}

fn issues(issues: Vec<Issue>, now: At) -> Html {
    let rows = if issues.is_empty() {
        view! {
            <EmptyState tone=Tone::Ok title="Nothing needs a person right now" about="When a command gives up or a page reports an error, it appears here by itself."/>
        }
    } else {
        view! {
            <div class="table-wrap" tabindex="0" role="region" aria-label="Top issues">
                <table class="table">
                    <caption>"Issues by how often they happened, most often first"</caption>
                    <thead><tr><th scope="col"><span class="visually-hidden">"Kind"</span></th><th scope="col">"Issue"</th><th scope="col" class="num">"Times"</th><th scope="col" class="num">"Customers"</th><th scope="col">"Last seen"</th></tr></thead>
                    <tbody>{issues.into_iter().map(|issue| issue_row(issue, now)).collect::<Vec<_>>()}</tbody>
                </table>
            </div>
        }
    };
    view! { <section class="panel"><header><h2>"Top issues, last hour"</h2></header>{rows}</section> }
}

fn issue_row(issue: Issue, now: At) -> Html {
    let href = issue_url(&issue);
    let (icon, kind) = match issue.source {
        IssueSource::Command => (Icon::Failed, "Command"),
        IssueSource::Frontend => (Icon::FrontendErrors, "Frontend"),
    };
    let place = [issue.area.as_str(), " · ", &issue.command_type].concat();
    view! {
        <tr>
            <td class="fit"><span class="state bare" data-tone="fail"><Icon of=icon/><span class="word">{kind}</span></span></td>
            <td class="grow"><a href=href><span class="strong">{issue.title}</span>" "<span class="faint">{place}</span></a></td>
            <td class="num">{text::count(issue.count)}</td>
            <td class="num">{text::count(issue.tenants)}</td>
            <td class="soft"><time datetime=issue.last_seen.to_string()>{text::ago(now, issue.last_seen)}</time></td>
        </tr>
    }
}

fn issue_url(issue: &Issue) -> String {
    match issue.source {
        IssueSource::Frontend => routes::frontend_group(issue.group),
        IssueSource::Command => routes::group(issue.group),
    }
}

fn parts(components: Vec<Component>) -> Html {
    let rows = components.into_iter().map(|component| {
        let (icon, tone, word) = match component.health {
            Health::Pass => (Icon::Ok, "ok", "well"),
            Health::Warn => (Icon::Warn, "warn", "careful"),
            Health::Fail => (Icon::Failed, "fail", "failing"),
        };
        view! {
            <dt>{component.name}</dt>
            <dd><span class="state" data-tone=tone><Icon of=icon/><span class="visually-hidden">{word}": "</span>{component.detail}</span></dd>
        }
    });
    view! {
        <section class="panel">
            <header><h2>"Components"</h2></header>
            <div class="pad"><dl class="facts">{rows.collect::<Vec<_>>()}</dl></div>
        </section>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_issue_leads_to_its_rows() {
        let issue = Issue {
            source: IssueSource::Command,
            code: "OUT_OF_MEMORY".into(),
            title: "Out of memory".into(),
            count: 1,
            tenants: 1,
            last_seen: At::from_millis(0),
            area: "plans".into(),
            command_type: "ingest".into(),
            group: 3,
        };
        assert_eq!(issue_url(&issue), "/troubleshooting/groups/3");
        assert_eq!(issue_url(&Issue { source: IssueSource::Frontend, group: 4, ..issue }), "/frontend-errors/4");
    }
}
