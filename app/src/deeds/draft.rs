//! The state of one open dialog: what is filled in, what is running, what came back. Signals only;
//! what it looks like is in `dialog`.

use super::intent::{Intent, Outcome};
use domain::{Ask, Kind, Meta, TenantId};
use leptos::prelude::*;
use markup::effect;

/// What a form hands to the dialog: the deed as filled in so far, or what is wrong with a field.
pub type Filled = Signal<Result<Intent, String>>;

/// What is running.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Busy {
    Rehearsing,
    Running,
}

/// The state of one open dialog.
#[derive(Clone, Copy)]
pub struct Draft {
    pub meta: &'static Meta,
    /// Whose the subject is; `None` for what is nobody's.
    pub tenant: Option<TenantId>,
    pub filled: Filled,
    /// A reason of its own; empty: that of the support session.
    pub reason: RwSignal<String>,
    pub busy: RwSignal<Option<Busy>>,
    pub outcome: RwSignal<Option<Outcome>>,
    /// Somebody tried with a field that is wrong: say so at the field.
    pub tried: RwSignal<bool>,
}

impl Draft {
    #[must_use]
    pub fn new(meta: &'static Meta, tenant: impl Into<Option<TenantId>>, filled: Filled) -> Self {
        let draft = Self {
            meta,
            tenant: tenant.into(),
            filled,
            reason: RwSignal::new(String::new()),
            busy: RwSignal::new(None),
            outcome: RwSignal::new(None),
            tried: RwSignal::new(false),
        };
        draft.forget_when_changed();
        draft
    }

    /// A rehearsal of something else than what is filled in would be a lie.
    fn forget_when_changed(self) {
        let mut first = true;
        effect(move || {
            self.filled.track();
            self.reason.track();
            if !std::mem::take(&mut first) && self.busy.get_untracked().is_none() && !untrack(move || self.is_done()) {
                self.outcome.set(None);
            }
        });
    }

    /// True for what only changes the person's own things: nothing has to be said for it, or tried before.
    #[must_use]
    pub fn is_own(&self) -> bool {
        self.meta.kind == Kind::Own
    }

    /// What would be said with it.
    #[must_use]
    pub fn ask(&self, rehearse: bool) -> Ask {
        Ask { reason: self.reason.get().trim().to_owned(), rehearse }
    }

    /// True once it was run and something was changed.
    #[must_use]
    pub fn is_done(&self) -> bool {
        self.outcome.with(|outcome| matches!(outcome, Some(Ok(receipt)) if !receipt.rehearsed))
    }

    /// True while what is shown is a rehearsal.
    #[must_use]
    pub fn is_rehearsed(&self) -> bool {
        self.outcome.with(|outcome| matches!(outcome, Some(Ok(receipt)) if receipt.rehearsed))
    }

    /// Rehearses or runs it; `done` is called after something was changed.
    pub fn go(self, how: Busy, done: Callback<()>) {
        self.tried.set(true);
        let Ok(intent) = self.filled.get_untracked() else {
            return;
        };
        if self.busy.get_untracked().is_some() || untrack(move || self.is_done()) {
            return;
        }
        self.busy.set(Some(how));
        let ask = untrack(move || self.ask(how == Busy::Rehearsing));
        leptos::task::spawn_local(async move {
            let outcome = intent.run(ask).await;
            let changed = matches!(&outcome, Ok(receipt) if !receipt.rehearsed);
            // The dialog may have been closed meanwhile; its signals are gone then.
            let _ = self.outcome.try_set(Some(outcome));
            let _ = self.busy.try_set(None);
            if changed {
                done.try_run(());
            }
        });
    }
}
