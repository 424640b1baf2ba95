//! The pipeline tree of a job: which step stands where, for how long, with how much of its memory, and
//! at the step where it went wrong what happened and what would help.

use super::{axis, helpful_memory, root_cause, step_button};
use crate::{
    arrival::use_location,
    components::{Panel, StepRow, StepTree, StepWhy},
    pages::pieces::step_words,
    routes,
};
use actions::views::job::{JobOutput, Step};
use domain::{At, StepStatus, human_bytes, human_millis, parse_bytes};
use leptos::prelude::*;
use markup::{Html, memo, view};

/// The tree in its panel. While something runs it moves with the clock.
pub(super) fn panel(job: StoredValue<JobOutput>, chosen: Memo<String>, now: Signal<At>) -> Html {
    let (runs, sent) = job.with_value(|job| (job.steps.iter().any(|step| step.status == StepStatus::Running), job.now));
    let tick = memo(move || if runs { now.get() } else { sent });
    let path = use_location().pathname.get_untracked();
    let about = job.with_value(|job| {
        let took = job.row.duration_ms.map(|ms| [" \u{b7} ", &human_millis(ms)].concat()).unwrap_or_default();
        ["run ", &job.row.run.to_string(), &took].concat()
    });
    let tree = move || job.with_value(|output| tree(output, job, &chosen.get(), tick.get(), &path));
    view! { <Panel title="Pipeline" about>{tree}</Panel> }
}

fn tree(output: &JobOutput, job: StoredValue<JobOutput>, chosen: &str, now: At, path: &str) -> Html {
    let spans: Vec<_> = output
        .steps
        .iter()
        .map(|step| axis::Span { start: step.started_at.map(At::millis), end: step.finished_at.map(At::millis) })
        .collect();
    let (spans, total, shortened) = axis::lay_out(&spans, now.millis());
    let cause = root_cause(output).map(|step| step.name.clone());
    let rows = output.steps.iter().zip(spans).map(|(step, span)| {
        let is_cause = cause.as_deref() == Some(step.name.as_str());
        let mut row = row(step, span, is_cause, output.inside, total);
        row.href = Some(routes::url(path, &[("step", &step.name)]));
        row.selected = step.name == chosen;
        row
    });
    let deeds = Callback::new(move |step: String| job.with_value(|job| step_button(job, &step)));
    let note = shortened.then(|| view! { <footer class="small">"Long pauses between steps are drawn shortened."</footer> });
    let steps: Vec<_> = rows.collect();
    view! { <StepTree steps total_ms=total deeds/>{note} }
}

fn row(step: &Step, span: axis::Span, is_cause: bool, inside: bool, total: i64) -> StepRow {
    let (tone, word) = step_words(step.status);
    let word = if is_cause { [word, ", root cause"].concat() } else { word.to_owned() };
    let took = span.start.map(|start| human_millis(span.end.unwrap_or(total) - start));
    let skipped = matches!(step.status, StepStatus::Skipped | StepStatus::Waiting);
    let (memory_text, memory_ratio) = step.attempts.last().filter(|_| !skipped).map(memory).unwrap_or_default();
    StepRow {
        name: step.name.clone(),
        tone,
        word,
        start_ms: span.start.filter(|_| !skipped),
        end_ms: span.end.filter(|_| !skipped),
        duration_text: took.filter(|_| !skipped).unwrap_or_default(),
        memory_text,
        memory_ratio,
        why: is_cause.then(|| why(step, inside)),
        href: None,
        selected: false,
    }
}

/// Most memory measured, and its share of the limit.
fn memory(attempt: &actions::views::job::Attempt) -> (String, f64) {
    let Some(peak) = attempt.memory_peak_bytes else {
        return Default::default();
    };
    let ratio = peak as f64 / attempt.limits.memory_bytes.max(1) as f64;
    (human_bytes(peak.max(0).unsigned_abs()), ratio)
}

/// What happened at the root, why, and what would help.
fn why(step: &Step, inside: bool) -> StepWhy {
    let title = step.error_title.clone().or_else(|| step.error_code.clone()).unwrap_or_else(|| "No reason was recorded".to_owned());
    let because = match (&step.error_message, inside) {
        (Some(message), _) => message.clone(),
        (None, true) => "The step left no further words; its log is below.".to_owned(),
        (None, false) => "The full message and the log are shown within a support session on this tenant.".to_owned(),
    };
    let help = helpful_memory(step).map(|memory| {
        let amount = parse_bytes(memory).map_or_else(|_| memory.to_owned(), human_bytes);
        ["suggested: ", &amount, ", or leave hatching out"].concat()
    });
    StepWhy { what: ["Root cause: ", &title].concat(), because, help }
}
