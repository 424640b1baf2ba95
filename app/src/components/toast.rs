//! Toasts: what just happened, said once, in a corner that screen readers follow. Not in here: errors that need a decision;
//! those stay where they happened.

use super::state_mark::Tone;
use crate::icons::Icon;
use leptos::prelude::*;
use markup::{Html, IntoHtml, each, view};
use std::time::Duration;

/// A toast that is not a failure leaves by itself after this; failures stay until dismissed.
const STAYS: Duration = Duration::from_secs(8);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Toast {
    number: u128,
    tone: Tone,
    what: String,
    detail: Option<String>,
}

/// Where pages leave toasts. `Copy`; get it with `use_toasts()`.
#[derive(Clone, Copy, Debug)]
pub struct Toasts {
    shown: RwSignal<Vec<Toast>>,
    next: StoredValue<u128>,
}

impl Toasts {
    /// Says something once.
    pub fn push(self, tone: Tone, what: impl Into<String>, detail: Option<String>) {
        let number = self.next.get_value();
        self.next.set_value(number + 1);
        self.shown.update(|shown| shown.push(Toast { number, tone, what: what.into(), detail }));
        if tone != Tone::Fail {
            set_timeout(move || self.dismiss(number), STAYS);
        }
    }

    fn dismiss(self, number: u128) {
        // The page may be gone by the time the timer fires.
        self.shown.try_update(|shown| shown.retain(|toast| toast.number != number));
    }
}

/// Puts the toasts into context. Call it once, above every page.
pub fn provide_toasts() -> Toasts {
    let toasts = Toasts { shown: RwSignal::new(Vec::new()), next: StoredValue::new(0) };
    provide_context(toasts);
    toasts
}

/// The toasts of this app.
///
/// # Panics
/// When `provide_toasts` was not called above.
#[must_use]
pub fn use_toasts() -> Toasts {
    expect_context::<Toasts>()
}

/// The corner itself. Once, in the frame, after `provide_toasts`.
#[component]
pub fn ToastCorner() -> Html {
    let toasts = use_toasts();
    view! {
        <div class="toasts" role="region" aria-label="Messages" aria-live="polite">
            {each(move || toasts.shown.with(|shown| shown.iter().map(|toast| toast.number).collect()), move |number| said(toasts, number))}
        </div>
    }
}

fn said(toasts: Toasts, number: u128) -> Html {
    let toast = toasts.shown.with_untracked(|shown| shown.iter().find(|toast| toast.number == number).cloned());
    toast
        .map(|toast| {
            view! {
                <div class="toast" data-tone=toast.tone.key()>
                    <Icon of=toast.tone.icon()/>
                    <div class="said"><b>{toast.what}</b>{toast.detail.map(|detail| view! { <span>{detail}</span> })}</div>
                    <button type="button" class="btn quiet icon-only small" aria-label="Dismiss" on:click=move |_| toasts.dismiss(number)>
                        <Icon of=Icon::Close/>
                    </button>
                </div>
            }
        })
        .into_html()
}
