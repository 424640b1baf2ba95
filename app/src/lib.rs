//! What staff see. Compiles for the browser and the server; loads at the leaves, lays out, and asks
//! for everything through `api`. Not in here: SQL, axum, cookies, clocks.
#![recursion_limit = "256"]

pub mod api;
pub mod arrival;
pub mod components;
pub mod data;
pub mod deeds;
pub mod entry;
pub mod frame;
pub mod icons;
pub mod live;
pub mod pages;
pub mod parts;
mod read;
pub mod routes;
mod shell;
pub mod text;

pub use shell::{ShellOptions, shell};

use frame::Frame;
use leptos::prelude::*;
use leptos_router::components::Router;
use markup::{Html, each, effect, memo, view};
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
    arrival::provide_arrival();
    view! { <Frame>{places()}</Frame> }.into_any()
}

/// The page one is on. A page ends with its own signals before another begins, so it is a piece of a list of one.
fn places() -> Html {
    let path = arrival::use_location().pathname;
    let place = memo(move || path.with(|path| Place::of(path)));
    each(move || vec![place.get().map_or(0, Place::key)], move |_| page(place.get_untracked()))
}

fn page(place: Option<Place>) -> Html {
    title(Place::title(place));
    parts::page(place)
}

/// Names the tab.
fn title(text: String) {
    effect(move || document().set_title(&text));
}
