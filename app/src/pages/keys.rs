//! Keys of a list: what a key means, as a plain value one can test, and when a key is meant for the
//! page at all. Keys of the whole console are with the frame.

use crate::{
    deeds::{DeedKind, ask},
    frame::Sequence,
};
use leptos::prelude::*;
use markup::effect;
use std::rc::Rc;
use wasm_bindgen::{JsCast, closure::Closure};
use web_sys::{HtmlElement, KeyboardEvent};

/// What a key asks of a list, besides the deeds of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum ListKey {
    Down,
    Up,
    Filter,
    Pick,
}

fn list_key(key: &str) -> Option<ListKey> {
    Some(match key {
        "j" => ListKey::Down,
        "k" => ListKey::Up,
        "/" => ListKey::Filter,
        "x" => ListKey::Pick,
        _ => return None,
    })
}

/// Keys of a list, for as long as it is there: j and k walk its rows, / goes to the filters, x picks the row under the cursor, and
/// `deeds` open dialogs on it, whatever is missing: the dialog says what. `ids` are the subjects of the rows, in their order.
pub(super) fn list_keys(
    ids: Signal<Vec<String>>,
    cursor: RwSignal<Option<usize>>,
    deeds: &'static [(&'static str, DeedKind)],
    picks: Option<Picks>,
) {
    let open = ask();
    let act = move |kind: DeedKind| {
        if let Some(many) = picks.and_then(|picks| picks.instead(kind)) {
            open(many, Some(PICKED));
        } else if let Some(id) = cursor.get_untracked().and_then(|at| ids.with_untracked(|ids| ids.get(at).cloned())) {
            open(kind, Some(&id));
        }
    };
    let walk = move |down: bool| {
        let to = moved(cursor.get_untracked(), down, ids.with_untracked(Vec::len));
        cursor.set(to);
        if let Some(at) = to {
            focus(&link_id(at));
        }
    };
    on_key(move |event, in_sequence| {
        let pressed = event.key().to_ascii_lowercase();
        if in_sequence {
            return;
        }
        match (list_key(&pressed), deeds.iter().find(|(key, _)| *key == pressed)) {
            (Some(ListKey::Down), _) => walk(true),
            (Some(ListKey::Up), _) => walk(false),
            (Some(ListKey::Pick), _) => {
                let under = cursor.get_untracked().and_then(|at| ids.with_untracked(|ids| ids.get(at).cloned()));
                let (Some(picks), Some(id)) = (picks, under) else { return };
                picks.toggle(&id);
            }
            (Some(ListKey::Filter), _) => focus_first("form.filters :is(input, select)"),
            (None, Some((_, kind))) => act(*kind),
            (None, None) => return,
        }
        event.prevent_default();
    });
}

/// Hears the keys that are the page's, for as long as it is there; before the console, whose keys then are those no page has taken.
/// `heard` is also told whether a sequence of the console has begun, which this key may end.
pub(super) fn on_key(heard: impl Fn(&KeyboardEvent, bool) + 'static) {
    let (heard, sequence) = (Rc::new(heard), expect_context::<Sequence>());
    effect(move || {
        let heard = Rc::clone(&heard);
        let listener: Closure<dyn Fn(KeyboardEvent)> = Closure::new(move |event: KeyboardEvent| {
            if is_free(&event) {
                heard(&event, sequence.has_begun(event.time_stamp()));
                if event.default_prevented() {
                    sequence.end();
                }
            }
        });
        // The document hears of a key before the window does. Neither of the two fails for a function.
        let _ = document().add_event_listener_with_callback("keydown", listener.as_ref().unchecked_ref());
        let listener = StoredValue::new_local(listener);
        on_cleanup(move || {
            listener.with_value(|listener| {
                let _ = document().remove_event_listener_with_callback("keydown", listener.as_ref().unchecked_ref());
            });
        });
    });
}

/// Rows picked one by one, by their subjects; they stay picked whatever becomes of the list.
#[derive(Clone, Copy)]
pub(super) struct Picks {
    pub(super) ids: RwSignal<Vec<String>>,
    /// Deeds on one, and what does the same to many.
    many: &'static [(DeedKind, DeedKind)],
}

impl Picks {
    /// Kept in this tab: raising the session loads the page anew, and is what one does once rows are picked.
    pub(super) fn new(many: &'static [(DeedKind, DeedKind)]) -> Self {
        let ids = RwSignal::new(Vec::<String>::new());
        let mut first = true;
        effect(move || {
            let kept = || window().session_storage().ok().flatten();
            if std::mem::take(&mut first) {
                let before = kept().and_then(|kept| kept.get_item(PICKED).ok().flatten()).unwrap_or_default();
                ids.set(before.split(',').filter(|id| !id.is_empty()).map(str::to_owned).collect());
            }
            // Refused where a browser keeps nothing: then they last as long as the page.
            let _ = kept().map(|kept| kept.set_item(PICKED, &ids.read().join(",")));
        });
        Self { ids, many }
    }

