//! A problem as a page shows it: what happened, what it means, what to do. Sends whoever is signed
//! out to the sign-in page and back.

use crate::{arrival::use_location, icons::Icon, routes};
use domain::{Problem, ProblemKind};
use leptos::prelude::*;
use markup::{Html, effect, view};

/// The state of a page, or of a part of it, that could not be shown.
#[must_use]
pub fn problem_view(problem: Problem) -> Html {
    let location = use_location();
    let (path, search) = (location.pathname, location.search);
    let here = move || routes::requery(&path.get(), &search.get(), &[]);
    let (icon, tone, title) = words(problem.kind);
    let signed_out = problem.kind == ProblemKind::SignedOut;
    effect(move || {
        if signed_out {
            // A whole load, since the sign-in page is outside the app.
            let _ = window().location().set_href(&routes::sign_in(&untrack(here)));
        }
    });
    let missing = problem.missing.iter().map(|missing| view! { <li>{missing.to_string()}</li> }).collect::<Vec<_>>();
    view! {
        <div class="empty" data-tone=tone role="alert">
            <span class="badge"><Icon of=icon/></span>
            <h2>{title}</h2>
            <p>{problem.message}</p>
            {(!problem.missing.is_empty()).then(|| view! { <ul>{missing}</ul> })}
            {problem.reference.map(|reference| view! { <p class="ref">"Reference "{reference}</p> })}
            <div class="row">
                <a class="btn primary" rel="external" href=move || if signed_out { routes::sign_in(&here()) } else { here() }>
                    {if signed_out { "Sign in" } else { "Try again" }}
                </a>
                <a class="btn" href=routes::DASHBOARD>"Go to the dashboard"</a>
            </div>
        </div>
    }
}

fn words(kind: ProblemKind) -> (Icon, &'static str, &'static str) {
    match kind {
        ProblemKind::SignedOut => (Icon::Key, "warn", "You are signed out"),
        ProblemKind::Refused => (Icon::Lock, "warn", "Something is missing first"),
        ProblemKind::NotFound => (Icon::Search, "skip", "Not here"),
        ProblemKind::Conflict => (Icon::Warn, "warn", "Somebody was first"),
        ProblemKind::BadInput => (Icon::Warn, "warn", "That cannot be read"),
        ProblemKind::TooMany => (Icon::Clock, "warn", "Too often"),
        ProblemKind::Unavailable => (Icon::Warn, "fail", "The console cannot reach what it needs"),
        ProblemKind::Internal => (Icon::Failed, "fail", "A fault of the console"),
    }
}
