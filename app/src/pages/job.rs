//! One run of a pipeline: the tree that says where and why it stands, the chosen attempt with its log
//! and what it used, the facts, the plan. Moves by itself. Not in here: how the parts look (`job/`).

mod attempt;
mod compare;
mod find;
mod long;
mod rows;
mod side;
mod tree;
mod walk;

use super::{
    filters::text_of,
    keys::deed_keys,
    pieces::{Same, clock, followed, job_words, on_session_change},
};
use crate::{
    arrival::use_location,
    components::{Masked, Note, StateMark, Tone},
    data::load,
    deeds::{Asked, DeedButton, DeedDialogs, DeedKind, OnJob, OnRun, StepChoice, latch},
    live::{Kind, on_live},
    parts, routes,
    text::{job_story, stopping_story, suggested_memory},
};
use actions::views::job::{Job, JobOutput, Step};
use domain::{At, CommandStatus, JobId, JobStatus};
use leptos::prelude::*;
use leptos_router::params::ParamsMap;
use markup::{Html, memo, view};
use rows::{Links, SKIPPED};

/// What the pieces of the page follow.
#[derive(Clone, Copy)]
pub(crate) struct Shown {
    job: Memo<Same<JobOutput>>,
    id: JobId,
    query: Memo<ParamsMap>,
    path: StoredValue<String>,
    /// Name of the chosen step.
    step: Memo<String>,
    now: Signal<At>,
}

impl Shown {
    /// What the URL asks for.
    fn asked(self) -> Job {
        self.query.with(|query| asked_by(query, self.id))
    }

    fn links(self) -> Links {
        Links { path: self.path.get_value(), unfolded: !self.asked().fold }
    }
}

pub(crate) use compare::{WITH, panel as compared};
pub(crate) use long::tree as long_tree;

/// The page of one run.
#[must_use]
pub fn page(job: JobId) -> Html {
    let query = use_location().query;
    let data = load(move || query.with(|query| asked_by(query, job)));
    on_live(&[Kind::Job, Kind::Command, Kind::Operation], move || data.refetch());
    on_session_change(move || data.refetch());
    let asked = latch(move |kind, of| match kind {
        DeedKind::Reprocess => {
            let job = data.good()?;
            not_now(&job).is_none().then(|| on_job(&job, of).map(Asked::Reprocess)).flatten()
        }
        DeedKind::Kill => data.good().filter(|job| not_running(job).is_none()).map(|job| Asked::Kill(on_run(&job))),
        _ => None,
    });
    deed_keys(&[("r", DeedKind::Reprocess), ("x", DeedKind::Kill)], |_| true);
    view! {
        {followed(data, move |output| content(output, job))}
        <DeedDialogs asked done=move |()| data.refetch()/>
    }
}

/// The URL as a question.
fn asked_by(query: &ParamsMap, job: JobId) -> Job {
    let number = |name: &str| text_of(query, name)?.parse().ok();
    Job {
        step: text_of(query, "step"),
        attempt: text_of(query, "attempt").and_then(|number| number.parse().ok()),
        find: text_of(query, "find"),
        from: number("from"),
        fold: query.get_str(SKIPPED.0) != Some(SKIPPED.1),
        ..Job::of(job)
    }
}

/// The memory that would help a step that ran out of it.
fn helpful_memory(step: &Step) -> Option<&'static str> {
    let ran_out = step.error_code.as_deref() == Some("OUT_OF_MEMORY");
    let limit = step.memory_limit_bytes.unwrap_or(step.limits.memory_bytes);
    ran_out.then(|| suggested_memory(limit)).flatten()
}

