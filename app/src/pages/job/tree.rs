//! The tree of a job: which step stands where, for how long, with how much of its memory, and
//! at the step where it went wrong what happened and what would help. A run of few steps is drawn whole;
//! of a long one what is on screen is (see `long`).

use super::{
    Shown, long,
    rows::{Line, Lines, fold, row, row_of, why},
    step_button, walk,
};
use crate::{
    components::{StepTree, TreeLine},
    pages::keys::{focus, link_id},
};
use actions::views::job::{JobOutput, WINDOW};
use domain::human_millis;
use leptos::prelude::*;
use markup::{Html, IntoHtml, memo, view};

/// The tree in its panel. While something runs it moves with the clock.
pub(super) fn panel(shown: Shown) -> Html {
    let is_long = memo(move || shown.job.with(|job| job.outline.rows > WINDOW));
    let about = move || {
        shown.job.with(|job| {
            let took = job.row.duration_ms.map(|ms| [" \u{b7} ", &human_millis(ms)].concat()).unwrap_or_default();
            ["run ", &job.row.run.to_string(), &took].concat()
        })
    };
    let tree = move || if is_long.get() { untrack(|| long::tree(shown)) } else { untrack(|| whole(shown)) };
    let note = move || {
        let shortened = shown.job.with(|job| job.outline.shortened);
        shortened.then(|| view! { <footer class="small">"Long pauses between steps are drawn shortened."</footer> })
    };
    view! {
        <section class="panel">
            <header><h2>"Pipeline"</h2><span class="faint">{about}</span></header>
            {tree}{note}
        </section>
    }
}

/// The axis' length as it is by now: what runs makes it longer.
pub(super) fn total_ms(shown: Shown) -> i64 {
    shown.job.with(|job| {
        let since = if job.outline.running > 0 { shown.now.get().millis() - job.now.millis() } else { 0 };
        job.outline.total_ms + since.max(0)
    })
}

fn whole(shown: Shown) -> Html {
    walk::keys(move || shown.job.with_untracked(|job| at(job)), || None, |line| focus(&link_id(usize::try_from(line).unwrap_or(0))));
    (move || short(shown)).into_html()
}

/// How many lines there are, and which is that of the chosen step.
pub(super) fn at(job: &JobOutput) -> (i64, i64) {
    let lines = Lines::of(&job.outline);
    let row = job.chosen.as_ref().and_then(|step| row_of(&job.outline, step.place));
    (lines.count(), row.map_or(0, |row| lines.of_row(row)))
}

fn short(shown: Shown) -> Html {
    let (job, chosen, links, total) = (shown.job.get(), shown.step.get(), shown.links.get(), total_ms(shown));
    let lines = Lines::of(&job.outline);
    let line = |line: i64| match lines.at(line) {
        Line::Fold => Some(TreeLine::Fold(fold(&job, &links, line))),
        Line::Row(number) => {
            let step = usize::try_from(number - 1).ok().and_then(|at| job.steps.get(at))?;
            let mut row = row(step, &job.outline, total);
            row.why = (job.outline.cause == Some(step.place)).then(|| why(step, &job));
            row.href = Some(links.step(&step.name));
            row.id = link_id(usize::try_from(line).unwrap_or(0));
            row.selected = step.name == chosen;
            Some(TreeLine::Step(row))
        }
    };
    let lines: Vec<_> = (0..lines.count()).filter_map(line).collect();
    view! { <StepTree lines total_ms=total deeds=deeds(shown)/> }
}

/// The deed inside the sentence of a step.
pub(super) fn deeds(shown: Shown) -> Callback<String, Html> {
    Callback::new(move |step: String| untrack(|| shown.job.with(|job: &std::sync::Arc<JobOutput>| step_button(job, &step))))
}
