//! The command palette: every page and every action with its line for the terminal. An action leads
//! to where it can be done; nothing is done from here without its page.

use super::{
    dialog::{FrameDialog, quietly, use_here},
    keys::{END_FORM, PLACES, submit},
    person::{Theme, ThemeContext},
};
use crate::{icons::Icon, routes};
use actions::{
    deeds::{
        cancel_command::CancelCommand, complete_command::CompleteCommand, edit_command::EditCommand, kill_job::KillJob,
        reprocess_job::ReprocessJob, retry_command::RetryCommand, start_bulk_edit::StartBulkEdit, start_bulk_reprocess::StartBulkReprocess,
        start_bulk_retry::StartBulkRetry, triage_group::TriageGroup,
    },
    views::{
        alerts::Alerts, audit::Audit, audit_verify::AuditVerify, bulk_preview::BulkPreview, checks::Checks, context::Context,
        dashboard::Dashboard, deploys::Deploys, frontend_logs::FrontendLogs, groups::Groups, jobs::Jobs, operations::Operations,
        service_accounts::ServiceAccounts, troubleshooting::Troubleshooting,
    },
};
use domain::{Action, View};
use leptos::{ev::KeyboardEvent, prelude::*};
use leptos_router::{NavigateOptions, hooks::use_navigate};
use markup::{Html, each, memo, view};

