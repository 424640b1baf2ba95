//! The troubleshooting queue: commands that wait for a person, filtered by the URL, held still while
//! one reads, worked through by keyboard. Not in here: one command (see `command`).

mod filter;
mod offers;
mod query_line;
mod rows;

use super::{
    filters::tenant_name,
    held::{Held, Listed, hold},
    keys::{PICKED, Picks, can_press, deed_keys},
    pieces::{clock, cursor_pager, loaded, on_session_change},
    saved::views_of,
};
use crate::{
    arrival::use_location,
    components::{CliLine, EmptyState, Tone},
    data::load,
    deeds::{Asked, DeedButton, DeedDialogs, DeedKind, OnList, OnMany, latch},
    frame::{MeContext, use_me},
    live::Kind,
    routes,
    text::{count_capped, need_a_person},
};
use actions::{
    deeds::export_commands::ExportCommands,
    find::{Word, parse},
    views::{
        bulk_preview::BulkPreview,
        troubleshooting::{CommandRow, Troubleshooting, TroubleshootingOutput},
    },
};
use domain::{Support, TenantId, View as _};
use filter::{filter_of, filters, known};
use leptos::prelude::*;
use markup::{Html, IntoHtml, effect, memo, view};
use query_line::cannot_find;
use rows::{on_command, rows, whose};
use uuid::Uuid;

impl Listed for TroubleshootingOutput {
    fn keys(&self) -> Vec<Uuid> {
        self.rows.iter().map(|row| row.command.0).collect()
    }
}

/// The list.
#[must_use]
pub fn page() -> Html {
    let query = use_location().query;
    // What cannot be understood is not asked; the line says what is wrong with it.
    let wrong = memo(move || query.with(|query| parse(query.get_str("find").unwrap_or_default()).is_err()));
    let data = load(move || {
        let filter = query.with(filter_of);
        if wrong.get() { Troubleshooting { find: None, ..filter } } else { filter }
    });
    on_session_change(move || data.refetch());
    // The cursor outlives the rows: after a deed it stands on the row that took the place.
    let cursor = RwSignal::new(None);
    let shown = RwSignal::new(Vec::<CommandRow>::new());
    let picks = Picks::new(&[(DeedKind::Retry, DeedKind::Bulk), (DeedKind::Edit, DeedKind::BulkEdit)]);
    let me = use_me();
    let asked = latch(move |kind, of| {
        if kind == DeedKind::Export {
            return Some(Asked::Export(on_list(query.with_untracked(filter_of))));
        }
        if kind.is_for_many() {
            let many =
                if of == Some(PICKED) { shown.with(|rows| picked(me, picks, rows)) } else { on_many(me, query.with_untracked(filter_of)) };
            return many.and_then(|many| Asked::on_many(kind, many));
        }
        let id = of?.to_owned();
        shown.with(|rows| rows.iter().find(|row| row.command.to_string() == id).map(on_command)).and_then(|on| Asked::on_command(kind, on))
    });
    // Its button knows whether it makes sense here.
    deed_keys(&[("a", DeedKind::Bulk)], |_| can_press("[data-deed=bulk]"));
    view! {
        {loaded(data, move |output| {
            let filter = query.with_untracked(filter_of);
            if wrong.get_untracked() { misunderstood(&filter, &output) } else { content(output, filter, (cursor, picks), shown) }
        })}
        <DeedDialogs asked done=move |()| {
            // Only what was done to those picked leaves none.
            if asked.with_untracked(|asked| matches!(asked, Some(Asked::Many(_, many)) if many.filter.commands.is_some())) {
                picks.ids.set(Vec::new());
            }
            data.refetch();
        }/>
    }
}

/// The two ways to look at the queue: by what failed alike, and one by one.
pub(super) fn lenses(groups: bool) -> Html {
    let link =
        |href: &'static str, word: &'static str, current: bool| view! { <a href=href aria-current=current.then_some("page")>{word}</a> };
    view! {
        <nav class="segments" aria-label="Ways to look">{link(routes::GROUPS, "Groups", groups)}{link(routes::TROUBLESHOOTING, "Commands", !groups)}</nav>
    }
}

fn content(
    output: TroubleshootingOutput,
    filter: Troubleshooting,
    at: (RwSignal<Option<usize>>, Picks),
    shown: RwSignal<Vec<CommandRow>>,
) -> Html {
    let held = hold(filter.clone(), output, &[Kind::Command, Kind::Group], filter.cursor.is_none());
    let form = filters(&filter, Signal::derive(move || held.shown.with(known)));
    // What dialogs look their subject up in.
    effect(move || shown.set(held.shown.with(|output| output.rows.clone())));
    view! {
        {head(held, &filter)}
        {form}
        {list(held, filter, at)}
    }
}

/// The line can be mended; nothing is listed for it.
fn misunderstood(filter: &Troubleshooting, output: &TroubleshootingOutput) -> Html {
    view! {
        <div class="head"><div><h1>"Troubleshooting"</h1></div><div class="actions">{lenses(false)}</div></div>
        {filters(filter, Signal::stored(known(output)))}
        {cannot_find()}
    }
}

fn head(held: Held<TroubleshootingOutput>, filter: &Troubleshooting) -> Html {
    let filtered = *filter != Troubleshooting { cursor: filter.cursor.clone(), ..Troubleshooting::default() };
    let count = move || held.shown.with(|output| need_a_person(output.total, output.total_capped));
    let which = if filtered { " with these filters." } else { "." };
    view! {
        <div class="head">
            <div><h1>"Troubleshooting"</h1><p class="soft" id="how-many">{count}{which}</p></div>
            <div class="actions">{lenses(false)}{held.pill()}{views_of(routes::TROUBLESHOOTING)}<DeedButton kind=DeedKind::Export label="Export\u{2026}"/>{all_that_fit(held, filter)}</div>
        </div>
    }
}

