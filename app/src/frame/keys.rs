//! Keys of the console: what a sequence of keys means, as a plain value one can test, and the one
//! listener that does it. Keys of a single page are with that page.

use super::{
    dialog::{FrameDialog, quietly, use_here},
    me::MeContext,
};
use crate::routes;
use leptos::{ev, prelude::*};
use leptos_router::{NavigateOptions, hooks::use_navigate};
use markup::{Html, effect, view};
use std::time::Duration;
use wasm_bindgen::JsCast;
use web_sys::{HtmlElement, HtmlFormElement, KeyboardEvent};

/// Id of the form that ends the support session.
pub(super) const END_FORM: &str = "end-session";
/// The second key of a sequence has to come within this time.
const SEQUENCE_MILLIS: f64 = 1_200.0;
/// The same.
pub const SEQUENCE: Duration = Duration::from_millis(SEQUENCE_MILLIS as u64);

/// What keys ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Asked {
    Open(FrameDialog),
    EndSession,
    Go(&'static str),
}

/// Keys, what they do, and for the sequences that start with G, where they lead.
pub(super) const PLACES: [(&str, &str, &str); 13] = [
    ("d", "Dashboard", routes::DASHBOARD),
    ("t", "Troubleshooting", routes::TROUBLESHOOTING),
    ("j", "Jobs", routes::JOBS),
    ("f", "Frontend errors", routes::FRONTEND_ERRORS),
    ("a", "Audit", routes::AUDIT),
    ("o", "Operations", routes::OPERATIONS),
    ("g", "Groups of failures", routes::GROUPS),
    ("l", "Logs", routes::LOGS),
    ("h", "Health", routes::HEALTH),
    ("p", "Deploys", routes::DEPLOYS),
    ("c", "Checks", routes::CHECKS),
    ("w", "Alerts", routes::ALERTS),
    ("v", "Service accounts", routes::SERVICES),
];

/// One key as the recogniser needs it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Press<'a> {
    pub(super) key: &'a str,
    /// Control or Command.
    pub(super) control: bool,
    /// Alt, or Control and Command together with anything but K.
    pub(super) other_modifier: bool,
    /// The focus is where one types.
    pub(super) typing: bool,
    /// A modal dialog is open; its own keys hold.
    pub(super) in_dialog: bool,
    pub(super) at: f64,
}

/// Recognises keys and sequences of two.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Recogniser {
    first: Option<(First, f64)>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum First {
    G,
    Escape,
}

/// Whether a sequence has begun, for pages: their keys do not hold in the middle of one.
#[derive(Clone, Copy)]
pub struct Sequence(StoredValue<Recogniser>);

impl Sequence {
    /// Whether the key pressed at this time may be the second of a sequence.
    #[must_use]
    pub fn has_begun(self, at: f64) -> bool {
        self.0.with_value(|recogniser| recogniser.has_begun(at))
    }

    /// A page took the key: nothing has begun any more.
    pub fn end(self) {
        self.0.set_value(Recogniser::default());
    }
}

impl Recogniser {
    fn has_begun(self, at: f64) -> bool {
        self.first.is_some_and(|(first, before)| first == First::G && at - before <= SEQUENCE_MILLIS)
    }

    /// What this key asks for, after those before it.
    pub(super) fn press(&mut self, press: Press<'_>) -> Option<Asked> {
        let before = self.first.take().filter(|(_, at)| press.at - at <= SEQUENCE_MILLIS).map(|(first, _)| first);
        if press.control && !press.other_modifier && press.key.eq_ignore_ascii_case("k") {
            return (!press.in_dialog).then_some(Asked::Open(FrameDialog::Palette));
        }
        if press.control || press.other_modifier || press.typing || press.in_dialog {
            return None;
        }
        if before == Some(First::G) {
            let place = PLACES.iter().find(|(key, _, _)| press.key.eq_ignore_ascii_case(key));
            return place.map(|(_, _, path)| Asked::Go(path));
        }
        match press.key {
            "g" | "G" => self.first = Some((First::G, press.at)),
            "Escape" if before == Some(First::Escape) => return Some(Asked::EndSession),
            "Escape" => self.first = Some((First::Escape, press.at)),
            "s" | "S" => return Some(Asked::Open(FrameDialog::Start)),
            "w" | "W" => return Some(Asked::Open(FrameDialog::Raise)),
            "?" => return Some(Asked::Open(FrameDialog::Keys)),
            _ => {}
        }
        None
    }
}

/// Listens to the whole window for as long as the frame is there.
pub(super) fn listen(me: MeContext) {
    let here = use_here();
    let quietly = quietly();
    let navigate = StoredValue::new(use_navigate());
    let recogniser = StoredValue::new(Recogniser::default());
    provide_context(Sequence(recogniser));
    let in_session = StoredValue::new(false);
    effect(move || in_session.set_value(me.support().is_some()));
    effect(move || {
        let listener = window_event_listener(ev::keydown, move |event| {
            if event.default_prevented() || event.repeat() {
                return;
            }
            let mut asked = None;
            recogniser.update_value(|recogniser| asked = recogniser.press(seen(&event, &event.key())));
            match asked {
                None => return,
                Some(Asked::Open(FrameDialog::Start)) if in_session.get_value() => return,
                Some(Asked::Open(FrameDialog::Raise)) if !in_session.get_value() => return,
                Some(Asked::Open(dialog)) => quietly(&untrack(move || here.with(dialog))),
                Some(Asked::EndSession) => submit(END_FORM),
                Some(Asked::Go(path)) => navigate.with_value(|navigate| navigate(path, NavigateOptions::default())),
            }
            event.prevent_default();
        });
        on_cleanup(move || listener.remove());
    });
}

