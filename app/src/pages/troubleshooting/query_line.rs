//! The query line on the screen: a text field that offers how to go on, and says what is wrong before anything is asked.
//! Not in here: what a line means (`actions::find`), what is offered (`offers`).

use super::offers::{Known, Offer, offers, take};
use crate::icons::Icon;
use actions::find::parse;
use leptos::prelude::*;
use markup::{Html, IntoHtml, memo, view};
use wasm_bindgen::JsCast;
use web_sys::{Event, HtmlInputElement, KeyboardEvent};

/// The line as it is being typed.
#[derive(Clone, Copy)]
struct Line {
    text: RwSignal<String>,
    /// In bytes.
    caret: RwSignal<usize>,
    open: RwSignal<bool>,
    /// The offer that Enter takes.
    at: RwSignal<Option<usize>>,
    /// Whether somebody meant it: only then it can be wrong.
    tried: RwSignal<bool>,
    offered: Memo<(usize, Vec<Offer>)>,
}

/// The field, its offers, and what is wrong with it.
pub(super) fn query_line(line: Option<&str>, known: Signal<Known>) -> Html {
    let text = RwSignal::new(line.unwrap_or_default().to_owned());
    let caret = RwSignal::new(text.read_untracked().len());
    let offered = memo(move || text.with(|line| known.with(|known| offers(line, caret.get(), known))));
    let tried = RwSignal::new(line.is_some());
    let line = Line { text, caret, open: RwSignal::new(false), at: RwSignal::new(None), tried, offered };
    let wrong = memo(move || if tried.get() { text.with(|line| parse(line).err()) } else { None });
    let is_open = memo(move || line.open.get() && offered.with(|(_, offers)| !offers.is_empty()));
    view! {
        <div class="query-line">
            <div class="query">
                <Icon of=Icon::Search/>
                <input type="text" name="find" role="combobox" aria-label="Find by words and text" autocomplete="off" spellcheck="false" autocapitalize="none"
                    placeholder="error text, type:\u{2026}, attempts>2, payload.customer.id:\u{2026}"
                    aria-autocomplete="list" aria-controls="find-offers" aria-describedby="find-wrong"
                    aria-expanded=move || if is_open.get() { "true" } else { "false" }
                    aria-activedescendant=move || line.at.get().map(offer_id)
                    aria-invalid=move || wrong.read().is_some().then_some("true")
                    value=text.get_untracked()
                    prop:value=move || text.get()
                    on:input=move |event| line.typed(&event)
                    on:click=move |event| line.typed(&event)
                    on:keydown=move |event| line.pressed(&event)
                    on:change=move |event| line.meant(&event)/>
                <kbd>"/"</kbd>
            </div>
            <ul id="find-offers" class="offers" role="listbox" aria-label="Ways to go on" hidden=move || !is_open.get()>
                {move || offered.with(|(_, offers)| offers.iter().enumerate().map(|(at, offer)| option(line, at, offer)).collect::<Vec<_>>())}
            </ul>
            <p class="error" id="find-wrong" role="alert" hidden=move || wrong.read().is_none()><Icon of=Icon::Warn/>{move || wrong.get()}</p>
        </div>
    }
}

fn offer_id(at: usize) -> String {
    ["find-offer-", &at.to_string()].concat()
}

fn option(line: Line, at: usize, offer: &Offer) -> Html {
    let taken = offer.clone();
    let chosen = move || if line.at.get() == Some(at) { "true" } else { "false" };
    view! {
        <li id=offer_id(at) role="option" tabindex="-1" aria-selected=chosen on:click=move |_| line.take(&taken)>
            <code>{offer.text.clone()}</code>
            {(!offer.about.is_empty()).then(|| view! { <span class="soft">{offer.about}</span> })}
        </li>
    }
}

impl Line {
    fn typed(self, event: &impl AsRef<Event>) {
        let Some(input) = event.as_ref().target().and_then(|target| target.dyn_into::<HtmlInputElement>().ok()) else {
            return;
        };
        let text = input.value();
        let units = input.selection_end().ok().flatten().map_or(usize::MAX, |units| units as usize);
        self.caret.set(bytes(&text, units));
        self.text.set(text);
        self.at.set(None);
        self.open.set(true);
    }

    fn pressed(self, event: &KeyboardEvent) {
        let many = self.offered.with_untracked(|(_, offers)| offers.len());
        let shown = self.open.get_untracked() && many > 0;
        match event.key().as_str() {
            "ArrowDown" | "ArrowUp" if many > 0 => {
                let down = event.key() == "ArrowDown";
                self.open.set(true);
                self.at.update(|at| {
                    *at = Some(match (*at, down) {
                        (None, true) => 0,
                        (None, false) => many - 1,
                        (Some(at), true) => (at + 1) % many,
                        (Some(at), false) => (at + many - 1) % many,
                    });
                });
            }
            "Enter" | "Tab" if shown && self.at.get_untracked().is_some() => {
                let at = self.at.get_untracked().unwrap_or(0);
                let Some(offer) = self.offered.with_untracked(|(_, offers)| offers.get(at).cloned()) else { return };
                self.take(&offer);
            }
            "Enter" if self.is_wrong() => self.tried.set(true),
            "Escape" if shown => self.open.set(false),
            "Enter" => {
                self.open.set(false);
                return;
            }
            _ => return,
        }
        event.prevent_default();
        event.stop_propagation();
    }

    fn is_wrong(self) -> bool {
        self.text.with_untracked(|line| parse(line).is_err())
    }

    /// Left, or finished: a wrong line stays where it is instead of going to the server.
    fn meant(self, event: &Event) {
        self.open.set(false);
        if self.is_wrong() {
            self.tried.set(true);
            event.stop_propagation();
        }
    }

    fn take(self, offer: &Offer) {
        let from = self.offered.with_untracked(|(from, _)| *from);
        let (text, caret) = self.text.with_untracked(|line| take(line, self.caret.get_untracked(), from, offer));
        self.text.set(text.clone());
        self.caret.set(caret);
        self.at.set(None);
        self.open.set(true);
        let Some(input) = document().query_selector("input[name=find]").ok().flatten() else { return };
        if let Ok(input) = input.dyn_into::<HtmlInputElement>() {
            input.set_value(&text);
            let units = u32::try_from(text[..caret].encode_utf16().count()).unwrap_or(u32::MAX);
            // Both are refused only by fields of other kinds.
            let _ = input.focus();
            let _ = input.set_selection_range(units, units);
        }
    }
}

/// How many bytes so many UTF-16 units of a text are.
fn bytes(text: &str, units: usize) -> usize {
    let mut left = units;
    let mut at = 0;
    for c in text.chars() {
        if left < c.len_utf16() {
            break;
        }
        left -= c.len_utf16();
        at += c.len_utf8();
    }
    at
}

/// What is wrong with a line, as a page says it that cannot list anything for it.
pub(super) fn cannot_find() -> Html {
    view! { <section class="panel"><p class="pad soft">"Nothing is listed: the line above cannot be understood. Mend it, then press Enter."</p></section> }.into_html()
}

#[cfg(test)]
mod tests {
    use super::bytes;

    #[test]
    fn a_caret_is_counted_in_bytes() {
        assert_eq!(bytes("plan", 2), 2);
        assert_eq!(bytes("\u{e4}b\u{1f600}c", 2), 3);
        assert_eq!(bytes("\u{e4}b\u{1f600}c", 4), 7);
        assert_eq!(bytes("ab", 99), 2);
    }
}
