//! What staff see. Compiles for the browser and the server; loads at the leaves, lays out, and asks
//! for everything through `api`. Not in here: SQL, axum, cookies, clocks.
#![recursion_limit = "256"]

pub mod api;
pub mod components;
pub mod data;
pub mod deeds;
pub mod entry;
pub mod frame;
pub mod icons;
pub mod live;
pub mod pages;
mod read;
pub mod routes;
mod shell;
pub mod text;

pub use shell::{ShellOptions, shell};

use frame::Frame;
use leptos::prelude::*;
use leptos_router::{
    components::Router,
    hooks::use_location,
    location::{BrowserUrl, LocationProvider},
};
use markup::{Html, each, effect, memo, view};
use pages::{audit, command, dashboard, frontend_errors, job, jobs, not_found, troubleshooting};
use routes::Place;

/// The whole app. Every page is rendered complete on the server, so that it can be read before, and
/// without, WebAssembly. The router is asked for one thing, where one is; `routes::Place` says what that means.
#[component]
pub fn App() -> impl IntoView {
    components::provide_toasts();
    live::provide_live();
    leptos::view! { <Router>{framed()}</Router> }
}

fn framed() -> AnyView {
    arrive();
    view! { <Frame>{places()}</Frame> }.into_any()
}

/// The address changes once the page it names is there: a router with routes would say so, here it is said for it.
fn arrive() {
    if let Some(browser) = use_context::<BrowserUrl>() {
        effect(move || {
            browser.as_url().track();
            browser.ready_to_complete();
        });
    }
}

/// The page one is on. A page ends with its own signals before another begins, so it is a piece of a list of one.
fn places() -> Html {
    let path = use_location().pathname;
    let place = memo(move || path.with(|path| Place::of(path)));
    each(move || vec![place.get().map_or(0, Place::key)], move |_| page(place.get_untracked()))
}

fn page(place: Option<Place>) -> Html {
    title(Place::title(place));
    match place {
        Some(Place::Dashboard) => dashboard::page(),
        Some(Place::Troubleshooting) => troubleshooting::page(),
        Some(Place::Command(command)) => command::page(command),
        Some(Place::Jobs) => jobs::page(),
        Some(Place::Job(job)) => job::page(job),
        Some(Place::FrontendErrors) => frontend_errors::page(),
        Some(Place::Audit) => audit::page(),
        None => not_found::page(),
    }
}

/// Names the tab.
fn title(text: String) {
    effect(move || document().set_title(&text));
}
