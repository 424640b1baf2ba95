//! The terminal line that does the same as the button beside it. Not in here: making the line; the action's metadata does.

use crate::icons::Icon;
use leptos::prelude::*;
use markup::{Html, view};
use std::time::Duration;

/// A word longer than this is shown by its beginning, and copied whole.
const LONG: usize = 120;

/// An `opsctl` line with a button that copies it. Breaks between words, never inside an option.
#[component]
pub fn CliLine(#[prop(into)] line: String) -> Html {
    let copied = RwSignal::new(false);
    let words = line.split(' ').map(|word| view! { <span class:long={word.len() > LONG}>{word.to_owned()}</span>" " }).collect::<Vec<_>>();
    let copy = move |_| {
        // Without HTTPS there is no clipboard, and the browser may refuse it; the line stays there to be marked by hand.
        if !window().is_secure_context() {
            return;
        }
        let _answer = window().navigator().clipboard().write_text(&line);
        copied.set(true);
        // The page may be gone by then.
        set_timeout(move || _ = copied.try_set(false), Duration::from_secs(2));
    };
    view! {
        <div class="cli">
            <code>{words}</code>
            <button type="button" class="btn quiet icon-only" aria-label="Copy the line" title="Copy the line" on:click=copy>
                {move || if copied.get() { view! { <Icon of=Icon::Ok/> } } else { view! { <Icon of=Icon::Copy/> } }}
            </button>
            <span class="visually-hidden" aria-live="polite">{move || copied.get().then_some("Copied")}</span>
        </div>
    }
}
