//! What the pages of commands, jobs and errors share: waiting for the data and the person, the marks
//! of states, the clock, the mask. Not in here: any page's own layout; pieces without knowledge of
//! the domain are in `components`.

use crate::{
    arrival::use_location,
    components::{Loading, Note, Pager, Panel, StateMark, Tone},
    data::Data,
    frame::{problem_view, use_here, use_me},
    routes::requery,
    text::{ago, moment},
};
use actions::views::{operations::Counts, standstill::Standstill};
use domain::{At, Blocker, CommandStatus, GroupState, JobStatus, OperationState, ProblemKind, StepStatus, TenantId};
use leptos::prelude::*;
use markup::{Html, IntoHtml, effect, memo, view};
use serde::de::DeserializeOwned;
use std::{ops::Deref, sync::Arc, time::Duration};

/// Content once the data is there; what is shown stays while it is asked for again.
pub(super) fn loaded<T>(data: Data<T>, content: impl Fn(T) -> Html + Send + Sync + 'static) -> Html
where
    T: Clone + DeserializeOwned + Send + Sync + 'static,
{
    let me = use_me();
    ask_again(data);
    let shown = move || {
        let answer = data.get()?;
        // The content asks who is signed in: the server waits for that too. Untracked, because the content
        // is made anew only with new data: what is open, waiting or half typed in it must stay.
        Some(untrack(|| {
            me.me.wait();
            match answer {
                Ok(output) => content(output),
                Err(problem) => view! { <section class="panel">{problem_view(problem)}</section> },
            }
        }))
    };
    view! { <Transition fallback=|| view! { <section class="panel"><Loading what="Loading"/></section> }>{shown}</Transition> }
}

/// An answer that is the same only as long as it is the very one that came: no code has to compare all that is in it.
pub(crate) struct Same<T>(pub(crate) Arc<T>);

impl<T> Clone for Same<T> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}
impl<T> PartialEq for Same<T> {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}
impl<T> Deref for Same<T> {
    type Target = T;
    fn deref(&self) -> &T {
        &self.0
    }
}

/// The same for content that is made once and follows the data by itself, so that what is scrolled to and what has the focus
/// stays when something else changes.
pub(super) fn followed<T>(data: Data<T>, content: impl Fn(Memo<Same<T>>) -> Html + Send + Sync + 'static) -> Html
where
    T: DeserializeOwned + Send + Sync + 'static,
{
    let me = use_me();
    ask_again(data);
    let (there, good) = (memo(move || data.is_there()), memo(move || data.good().is_some()));
    let shown = move || {
        untrack(|| data.wait());
        if !there.get() {
            return None;
        }
        if !good.get() {
            let problem = data.get()?.err()?;
            return Some(untrack(|| view! { <section class="panel">{problem_view(problem)}</section> }));
        }
        untrack(|| {
            me.me.wait();
            let first = data.good()?;
            Some(content(memo(move || Same(data.good().unwrap_or_else(|| Arc::clone(&first))))))
        })
    };
    view! { <Transition fallback=|| view! { <section class="panel"><Loading what="Loading"/></section> }>{shown}</Transition> }
}

/// What could not be reached is asked again by itself, as the message says.
fn ask_again<T: 'static>(data: Data<T>) {
    effect(move || {
        if data.problem().is_some_and(|problem| problem.kind == ProblemKind::Unavailable) {
            set_timeout(move || data.refetch(), Duration::from_secs(3));
        }
    });
}

/// The server's clock as it moves in the browser; `sent` until it does.
pub(super) fn clock(sent: At) -> Signal<At> {
    let me = use_me();
    memo(move || me.now().map_or(sent, |now| now.max(sent))).into()
}

/// `12 min ago`, moving, with the full moment as its tip.
pub(super) fn when(at: At, now: Signal<At>) -> Html {
    view! { <time datetime=at.to_string() title=moment(at)>{move || ago(now.get(), at)}</time> }
}

