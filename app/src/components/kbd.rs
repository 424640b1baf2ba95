//! A key, printed where the hand is. Not in here: listening to keys.

use leptos::prelude::*;
use markup::{Html, view};

/// One chord: `R`, `Ctrl K`, `Esc Esc`.
#[component]
pub fn Kbd(keys: &'static str) -> Html {
    view! { <kbd>{keys}</kbd> }
}
