//! Being written.
use leptos::prelude::*;
#[component]
pub fn JobPage() -> impl IntoView { view! { <p>"Being written"</p> } }
