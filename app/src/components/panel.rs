//! Panel and facts: a surface with a heading, and names beside values. Not in here: loading what they show.

use leptos::prelude::*;
use markup::{Html, IntoHtml, view};

/// A surface with a heading and, at its end, controls.
#[component]
pub fn Panel(
    #[prop(into)] title: String,
    /// Beside the heading, quiet: `attempt 3 · 1 m 52 s`.
    #[prop(optional, into)]
    about: Option<String>,
    /// Controls at the end of the heading.
    #[prop(optional, into)]
    end: Option<ViewFnOnce>,
    /// Puts the content in padding; leave it off for tables and trees, which go to the edge.
    #[prop(optional)]
    pad: bool,
    children: Children,
) -> Html {
    let content = if pad {
        view! { <div class="pad">{children()}</div> }
    } else {
        children().into_html()
    };
    view! {
        <section class="panel">
            <header>
                <h2>{title}</h2>
                {about.map(|about| view! { <span class="faint">{about}</span> })}
                {end.map(|end| view! { <span class="end">{end.run()}</span> })}
            </header>
            {content}
        </section>
    }
}

/// Names on the left, values on the right. Children are `<Fact/>`.
#[component]
pub fn Facts(children: Children) -> Html {
    view! { <dl class="facts">{children()}</dl> }
}

/// One fact.
#[component]
pub fn Fact(#[prop(into)] name: String, children: Children) -> Html {
    view! {
        <dt>{name}</dt>
        <dd>{children()}</dd>
    }
}
