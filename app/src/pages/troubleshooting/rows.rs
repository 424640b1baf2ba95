//! The rows of the troubleshooting list, the cursor that walks them, and the bar with what can be done
//! to the row under it. Not in here: the dialogs.

use crate::{
    components::{Head, StateMark, Table, Tone},
    deeds::{DeedButton, DeedKind, OnCommand},
    frame::{MeContext, SEQUENCE, use_me},
    pages::{
        keys::{PICKED, Picks, is_idle, leave, link_id, list_keys, on_key},
        pieces::{masked_cell, when},
    },
    routes,
};
use actions::views::troubleshooting::{CommandRow, TroubleshootingOutput};
use domain::{At, TenantId};
use exact::excerpt;
use leptos::prelude::*;
use leptos_router::{NavigateOptions, hooks::use_navigate};
use markup::{Html, IntoHtml, memo, view};

/// How much of a payload fits into a cell.
const EXCERPT: usize = 20;
/// Keys that act on the command under the cursor.
const KEYS: &[(&str, DeedKind)] = &[("r", DeedKind::Retry), ("e", DeedKind::Edit), ("c", DeedKind::Cancel), ("m", DeedKind::Complete)];

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
pub(super) fn rows(shown: RwSignal<TroubleshootingOutput>, cursor: RwSignal<Option<usize>>, picks: Picks, now: Signal<At>) -> Html {
    let ids: Memo<Vec<String>> = memo(move || shown.with(|output| output.rows.iter().map(|row| row.command.to_string()).collect()));
    list_keys(ids.into(), cursor, KEYS, Some(picks));
    group_keys(memo(move || cursor.get().and_then(|at| shown.with(|output| output.rows.get(at)?.group))));
    let heads = vec![
        Head::mark(),
        Head::mark(),
        Head::text("Command"),
        Head::text("What happened"),
        Head::text("Tenant"),
        Head::text("Type"),
        Head::num("Attempts"),
        Head::text("Failed"),
        Head::text("Payload"),
    ];
    let body =
        move || shown.with(|output| output.rows.iter().enumerate().map(|(at, row)| line(at, row, cursor, picks, now)).collect::<Vec<_>>());
    view! {
        <div on:keydown=move |event| leave(&event, cursor)>
            <Table caption="Commands that wait for a person, newest first" heads><tbody>{body}</tbody></Table>
        </div>
        {move || if picks.ids.read().is_empty() { bar(shown, cursor) } else { picked_bar(picks, ids, shown) }}
    }
}

fn line(at: usize, row: &CommandRow, cursor: RwSignal<Option<usize>>, picks: Picks, now: Signal<At>) -> Html {
    let under = memo(move || cursor.get() == Some(at));
    let id = row.command.to_string();
    let picked = {
        let id = id.clone();
        memo(move || picks.has(&id))
    };
    let name = ["Pick ", &row.command.short()].concat();
    let title = row.error_title.clone().or_else(|| row.error_message.clone()).unwrap_or_else(|| "No reason was recorded".to_owned());
    let attempts = [&row.attempts.to_string(), "/", &row.max_attempts.to_string()].concat();
    view! {
        <tr class:cursor=move || under.get() aria-selected=move || if under.get() || picked.get() { "true" } else { "false" } on:click=move |_| cursor.set(Some(at))>
            <td class="fit"><label class="check"><input type="checkbox" aria-label=name prop:checked=move || picked.get() on:change=move |_| picks.toggle(&id)/></label></td>
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

/// Keys about the group of the row under the cursor: s snoozes it; g g opens it at once, and g alone as soon as no second key has made
/// one of the places of the console of it.
fn group_keys(group: Memo<Option<i64>>) {
    let navigate = StoredValue::new(use_navigate());
    let go = move |to: String| navigate.with_value(|navigate| navigate(&to, NavigateOptions::default()));
    let waiting = StoredValue::new(None::<TimeoutHandle>);
    let stop = move || waiting.try_update_value(Option::take).flatten().map(|begun| begun.clear());
    on_cleanup(move || {
        stop();
    });
    on_key(move |event, in_sequence| {
        stop();
        let Some(group) = group.get_untracked() else { return };
        match (event.key().to_ascii_lowercase().as_str(), in_sequence) {
            ("s", false) => go(routes::snooze(group)),
            ("g", true) => go(routes::group(group)),
            ("g", false) => {
                // Not taken from the console: a second key may follow.
                waiting.set_value(
                    set_timeout_with_handle(
                        move || {
                            if is_idle() {
                                go(routes::group(group))
                            }
                        },
                        SEQUENCE,
                    )
                    .ok(),
                );
                return;
            }
            _ => return,
        }
        event.prevent_default();
    });
}

/// Whose commands are meant by those picked: the support session's tenant; without a session that of the first one on this page, so
/// that what is missing can be said.
pub(super) fn whose(me: MeContext, picks: Picks, rows: &[CommandRow]) -> Option<(TenantId, String)> {
    if let Some(support) = me.support() {
        return Some((support.tenant, support.tenant_name));
    }
    rows.iter().find(|row| picks.has(&row.command.to_string())).map(|row| (row.tenant, row.tenant_name.clone()))
}

/// What can be done to the rows that are picked: those of the support session's tenant.
fn picked_bar(picks: Picks, ids: Memo<Vec<String>>, shown: RwSignal<TroubleshootingOutput>) -> Html {
    let me = use_me();
    let count = picks.ids.with(Vec::len);
    let all = move |_| {
        let here = ids.get_untracked();
        picks.ids.update(|picked| picked.extend(here.into_iter().filter(|id| !picked.contains(id)).collect::<Vec<_>>()));
    };
    let retry = move || match shown.with(|output| whose(me, picks, &output.rows)) {
        Some((tenant, _)) => view! {
            <DeedButton kind=DeedKind::BulkEdit tenant of=PICKED label="Edit those picked\u{2026}" key="E"/>
            <DeedButton kind=DeedKind::Bulk tenant of=PICKED label="Retry those picked\u{2026}" key="R"/>
        },
        None => view! { <span>"Start a session to act on those of its tenant"</span> },
    };
    view! {
        <div class="bulk" role="group" aria-label="What can be done to those picked">
            <b role="status">{[&count.to_string(), " picked"].concat()}</b>
            <button type="button" class="btn small" on:click=all>"All on this page"</button>
            <button type="button" class="btn small" on:click=move |_| picks.ids.set(Vec::new())>"None"</button>
            <span class="end">{retry}</span>
        </div>
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
                    {row.group.map(|group| view! { <a href=routes::group(group)>"Its group "<kbd>"G"</kbd></a><a href=routes::snooze(group)>"Snooze it "<kbd>"S"</kbd></a> })}
                    <span class="end">
                        <DeedButton kind=DeedKind::Retry tenant of=id.clone() label="Retry\u{2026}" key="R"/>
                        <DeedButton kind=DeedKind::Edit tenant of=id.clone() label="Edit\u{2026}" key="E"/>
                        <DeedButton kind=DeedKind::Cancel tenant of=id.clone() label="Cancel\u{2026}" key="C"/>
                        <DeedButton kind=DeedKind::Complete tenant of=id label="Complete\u{2026}" key="M"/>
                    </span>
                </div>
            }
        })
    };
    bar.into_html()
}
