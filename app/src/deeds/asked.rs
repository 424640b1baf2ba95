//! Which deed is being asked for: `?do=retry` in the URL, so that a dialog survives a reload and can
//! be linked to. Turns it into the dialog of that deed. Not in here: what the dialogs hold.

use super::edit::EditForm;
use super::{
    bulk::BulkForm,
    cancel::CancelForm,
    complete::CompleteForm,
    export::ExportForm,
    kill::KillForm,
    kind::DeedKind,
    limit::LimitForm,
    plain::{OnPlain, PlainForm},
    reprocess::ReprocessForm,
    retry::RetryForm,
    reveal::RevealForm,
    saved::{ForgetForm, SaveForm},
    steer::SteerForm,
    triage::{NoteForm, TriageForm},
};
use crate::{arrival::use_location, parts, routes::requery};
use actions::{deeds::export_commands::ExportCommands, views::bulk_preview::BulkPreview};
use domain::{CommandId, GroupState, JobId, OperationId, TenantId};
use leptos::prelude::*;
use leptos_router::{NavigateOptions, hooks::use_navigate};
use markup::{Html, IntoHtml, effect, memo, view};

/// What the URL says which deed is asked for by.
pub const DO: &str = "do";

/// A command to act on.
#[derive(Clone, Debug, PartialEq)]
pub struct OnCommand {
    pub command: CommandId,
    pub tenant: TenantId,
    pub tenant_name: String,
    /// `plans · IngestPlan`: what it is, in a line.
    pub about: String,
}

/// A job to act on.
#[derive(Clone, Debug, PartialEq)]
pub struct OnJob {
    pub job: JobId,
    pub tenant: TenantId,
    pub tenant_name: String,
    pub about: String,
    pub steps: Vec<StepChoice>,
    /// The step to suggest: the one that failed.
    pub from_step: String,
    /// Memory to suggest; `None` keeps what is set.
    pub memory: Option<&'static str>,
}

/// A job whose running step is to be killed.
#[derive(Clone, Debug, PartialEq)]
pub struct OnRun {
    pub job: JobId,
    pub tenant: TenantId,
    pub tenant_name: String,
    /// `wall_detection of house.pdf`.
    pub about: String,
    /// Suggested once asking has not helped.
    pub force: bool,
}

/// The commands a filter finds, to act on together: those of the support session's tenant.
#[derive(Clone, Debug, PartialEq)]
pub struct OnMany {
    pub tenant: TenantId,
    pub tenant_name: String,
    pub filter: BulkPreview,
}

/// An operation to steer.
#[derive(Clone, Debug, PartialEq)]
pub struct OnOperation {
    pub operation: OperationId,
    pub tenant: TenantId,
    pub tenant_name: String,
    pub about: String,
}

/// A group of failures to triage; it is nobody's, so no tenant goes with it.
#[derive(Clone, Debug, PartialEq)]
pub struct OnGroup {
    pub group: i64,
    /// Of frontend errors, not of failed commands.
    pub frontend: bool,
    pub about: String,
    pub state: GroupState,
    /// Builds it happened with, newest first.
    pub releases: Vec<String>,
}

/// A list to take out: how it is filtered, and the same in a line.
#[derive(Clone, Debug, PartialEq)]
pub struct OnList {
    pub filter: ExportCommands,
    pub about: String,
}

/// A list as it is filtered now, to be kept.
#[derive(Clone, Debug, PartialEq)]
pub struct OnView {
    pub place: &'static str,
    pub query: String,
}

/// How many commands one person alone may act on at once, as it is set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OnLimit {
    pub commands: i64,
}

/// A saved view.
#[derive(Clone, Debug, PartialEq)]
pub struct OnSaved {
    pub view: i64,
    pub name: String,
}

/// A step one may start again from.
#[derive(Clone, Debug, PartialEq)]
pub struct StepChoice {
    /// Its place in the run, from 1.
    pub place: i64,
    pub name: String,
    pub memory_bytes: i64,
}

/// A deed on something.
#[derive(Clone, Debug, PartialEq)]
pub enum Asked {
    Retry(OnCommand),
    Cancel(OnCommand),
    Complete(OnCommand),
    Edit(OnCommand),
    Reveal(OnCommand),
    Reprocess(OnJob),
    Kill(OnRun),
    Many(DeedKind, OnMany),
    Steer(DeedKind, OnOperation),
    /// With the state that is chosen at first, where one was asked for.
    Triage(OnGroup, Option<GroupState>),
    Note(OnGroup),
    Export(OnList),
    SaveView(OnView),
    ForgetView(OnSaved),
    Limit(OnLimit),
    Plain(Box<OnPlain>),
}

impl Asked {
    /// A deed on a group; `None` for a deed that is not for groups.
    #[must_use]
    pub fn on_group(kind: DeedKind, group: OnGroup) -> Option<Self> {
        match kind {
            DeedKind::Triage => Some(Self::Triage(group, None)),
            DeedKind::Snooze => Some(Self::Triage(group, Some(GroupState::Snoozed))),
            DeedKind::Note => Some(Self::Note(group)),
            _ => None,
        }
    }

