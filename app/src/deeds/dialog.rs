//! The one dialog of all deeds: help, fields, reason, what is missing, the terminal line, rehearse,
//! run, receipt. It knows no action's type. Not in here: the fields of a single deed.

use super::{
    asked::stop_asking,
    cli,
    draft::{Busy, Draft},
    outcome::outcome_view,
    standing::{missing_now, remedy, sentence},
};
use crate::{
    components::{CliLine, Field, Note, Toasts, Tone},
    frame::{use_here, use_me},
    icons::Icon,
};
use domain::Kind;
use leptos::{ev::SubmitEvent, html, prelude::*};
use markup::{Html, IntoHtml, effect, memo, view};
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement};

/// What a deed's own form gives to the dialog.
pub struct Parts {
    pub draft: Draft,
    pub tenant_name: String,
    /// What it is done to, in a line.
    pub about: String,
    /// The word on the button that does it.
    pub verb: &'static str,
    pub fields: Html,
    pub done: Callback<()>,
}

/// The dialog, open; modal as soon as there is WebAssembly.
#[must_use]
pub fn deed_dialog(parts: Parts) -> Html {
    let Parts { draft, tenant_name, about, verb, fields, done } = parts;
    let whose = (!tenant_name.is_empty()).then(|| [" \u{b7} ", &tenant_name].concat());
    let node = modal();
    let close = closing(draft);
    let press = pressing(draft, done);
    show_outcome(draft);
    let mode = move || {
        if draft.is_rehearsed() { "rehearsal" } else { "write" }
    };
    // Enter in a field rehearses: the harmless one of the two. What is one's own is harmless either way.
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        press(if draft.is_own() { Busy::Running } else { Busy::Rehearsing });
    };
    view! {
        <dialog class="dialog" data-mode=mode aria-labelledby="deed-title" aria-describedby="deed-help" node_ref=node open=true
            on:close=move |_| close.run(())>
            <form on:submit=submit>
                <header role="none">
                    <div>
                        <h2 id="deed-title">{draft.meta.title}</h2>
                        <p class="lead">{about}{whose}</p>
                    </div>
                </header>
                <div class="body">
                    <p class="soft" id="deed-help">{draft.meta.help}</p>
                    {missing_note(draft)}
                    <fieldset class="form" disabled=move || draft.is_done()>{fields}{(!draft.is_own()).then(|| reason_field(draft))}</fieldset>
                    <div role="status" id="deed-outcome">{move || draft.outcome.get().map(outcome_view)}</div>
                    {terminal_line(draft)}
                </div>
                {footer(draft, verb, close, press)}
            </form>
            // Last, so that the first field has the focus when the dialog opens.
            <button type="button" class="btn quiet icon-only close" aria-label="Close" on:click=move |_| close.run(())><Icon of=Icon::Close/></button>
        </dialog>
    }
}

/// A `dialog` that is open in the HTML and made modal in the browser.
fn modal() -> NodeRef<html::Dialog> {
    let node = NodeRef::<html::Dialog>::new();
    effect(move || {
        let Some(dialog) = node.get() else { return };
        if !dialog.matches(":modal").unwrap_or(true) {
            dialog.set_open(false);
            // Fails only when it was taken away meanwhile.
            let _ = dialog.show_modal();
            focus_first(&dialog);
        }
    });
    node
}

/// The browser would take the body for the first thing to have the focus as soon as it is taller than the window.
fn focus_first(dialog: &Element) {
    let first = dialog.query_selector(".body :is(a[href], input, select, textarea, button)").ok().flatten();
    if let Some(first) = first.and_then(|first| first.dyn_into::<HtmlElement>().ok()) {
        // Refused only for what cannot have it.
        let _ = first.focus();
    }
}

/// Brings what came back into sight: it may be below the edge of a dialog with many fields.
fn show_outcome(draft: Draft) {
    effect(move || {
        if draft.outcome.with(Option::is_some) {
            // After the outcome is drawn.
            request_animation_frame(|| {
                if let Some(element) = document().get_element_by_id("deed-outcome") {
                    element.scroll_into_view();
                }
            });
        }
    });
}

/// Closes once: the element's own `close` follows from a button's. What was done is said in a toast
/// then, since nothing can be seen behind a dialog.
fn closing(draft: Draft) -> Callback<()> {
    let leave = stop_asking();
    let toasts = use_context::<Toasts>();
    let closed = StoredValue::new(false);
    Callback::new(move |()| {
        if closed.get_value() {
            return;
        }
        closed.set_value(true);
        if let (Some(Ok(receipt)), Some(toasts)) = (draft.outcome.get_untracked(), toasts)
            && !receipt.rehearsed
        {
            toasts.push(Tone::Ok, [draft.meta.title, ": done"].concat(), Some(["Audit entry ", &receipt.audit.to_string()].concat()));
        }
        leave();
    })
}

