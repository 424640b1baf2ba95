//! Being written.
use leptos::prelude::*;
#[component]
pub fn CommandPage() -> impl IntoView { view! { <p>"Being written"</p> } }
