//! Buttons that say what they need instead of hiding or going dead. Not in here: what a deed requires; the policy says that.

use super::unique::unique_id;
use crate::icons::Icon;
use leptos::prelude::*;
use markup::{Html, IntoHtml, view};

/// How loud a button is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ButtonKind {
    #[default]
    Normal,
    /// The one thing this page is for; at most one a page.
    Primary,
    /// Ends or discards something.
    Danger,
    /// Beside other things; no border.
    Quiet,
}

impl ButtonKind {
    const fn class(self) -> &'static str {
        match self {
            Self::Normal => "btn",
            Self::Primary => "btn primary",
            Self::Danger => "btn danger",
            Self::Quiet => "btn quiet",
        }
    }
}

/// A button. Disabled it stays focusable, is dashed, and shows what it needs on hover and on focus.
#[component]
pub fn Button(
    #[prop(optional)] kind: ButtonKind,
    /// Given and `Some`: the button does nothing and says this sentence.
    #[prop(optional, into)]
    disabled_because: Option<Signal<Option<String>>>,
    /// The chord that does the same, printed in the button.
    #[prop(optional, into)]
    keys: Option<&'static str>,
    #[prop(optional, into)] icon: Option<Icon>,
    /// Changes customer data: carries the amber mark.
    #[prop(optional)]
    writes: bool,
    /// The deed is under way: the icon turns and further clicks do nothing.
    #[prop(optional, into)]
    busy: Signal<bool>,
    /// Submits the form it stands in.
    #[prop(optional)]
    submit: bool,
    /// For a button that switches something on and off.
    #[prop(optional, into)]
    pressed: Option<Signal<bool>>,
    /// Name for a button that shows an icon only.
    #[prop(optional, into)]
    label: Option<String>,
    #[prop(optional, into)] on_click: Option<Callback<()>>,
    #[prop(optional)] children: Option<Children>,
) -> Html {
    let because = disabled_because.unwrap_or_else(|| Signal::stored(None));
    let stopped = move || because.read().is_some() || busy.get();
    let tip = disabled_because.map(|_| unique_id("needs"));
    let icon_only = children.is_none();
    let button = view! {
        <button
            type=if submit { "submit" } else { "button" }
            class=kind.class()
            class:icon-only=icon_only
            data-writes=writes.then_some("")
            title=label.clone()
            aria-label=label
            aria-describedby=tip.clone()
            aria-disabled=move || because.read().is_some().then_some("true")
            aria-busy=move || busy.get().then_some("true")
            aria-pressed=pressed.map(|pressed| move || if pressed.get() { "true" } else { "false" })
            on:click=move |event| {
                if stopped() {
                    event.prevent_default();
                } else if let Some(on_click) = on_click {
                    on_click.run(());
                }
            }
        >
            {icon.map(|icon| view! { <Icon of=icon/> })}
            {children.map(|children| children())}
            {keys.map(|keys| view! { <kbd>{keys}</kbd> })}
        </button>
    };
    with_tip(button.into_html(), tip, because)
}

/// What a disabled button needs stands beside it, for the pointer, the keyboard and the screen reader.
fn with_tip(button: Html, tip: Option<String>, because: Signal<Option<String>>) -> Html {
    let Some(tip) = tip else { return button };
    let hidden = move || because.read().is_none();
    view! {
        <span class="needs-wrap">
            {button}
            <span class="needs-tip" role="tooltip" id=tip hidden=hidden>
                {move || because.get()}
            </span>
        </span>
    }
}
