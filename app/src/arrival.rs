//! Arriving somewhere: the parts of what an address shows are fetched, then the page changes, then the browser's address. Until
//! then one is where one was, in every respect. Not in here: which parts there are (see `parts`).

use crate::parts::Part;
use leptos::{ev, prelude::*};
use leptos_router::{
    hooks,
    location::{BrowserUrl, Location, LocationProvider},
    params::ParamsMap,
};
use markup::{effect, memo};
use wasm_bindgen::JsCast;
use web_sys::Element;

/// Where one is: what the router says, once the parts of it are there.
#[must_use]
pub fn use_location() -> Location {
    expect_context()
}

#[derive(Clone, PartialEq)]
struct Address {
    path: String,
    search: String,
    query: ParamsMap,
}

impl Address {
    fn is_there(&self) -> bool {
        Part::needed(&self.path, &self.search).all(Part::is_there)
    }

    /// Fetches what is not there; the first that does not come ends it.
    async fn fetch(&self) -> bool {
        fetch(&self.path, &self.search).await
    }

    fn written(&self) -> String {
        if self.search.is_empty() { self.path.clone() } else { [&self.path, "?", &self.search].concat() }
    }
}

async fn fetch(path: &str, search: &str) -> bool {
    for part in Part::needed(path, search) {
        if !part.fetch().await {
            return false;
        }
    }
    true
}

/// The parts of the page the server sent. Without them it stays as it was written: it can be read, and its links lead on.
pub async fn first() -> bool {
    let location = window().location();
    fetch(&location.pathname().unwrap_or_default(), &location.search().unwrap_or_default()).await
}

/// Makes `use_location` work, and pages arrive.
pub(crate) fn provide_arrival() {
    let asked = hooks::use_location();
    let came = RwSignal::new(false);
    let (path, search, query) = (asked.pathname, asked.search, asked.query);
    let wanted = memo(move || Address { path: path.get(), search: search.get(), query: query.get() });
    let shown = Memo::new(move |before: Option<&Address>| {
        came.track();
        let wanted = wanted.get();
        before.filter(|_| !wanted.is_there()).cloned().unwrap_or(wanted)
    });
    let location = Location {
        pathname: memo(move || shown.with(|shown| shown.path.clone())),
        search: memo(move || shown.with(|shown| shown.search.clone())),
        query: memo(move || shown.with(|shown| shown.query.clone())),
        hash: asked.hash,
        state: asked.state,
    };
    // Computed here: pieces of a page, which the server makes on several threads, would else begin to at the same moment.
    location.pathname.with_untracked(|_| ());
    location.search.with_untracked(|_| ());
    location.query.with_untracked(|_| ());
    provide_context(location);
    let browser = use_context::<BrowserUrl>();
    effect(move || {
        let address = wanted.get();
        if shown.with(|shown| *shown == address) {
            // A router with routes would say so.
            browser.iter().for_each(LocationProvider::ready_to_complete);
            return;
        }
        leptos::task::spawn_local(async move {
            if address.fetch().await {
                came.notify();
            } else if wanted.get_untracked() == address {
                // A new version of the console replaced it, or no network brings it: the browser may try. Who has gone
                // elsewhere meanwhile does not wait for it any more. Fails only for an address that is none.
                let _ = window().location().assign(&address.written());
            }
        });
    });
    effect(fetch_what_is_pointed_at);
}

/// A part is on its way before the link to it, or the button of its dialog, is pressed.
fn fetch_what_is_pointed_at() {
    let look = |target: Option<web_sys::EventTarget>| {
        let element = target.and_then(|target| target.dyn_into::<Element>().ok());
        let Some(link) = element.and_then(|element| element.closest("a[href],[data-deed]:not([aria-disabled])").ok()?) else { return };
        let (to, deed) = (link.get_attribute("href").unwrap_or_default(), link.get_attribute("data-deed"));
        leptos::task::spawn_local(async move {
            let (path, search) = to.split_once('?').unwrap_or((&to, ""));
            // Whoever does press it asks again.
            let _ = match deed {
                Some(word) => Part::of_deed(&word).fetch().await,
                None => fetch(path, search).await,
            };
        });
    };
    let (pointer, focus) = (
        window_event_listener(ev::pointerover, move |event| look(event.target())),
        window_event_listener(ev::focusin, move |event| look(event.target())),
    );
    on_cleanup(move || {
        pointer.remove();
        focus.remove();
    });
}
