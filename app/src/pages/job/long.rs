//! The tree of a long run: as many lines as are on screen and some around them, with room left above and below
//! for the rest; what is scrolled to is fetched. As the server writes it, it begins with the lines around the
//! chosen step, and its foot leads to the others.

use super::{
    Shown, find,
    rows::{Line, Lines, fold, place_of, row, row_of},
    tree::{at, cause, pager, total_ms},
    walk,
};
use crate::{
    components::{StepRow, fold_link, step_cells, tree_axis},
    data::ask,
    pages::{
        keys::{focus, link_id},
        pieces::Same,
    },
};
use actions::views::{
    job::{Job, JobOutput, Step, WINDOW},
    job_steps::{JobSteps, JobStepsOutput},
};
use leptos::{html::Div, prelude::*};
use markup::{Html, each, effect, memo, view};
use std::sync::Arc;
use wasm_bindgen::JsCast;
use web_sys::HtmlElement;

/// Lines above the one that is gone to.
const ABOVE: i64 = 5;

/// The rows that are there: those that came with the job, or a window of them.
#[derive(Clone)]
enum Held {
    Job(Arc<JobOutput>),
    Window(Arc<JobStepsOutput>),
}

impl Held {
    fn from(&self) -> i64 {
        match self {
            Self::Job(job) => job.outline.from,
            Self::Window(window) => window.from,
        }
    }

    fn steps(&self) -> &[Step] {
        match self {
            Self::Job(job) => &job.steps,
            Self::Window(window) => &window.steps,
        }
    }

    fn last(&self) -> i64 {
        self.from() + self.steps().len() as i64 - 1
    }

    fn covers(&self, first: i64, last: i64) -> bool {
        self.from() <= first && last <= self.last()
    }
}

#[derive(Clone, Copy)]
struct List {
    shown: Shown,
    held: RwSignal<Held>,
    /// Height of a line; 0 until the browser has taken over, and no room is left for what is not there.
    line_px: RwSignal<f64>,
    /// The first line on screen, and how many are.
    seen: RwSignal<(i64, i64)>,
    /// The row that was asked for last, and the line that wants the focus.
    wanted: StoredValue<Option<i64>>,
    wants_focus: StoredValue<Option<i64>>,
    root: NodeRef<Div>,
}

/// The tree of a run with more steps than are sent at once.
pub(crate) fn tree(shown: Shown) -> Html {
    let held = RwSignal::new(Held::Job(shown.job.get_untracked().0));
    let list = List {
        shown,
        held,
        line_px: RwSignal::new(0.0),
        seen: RwSignal::new((0, 0)),
        wanted: StoredValue::new(None),
        wants_focus: StoredValue::new(None),
        root: NodeRef::new(),
    };
    list.follow();
    let wants = move || list.wants_focus.try_get_value().flatten();
    walk::keys(move || shown.job.with_untracked(|job| at(job)), wants, move |line| list.go(line));
    view! {
        {find::bar(shown, Some(find::going(shown)))}
        {move || cause(shown)}
        {move || tree_axis(total_ms(shown))}
        <div class="tree-scroll" node_ref=list.root on:scroll=move |_| list.look()>
            <svg class="room" width="1" height=move || list.room_above() aria-hidden="true"></svg>
            <ol class="tree long">{each(move || list.keys(), move |key| line(list, key))}</ol>
            <svg class="room" width="1" height=move || list.room_below() aria-hidden="true"></svg>
        </div>
        <footer>{move || list.pager()}</footer>
    }
}

/// The line that is to be the first on screen: of the row the URL names, or a little above the chosen step.
fn goal(job: &JobOutput, asked: &Job) -> i64 {
    match asked.from {
        Some(row) => Lines::of(&job.outline).of_row(row.clamp(1, job.outline.rows.max(1))),
        None => (at(job).1 - ABOVE).max(0),
    }
}

/// The key of the line of the fold; places begin with 1.
const FOLD: u128 = 0;

