//! Dialog on the platform's own element: focus stays in it, Esc closes it, the page behind is inert. Not in here: forms.

use super::unique::unique_id;
use crate::icons::Icon;
use leptos::{ev, html, prelude::*};
use markup::{Html, effect, view};

/// What a dialog may do, shown by the colour of its edge.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DialogMode {
    #[default]
    Plain,
    /// Shows what would change; changes nothing.
    Rehearsal,
    /// Changes customer data.
    Write,
}

impl DialogMode {
    const fn key(self) -> Option<&'static str> {
        match self {
            Self::Plain => None,
            Self::Rehearsal => Some("rehearsal"),
            Self::Write => Some("write"),
        }
    }
}

/// A modal dialog. Its content exists only while it is open, so each opening starts fresh.
#[component]
pub fn Dialog(
    /// Opens and closes it; set to `false` when somebody closes it.
    open: RwSignal<bool>,
    #[prop(into)] title: String,
    /// Below the title: what it is about.
    #[prop(optional, into)]
    lead: Option<String>,
    #[prop(optional)] mode: DialogMode,
    /// For before/after and tables.
    #[prop(optional)]
    wide: bool,
    /// Buttons at the foot; the last is the one meant.
    #[prop(optional, into)]
    footer: Option<ViewFn>,
    children: ChildrenFn,
) -> Html {
    let (node, heading) = (NodeRef::<html::Dialog>::new(), unique_id("dialog"));
    let labelled = heading.clone();
    let content = StoredValue::new((children, footer));
    effect(move || {
        let Some(dialog) = node.get() else { return };
        match (open.get(), dialog.open()) {
            // Fails only for a dialog that is not in the page any more; there is nothing to show then.
            (true, false) => drop(dialog.show_modal()),
            (false, true) => dialog.close(),
            _ => {}
        }
    });
    view! {
        <dialog class="dialog" class:wide=wide data-mode=mode.key() aria-labelledby=labelled node_ref=node
            on:close=move |_: ev::Event| open.set(false)>
            <header role="none">
                <div>
                    <h2 id=heading>{title}</h2>
                    {lead.map(|lead| view! { <p class="lead">{lead}</p> })}
                </div>
            </header>
            {move || open.get().then(|| content.with_value(|(children, footer)| view! {
                <div class="body">{children()}</div>
                {footer.as_ref().map(|footer| view! { <footer role="none">{footer.run()}</footer> })}
            }))}
            <button type="button" class="btn quiet icon-only close" aria-label="Close" on:click=move |_| open.set(false)>
                <Icon of=Icon::Close/>
            </button>
        </dialog>
    }
}
