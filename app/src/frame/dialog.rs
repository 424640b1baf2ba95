//! The frame's dialogs as URLs: `?dialog=start` opens one, on the server as well as in the browser, so
//! that they work before and without WebAssembly. In the browser they become modal.

use crate::{
    arrival::use_location,
    routes::{self, requery},
};
use domain::TenantId;
use leptos::{html, prelude::*};
use leptos_router::{NavigateOptions, hooks::use_navigate};
use markup::{Html, effect, memo, view};

/// The dialogs of the frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FrameDialog {
    Start,
    Raise,
    Palette,
    Keys,
}

impl FrameDialog {
    const ALL: [Self; 4] = [Self::Start, Self::Raise, Self::Palette, Self::Keys];

    const fn word(self) -> &'static str {
        match self {
            Self::Start => "start",
            Self::Raise => "raise",
            Self::Palette => "palette",
            Self::Keys => "keys",
        }
    }

    fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|dialog| dialog.word() == word)
    }
}

/// The page one is on, and its dialogs.
#[derive(Clone, Copy)]
pub struct Here {
    path: Memo<String>,
    search: Memo<String>,
    open: Memo<Option<FrameDialog>>,
    problem: Memo<Option<String>>,
    tenant: Memo<Option<String>>,
}

/// Where one is. Inside the router only.
#[must_use]
pub fn use_here() -> Here {
    let location = use_location();
    let query = location.query;
    Here {
        path: location.pathname,
        search: location.search,
        open: memo(move || query.with(|query| query.get_str("dialog").and_then(FrameDialog::from_word))),
        problem: memo(move || query.with(|query| query.get("problem"))),
        tenant: memo(move || query.with(|query| query.get("on").or_else(|| query.get("tenant")))),
    }
}

impl Here {
    /// Path of the page.
    #[must_use]
    pub fn path(&self) -> String {
        self.path.get()
    }

    /// The dialog that is open.
    #[must_use]
    pub fn dialog(&self) -> Option<FrameDialog> {
        self.open.get()
    }

    /// Why the last form was refused.
    #[must_use]
    pub fn problem(&self) -> Option<String> {
        self.problem.get()
    }

    /// Id or slug of the tenant the link named, or the page is filtered by.
    #[must_use]
    pub fn tenant(&self) -> Option<String> {
        self.tenant.get()
    }

    /// This page without a dialog: where forms return to.
    #[must_use]
    pub fn plain(&self) -> String {
        requery(&self.path.get(), &self.search.get(), &[("dialog", None), ("problem", None), ("on", None)])
    }

    /// This page with a dialog.
    #[must_use]
    pub fn with(&self, dialog: FrameDialog) -> String {
        requery(&self.path.get(), &self.search.get(), &[("dialog", Some(dialog.word())), ("problem", None)])
    }

    /// This page with the dialog that starts a support session on a tenant.
    #[must_use]
    pub fn start_on(&self, tenant: TenantId) -> String {
        routes::start_session_on(&self.path.get(), &self.search.get(), tenant)
    }
}

/// Goes to a URL of the app without leaving a trace in the history: dialogs are not places.
pub(super) fn quietly() -> impl Fn(&str) + Copy {
    let navigate = StoredValue::new(use_navigate());
    move |to: &str| {
        navigate.with_value(|navigate| navigate(to, NavigateOptions { replace: true, scroll: false, ..NavigateOptions::default() }));
    }
}

/// A dialog of the frame: open in the HTML, modal as soon as there is WebAssembly. Closing it goes back to the plain page.
#[component]
pub(super) fn FrameModal(
    /// Classes besides `dialog`.
    #[prop(default = "dialog")]
    class: &'static str,
    /// Id of its heading.
    label: &'static str,
    /// Colour of its edge: `write` for what may change a customer's data.
    #[prop(optional)]
    mode: Option<&'static str>,
    children: Children,
) -> Html {
    let here = use_here();
    let go = quietly();
    let node = NodeRef::<html::Dialog>::new();
    effect(move || {
        let Some(dialog) = node.get() else { return };
        if !dialog.matches(":modal").unwrap_or(true) {
            dialog.set_open(false);
            // Fails only when it was taken away meanwhile.
            let _ = dialog.show_modal();
        }
    });
    view! {
        <dialog class=class aria-labelledby=label data-mode=mode node_ref=node open=true
            on:close=move |_| go(&here.plain())>
            {children()}
        </dialog>
    }
}