fn line(list: List, key: u128) -> Html {
    if key == FOLD {
        let line = move || list.shown.job.with(|job| job.outline.cause).unwrap_or_default();
        let link = move || list.shown.job.with(|job| fold_link(fold(job, &list.shown.links(), line())));
        return view! { <li class="step fold-line">{link}</li> };
    }
    let place = i64::try_from(key).unwrap_or_default();
    let row = memo(move || list.row(place));
    let of = move || list.shown.job.with(|job| job.outline.steps.to_string());
    view! {
        <li class="step" data-tone=move || row.get().map(|row| row.tone.key()) data-selected=move || row.get().and_then(|row| row.selected.then_some("true"))
            aria-posinset=place.to_string() aria-setsize=of>
            {move || row.get().map(|row| step_cells(row, total_ms(list.shown), None))}
        </li>
    }
}

impl List {
    fn lines(self) -> Lines {
        self.shown.job.with(|job| Lines::of(&job.outline))
    }

    /// The line of a step that is there.
    fn row(self, place: i64) -> Option<StepRow> {
        let (job, links) = (self.shown.job.get(), self.shown.links());
        let line = Lines::of(&job.outline).of_row(row_of(&job.outline, place)?);
        self.held.with(|held| {
            let step = held.steps().iter().find(|step| step.place == place)?;
            let mut row = row(step, &job.outline, total_ms(self.shown));
            row.href = Some(links.step(&step.name));
            row.id = link_id(usize::try_from(line).unwrap_or(0));
            row.selected = self.shown.step.with(|chosen| *chosen == step.name);
            Some(row)
        })
    }

    /// The first and the last line that are there, the fold's too where it is next to them.
    fn ends(self) -> (i64, i64) {
        let lines = self.lines();
        let (first, last) = self.held.with(|held| (lines.of_row(held.from()), lines.of_row(held.last())));
        let is_fold = |line: i64| line >= 0 && line < lines.count() && lines.at(line) == Line::Fold;
        (first - i64::from(is_fold(first - 1)), last + i64::from(is_fold(last + 1)))
    }

    fn keys(self) -> Vec<u128> {
        let lines = self.lines();
        let (first, last) = self.ends();
        let key = |line: i64| match lines.at(line) {
            Line::Fold => FOLD,
            Line::Row(row) => self.shown.job.with(|job| place_of(&job.outline, row)).unsigned_abs().into(),
        };
        (first..=last).map(key).collect()
    }

    fn room_above(self) -> String {
        self.room(self.ends().0)
    }

    fn room_below(self) -> String {
        self.room(self.lines().count() - self.ends().1 - 1)
    }

    fn room(self, lines: i64) -> String {
        ((lines.max(0) as f64 * self.line_px.get()) as i64).to_string()
    }

    /// Where one is.
    fn pager(self) -> Html {
        let (first, last) = match self.seen.get() {
            (_, 0) => self.held.with(|held| (held.from(), held.last())),
            (first, many) => (self.row_at(first), self.row_at(first + many - 1)),
        };
        pager(self.shown, first, last)
    }

    /// The row on a line; that of the root cause for the line of the fold.
    fn row_at(self, line: i64) -> i64 {
        let lines = self.lines();
        match lines.at(line.clamp(0, lines.count() - 1)) {
            Line::Row(row) => row,
            Line::Fold => line,
        }
    }

    /// Takes over in the browser, and keeps up with the run and with the URL.
    fn follow(self) {
        effect(move || {
            self.measure();
            let to = self.shown.job.with_untracked(|job| goal(job, &untrack(|| self.shown.asked())));
            request_animation_frame(move || self.scroll_to(to));
        });
        let mut before: Option<(Job, Same<JobOutput>)> = None;
        effect(move || {
            let (job, asked) = (self.shown.job.get(), untrack(|| self.shown.asked()));
            if let Some((last, was)) = &before {
                let elsewhere = (&last.step, &last.find, last.from) != (&asked.step, &asked.find, asked.from);
                let other_rows = (was.outline.rows, was.outline.folded) != (job.outline.rows, job.outline.folded);
                self.renew(&job.0, &asked, elsewhere, other_rows);
            }
            before = Some((asked, job));
        });
    }

