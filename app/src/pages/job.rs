//! One run of a pipeline: the tree that says where and why it stands, the chosen attempt with its log
//! and what it used, the facts, the plan. Moves by itself. Not in here: how the parts look (`job/`).

mod attempt;
mod axis;
mod side;
mod tree;

use super::{
    keys::deed_keys,
    pieces::{clock, job_words, loaded, on_session_change},
};
use crate::{
    arrival::use_location,
    components::{Masked, StateMark},
    data::load,
    deeds::{Asked, DeedButton, DeedDialogs, DeedKind, OnJob, StepChoice, latch},
    live::{Kind, on_live},
    routes,
    text::{job_story, suggested_memory},
};
use actions::views::job::{Job, JobOutput, Step};
use domain::{CommandStatus, JobId, JobStatus, StepStatus};
use leptos::prelude::*;
use markup::{Html, memo, view};

/// What the URL chose: a step and one of its attempts.
type Chosen = Memo<(Option<String>, Option<i32>)>;

/// The page of one run.
#[must_use]
pub fn page(job: JobId) -> Html {
    let query = use_location().query;
    let data = load(move || Job { job });
    let chosen: Chosen =
        memo(move || query.with(|query| (query.get("step"), query.get_str("attempt").and_then(|number| number.parse().ok()))));
    on_live(&[Kind::Job, Kind::Command, Kind::Operation], move || data.refetch());
    on_session_change(move || data.refetch());
    let asked = latch(move |kind, of| match kind {
        DeedKind::Reprocess => {
            let job = data.good()?;
            not_now(&job).is_none().then(|| on_job(&job, of).map(Asked::Reprocess)).flatten()
        }
        _ => None,
    });
    deed_keys(&[("r", DeedKind::Reprocess)], |_| true);
    view! {
        {loaded(data, move |output| content(output, chosen))}
        <DeedDialogs asked done=move |()| data.refetch()/>
    }
}

/// The step in which it went wrong: the first that failed. What comes after is consequence.
fn root_cause(job: &JobOutput) -> Option<&Step> {
    job.steps.iter().find(|step| step.status == StepStatus::Failed)
}

/// The memory that would help a step that ran out of it.
fn helpful_memory(step: &Step) -> Option<&'static str> {
    let ran_out = step.error_code.as_deref() == Some("OUT_OF_MEMORY");
    let limit = step.attempts.last().map_or(step.limits.memory_bytes, |attempt| attempt.limits.memory_bytes);
    ran_out.then(|| suggested_memory(limit)).flatten()
}

/// What the dialog needs to know. One can start again from any step whose forerunners all succeeded.
fn on_job(job: &JobOutput, from: Option<&str>) -> Option<OnJob> {
    let open = job.steps.iter().position(|step| step.status != StepStatus::Succeeded).unwrap_or(job.steps.len().saturating_sub(1));
    let steps: Vec<_> = job.steps.iter().take(open + 1).collect();
    let step = steps.iter().find(|step| Some(step.name.as_str()) == from).or(steps.last())?;
    let about = job.row.title.clone().unwrap_or_else(|| [&job.row.pipeline, " ", &job.row.job.short()].concat());
    Some(OnJob {
        job: job.row.job,
        tenant: job.row.tenant,
        tenant_name: job.row.tenant_name.clone(),
        about,
        from_step: step.name.clone(),
        memory: helpful_memory(step),
        steps: steps.iter().map(|step| StepChoice { name: step.name.clone(), memory_bytes: step.limits.memory_bytes }).collect(),
    })
}

/// Why this job cannot be reprocessed, whoever asks.
fn not_now(job: &JobOutput) -> Option<String> {
    let why = match (job.row.status, job.command_status) {
        (_, CommandStatus::InTroubleshootingQueue) => return None,
        (JobStatus::Running | JobStatus::Waiting, _) => "It is still at work; wait until it ends.",
        (_, CommandStatus::Pending | CommandStatus::InProgress) => {
            "It will be tried again by itself; reprocess it once it waits for a person."
        }
        (_, CommandStatus::Completed) => "It is completed; there is nothing to put right.",
        (_, CommandStatus::Canceled | CommandStatus::Failed) => "Its command has ended; the customer has to send the work anew.",
    };
    Some(why.to_owned())
}

fn head_button(job: &JobOutput) -> Html {
    let (kind, tenant, label, key) = (DeedKind::Reprocess, job.row.tenant, "Reprocess\u{2026}", "R");
    match not_now(job) {
        Some(blocked) => view! { <DeedButton kind tenant label key blocked/> },
        None => view! { <DeedButton kind tenant label key primary=true/> },
    }
}

fn step_button(job: &JobOutput, from: &str) -> Html {
    let (kind, tenant, label, of) = (DeedKind::Reprocess, job.row.tenant, "Reprocess from here\u{2026}", from.to_owned());
    match not_now(job) {
        Some(blocked) => view! { <DeedButton kind tenant of label blocked/> },
        None => view! { <DeedButton kind tenant of label/> },
    }
}

fn content(job: JobOutput, chosen: Chosen) -> Html {
    let now = clock(job.now);
    let head = head(&job);
    let side = side::side(&job, now);
    let job = StoredValue::new(job);
    let step = memo(move || chosen_step(job, chosen.get().0));
    view! {
        {head}
        <div class="cols">
            <div class="stack">
                {tree::panel(job, step, now)}
                {move || attempt::panel(job, &step.get(), chosen.get().1)}
            </div>
            <div class="stack">{side}</div>
        </div>
    }
}

/// The step to show: the one the URL names, else the one that matters most.
fn chosen_step(job: StoredValue<JobOutput>, named: Option<String>) -> String {
    job.with_value(|job| {
        let named = named.filter(|name| job.steps.iter().any(|step| step.name == *name));
        let running = || job.steps.iter().find(|step| step.status == StepStatus::Running);
        let last = || job.steps.iter().rev().find(|step| !step.attempts.is_empty());
        named.or_else(|| root_cause(job).or_else(running).or_else(last).map(|step| step.name.clone())).unwrap_or_default()
    })
}

fn head(job: &JobOutput) -> Html {
    let row = &job.row;
    let (tone, word) = job_words(row.status);
    let at = row.current_step.as_deref().filter(|_| matches!(row.status, JobStatus::Failed | JobStatus::Running));
    let word = at.map_or_else(|| word.to_owned(), |step| [word, " at ", step].concat());
    let heading = match &row.title {
        Some(title) => view! { <h1>{title.clone()}</h1> },
        None => view! { <h1>{[&row.pipeline, " ", &row.job.short()].concat()}" "<Masked needs="a support session"/></h1> },
    };
    let by = job.requested_by.clone().map(|by| view! { <span>"by "{by}</span> });
    crate::title(routes::titled(&[&row.pipeline, " ", &row.job.short()]));
    view! {
        <div class="head">
            <div>
                <p class="crumbs"><a href=routes::JOBS>"Jobs"</a>" / "{row.pipeline.clone()}</p>
                {heading}
                <p class="soft row wide">
                    <StateMark tone word/>
                    <span>{row.tenant_name.clone()}</span>{by}
                    <span class="mono">{row.job.to_string()}</span>
                </p>
            </div>
            <div class="actions">{head_button(job)}</div>
        </div>
        <p class="prose">{job_story(job)}</p>
    }
}