/// The reason: that of the support session covers the deed; a deed may have one of its own, and without a session it has to.
fn reason_field(draft: Draft) -> Html {
    let support = untrack(|| use_me().support());
    let (label, hint, required) = match (support, draft.tenant) {
        (Some(support), _) => {
            ("Reason of its own", ["Covered by your session: ", &support.ticket, " \u{b7} ", &support.reason].concat(), false)
        }
        (None, Some(_)) => ("Reason of its own", "A support session on this tenant brings its reason along.".to_owned(), false),
        (None, None) => ("Reason", "In at least ten characters; it stands in the audit.".to_owned(), true),
    };
    view! { <Field label name="reason" value=draft.reason hint required/> }
}

/// Everything missing before it may be run, each with the way to it.
fn missing_note(draft: Draft) -> Html {
    let (me, here) = (use_me(), use_here());
    let missing = memo(move || missing_now(me, draft.meta, draft.tenant, &draft.ask(false)));
    let note = move || {
        let missing = missing.get();
        if missing.is_empty() || draft.is_done() {
            return None;
        }
        let remedies = missing.iter().filter_map(|one| remedy(one, here, draft.tenant));
        let links = remedies.map(|(words, href)| view! { <a class="btn small" data-noscroll="" href=href>{words}</a> }).collect::<Vec<_>>();
        let rehearsable = missing_now(me, draft.meta, draft.tenant, &draft.ask(true)).is_empty();
        let meanwhile = if rehearsable { "You can rehearse it already: that changes nothing." } else { "A rehearsal needs it too." };
        Some(view! { <div id="deed-missing"><Note tone=Tone::Warn what=sentence(&missing) because=meanwhile>{links}</Note></div> })
    };
    note.into_html()
}

/// What the dialog does, as a line for a terminal: the rehearsal first, then the deed.
fn terminal_line(draft: Draft) -> Html {
    let line = memo(move || {
        let seen = draft.is_rehearsed() || draft.is_done();
        draft.filled.with(|filled| match filled {
            Ok(intent) => cli::fill(draft.meta.cli, intent.line.as_ref().unwrap_or(&intent.input), !seen, &draft.reason.read()),
            Err(wrong) => ["# ", wrong].concat(),
        })
    });
    (move || view! { <CliLine line=line.get()/> }).into_html()
}

/// Presses one of the two buttons: a press of what is not allowed does nothing, the note says why.
fn pressing(draft: Draft, done: Callback<()>) -> impl Fn(Busy) + Copy + Send + Sync + 'static {
    let me = use_me();
    move |how| {
        let lacking = untrack(move || missing_now(me, draft.meta, draft.tenant, &draft.ask(how == Busy::Rehearsing)));
        if lacking.is_empty() {
            draft.go(how, done);
        }
    }
}

fn footer(draft: Draft, verb: &'static str, close: Callback<()>, press: impl Fn(Busy) + Copy + Send + Sync + 'static) -> Html {
    let me = use_me();
    let lacks = move |rehearse: bool| !missing_now(me, draft.meta, draft.tenant, &draft.ask(rehearse)).is_empty();
    let off = move |rehearse: bool| lacks(rehearse).then_some("true");
    let busy = move |how: Busy| (draft.busy.get() == Some(how)).then_some("true");
    let over = memo(move || draft.is_done());
    let buttons = move || {
        if over.get() {
            return view! { <button type="button" class="btn primary" on:click=move |_| close.run(())>"Close"</button> };
        }
        view! {
            <button type="button" class="btn quiet start" on:click=move |_| close.run(())>"Keep as it is"</button>
            {(!draft.is_own()).then(|| view! {
                <button type="button" class="btn" data-do="rehearse" aria-describedby="deed-missing"
                    aria-busy=move || busy(Busy::Rehearsing) aria-disabled=move || off(true)
                    on:click=move |_| press(Busy::Rehearsing)><Icon of=Icon::Eye/>"Rehearse"</button>
            })}
            <button type="button" class="btn primary" data-writes=(draft.meta.kind == Kind::Write).then_some("") data-do="run" aria-describedby="deed-missing"
                aria-busy=move || busy(Busy::Running) aria-disabled=move || off(false)
                on:click=move |_| press(Busy::Running)>{verb}</button>
        }
    };
    view! { <footer role="none">{buttons}</footer> }
}