    /// What is there becomes what the new answer says.
    fn renew(self, job: &Arc<JobOutput>, asked: &Job, elsewhere: bool, other_rows: bool) {
        let (chosen, to) = (at(job).1, goal(job, asked));
        let (first, many) = self.seen.get_untracked();
        if elsewhere && (asked.from.is_some() || !(first..first + many).contains(&chosen)) {
            self.held.set(Held::Job(Arc::clone(job)));
            request_animation_frame(move || self.scroll_to(to));
        } else if other_rows {
            self.held.set(Held::Job(Arc::clone(job)));
            // What was unfolded comes into sight; what is folded away leaves what is above it where it is.
            match job.outline.cause.filter(|_| !job.outline.folded) {
                Some(cause) => request_animation_frame(move || self.scroll_to((cause - 1 - ABOVE).max(0))),
                None => request_animation_frame(move || self.look()),
            }
        } else {
            self.refresh(job);
        }
    }

    /// The same rows as they are by now: those of the answer when it has them, else asked for again.
    fn refresh(self, job: &Arc<JobOutput>) {
        let fresh = Held::Job(Arc::clone(job));
        let (from, last) = self.held.with_untracked(|held| (held.from(), held.last()));
        if fresh.covers(from, last) {
            self.held.set(fresh);
        } else {
            self.fetch(from);
        }
    }

    /// Looks where one has scrolled to, and fetches what is not there.
    fn look(self) {
        let Some((root, px)) = self.measure() else { return };
        let first = (f64::from(root.scroll_top()) / px) as i64;
        let many = (f64::from(root.client_height()) / px).ceil() as i64;
        self.seen.set((first, many));
        let (first, last, rows) = untrack(move || (self.row_at(first), self.row_at(first + many), self.lines().rows()));
        let last = last.min(rows);
        if self.held.with_untracked(|held| !held.covers(first, last)) {
            self.fetch((first - (WINDOW - (last - first)) / 2).max(1));
        } else {
            self.settle_focus();
        }
    }

    fn fetch(self, from: i64) {
        let Some(Some(before)) = self.wanted.try_update_value(|wanted| Some(wanted.replace(from))) else { return };
        if before == Some(from) {
            return;
        }
        let (job, fold) = self.shown.job.with_untracked(|job| (job.row.job, job.outline.folded));
        leptos::task::spawn_local(async move {
            let answer = ask(JobSteps { job, from: Some(from), limit: None, fold }).await;
            // One may have scrolled on meanwhile, or left.
            if self.wanted.try_get_value().flatten() != Some(from) {
                return;
            }
            self.wanted.set_value(None);
            // What fails is asked for again with the next movement; the room for it stays.
            if let Ok(window) = answer {
                self.held.set(Held::Window(Arc::new(window)));
                request_animation_frame(move || self.look());
            }
        });
    }

    /// Brings a line on screen and gives it the focus, once it is there.
    fn go(self, line: i64) {
        let Some((root, px)) = self.measure() else { return };
        let (top, height) = (f64::from(root.scroll_top()), f64::from(root.client_height()));
        let (above, below) = (line as f64 * px, (line + 1) as f64 * px - height);
        self.wants_focus.set_value(Some(line));
        if top > above || top < below {
            root.set_scroll_top(if top > above { above } else { below.ceil() } as i32);
        }
        request_animation_frame(move || self.look());
    }

    fn settle_focus(self) {
        if let Some(line) = self.wants_focus.try_get_value().flatten() {
            self.wants_focus.set_value(None);
            focus(&link_id(usize::try_from(line).unwrap_or(0)));
        }
    }

    fn scroll_to(self, line: i64) {
        let Some((root, px)) = self.measure() else { return };
        // The room is made by effects of their own; before that there is nowhere to scroll to.
        if f64::from(root.scroll_height()) + px < untrack(move || self.lines()).count() as f64 * px {
            request_animation_frame(move || self.scroll_to(line));
            return;
        }
        root.set_scroll_top((line as f64 * px) as i32);
        self.look();
    }

    /// The list and the height of its lines, which follows the size of the text.
    fn measure(self) -> Option<(HtmlElement, f64)> {
        let root: HtmlElement = self.root.try_get_untracked()??.unchecked_into();
        let list: HtmlElement = root.query_selector("ol.tree").ok()??.unchecked_into();
        let px = f64::from(list.offset_height()) / f64::from(list.child_element_count().max(1));
        if px > 0.0 && self.line_px.get_untracked() != px {
            self.line_px.set(px);
        }
        (px > 0.0).then_some((root, px))
    }
}