/// Asks again when a support session begins or ends by itself: what is masked depends on it.
pub(super) fn on_session_change(again: impl Fn() + 'static) {
    let me = use_me();
    let inside = memo(move || me.support().map(|support| support.id));
    let known = move || me.me.is_there();
    let mut before = None;
    effect(move || {
        let inside = known().then(|| inside.get());
        if let (Some(before), Some(inside)) = (std::mem::replace(&mut before, inside), inside)
            && before != inside
        {
            again();
        }
    });
}

pub(super) fn command_mark(status: CommandStatus) -> Html {
    let (tone, word) = match status {
        CommandStatus::Pending => (Tone::Skip, "Pending"),
        CommandStatus::InProgress => (Tone::Run, "In progress"),
        CommandStatus::Completed => (Tone::Ok, "Completed"),
        CommandStatus::Failed => (Tone::Fail, "Failed"),
        CommandStatus::Canceled => (Tone::Skip, "Cancelled"),
        CommandStatus::InTroubleshootingQueue => (Tone::Warn, "In troubleshooting"),
    };
    view! { <StateMark tone word/> }
}

pub(super) const fn job_words(status: JobStatus) -> (Tone, &'static str) {
    match status {
        JobStatus::Waiting => (Tone::Skip, "Waiting"),
        JobStatus::Running => (Tone::Run, "Running"),
        JobStatus::Succeeded => (Tone::Ok, "Succeeded"),
        JobStatus::Failed => (Tone::Fail, "Failed"),
        JobStatus::Canceled => (Tone::Skip, "Cancelled"),
    }
}

pub(super) const fn step_words(status: StepStatus) -> (Tone, &'static str) {
    match status {
        StepStatus::Waiting => (Tone::Skip, "waiting"),
        StepStatus::Running => (Tone::Run, "running"),
        StepStatus::Succeeded => (Tone::Ok, "succeeded"),
        StepStatus::Failed => (Tone::Fail, "failed"),
        StepStatus::Skipped => (Tone::Skip, "skipped"),
    }
}

pub(super) const fn group_words(state: GroupState) -> (Tone, &'static str) {
    match state {
        GroupState::New => (Tone::Fail, "New"),
        GroupState::Investigating => (Tone::Run, "Investigating"),
        GroupState::Known => (Tone::Warn, "Known"),
        GroupState::Snoozed => (Tone::Skip, "Snoozed"),
        GroupState::Resolved => (Tone::Ok, "Resolved"),
        GroupState::Regressed => (Tone::Fail, "Regressed"),
    }
}

pub(super) const fn operation_words(state: OperationState) -> (Tone, &'static str) {
    match state {
        OperationState::Proposed => (Tone::Warn, "Waits for approval"),
        OperationState::Canary => (Tone::Run, "Trying a few"),
        OperationState::Ramping => (Tone::Run, "Sending"),
        OperationState::Paused => (Tone::Warn, "Paused"),
        OperationState::Halted => (Tone::Fail, "Halted by itself"),
        OperationState::Canceled => (Tone::Skip, "Cancelled"),
        OperationState::Finished => (Tone::Ok, "Finished"),
    }
}

/// How many of an operation's commands stand where, as one bar; the numbers beside it say the same in words.
pub(super) fn outcomes_bar(counts: impl Fn() -> Counts + Copy + Send + Sync + 'static) -> Html {
    let part = move |tone: Tone, before: fn(Counts) -> i32, n: fn(Counts) -> i32| {
        let share = move |of: fn(Counts) -> i32| {
            let counts = counts();
            (i64::from(of(counts)) * 1000 / i64::from(counts.total.max(1))).to_string()
        };
        view! { <rect data-tone=tone.key() x=move || share(before) width=move || share(n) y="0" height="10"/> }
    };
    view! {
        <svg class="outcomes" viewBox="0 0 1000 10" preserveAspectRatio="none" aria-hidden="true">
            {part(Tone::Ok, |_| 0, |c| c.succeeded)}
            {part(Tone::Fail, |c| c.succeeded, |c| c.failed)}
            {part(Tone::Run, |c| c.succeeded + c.failed, |c| c.sent)}
            {part(Tone::Skip, |c| c.succeeded + c.failed + c.sent, |c| c.skipped + c.gone)}
        </svg>
    }
}