    /// A deed on a command; `None` for a deed that is not for commands.
    #[must_use]
    pub fn on_command(kind: DeedKind, command: OnCommand) -> Option<Self> {
        match kind {
            DeedKind::Retry => Some(Self::Retry(command)),
            DeedKind::Cancel => Some(Self::Cancel(command)),
            DeedKind::Complete => Some(Self::Complete(command)),
            DeedKind::Edit => Some(Self::Edit(command)),
            DeedKind::Reveal => Some(Self::Reveal(command)),
            _ => None,
        }
    }

    /// A deed on many commands; `None` for a deed that is not for many.
    #[must_use]
    pub fn on_many(kind: DeedKind, many: OnMany) -> Option<Self> {
        kind.is_for_many().then_some(Self::Many(kind, many))
    }
}

/// What the URL asks for: `?do=` the deed and `?of=` on what, where a page has more than one subject.
type Wanted = Option<(String, Option<String>)>;

/// What is asked for, held still: `find` looks the subject up in the page's data once; that the data
/// moves on while somebody fills in the dialog must not touch the dialog.
#[must_use]
pub fn latch(find: impl Fn(DeedKind, Option<&str>) -> Option<Asked> + 'static) -> RwSignal<Option<Asked>> {
    latch_word(Box::new(move |word, of| find(DeedKind::ALL.into_iter().find(|kind| kind.word() == word)?, of)))
}

type Find = Box<dyn Fn(&str, Option<&str>) -> Option<Asked>>;

/// The same, by the word in the URL.
pub(super) fn latch_word(find: Find) -> RwSignal<Option<Asked>> {
    let query = use_location().query;
    let wanted: Memo<Wanted> = memo(move || query.with(|query| Some((query.get(DO)?, query.get("of")))));
    let asked = RwSignal::new(None);
    let mut held: Wanted = None;
    effect(move || {
        let wanted = wanted.get();
        if held == wanted && wanted.is_some() {
            return;
        }
        let found = wanted.as_ref().and_then(|(word, of)| find(word, of.as_deref()));
        held = found.is_some().then_some(wanted).flatten();
        asked.set(found);
    });
    asked
}

/// Opens the dialog of a deed.
pub fn ask() -> impl Fn(DeedKind, Option<&str>) + Copy + Send + Sync + 'static {
    let ask = ask_for();
    move |kind, of| ask(kind.word(), of)
}

/// The same, by its word in the URL.
pub(super) fn ask_for() -> impl Fn(&str, Option<&str>) + Copy + Send + Sync + 'static {
    let go = requery_quietly();
    move |word, of| go(&[(DO, Some(word)), ("of", of)])
}

/// Closes the dialog of whatever deed is asked for.
pub(super) fn stop_asking() -> impl Fn() + Copy + Send + Sync + 'static {
    let go = requery_quietly();
    move || go(&[(DO, None), ("of", None)])
}

/// Changes the query without leaving a trace in the history: dialogs are not places.
fn requery_quietly() -> impl Fn(&[(&str, Option<&str>)]) + Copy + Send + Sync + 'static {
    let location = use_location();
    let (path, search) = (location.pathname, location.search);
    let navigate = StoredValue::new(use_navigate());
    move |changes| {
        let to = requery(&path.get_untracked(), &search.get_untracked(), changes);
        navigate.with_value(|navigate| navigate(&to, NavigateOptions { replace: true, scroll: false, ..NavigateOptions::default() }));
    }
}

/// The dialog of the deed that is asked for, if any. `done` is called after something was changed.
#[component]
pub fn DeedDialogs(asked: RwSignal<Option<Asked>>, #[prop(into)] done: Callback<()>) -> Html {
    let dialog = move || asked.get().map(|asked| parts::dialog(asked, done));
    // The dialogs read who is signed in; a `Transition` keeps that quiet while it is asked again.
    view! { <Transition>{dialog}</Transition> }
}

/// The dialog that edits a payload.
#[must_use]
pub fn edit_dialog(on: OnCommand, done: Callback<()>) -> Html {
    view! { <EditForm on done/> }
}

/// The dialog about many commands.
#[must_use]
pub fn many_dialog(kind: DeedKind, on: OnMany, done: Callback<()>) -> Html {
    view! { <BulkForm kind on done/> }
}

/// The dialog of one deed.
#[must_use]
pub fn dialog_of(asked: Asked, done: Callback<()>) -> Html {
    match asked {
        Asked::Retry(on) => view! { <RetryForm on done/> },
        Asked::Cancel(on) => view! { <CancelForm on done/> },
        Asked::Complete(on) => view! { <CompleteForm on done/> },
        Asked::Reprocess(on) => view! { <ReprocessForm on done/> },
        Asked::Reveal(on) => view! { <RevealForm on done/> },
        Asked::Kill(on) => view! { <KillForm on done/> },
        // These have parts of their own.
        Asked::Edit(_) | Asked::Many(..) => ().into_html(),
        Asked::Steer(kind, on) => view! { <SteerForm kind on done/> },
        Asked::Triage(on, to) => view! { <TriageForm on to done/> },
        Asked::Note(on) => view! { <NoteForm on done/> },
        Asked::Export(on) => view! { <ExportForm on done/> },
        Asked::SaveView(on) => view! { <SaveForm on done/> },
        Asked::ForgetView(on) => view! { <ForgetForm on done/> },
        Asked::Limit(on) => view! { <LimitForm on done/> },
        Asked::Plain(on) => view! { <PlainForm on=*on done/> },
    }
}
