//! Operations, newest first: deeds over many commands that go on by themselves. Rows change where they stand. Not in here: one
//! operation (see `operation`).

use super::{
    filters::{Holds, chips, choice, filter_form, tenant_name, tenants, text_of},
    held::{Held, Listed, hold},
    pieces::{clock, cursor_pager, loaded, operation_words, outcomes_bar, when},
};
use crate::{
    arrival::use_location,
    components::{CliLine, EmptyState, Head, StateMark, Table},
    data::load,
    deeds::{Asked, DeedButton, DeedDialogs, DeedKind, OnLimit, latch},
    icons::Icon,
    live::Kind,
    routes,
    text::{conditions, count, deed_of},
};
use actions::views::{
    bulk_preview::BulkPreview,
    operations::{OperationRow, Operations, OperationsOutput},
};
use domain::{At, OperationId, OperationState, View as _};
use leptos::prelude::*;
use leptos_router::params::ParamsMap;
use markup::{Html, IntoHtml, each, memo, view};
use uuid::Uuid;

impl Listed for OperationsOutput {
    fn keys(&self) -> Vec<Uuid> {
        self.rows.iter().map(|row| row.operation.0).collect()
    }
    fn bring_up_to_date(&mut self, latest: &Self) {
        for row in &mut self.rows {
            if let Some(now) = latest.rows.iter().find(|now| now.operation == row.operation) {
                row.clone_from(now);
            }
        }
        self.now = latest.now;
    }
}

/// The list.
#[must_use]
pub fn page() -> Html {
    let query = use_location().query;
    let data = load(move || query.with(filter_of));
    let asked = latch(move |kind, _| {
        let commands = data.good().filter(|_| kind == DeedKind::Limit)?.approve_above;
        Some(Asked::Limit(OnLimit { commands }))
    });
    view! {
        {loaded(data, move |output| content(output, query.with_untracked(filter_of)))}
        <DeedDialogs asked done=move |()| data.refetch()/>
    }
}

fn filter_of(query: &ParamsMap) -> Operations {
    Operations {
        state: text_of(query, "state").and_then(|word| word.parse().ok()),
        tenant: text_of(query, "tenant"),
        limit: None,
        cursor: text_of(query, "cursor"),
    }
}

fn content(output: OperationsOutput, filter: Operations) -> Html {
    let form = filters(&filter);
    let older_page = filter.cursor.is_some();
    let now = clock(output.now);
    let filtered = filter.state.is_some() || filter.tenant.is_some();
    let about = [
        "Deeds over many commands. They go on when nobody looks; each command keeps its own outcome. More than ",
        &count(output.approve_above),
        " at once need a second person.",
    ]
    .concat();
    let held = hold(filter, output, &[Kind::Operation], !older_page);
    view! {
        <div class="head">
            <div><h1>"Operations"</h1><p class="soft">{about}</p></div>
            <div class="actions">{held.pill()}<DeedButton kind=DeedKind::Limit label="Limit of approval\u{2026}"/></div>
        </div>
        {form}
        <section class="panel">{list(held, now, filtered, older_page)}</section>
    }
}

fn filters(filter: &Operations) -> Html {
    let states = OperationState::ALL.iter().map(|state| (state.word().to_owned(), operation_words(*state).1.to_owned())).collect();
    let fields = view! {
        {choice("state", "state", filter.state.map(OperationState::word), states)}
        {choice("tenant", "tenant", filter.tenant.as_deref(), tenants())}
    };
    let mut holds = Vec::new();
    holds.extend(filter.state.map(|state| Holds::new("state", operation_words(state).1.to_owned(), &["state"])));
    holds.extend(filter.tenant.as_deref().map(|tenant| Holds::new("tenant", tenant_name(tenant), &["tenant"])));
    view! { {filter_form(routes::OPERATIONS, &["state", "tenant"], fields)} {chips(holds)} }
}

fn list(held: Held<OperationsOutput>, now: Signal<At>, filtered: bool, older_page: bool) -> Html {
    let is_empty = memo(move || held.shown.with(|output| output.rows.is_empty()));
    let list = move || {
        if is_empty.get() {
            nothing(filtered)
        } else {
            view! { {table(held.shown, now)} {pager(held, older_page)} }
        }
    };
    list.into_html()
}

fn nothing(filtered: bool) -> Html {
    if filtered {
        return view! {
            <EmptyState title="No operation fits" about="None has all of these at once. Take a filter away to see more." icon=Icon::Operations>
                <a class="btn" href=routes::OPERATIONS>"Show all"</a>
            </EmptyState>
        };
    }
    view! {
        <EmptyState title="Nothing was done to many at once yet" about="Filter the troubleshooting list down to one cause and choose \u{201c}Retry all that fit\u{201d}: the operation appears here."
            icon=Icon::Operations>
            <a class="btn" href=routes::TROUBLESHOOTING>"Go to troubleshooting"</a>
            <CliLine line=BulkPreview::META.cli/>
        </EmptyState>
    }
}

fn table(shown: RwSignal<OperationsOutput>, now: Signal<At>) -> Html {
    let heads = vec![
        Head::text("State"),
        Head::text("What"),
        Head::text("Tenant"),
        Head::text("By"),
        Head::text("Outcomes"),
        Head::num("Succeeded"),
        Head::num("Failed"),
        Head::num("Of"),
        Head::text("Started"),
    ];
    let ids = move || shown.with(|output| output.rows.iter().map(|row| row.operation.0.as_u128()).collect());
    view! {
        <Table caption="Operations, newest first" heads>
            <tbody>{each(ids, move |id| line(OperationId(Uuid::from_u128(id)), shown, now))}</tbody>
        </Table>
    }
}

/// A row that follows its operation.
fn line(id: OperationId, shown: RwSignal<OperationsOutput>, now: Signal<At>) -> Html {
    let row = memo(move || shown.with(|output| output.rows.iter().find(|row| row.operation == id).cloned()));
    view! { <tr>{move || row.get().map(|row| cells(&row, now))}</tr> }
}

fn cells(row: &OperationRow, now: Signal<At>) -> Html {
    let (tone, word) = operation_words(row.state);
    let counts = row.counts;
    view! {
        <td><StateMark tone word/></td>
        <td class="grow"><a href=routes::operation(row.operation) title=row.operation.to_string()><code>{row.operation.short()}</code>" "<span class="strong">{deed_of(row)}</span>" "<span class="faint">{conditions(&row.conditions)}</span></a></td>
        <td>{row.tenant_name.clone()}</td>
        <td class="soft">{row.staff_name.clone()}</td>
        <td>{outcomes_bar(move || counts)}</td>
        <td class="num">{count(row.counts.succeeded.into())}</td>
        <td class="num">{count(row.counts.failed.into())}</td>
        <td class="num">{count(row.counts.total.into())}</td>
        <td class="soft">{when(row.created_at, now)}</td>
    }
}

fn pager(held: Held<OperationsOutput>, older_page: bool) -> Html {
    cursor_pager(older_page, move || {
        let output = held.shown.read();
        (output.next.clone(), [&output.rows.len().to_string(), " shown"].concat())
    })
}