/// The foot of a list that is paged by `?cursor=`: its neighbours and where one is. `at` is the cursor of the next page, and the place.
pub(super) fn cursor_pager(older_page: bool, at: impl Fn() -> (Option<String>, String) + Send + Sync + 'static) -> Html {
    let location = use_location();
    let link = move |cursor: Option<&str>| requery(&location.pathname.get(), &location.search.get(), &[("cursor", cursor)]);
    let pager = move || {
        let (next, place) = at();
        let older = next.as_deref().map(|next| link(Some(next)));
        let newer = older_page.then(|| link(None));
        view! { <footer><Pager newer older place/></footer> }
    };
    pager.into_html()
}

/// Why something is not moving, with what that was told from. Nothing where it has ended.
pub(super) fn standstill_panel(told: Option<&Standstill>) -> Html {
    let Some(told) = told.cloned() else { return ().into_html() };
    let tone = match told.blocker {
        Blocker::None => Tone::Run,
        Blocker::NotYetVisible | Blocker::BehindOthers | Blocker::RateLimit => Tone::Skip,
        Blocker::Person | Blocker::OperationHeld | Blocker::Unknown => Tone::Warn,
        Blocker::NoWorker | Blocker::WorkerSilent => Tone::Fail,
    };
    let evidence = told.evidence.into_iter().map(|fact| view! { <li>{fact}</li> }).collect::<Vec<_>>();
    view! {
        <Panel title="Why is it not moving?" pad=true>
            <Note tone what=told.sentence/>
            <ul class="soft small evidence">{evidence}</ul>
        </Panel>
    }
}

/// There is content; the way to see it.
pub(super) fn masked_here(what: &'static str, tenant: TenantId) -> Html {
    let here = use_here();
    view! {
        <div class="row">
            <span class="masked">"\u{2022}\u{2022}\u{2022}\u{2022}\u{2022}\u{2022}\u{2022}\u{2022} masked"</span>
            <span class="soft">{what}" "<a class="link" data-noscroll="" href=move || here.start_on(tenant)>"Start a session to see it"</a></span>
        </div>
    }
}

/// Content in a cell of a list, or that there is some.
pub(super) fn masked_cell(content: Option<String>) -> Html {
    match content {
        Some(content) => view! { <span class="mono">{content}</span> },
        None => {
            view! { <span class="masked" title="Only within a support session on this tenant">"\u{2022}\u{2022}\u{2022}\u{2022}\u{2022}\u{2022}\u{2022}\u{2022} masked"</span> }
        }
    }
}

/// One fact of a `dl.facts`: its name, and a value of any kind.
pub(super) fn fact(name: impl Into<String>, value: Html) -> Html {
    let name: String = name.into();
    view! { <dt>{name}</dt><dd>{value}</dd> }
}

/// A fact in words.
pub(super) fn fact_words(name: impl Into<String>, words: impl Into<String>) -> Html {
    let words: String = words.into();
    fact(name, words.into_html())
}

/// A fact to copy or to measure: an id, an amount.
pub(super) fn fact_code(name: impl Into<String>, code: impl Into<String>) -> Html {
    let code: String = code.into();
    fact(name, view! { <span class="mono">{code}</span> })
}

/// A fact that leads somewhere.
pub(super) fn fact_link(name: impl Into<String>, words: impl Into<String>, href: String) -> Html {
    let words: String = words.into();
    fact(name, view! { <a class="link" href=href>{words}</a> })
}

/// Facts below one another.
pub(super) fn facts(facts: Vec<Html>) -> Html {
    view! { <dl class="facts">{facts}</dl> }
}