/// What the dialog needs to know. One can start again from any step whose forerunners all succeeded; of a long run those at hand
/// are offered.
fn on_job(job: &JobOutput, from: Option<&str>) -> Option<OnJob> {
    let can_begin = |step: &&Step| step.place <= job.outline.open;
    let mut steps: Vec<&Step> = job.steps.iter().filter(can_begin).collect();
    for other in job.cause.iter().chain(&job.chosen).filter(can_begin) {
        let at = steps.iter().position(|step| step.place >= other.place).unwrap_or(steps.len());
        if steps.get(at).is_none_or(|step| step.place != other.place) {
            steps.insert(at, other);
        }
    }
    let named = |name: Option<&str>| steps.iter().find(|step| Some(step.name.as_str()) == name);
    let step = named(from).or_else(|| named(job.cause.as_ref().map(|step| step.name.as_str()))).or(steps.last())?;
    let about = job.row.title.clone().unwrap_or_else(|| [&job.row.pipeline, " ", &job.row.job.short()].concat());
    Some(OnJob {
        job: job.row.job,
        tenant: job.row.tenant,
        tenant_name: job.row.tenant_name.clone(),
        about,
        from_step: step.name.clone(),
        memory: helpful_memory(step),
        steps: steps
            .iter()
            .map(|step| StepChoice { place: step.place, name: step.name.clone(), memory_bytes: step.limits.memory_bytes })
            .collect(),
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

/// What the dialog needs to know. Who asked in vain is offered force.
fn on_run(job: &JobOutput) -> OnRun {
    let of = job.row.title.clone().unwrap_or_else(|| [&job.row.pipeline, " ", &job.row.job.short()].concat());
    OnRun {
        job: job.row.job,
        tenant: job.row.tenant,
        tenant_name: job.row.tenant_name.clone(),
        about: [job.row.current_step.as_deref().unwrap_or("The running step"), " of ", &of].concat(),
        force: job.stopping.is_some(),
    }
}

/// Why there is nothing to kill, whoever asks.
fn not_running(job: &JobOutput) -> Option<String> {
    (job.row.status != JobStatus::Running).then(|| "Nothing of it runs; there is no process to stop.".to_owned())
}

fn kill_button(job: &JobOutput) -> Html {
    let (kind, tenant, label, key, blocked) = (DeedKind::Kill, job.row.tenant, "Kill\u{2026}", "X", not_running(job));
    view! { <DeedButton kind tenant label key blocked/> }
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

fn content(job: Memo<Same<JobOutput>>, id: JobId) -> Html {
    let now = clock(job.with_untracked(|job| job.now));
    let location = use_location();
    let (query, path) = (location.query, StoredValue::new(location.pathname.get_untracked()));
    let step = memo(move || query.with(|query| job.with(|job| chosen(&asked_by(query, id), job))));
    let shown = Shown { job, id, query, path, step, now };
    let with = memo(move || query.with(|query| text_of(query, WITH).unwrap_or_default()));
    // What the panel of the attempt is drawn from: a log of thousands of lines is not drawn anew because something else changed.
    let attempt = memo(move || job.with(|job| [&with.get(), " ", &attempt::told(job)].concat()));
    let compares = memo(move || !with.read().is_empty());
    view! {
        {move || head(&job.get())}
        <div class="cols">
            <div class="stack">
                {tree::panel(shown)}
                {move || {
                    // Read, not only followed: a memo that nobody has read follows nothing itself.
                    attempt.with(|_| ());
                    untrack(|| job.with(|job| attempt::panel(job, with.get().parse().ok(), &shown.links())))
                }}
                {move || compares.get().then(|| untrack(|| parts::compared(id)))}
            </div>
            <div class="stack">{move || side::side(&job.get(), now)}</div>
        </div>
    }
}

/// The step that is marked: the one the URL names, at once, as long as it is at hand; else the one the server chose.
fn chosen(asked: &Job, job: &JobOutput) -> String {
    let named = asked.step.as_ref().filter(|name| asked.find.is_none() && job.steps.iter().any(|step| step.name == **name));
    named.or(job.chosen.as_ref().map(|step| &step.name)).cloned().unwrap_or_default()
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
            <div class="actions">{kill_button(job)}{head_button(job)}</div>
        </div>
        <p class="prose">{job_story(job)}</p>
        {stopping_story(job).map(|(what, because)| view! { <Note tone=Tone::Warn what because/> })}
    }
}