fn all_that_fit(held: Held<TroubleshootingOutput>, filter: &Troubleshooting) -> Html {
    let first = held.shown.with_untracked(|output| output.rows.first().map(|row| row.tenant));
    let listed = filter.tenant.as_deref().map(tenant_name);
    let by_step = filter.find.as_deref().is_some_and(looks_for_step);
    all_buttons(first, by_step, move |support| {
        let elsewhere = listed.clone().filter(|listed| *listed != support.tenant_name);
        elsewhere.map(|listed| ["Your session is on ", &support.tenant_name, ", this list on ", &listed, "."].concat())
    })
}

/// Whether a query line names a step: what is stuck at one can be started again from it.
fn looks_for_step(line: &str) -> bool {
    parse(line).unwrap_or_default().iter().any(|placed| placed.term.word == Word::Step)
}

/// Open the dialogs about all that fit. They are about one tenant: the support session's. Without a session the buttons say that one
/// is needed, on `first`; `blocked` is what is against it in a session.
pub(super) fn all_buttons(
    first: Option<TenantId>,
    by_step: bool,
    blocked: impl Fn(&Support) -> Option<String> + Send + Sync + 'static,
) -> Html {
    let me = use_me();
    let buttons = move || {
        let (tenant, blocked) = match me.support() {
            None => (first?, None),
            Some(support) => (support.tenant, blocked(&support)),
        };
        let again = by_step.then(
            || view! { <DeedButton kind=DeedKind::BulkReprocess tenant label="Reprocess all that fit\u{2026}" blocked=blocked.clone()/> },
        );
        Some(view! {
            {again}
            <DeedButton kind=DeedKind::BulkEdit tenant label="Edit all that fit\u{2026}" blocked=blocked.clone()/>
            <DeedButton kind=DeedKind::Bulk tenant label="Retry all that fit\u{2026}" key="A" blocked/>
        })
    };
    buttons.into_html()
}

/// What is exported, as the list is filtered now.
fn on_list(filter: Troubleshooting) -> OnList {
    let Troubleshooting { domain, command_type, code, group, tenant, since, until, find, .. } = filter;
    let parts = [&domain, &command_type, &code, &tenant, &since, &until, &find];
    let about: Vec<_> = parts.into_iter().flatten().cloned().chain(group.map(|group| ["group ", &group.to_string()].concat())).collect();
    let about = if about.is_empty() { "All that wait for a person".to_owned() } else { about.join(" \u{b7} ") };
    OnList { filter: ExportCommands { domain, command_type, code, group, tenant, since, until, find, ..ExportCommands::default() }, about }
}

/// What the dialog asks about: the commands that are picked.
fn picked(me: MeContext, picks: Picks, rows: &[CommandRow]) -> Option<OnMany> {
    // No ids would mean all that fit.
    let ids = picks.ids.get_untracked();
    if ids.is_empty() {
        return None;
    }
    let filter = BulkPreview { commands: Some(ids.join(",")), ..BulkPreview::default() };
    let (tenant, tenant_name) = whose(me, picks, rows)?;
    Some(OnMany { tenant, tenant_name, filter })
}

/// What the dialog asks about, as the list is filtered now.
pub(super) fn on_many(me: MeContext, filter: Troubleshooting) -> Option<OnMany> {
    let support = me.support()?;
    let Troubleshooting { domain, command_type, code, group, since, until, find, .. } = filter;
    let filter = BulkPreview { domain, command_type, code, group, since, until, find, commands: None };
    Some(OnMany { tenant: support.tenant, tenant_name: support.tenant_name, filter })
}

fn list(held: Held<TroubleshootingOutput>, filter: Troubleshooting, (cursor, picks): (RwSignal<Option<usize>>, Picks)) -> Html {
    let now = clock(held.shown.with_untracked(|output| output.now));
    let is_empty = memo(move || held.shown.with(|output| output.rows.is_empty()));
    let older_page = filter.cursor.is_some();
    let filter = StoredValue::new(filter);
    let panel = move || {
        if is_empty.get() {
            filter.with_value(nothing)
        } else {
            view! { {rows(held.shown, cursor, picks, now)} {pager(held, older_page)} }
        }
    };
    view! { <section class="panel">{panel}</section> }
}

fn nothing(filter: &Troubleshooting) -> Html {
    if *filter == Troubleshooting::default() {
        let about = "Every command got through, or was cancelled or completed. A command that gives up appears here by itself.";
        return view! {
            <EmptyState title="Nothing needs a person" about tone=Tone::Ok>
                <CliLine line=Troubleshooting::META.cli/>
            </EmptyState>
        };
    }
    view! {
        <EmptyState title="No command fits" about="Nothing in the queue has all of these at once. Take a filter away to see more.">
            <a class="btn" href=routes::TROUBLESHOOTING>"Show all"</a>
        </EmptyState>
    }
}

fn pager(held: Held<TroubleshootingOutput>, older_page: bool) -> Html {
    cursor_pager(older_page, move || {
        let output = held.shown.read();
        (output.next.clone(), [&output.rows.len().to_string(), " of ", &count_capped(output.total, output.total_capped)].concat())
    })
}