    pub(super) fn has(self, id: &str) -> bool {
        self.ids.with(|ids| ids.iter().any(|picked| picked == id))
    }

    pub(super) fn toggle(self, id: &str) {
        self.ids.update(|ids| match ids.iter().position(|picked| picked == id) {
            Some(at) => {
                ids.remove(at);
            }
            None => ids.push(id.to_owned()),
        });
    }

    /// The deed on all that are picked, in place of one on the row under the cursor.
    fn instead(self, kind: DeedKind) -> Option<DeedKind> {
        if self.ids.with_untracked(Vec::is_empty) {
            return None;
        }
        self.many.iter().find(|(one, _)| *one == kind).map(|(_, many)| *many)
    }
}

/// What `?of=` says of a deed on all rows that are picked.
pub(super) const PICKED: &str = "picked";

/// The id of the link that stands for a row.
pub(super) fn link_id(at: usize) -> String {
    ["row-", &at.to_string()].concat()
}

/// Esc leaves the rows. Heard on the table itself, before the console counts it towards ending the session.
pub(super) fn leave(event: &KeyboardEvent, cursor: RwSignal<Option<usize>>) {
    if event.key() == "Escape" && cursor.get_untracked().is_some() {
        event.prevent_default();
        cursor.set(None);
        if let Some(element) = document().active_element().and_then(|element| element.dyn_into::<HtmlElement>().ok()) {
            // Never fails for an element that has the focus.
            let _ = element.blur();
        }
    }
}

/// True when a key is the page's: nobody used it, nobody is typing, no dialog is open, no modifier.
fn is_free(event: &KeyboardEvent) -> bool {
    let typing = || event.target().and_then(|target| target.dyn_into::<HtmlElement>().ok()).is_some_and(|element| types(&element));
    let modified = event.ctrl_key() || event.meta_key() || event.alt_key();
    !event.default_prevented() && !modified && !typing() && !in_dialog()
}

/// True while somebody only looks: no dialog is open, and nothing is being typed.
pub(super) fn is_idle() -> bool {
    let typing = || document().active_element().is_some_and(|element| types(&element));
    !in_dialog() && !typing()
}

fn types(element: &web_sys::Element) -> bool {
    element.closest("input, textarea, select, [contenteditable]").ok().flatten().is_some()
}

fn in_dialog() -> bool {
    document().query_selector("dialog:modal").ok().flatten().is_some()
}

/// Keys that open the dialogs of a page with one subject, where they make sense. They open it whatever is missing: the dialog
/// says what.
pub(super) fn deed_keys(keys: &'static [(&'static str, DeedKind)], makes_sense: impl Fn(DeedKind) -> bool + 'static) {
    let open = ask();
    on_key(move |event, in_sequence| {
        let pressed = event.key().to_ascii_lowercase();
        let asked = keys.iter().find(|(key, _)| *key == pressed).filter(|(_, kind)| !in_sequence && makes_sense(*kind));
        if let Some((_, kind)) = asked {
            event.prevent_default();
            open(*kind, None);
        }
    });
}

/// Whether the button is there and does something.
pub(super) fn can_press(button: &str) -> bool {
    document().query_selector(&[button, ":not([aria-disabled])"].concat()).ok().flatten().is_some()
}

/// Where the cursor goes from here: the first row from nowhere, and never past an end.
pub(super) fn moved(cursor: Option<usize>, down: bool, rows: usize) -> Option<usize> {
    let last = rows.checked_sub(1)?;
    Some(match (cursor, down) {
        (None, _) => 0,
        (Some(at), true) => (at + 1).min(last),
        (Some(at), false) => at.saturating_sub(1).min(last),
    })
}

/// Focuses the element with this id, if it is there.
pub(super) fn focus(id: &str) {
    focus_first(&["#", id].concat());
}

pub(super) fn focus_first(selector: &str) {
    let found = document().query_selector(selector).ok().flatten();
    if let Some(element) = found.and_then(|element| element.dyn_into::<HtmlElement>().ok()) {
        // Refused only for an element that cannot have the focus.
        let _ = element.focus();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cursor_stays_on_the_list() {
        assert_eq!(moved(None, true, 3), Some(0));
        assert_eq!(moved(None, false, 3), Some(0));
        assert_eq!(moved(Some(2), true, 3), Some(2));
        assert_eq!(moved(Some(0), false, 3), Some(0));
        assert_eq!(moved(Some(9), false, 3), Some(2), "the list got shorter");
        assert_eq!(moved(Some(1), true, 0), None);
    }

    #[test]
    fn keys_of_a_list() {
        assert_eq!(list_key("j"), Some(ListKey::Down));
        assert_eq!(list_key("Enter"), None, "Enter follows the link that has the focus");
    }
}
