//! Over the tree of a long run: how its steps stand, a field to find one by its name, and ways to the steps
//! that matter. A plain form that works without WebAssembly.

use super::{Shown, rows::SKIPPED};
use crate::{
    arrival::use_location,
    icons::Icon,
    routes::requery,
    text::{count, counted},
};
use actions::views::job::{Found, Outline};
use leptos::{ev::SubmitEvent, prelude::*};
use leptos_router::{NavigateOptions, hooks::use_navigate};
use markup::{Html, memo, view};
use wasm_bindgen::JsCast;
use web_sys::{FormData, HtmlFormElement};

/// `submit` keeps the browser from loading the page anew, where there is more than the server wrote.
pub(super) fn bar(shown: Shown, submit: Option<Submit>) -> Html {
    let stand = memo(move || shown.job.with(|job| standing(&job.outline)));
    let told = move || shown.job.with(|job| job.found.map(|found| outcome(found, shown.asked().find.as_deref())));
    view! {
        <div class="tree-bar">
            <p class="soft small">{stand}</p>
            {form(shown, submit)}
            <span class="soft small" role="status">{told}</span>
            <span class="end row">{move || jumps(shown)}</span>
        </div>
    }
}

pub(super) type Submit = Box<dyn Fn(SubmitEvent)>;

/// Goes to the step that is found without loading the page anew.
pub(super) fn going(shown: Shown) -> Submit {
    let location = use_location();
    let (path, search) = (location.pathname, location.search);
    let navigate = StoredValue::new(use_navigate());
    Box::new(move |event: SubmitEvent| {
        let form = event.target().and_then(|target| target.dyn_into::<HtmlFormElement>().ok());
        let Some(filled) = form.and_then(|form| FormData::new_with_form(&form).ok()) else { return };
        event.prevent_default();
        let part = filled.get("find").as_string().filter(|part| !part.trim().is_empty());
        let from = shown.step.get_untracked();
        let changes = [("find", part.as_deref()), ("step", Some(from.as_str())), ("attempt", None), ("from", None)];
        let to = requery(&path.get_untracked(), &search.get_untracked(), &changes);
        navigate.with_value(|navigate| navigate(&to, NavigateOptions { scroll: false, ..NavigateOptions::default() }));
    })
}

fn form(shown: Shown, submit: Option<Submit>) -> Html {
    let path = use_location().pathname;
    let submit = move |event: SubmitEvent| {
        if let Some(submit) = &submit {
            submit(event);
        }
    };
    let typed = untrack(|| shown.asked()).find.unwrap_or_default();
    let unfolded = move || shown.links().unfolded.then(|| view! { <input type="hidden" name=SKIPPED.0 value=SKIPPED.1/> });
    view! {
        <form class="tree-find filters" method="get" action=path role="search" on:submit=submit>
            <label class="query"><Icon of=Icon::Search/>
                <input type="search" name="find" aria-label="Find a step" placeholder="Find a step" value=typed autocomplete="off" spellcheck="false"/>
                <kbd>"/"</kbd>
            </label>
            <input type="hidden" name="step" value=move || shown.step.get()/>{unfolded}
            <button class="btn small" type="submit">"Next"</button>
        </form>
    }
}

/// `136 succeeded, 1 failed, 19,863 skipped`: all there are, and no more words than that.
fn standing(outline: &Outline) -> String {
    let all = [
        (outline.succeeded, "succeeded"),
        (outline.failed, "failed"),
        (outline.running, "running"),
        (outline.waiting, "waiting"),
        (outline.skipped, "skipped"),
    ];
    let parts: Vec<_> = all.iter().filter(|(n, _)| *n > 0).map(|(n, word)| [&count(*n), " ", word].concat()).collect();
    [&counted(outline.steps, false, "step", "steps"), ": ", &parts.join(", ")].concat()
}

fn outcome(found: Found, part: Option<&str>) -> String {
    match found.of {
        0 => ["No step has \u{201c}", part.unwrap_or_default(), "\u{201d} in its name."].concat(),
        of => [&count(found.at), " of ", &count(of), " with \u{201c}", part.unwrap_or_default(), "\u{201d}"].concat(),
    }
}

/// Links to the steps that matter.
fn jumps(shown: Shown) -> Html {
    let links = shown.links();
    let link = |words: &'static str, href: String| view! { <a class="link small" data-noscroll="" href=href>{words}</a> };
    shown.job.with(|job| {
        let cause = job.cause.as_ref().map(|step| link("Root cause", links.step(&step.name)));
        view! { {cause}{link("First", links.from(1))}{link("Last", links.from(job.outline.rows))} }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_found_is_said_also_when_it_is_nothing() {
        assert_eq!(outcome(Found { at: 2, of: 1_031 }, Some("wall")), "2 of 1,031 with \u{201c}wall\u{201d}");
        assert_eq!(outcome(Found { at: 0, of: 0 }, Some("roof")), "No step has \u{201c}roof\u{201d} in its name.");
    }
}
