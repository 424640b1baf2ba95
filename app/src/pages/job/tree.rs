//! The tree of a job: which step stands where, for how long, with how much of its memory, and
//! at the step where it went wrong what happened and what would help. A run of few steps is drawn whole. Of a long one the server
//! writes some, with links to the others; the part that lets one scroll through all of them comes by itself (see `long`).

use super::{
    Shown, find,
    rows::{Line, Lines, fold, place_of, row, row_of, why},
    step_button, walk,
};
use crate::{
    components::{Pager, StepTree, Tone, TreeLine, step_why},
    pages::keys::{focus, link_id},
    parts::{self, Part},
    text::count,
};
use actions::views::job::{JobOutput, WINDOW};
use domain::human_millis;
use leptos::prelude::*;
use markup::{Html, IntoHtml, effect, memo, view};

/// The tree in its panel. While something runs it moves with the clock.
pub(super) fn panel(shown: Shown) -> Html {
    let is_long = memo(move || shown.job.with(|job| job.outline.rows > WINDOW));
    let scrolls = RwSignal::new(false);
    effect(move || {
        if is_long.get() {
            leptos::task::spawn_local(async move {
                // Without it the list stays as it was written: its links lead on.
                if Part::Long.fetch().await {
                    scrolls.try_set(true);
                }
            });
        }
    });
    let about = move || {
        shown.job.with(|job| {
            let took = job.row.duration_ms.map(|ms| [" \u{b7} ", &human_millis(ms)].concat()).unwrap_or_default();
            ["run ", &job.row.run.to_string(), &took].concat()
        })
    };
    let tree = move || match (is_long.get(), scrolls.get()) {
        (true, true) => untrack(|| parts::long(shown)),
        (true, false) => (move || still(shown)).into_html(),
        (false, _) => untrack(|| whole(shown)),
    };
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
    (move || view! { <StepTree lines=lines(shown, false) total_ms=total_ms(shown) deeds=deeds(shown)/> }).into_html()
}

/// Some of many, as the server writes them.
fn still(shown: Shown) -> Html {
    let pages = shown.job.with(|job| pager(shown, job.outline.from, job.outline.from + job.steps.len() as i64 - 1));
    view! {
        {find::bar(shown, None)}
        {cause(shown)}
        <StepTree lines=lines(shown, true) total_ms=total_ms(shown) long=true/>
        <footer>{pages}</footer>
    }
}

/// Why a long run stands where it stands, whatever is scrolled to.
pub(super) fn cause(shown: Shown) -> Option<Html> {
    let job = shown.job.get();
    let step = job.cause.as_ref()?;
    let deed = deeds(shown).run(step.name.clone());
    Some(view! { <div class="tree-cause">{step_why(why(step, &job), Tone::Fail, Some(deed))}</div> })
}

/// Where one is, from row to row, and the way on for who cannot scroll to it.
pub(super) fn pager(shown: Shown, first: i64, last: i64) -> Html {
    let (job, links) = (shown.job.get(), shown.links());
    let place = |row: i64| count(place_of(&job.outline, row));
    let place = ["steps ", &place(first), " to ", &place(last), " of ", &count(job.outline.steps)].concat();
    let newer = (first > 1).then(|| links.from(first - WINDOW));
    let older = (last < job.outline.rows).then(|| links.from(last + 1));
    view! { <Pager newer older place words=["Earlier", "Later"]/> }
}

/// How many lines there are, and which is that of the chosen step.
pub(super) fn at(job: &JobOutput) -> (i64, i64) {
    let lines = Lines::of(&job.outline);
    let row = job.chosen.as_ref().and_then(|step| row_of(&job.outline, step.place));
    (lines.count(), row.map_or(0, |row| lines.of_row(row)))
}

/// The lines of the steps that came with the job. Those of a long run say their place, and nothing stands below the root cause.
fn lines(shown: Shown, long: bool) -> Vec<TreeLine> {
    let (job, chosen, links, total) = (shown.job.get(), shown.step.get(), shown.links(), total_ms(shown));
    let (lines, from) = (Lines::of(&job.outline), job.outline.from);
    let (first, last) = (lines.of_row(from), lines.of_row(from + job.steps.len() as i64 - 1) + 1);
    let line = |line: i64| match lines.at(line) {
        Line::Fold => Some(TreeLine::Fold(fold(&job, &links, line))),
        Line::Row(number) => {
            let step = usize::try_from(number - from).ok().and_then(|at| job.steps.get(at))?;
            let mut row = row(step, &job.outline, total);
            row.why = (!long && job.outline.cause == Some(step.place)).then(|| why(step, &job));
            row.href = Some(links.step(&step.name));
            row.id = link_id(usize::try_from(line).unwrap_or(0));
            row.of = long.then_some((step.place, job.outline.steps));
            row.selected = step.name == chosen;
            Some(TreeLine::Step(Box::new(row)))
        }
    };
    (first..(last + 1).min(lines.count())).filter_map(line).collect()
}

/// The deed inside the sentence of a step.
pub(super) fn deeds(shown: Shown) -> Callback<String, Html> {
    Callback::new(move |step: String| untrack(|| shown.job.with(|job| step_button(job, &step))))
}
