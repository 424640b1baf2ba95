//! Being written.
use leptos::prelude::*;
#[component]
pub fn FrontendErrorsPage() -> impl IntoView { view! { <p>"Being written"</p> } }
