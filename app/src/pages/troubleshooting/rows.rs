//! The rows of the troubleshooting list, the cursor that walks them, and the bar with what can be done
//! to the row under it. Not in here: the dialogs.

use crate::{
    components::{Head, StateMark, Table, Tone},
    deeds::{DeedButton, DeedKind, OnCommand, ask},
    pages::{
        keys::{ListKey, focus, is_free, list_key, moved},
        pieces::{masked_cell, when},
    },
    routes,
    text::excerpt,
};
use actions::views::troubleshooting::{CommandRow, TroubleshootingOutput};
use domain::At;
use leptos::{
    ev::{self, KeyboardEvent},
    prelude::*,
};
use markup::{Html, IntoHtml, effect, memo, view};

/// How much of a payload fits into a cell.
const EXCERPT: usize = 20;

/// What a deed on this row needs to know.
pub(super) fn on_command(row: &CommandRow) -> OnCommand {
    OnCommand {
        command: row.command,
        tenant: row.tenant,
        tenant_name: row.tenant_name.clone(),
        about: [&row.domain, " \u{b7} ", &row.command_type, " \u{b7} ", &row.command.short()].concat(),
    }
}

/// The table and the bar below it.
pub(super) fn rows(shown: RwSignal<TroubleshootingOutput>, cursor: RwSignal<Option<usize>>, now: Signal<At>) -> Html {
    listen(shown, cursor);
    let heads = vec![
        Head::mark(),
        Head::text("Command"),
        Head::text("What happened"),
        Head::text("Tenant"),
        Head::text("Type"),
        Head::num("Attempts"),
        Head::text("Failed"),
        Head::text("Payload"),
    ];
    let body = move || shown.with(|output| output.rows.iter().enumerate().map(|(at, row)| line(at, row, cursor, now)).collect::<Vec<_>>());
    view! {
        <div on:keydown=move |event| leave(&event, cursor)>
            <Table caption="Commands that wait for a person, newest first" heads><tbody>{body}</tbody></Table>
        </div>
        {bar(shown, cursor)}
    }
}

fn link_id(at: usize) -> String {
    ["row-", &at.to_string()].concat()
}

fn line(at: usize, row: &CommandRow, cursor: RwSignal<Option<usize>>, now: Signal<At>) -> Html {
    let under = memo(move || cursor.get() == Some(at));
    let title = row.error_title.clone().or_else(|| row.error_message.clone()).unwrap_or_else(|| "No reason was recorded".to_owned());
    let attempts = [&row.attempts.to_string(), "/", &row.max_attempts.to_string()].concat();
    view! {
        <tr class:cursor=move || under.get() aria-selected=move || if under.get() { "true" } else { "false" } on:click=move |_| cursor.set(Some(at))>
            <td class="fit"><StateMark tone=Tone::Warn word="In troubleshooting" bare=true/></td>
            <td class="mono"><a id=link_id(at) href=routes::command(row.command) title=row.command.to_string() on:focus=move |_| cursor.set(Some(at))>{row.command.short()}</a></td>
            <td class="grow"><span class="strong">{title}</span>" "<code class="faint">{row.error_code.clone()}</code></td>
            <td>{row.tenant_name.clone()}</td>
            <td class="soft" title=["domain ", &row.domain].concat()>{row.command_type.clone()}</td>
            <td class="num">{attempts}</td>
            <td class="soft">{when(row.updated_at, now)}</td>
            <td class="soft">{masked_cell(row.payload.as_ref().map(|payload| excerpt(payload, EXCERPT)))}</td>
        </tr>
    }
}

/// What can be done to the row under the cursor.
fn bar(shown: RwSignal<TroubleshootingOutput>, cursor: RwSignal<Option<usize>>) -> Html {
    let row = memo(move || cursor.get().and_then(|at| shown.with(|output| output.rows.get(at).cloned())));
    let bar = move || {
        row.get().map(|row| {
            let (id, tenant) = (row.command.to_string(), row.tenant);
            view! {
                <div class="bulk" role="group" aria-label="What can be done to this command">
                    <span><b class="mono">{row.command.short()}</b>" "{row.tenant_name.clone()}</span>
                    <a href=routes::command(row.command)>"Open "<kbd>"Enter"</kbd></a>
                    <span class="end">
                        <DeedButton kind=DeedKind::Retry tenant of=id.clone() label="Retry\u{2026}" key="R"/>
                        <DeedButton kind=DeedKind::Cancel tenant of=id.clone() label="Cancel\u{2026}" key="C"/>
                        <DeedButton kind=DeedKind::Complete tenant of=id label="Complete\u{2026}" key="M"/>
                    </span>
                </div>
            }
        })
    };
    bar.into_html()
}

/// Keys of the list, for as long as it is there. A key opens the dialog whatever is missing: the dialog says what.
fn listen(shown: RwSignal<TroubleshootingOutput>, cursor: RwSignal<Option<usize>>) {
    let open = ask();
    let of_cursor = move || {
        let at = cursor.get_untracked()?;
        shown.with_untracked(|output| output.rows.get(at).map(|row| row.command.to_string()))
    };
    let act = move |kind: DeedKind| {
        if let Some(id) = of_cursor() {
            open(kind, Some(&id));
        }
    };
    let walk = move |down: bool| {
        let to = moved(cursor.get_untracked(), down, shown.with_untracked(|output| output.rows.len()));
        cursor.set(to);
        if let Some(at) = to {
            focus(&link_id(at));
        }
    };
    effect(move || {
        let listener = window_event_listener(ev::keydown, move |event| {
            let Some(key) = list_key(&event.key()).filter(|_| is_free(&event)) else {
                return;
            };
            match key {
                ListKey::Down => walk(true),
                ListKey::Up => walk(false),
                ListKey::Retry => act(DeedKind::Retry),
                ListKey::Cancel => act(DeedKind::Cancel),
                ListKey::Complete => act(DeedKind::Complete),
                ListKey::All => press_all(),
                ListKey::Filter => focus_filter(),
                ListKey::Leave => return,
            }
            event.prevent_default();
        });
        on_cleanup(move || listener.remove());
    });
}

/// The button knows whether it makes sense here; its key presses it.
fn press_all() {
    let selector = ["[data-deed=", DeedKind::Bulk.word(), "]"].concat();
    let button = document().query_selector(&selector).ok().flatten();
    if let Some(button) = button.and_then(|button| wasm_bindgen::JsCast::dyn_into::<web_sys::HtmlElement>(button).ok()) {
        button.click();
    }
}

fn focus_filter() {
    let field = document().query_selector("form.filters select").ok().flatten();
    if let Some(field) = field.and_then(|field| wasm_bindgen::JsCast::dyn_into::<web_sys::HtmlElement>(field).ok()) {
        // Refused only for an element that cannot have the focus.
        let _ = field.focus();
    }
}

/// Esc leaves the rows. Heard on the table itself, before the console counts it towards ending the session.
fn leave(event: &KeyboardEvent, cursor: RwSignal<Option<usize>>) {
    if event.key() == "Escape" && cursor.get_untracked().is_some() {
        event.prevent_default();
        cursor.set(None);
        if let Some(element) =
            document().active_element().and_then(|element| wasm_bindgen::JsCast::dyn_into::<web_sys::HtmlElement>(element).ok())
        {
            // Never fails for an element that has the focus.
            let _ = element.blur();
        }
    }
}
