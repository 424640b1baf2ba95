//! Nothing here, not yet, or not possible: each says what it means and what to do. Not in here: deciding which of them it is.

use super::state_mark::Tone;
use crate::icons::Icon;
use leptos::prelude::*;
use markup::{Html, view};

/// There are no rows, and that is an answer.
#[component]
pub fn EmptyState(
    /// `Nothing needs a person`.
    #[prop(into)]
    title: String,
    /// Why it is empty, and what would appear here.
    #[prop(into)]
    about: String,
    /// `Tone::Ok` when empty is good news.
    #[prop(optional_no_strip, into)]
    tone: Option<Tone>,
    #[prop(default = Icon::Search)] icon: Icon,
    /// What one can do from here.
    #[prop(optional)]
    children: Option<Children>,
) -> Html {
    let icon = if tone == Some(Tone::Ok) { Icon::Ok } else { icon };
    view! {
        <div class="empty" data-tone=tone.map(Tone::key)>
            <span class="badge"><Icon of=icon/></span>
            <h2>{title}</h2>
            <p>{about}</p>
            {children.map(|children| view! { <div class="row">{children()}</div> })}
        </div>
    }
}

/// It did not work: what happened, what it means, what to do.
#[component]
pub fn ErrorState(
    /// `The list could not be loaded`.
    #[prop(into)]
    what: String,
    /// What it means and what to do, as one or two sentences.
    #[prop(into)]
    help: String,
    /// What to quote when asking for help.
    #[prop(optional_no_strip, into)]
    reference: Option<String>,
    /// Tries again.
    #[prop(optional, into)]
    on_retry: Option<Callback<()>>,
) -> Html {
    view! {
        <div class="empty" data-tone="fail" role="alert">
            <span class="badge"><Icon of=Icon::Failed/></span>
            <h2>{what}</h2>
            <p>{help}</p>
            {reference.map(|reference| view! { <span class="ref">{reference}</span> })}
            {on_retry.map(|retry| view! {
                <div class="row">
                    <button type="button" class="btn" on:click=move |_| retry.run(())><Icon of=Icon::Retry/>"Try again"</button>
                </div>
            })}
        </div>
    }
}

/// Rows that are on their way.
#[component]
pub fn Loading(
    /// What is being loaded, for screen readers: `Loading commands`.
    #[prop(into)]
    what: String,
    #[prop(default = 6)] rows: usize,
) -> Html {
    let bones = (0..rows).map(|_| {
        view! { <div class="bone-row"><span class="bone"></span><span class="bone"></span><span class="bone"></span><span class="bone"></span></div> }
    });
    view! {
        <div class="skeleton" role="status" aria-busy="true">
            <span class="visually-hidden">{what}</span>
            {bones.collect::<Vec<_>>()}
        </div>
    }
}