fn seen<'a>(event: &KeyboardEvent, key: &'a str) -> Press<'a> {
    Press {
        key,
        control: event.ctrl_key() || event.meta_key(),
        other_modifier: event.alt_key(),
        typing: event.target().and_then(|target| target.dyn_into::<HtmlElement>().ok()).is_some_and(|element| types(&element)),
        in_dialog: document().query_selector("dialog:modal").ok().flatten().is_some(),
        at: event.time_stamp(),
    }
}

/// True where keys are text or choose something.
fn types(element: &HtmlElement) -> bool {
    element.is_content_editable() || element.closest("input, textarea, select").ok().flatten().is_some()
}

/// Submits a form of the page by its id, as if its button had been pressed.
pub(super) fn submit(id: &str) {
    if let Some(form) = document().get_element_by_id(id).and_then(|form| form.dyn_into::<HtmlFormElement>().ok()) {
        // Refused only for a form that is no longer in the document.
        let _ = form.request_submit();
    }
}

/// The list of keys, as a dialog.
#[component]
pub(super) fn KeysDialog() -> Html {
    let row = |keys: &'static [&'static str], does: &'static str| {
        let keys = keys.iter().map(|key| view! { <kbd>{*key}</kbd>" " }).collect::<Vec<_>>();
        view! { <dt>{keys}</dt><dd>{does}</dd> }
    };
    let places = PLACES.map(|(key, name, _)| view! { <dt><kbd>"G"</kbd>" "<kbd>{key.to_ascii_uppercase()}</kbd></dt><dd>{name}</dd> });
    view! {
        <header role="none"><div><h2 id="keys-title">"Keys"</h2><p class="lead">"They hold wherever you are not typing."</p></div></header>
        // Where it is higher than the window one scrolls it, also by keyboard.
        <div class="body" tabindex="0" role="region" aria-labelledby="keys-title">
            <section>
            <h3>"Anywhere"</h3>
            <dl class="facts start">
                {row(&["Ctrl K"], "Search, or do anything")}
                {row(&["S"], "Start a support session")}
                {row(&["W"], "Raise the session to write")}
                {row(&["Esc", "Esc"], "End the support session")}
                {places}
                {row(&["?"], "This list")}
            </dl>
            </section>
            <section>
            <h3>"On a list"</h3>
            <dl class="facts start">
                {row(&["J", "K"], "Next row, row before")}
                {row(&["Enter"], "Open the row")}
                {row(&["X"], "Pick the row; R and E then mean all picked")}
                {row(&["R", "E", "C", "M"], "Retry, edit, cancel, complete")}
                {row(&["A"], "Retry all that fit")}
                {row(&["G"], "Its group; G G at once")}
                {row(&["S", "T", "N"], "Snooze the group, triage it, leave a note")}
                {row(&["/"], "Filter and find")}
                {row(&["."], "Show what is new")}
            </dl>
            <h3>"On a page"</h3>
            <dl class="facts start">
                {row(&["R", "E", "C", "M"], "Of a command: retry, edit, cancel, complete")}
                {row(&["R", "X"], "Of a run: reprocess, kill")}
                {row(&["P", "R", "C", "Y"], "Of an operation: pause, resume, cancel, approve")}
            </dl>
            </section>
        </div>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(key: &str, at: f64) -> Press<'_> {
        Press { key, control: false, other_modifier: false, typing: false, in_dialog: false, at }
    }

    #[test]
    fn single_keys_and_places() {
        let mut keys = Recogniser::default();
        assert_eq!(keys.press(plain("s", 0.0)), Some(Asked::Open(FrameDialog::Start)));
        assert_eq!(keys.press(plain("g", 10.0)), None);
        assert!(keys.has_begun(400.0) && !keys.has_begun(1_211.0));
        assert_eq!(keys.press(plain("j", 400.0)), Some(Asked::Go("/jobs")));
        assert_eq!(keys.press(plain("j", 500.0)), None, "the sequence is used up");
    }

    #[test]
    fn a_sequence_is_two_keys_in_a_row_and_in_time() {
        let mut keys = Recogniser::default();
        assert_eq!(keys.press(plain("Escape", 0.0)), None);
        assert_eq!(keys.press(plain("Escape", 1_201.0)), None, "too late");
        assert_eq!(keys.press(plain("Escape", 1_300.0)), Some(Asked::EndSession));
        assert_eq!(keys.press(plain("Escape", 1_400.0)), None);
        assert_eq!(keys.press(plain("x", 1_500.0)), None);
        assert_eq!(keys.press(plain("Escape", 1_600.0)), None, "another key came between");
        assert_eq!(keys.press(plain("g", 1_700.0)), None);
        assert_eq!(keys.press(plain("s", 1_800.0)), None, "G S is nothing, and S is not meant alone");
    }

    #[test]
    fn typing_modifiers_and_dialogs_keep_their_keys() {
        let mut keys = Recogniser::default();
        for press in [
            Press { typing: true, ..plain("s", 0.0) },
            Press { control: true, ..plain("s", 0.0) },
            Press { other_modifier: true, ..plain("w", 0.0) },
            Press { in_dialog: true, ..plain("Escape", 0.0) },
            Press { in_dialog: true, ..plain("Escape", 1.0) },
        ] {
            assert_eq!(keys.press(press), None, "{press:?}");
        }
        assert_eq!(keys.press(Press { typing: true, control: true, ..plain("k", 2.0) }), Some(Asked::Open(FrameDialog::Palette)));
    }
}