/// What an entry does.
#[derive(Clone, Copy)]
enum Does {
    Go(&'static str),
    Open(FrameDialog),
    Submit(&'static str),
    Theme(Theme),
}

/// One line of the palette.
#[derive(Clone, Copy)]
struct Entry {
    icon: Icon,
    title: &'static str,
    /// The `opsctl` words, or what it is in a few words.
    line: &'static str,
    keys: &'static str,
    does: Does,
}

const fn entry(icon: Icon, title: &'static str, line: &'static str, keys: &'static str, does: Does) -> Entry {
    Entry { icon, title, line, keys, does }
}

/// Where failed runs are listed.
const FAILED_JOBS: &str = "/jobs?status=FAILED";
const RUNNING_JOBS: &str = "/jobs?status=RUNNING";
/// Where the chain is verified.
const VERIFY: &str = "/audit?verify=now";

const ENTRIES: [Entry; 34] = [
    entry(Icon::Dashboard, PLACES[0].1, Dashboard::META.cli, "G D", Does::Go(routes::DASHBOARD)),
    entry(Icon::Troubleshooting, PLACES[1].1, Troubleshooting::META.cli, "G T", Does::Go(routes::TROUBLESHOOTING)),
    entry(Icon::Filter, PLACES[6].1, Groups::META.cli, "G G", Does::Go(routes::GROUPS)),
    entry(Icon::Jobs, PLACES[2].1, Jobs::META.cli, "G J", Does::Go(routes::JOBS)),
    entry(Icon::FrontendErrors, PLACES[3].1, FrontendLogs::META.cli, "G F", Does::Go(routes::FRONTEND_ERRORS)),
    entry(Icon::Terminal, PLACES[7].1, "opsctl logs", "G L", Does::Go(routes::LOGS)),
    entry(Icon::Audit, PLACES[4].1, Audit::META.cli, "G A", Does::Go(routes::AUDIT)),
    entry(Icon::Clock, PLACES[10].1, Checks::META.cli, "G C", Does::Go(routes::CHECKS)),
    entry(Icon::Warn, PLACES[11].1, Alerts::META.cli, "G W", Does::Go(routes::ALERTS)),
    entry(Icon::Terminal, PLACES[12].1, ServiceAccounts::META.cli, "G V", Does::Go(routes::SERVICES)),
    entry(Icon::Operations, PLACES[5].1, Operations::META.cli, "G O", Does::Go(routes::OPERATIONS)),
    entry(Icon::Health, PLACES[8].1, Context::META.cli, "G H", Does::Go(routes::HEALTH)),
    entry(Icon::Deploys, PLACES[9].1, Deploys::META.cli, "G P", Does::Go(routes::DEPLOYS)),
    entry(Icon::Jobs, "Failed jobs", "opsctl jobs --status failed", "", Does::Go(FAILED_JOBS)),
    entry(Icon::Audit, "My deeds of today", "opsctl audit --my-actions --today", "", Does::Go("/audit?mine=1&today=1")),
    entry(
        Icon::Clock,
        "Start a support session",
        "opsctl session start --tenant T --ticket N --reason \"…\"",
        "S",
        Does::Open(FrameDialog::Start),
    ),
    entry(Icon::Pencil, "Raise the session to write", "opsctl session raise", "W", Does::Open(FrameDialog::Raise)),
    entry(Icon::Close, "End the support session", "opsctl session end", "Esc Esc", Does::Submit(END_FORM)),
    entry(Icon::Retry, RetryCommand::META.title, RetryCommand::META.cli, "", Does::Go(routes::TROUBLESHOOTING)),
    entry(Icon::Retry, StartBulkRetry::META.title, BulkPreview::META.cli, "", Does::Go(routes::TROUBLESHOOTING)),
    entry(Icon::Pencil, EditCommand::META.title, EditCommand::META.cli, "", Does::Go(routes::TROUBLESHOOTING)),
    entry(Icon::Pencil, StartBulkEdit::META.title, "opsctl bulk start {token} --set {path=value}", "", Does::Go(routes::TROUBLESHOOTING)),
    entry(Icon::Cancel, CancelCommand::META.title, CancelCommand::META.cli, "", Does::Go(routes::TROUBLESHOOTING)),
    entry(Icon::Complete, CompleteCommand::META.title, CompleteCommand::META.cli, "", Does::Go(routes::TROUBLESHOOTING)),
    entry(Icon::Filter, TriageGroup::META.title, "opsctl groups triage {group} {to}", "", Does::Go(routes::GROUPS)),
    entry(Icon::Reprocess, ReprocessJob::META.title, ReprocessJob::META.cli, "", Does::Go(FAILED_JOBS)),
    entry(
        Icon::Reprocess,
        StartBulkReprocess::META.title,
        "opsctl bulk start {token} --from-step {step}",
        "",
        Does::Go(routes::TROUBLESHOOTING),
    ),
    entry(Icon::Cancel, KillJob::META.title, KillJob::META.cli, "", Does::Go(RUNNING_JOBS)),
    entry(Icon::Shield, AuditVerify::META.title, AuditVerify::META.cli, "", Does::Go(VERIFY)),
    entry(Icon::Info, "Keys", "what can be done without the mouse", "?", Does::Open(FrameDialog::Keys)),
    entry(Icon::Sun, "Light theme", "in this browser", "", Does::Theme(Theme::Light)),
    entry(Icon::Moon, "Dark theme", "in this browser", "", Does::Theme(Theme::Dark)),
    entry(Icon::Clock, "Theme of the system", "in this browser", "", Does::Theme(Theme::Auto)),
    entry(Icon::SignOut, "Sign out", "ends this sign-in and its support session", "", Does::Submit("sign-out")),
];

/// True when every word typed is in the title or the line.
fn fits(entry: &Entry, typed: &str) -> bool {
    let text = [entry.title, " ", entry.line].concat().to_ascii_lowercase();
    typed.to_ascii_lowercase().split_whitespace().all(|word| text.contains(word))
}

/// The palette inside its dialog.
#[component]
pub(super) fn Palette() -> Html {
    let typed = RwSignal::new(String::new());
    let chosen = RwSignal::new(0_usize);
    let fitting = memo(move || typed.with(|typed| (0..ENTRIES.len()).filter(|at| fits(&ENTRIES[*at], typed)).collect::<Vec<_>>()));
    let keys = move || fitting.with(|fitting| fitting.iter().map(|at| *at as u128).collect());
    let run = runner();
    let pressed = move |event: KeyboardEvent| {
        let count = fitting.with(Vec::len);
        match event.key().as_str() {
            "ArrowDown" if count > 0 => chosen.update(|at| *at = (*at + 1) % count),
            "ArrowUp" if count > 0 => chosen.update(|at| *at = (*at + count - 1) % count),
            "Enter" => {
                if let Some(at) = fitting.with(|fitting| fitting.get(chosen.get_untracked()).copied()) {
                    run(ENTRIES[at].does);
                }
            }
            _ => return,
        }
        event.prevent_default();
        scroll_to_chosen();
    };
    view! {
        <h2 id="palette-title" class="visually-hidden">"Search or do anything"</h2>
        <div class="query">
            <Icon of=Icon::Search/>
            <input type="text" role="combobox" aria-label="Search pages and actions" aria-controls="palette-options" aria-expanded="true" aria-autocomplete="list"
                aria-activedescendant=move || fitting.with(|fitting| fitting.get(chosen.get()).map(|at| option_id(*at)))
                autocomplete="off" autofocus=true placeholder="Search pages and actions"
                on:input=move |event| { typed.set(event_target_value(&event)); chosen.set(0); } on:keydown=pressed/>
        </div>
        <ul class="options" id="palette-options" role="listbox" aria-label="Pages and actions">
            {each(keys, move |at| option(at as usize, fitting, chosen, run))}
        </ul>
        <p class="empty" role="status" hidden=move || fitting.with(|fitting| !fitting.is_empty())>"Nothing of that name. Try a page or a deed, such as retry."</p>
        <footer role="none"><span><kbd>"↑"</kbd>" "<kbd>"↓"</kbd>" choose"</span><span><kbd>"Enter"</kbd>" go there"</span><span><kbd>"Esc"</kbd>" close"</span></footer>
    }
}

fn option(at: usize, fitting: Memo<Vec<usize>>, chosen: RwSignal<usize>, run: impl Fn(Does) + Copy + 'static) -> Html {
    let entry = ENTRIES[at];
    let is_chosen = move || fitting.with(|fitting| fitting.get(chosen.get()) == Some(&at));
    view! {
        <li role="option" id=option_id(at) aria-selected=move || is_chosen().to_string() on:click=move |_| run(entry.does)>
            <Icon of=entry.icon/>
            <span class="does"><span>{entry.title}</span><code>{entry.line}</code></span>
            {(!entry.keys.is_empty()).then(|| view! { <kbd>{entry.keys}</kbd> })}
        </li>
    }
}

fn option_id(at: usize) -> String {
    ["palette-", &at.to_string()].concat()
}

/// Keeps the chosen line in sight, after it has been drawn.
fn scroll_to_chosen() {
    request_animation_frame(|| {
        if let Some(chosen) = document().query_selector("#palette-options [aria-selected=true]").ok().flatten() {
            chosen.scroll_into_view_with_bool(false);
        }
    });
}

/// Does what an entry says.
fn runner() -> impl Fn(Does) + Copy + 'static {
    let here = use_here();
    let quietly = quietly();
    let theme = expect_context::<ThemeContext>();
    let navigate = StoredValue::new(use_navigate());
    move |does| {
        let close = move || quietly(&untrack(move || here.plain()));
        match does {
            Does::Go(path) => navigate.with_value(|navigate| navigate(path, NavigateOptions::default())),
            Does::Open(dialog) => quietly(&untrack(move || here.with(dialog))),
            Does::Submit(form) => {
                close();
                submit(form);
            }
            Does::Theme(chosen) => {
                theme.choose(chosen);
                close();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_typed_has_to_fit() {
        let found = |typed: &str| ENTRIES.iter().filter(|entry| fits(entry, typed)).map(|entry| entry.title).collect::<Vec<_>>();
        assert_eq!(found("verify audit"), ["Verify the audit chain"]);
        assert_eq!(found("RETRY"), ["Retry the command", "Retry all that fit", "Edit and retry the command"]);
        assert!(found("no such thing").is_empty());
        assert_eq!(found("").len(), ENTRIES.len());
    }
}
