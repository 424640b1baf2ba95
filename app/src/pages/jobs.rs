//! Being written.
use leptos::prelude::*;
#[component]
pub fn JobsPage() -> impl IntoView { view! { <p>"Being written"</p> } }
