//! Runs of pipelines, newest first, filtered by the URL. Rows change where they stand; new ones wait
//! until they are asked for. Not in here: one run (see `job`).

use super::{
    filters::{Holds, chips, choice, filter_form, plain, spans, tenant_name, tenants, text_of},
    held::{Held, Listed, hold},
    pieces::{clock, cursor_pager, job_words, loaded, masked_cell, on_session_change, when},
};
use crate::{
    arrival::use_location,
    components::{CliLine, EmptyState, Head, StateMark, Table},
    data::load,
    icons::Icon,
    live::Kind,
    routes,
    text::{count_capped, counted},
};
use actions::views::jobs::{JobRow, Jobs, JobsOutput};
use domain::{At, JobId, JobStatus, View as _, human_millis};
use leptos::prelude::*;
use leptos_router::params::ParamsMap;
use markup::{Html, IntoHtml, each, memo, view};
use uuid::Uuid;

impl Listed for JobsOutput {
    fn keys(&self) -> Vec<Uuid> {
        self.rows.iter().map(|row| row.job.0).collect()
    }
    fn bring_up_to_date(&mut self, latest: &Self) {
        for row in &mut self.rows {
            if let Some(now) = latest.rows.iter().find(|now| now.job == row.job) {
                row.clone_from(now);
            }
        }
        (self.total, self.total_capped, self.now) = (latest.total, latest.total_capped, latest.now);
    }
}

/// The list.
#[must_use]
pub fn page() -> Html {
    let query = use_location().query;
    let data = load(move || query.with(filter_of));
    on_session_change(move || data.refetch());
    view! {
        {loaded(data, move |output| content(output, query.with_untracked(filter_of)))}
    }
}

fn filter_of(query: &ParamsMap) -> Jobs {
    Jobs {
        status: text_of(query, "status").and_then(|word| word.parse().ok()),
        pipeline: text_of(query, "pipeline"),
        tenant: text_of(query, "tenant"),
        last: text_of(query, "last"),
        limit: None,
        cursor: text_of(query, "cursor"),
    }
}

fn content(output: JobsOutput, filter: Jobs) -> Html {
    let form = filters(&filter, &output);
    let older_page = filter.cursor.is_some();
    let now = clock(output.now);
    let filtered = filter != Jobs { cursor: filter.cursor.clone(), ..Jobs::default() };
    let held = hold(filter, output, &[Kind::Job], !older_page);
    let count = move || held.shown.with(|output| counted(output.total, output.total_capped, "run of a pipeline", "runs of pipelines"));
    view! {
        <div class="head">
            <div><h1>"Jobs"</h1><p class="soft">{count}{if filtered { " with these filters." } else { ", newest first." }}</p></div>
            <div class="actions">{held.pill()}</div>
        </div>
        {form}
        <section class="panel">{list(held, now, filtered, older_page)}</section>
    }
}

fn filters(filter: &Jobs, output: &JobsOutput) -> Html {
    let statuses = JobStatus::ALL.iter().map(|status| (status.word().to_owned(), job_words(*status).1.to_owned())).collect();
    let fields = view! {
        {choice("status", "status", filter.status.map(JobStatus::word), statuses)}
        {choice("pipeline", "pipeline", filter.pipeline.as_deref(), plain(output.pipelines.clone()))}
        {choice("tenant", "tenant", filter.tenant.as_deref(), tenants())}
        {spans("last", filter.last.as_deref(), &["1h", "24h", "7d"], &[])}
    };
    let mut holds = Vec::new();
    let mut push =
        |name, value: Option<String>, takes: &'static [&'static str]| holds.extend(value.map(|value| Holds::new(name, value, takes)));
    push("status", filter.status.map(|status| job_words(status).1.to_owned()), &["status"]);
    push("pipeline", filter.pipeline.clone(), &["pipeline"]);
    push("tenant", filter.tenant.as_deref().map(tenant_name), &["tenant"]);
    push("changed within", filter.last.clone(), &["last"]);
    view! { {filter_form(routes::JOBS, &["status", "pipeline", "tenant"], fields)} {chips(holds)} }
}

fn list(held: Held<JobsOutput>, now: Signal<At>, filtered: bool, older_page: bool) -> Html {
    let is_empty = memo(move || held.shown.with(|output| output.rows.is_empty()));
    let list = move || {
        if is_empty.get() {
            nothing(filtered)
        } else {
            view! { {table(held.shown, now)} {pager(held, older_page)} }
        }
    };
    list.into_html()
}

fn nothing(filtered: bool) -> Html {
    if filtered {
        return view! {
            <EmptyState title="No job fits" about="No run has all of these at once. Take a filter away to see more." icon=Icon::Jobs>
                <a class="btn" href=routes::JOBS>"Show all"</a>
            </EmptyState>
        };
    }
    view! {
        <EmptyState title="No job has run yet" about="When a customer's work starts a pipeline, its run appears here by itself." icon=Icon::Jobs>
            <CliLine line=Jobs::META.cli/>
        </EmptyState>
    }
}

fn table(shown: RwSignal<JobsOutput>, now: Signal<At>) -> Html {
    let heads = vec![
        Head::text("State"),
        Head::text("What"),
        Head::text("Tenant"),
        Head::text("Pipeline"),
        Head::text("Step"),
        Head::num("Run"),
        Head::num("Took"),
        Head::text("Changed"),
    ];
    let ids = move || shown.with(|output| output.rows.iter().map(|row| row.job.0.as_u128()).collect());
    view! {
        <Table caption="Runs of pipelines, newest first" heads>
            <tbody>{each(ids, move |id| line(JobId(Uuid::from_u128(id)), shown, now))}</tbody>
        </Table>
    }
}

/// A row that follows its job: what changes is redrawn where it stands.
fn line(id: JobId, shown: RwSignal<JobsOutput>, now: Signal<At>) -> Html {
    let row = memo(move || shown.with(|output| output.rows.iter().find(|row| row.job == id).cloned()));
    view! { <tr>{move || row.get().map(|row| cells(row, now))}</tr> }
}

fn cells(row: JobRow, now: Signal<At>) -> Html {
    let (tone, word) = job_words(row.status);
    let what = match row.title {
        Some(title) => view! { <span class="strong">{title}</span> },
        None => masked_cell(None),
    };
    let why = row.error_title.map(|why| view! { " "<span class="faint">{why}</span> });
    view! {
        <td><StateMark tone word/></td>
        <td class="grow"><a href=routes::job(row.job) title=row.job.to_string()><code>{row.job.short()}</code>" "{what}{why}</a></td>
        <td>{row.tenant_name}</td>
        <td class="soft">{row.pipeline}</td>
        <td class="mono soft">{row.current_step}</td>
        <td class="num">{row.run}</td>
        <td class="num mono">{row.duration_ms.map(human_millis)}</td>
        <td class="soft">{when(row.updated_at, now)}</td>
    }
}

fn pager(held: Held<JobsOutput>, older_page: bool) -> Html {
    cursor_pager(older_page, move || {
        let output = held.shown.read();
        (output.next.clone(), [&output.rows.len().to_string(), " of ", &count_capped(output.total, output.total_capped)].concat())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_url_is_the_filter() {
        let query: ParamsMap = [("status", "failed"), ("last", "1h"), ("tenant", "")].into_iter().collect();
        let wanted = Jobs { status: Some(JobStatus::Failed), last: Some("1h".into()), ..Jobs::default() };
        assert_eq!(filter_of(&query), wanted);
        let unknown: ParamsMap = [("status", "LOST")].into_iter().collect();
        assert_eq!(filter_of(&unknown).status, None);
    }
}
