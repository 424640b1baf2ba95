//! A key, printed where the hand is. Not in here: listening to keys.

use leptos::prelude::*;

/// One chord: `R`, `Ctrl K`, `Esc Esc`.
#[component]
pub fn Kbd(keys: &'static str) -> impl IntoView {
    view! { <kbd>{keys}</kbd> }
}
