//! One operation: how it stands, what it is about, what can be done to it, and what came of each command. It moves by itself
//! while one looks. Not in here: starting one (see `deeds::bulk`).

use super::{
    held::{Held, Listed, hold},
    keys::deed_keys,
    pieces::{clock, fact, fact_code, fact_link, fact_words, facts, loaded, operation_words, outcomes_bar, when},
};
use crate::{
    arrival::use_location,
    components::{CliLine, EmptyState, Head, Pager, Panel, StateMark, Table, Tone},
    data::load,
    deeds::{Asked, DeedButton, DeedDialogs, DeedKind, OnOperation, cli, latch},
    frame::use_me,
    icons::Icon,
    live::Kind,
    routes,
    text::{conditions, count, deed_of, operation_story},
};
use actions::views::{
    operation::{ItemRow, Operation, OperationOutput},
    operations::{Counts, OperationRow},
};
use domain::{At, ItemState, OperationId, OperationState, StaffId, Stands, TenantId, View as _, stages};
use leptos::prelude::*;
use leptos_router::params::ParamsMap;
use markup::{Html, IntoHtml, each, memo, view};
use uuid::Uuid;

impl Listed for OperationOutput {
    fn keys(&self) -> Vec<Uuid> {
        self.items.iter().map(|item| item.command.0).collect()
    }
    fn bring_up_to_date(&mut self, latest: &Self) {
        for item in &mut self.items {
            if let Some(now) = latest.items.iter().find(|now| now.seq == item.seq) {
                item.clone_from(now);
            }
        }
        (self.row, self.now) = (latest.row.clone(), latest.now);
    }
}

type Shown = RwSignal<OperationOutput>;

/// The page of one operation.
#[must_use]
pub fn page(operation: OperationId) -> Html {
    let query = use_location().query;
    let data = load(move || query.with(|query| asked_for(operation, query)));
    let asked = latch(move |kind, _| {
        let output = data.good()?;
        can(kind, output.row.state).then(|| Asked::Steer(kind, on_operation(&output.row)))
    });
    view! {
        {loaded(data, move |output| content(output, query.with_untracked(|query| asked_for(operation, query))))}
        <DeedDialogs asked done=move |()| data.refetch()/>
    }
}

fn asked_for(operation: OperationId, query: &ParamsMap) -> Operation {
    Operation {
        operation,
        state: query.get_str("state").and_then(|word| word.parse().ok()),
        limit: None,
        after: query.get_str("after").and_then(|after| after.parse().ok()),
    }
}

fn on_operation(row: &OperationRow) -> OnOperation {
    OnOperation {
        operation: row.operation,
        tenant: row.tenant,
        tenant_name: row.tenant_name.clone(),
        about: [deed_of(row), " ", &count(row.counts.total.into()), " commands"].concat(),
    }
}

/// Whether an operation in this state can be steered like this.
fn can(kind: DeedKind, state: OperationState) -> bool {
    use OperationState::{Canary, Halted, Paused, Proposed, Ramping};
    match kind {
        DeedKind::Pause => matches!(state, Canary | Ramping),
        DeedKind::Resume => matches!(state, Paused | Halted),
        DeedKind::GiveUp => matches!(state, Proposed | Canary | Ramping | Paused | Halted),
        DeedKind::Approve => state == Proposed,
        _ => false,
    }
}

fn content(output: OperationOutput, asked: Operation) -> Html {
    let now = clock(output.now);
    // What the facts say never changes; the counts and the state do.
    let (fixed, changes) = (output.row.clone(), changes(&output));
    let held = hold(asked.clone(), output, &[Kind::Operation], true);
    let shown = held.shown;
    let row = memo(move || shown.with(|output| output.row.clone()));
    deed_keys(&[("p", DeedKind::Pause), ("r", DeedKind::Resume), ("c", DeedKind::GiveUp), ("y", DeedKind::Approve)], move |kind| {
        row.with_untracked(|row| can(kind, row.state))
    });
    view! {
        {head(&fixed, row)}
        <div class="cols">
            <div class="stack">{standing(&fixed, row)}{items(held, asked, now)}</div>
            <div class="stack">{about(&fixed, changes, row, now)}{terminal(&fixed)}</div>
        </div>
    }
}

/// Nobody approves what they proposed themselves.
fn approve(proposer: StaffId, tenant: TenantId) -> Html {
    let me = use_me();
    let (kind, label, key) = (DeedKind::Approve, "Approve\u{2026}", "Y");
    let own = me.actor().is_some_and(|actor| actor.staff == proposer);
    let blocked = own.then(|| "You proposed it; somebody else has to approve it.".to_owned());
    match blocked {
        Some(blocked) => view! { <DeedButton kind tenant label key blocked/> },
        None => view! { <DeedButton kind tenant label key primary=true/> },
    }
}

/// The buttons stay where they are for as long as the state does: counts that move must not take the focus from them.
fn head(row: &OperationRow, moving: Memo<OperationRow>) -> Html {
    let state = memo(move || moving.with(|row| row.state));
    let (tenant, staff) = (row.tenant, row.staff);
    let button = move |kind: DeedKind, label: &'static str, key: &'static str| {
        can(kind, state.get()).then(|| view! { <DeedButton kind tenant label key/> })
    };
    let mark = move || {
        let (tone, word) = operation_words(state.get());
        view! { <StateMark tone word/> }
    };
    view! {
        <div class="head">
            <div>
                <p class="crumbs"><a href=routes::OPERATIONS>"Operations"</a>" / "{deed_of(row)}</p>
                <h1>{[deed_of(row), " ", &count(row.counts.total.into()), if row.counts.total == 1 { " command" } else { " commands" }].concat()}</h1>
                <p class="soft row wide">
                    {mark}
                    <span>{row.tenant_name.clone()}</span>
                    <span>"by "{row.staff_name.clone()}</span>
                    {move || moving.with(|row| row.approved_by.clone()).map(|who| view! { <span>"approved by "{who}</span> })}
                    <span class="mono">{row.operation.to_string()}</span>
                </p>
            </div>
            <div class="actions">
                {move || (state.get() == OperationState::Proposed).then(|| approve(staff, tenant))}
                {move || button(DeedKind::Resume, "Let it go on\u{2026}", "R")}
                {move || button(DeedKind::Pause, "Pause\u{2026}", "P")}
                {move || button(DeedKind::GiveUp, "Cancel\u{2026}", "C")}
            </div>
        </div>
        <p class="prose" role="status">{move || moving.with(operation_story)}</p>
    }
}

/// How many stand where; each number leads to its commands.
fn standing(row: &OperationRow, moving: Memo<OperationRow>) -> Html {
    let counts = memo(move || moving.with(|row| row.counts));
    let place = |state: ItemState, n: fn(Counts) -> i32| {
        let (tone, word) = item_words(state);
        let href = routes::url(&routes::operation(row.operation), &[("state", state.word())]);
        let many = memo(move || n(counts.get()));
        // What nothing is in asks for no attention.
        let mark = move || {
            let tone = if many.get() > 0 { tone } else { Tone::Skip };
            view! { <StateMark tone word/> }
        };
        view! { <li><a href=href data-noscroll="">{mark}<b>{move || count(many.get().into())}</b></a></li> }
    };
    let places = [
        place(ItemState::Succeeded, |counts| counts.succeeded),
        place(ItemState::Failed, |counts| counts.failed),
        place(ItemState::Sent, |counts| counts.sent),
        place(ItemState::Waiting, |counts| counts.waiting),
        place(ItemState::Skipped, |counts| counts.skipped),
        place(ItemState::Gone, |counts| counts.gone),
    ];
    view! {
        <Panel title="How it stands" pad=true>
            {stages_of(moving)}
            {outcomes_bar(move || counts.get())}
            <ul class="standing">{places}</ul>
        </Panel>
    }
}

/// The first few, and how far they have come.
fn stages_of(moving: Memo<OperationRow>) -> Html {
    const BEFORE: [&str; 4] = ["First", "then", "then", "then the rest,"];
    let stages = memo(move || {
        moving.with(|row| {
            let counts = row.counts;
            let attempted = counts.sent + counts.succeeded + counts.failed - row.base_attempted;
            let stages = if row.canary { stages(attempted.into(), counts.sent.into(), counts.waiting.into()) } else { Vec::new() };
            (row.state, stages)
        })
    });
    let list = move || {
        let (state, stages) = stages.get();
        let reached = stages.iter().rposition(|(_, stands)| *stands != Stands::ToCome);
        let stage = |(at, (before, (many, stands))): (usize, (&'static str, (i64, Stands)))| {
            let (tone, icon, word) = stage_words(stands, state, reached == Some(at));
            view! {
                <li>
                    <span class="state bare" data-tone=tone.key() data-spin=(tone == Tone::Run).then_some("") title=word>
                        <Icon of=icon/><span class="word">{word}</span>
                    </span>
                    {before}" "<b>{count(many)}</b>
                </li>
            }
        };
        let stages = BEFORE.into_iter().zip(stages).enumerate().map(stage).collect::<Vec<_>>();
        (!stages.is_empty()).then(|| view! { <ol class="stages" aria-label="Stages">{stages}</ol> })
    };
    list.into_html()
}

/// What one halted or paused in says so.
const fn stage_words(stands: Stands, state: OperationState, reached: bool) -> (Tone, Icon, &'static str) {
    match (stands, state) {
        (Stands::Over | Stands::Begun, OperationState::Halted) if reached => (Tone::Fail, Icon::Failed, "Halted here:"),
        (Stands::Begun, OperationState::Paused) => (Tone::Warn, Icon::Warn, "Paused here:"),
        (Stands::Over, _) => (Tone::Ok, Icon::Ok, "Over:"),
        (Stands::Begun, _) => (Tone::Run, Icon::Running, "Under way:"),
        (Stands::ToCome, _) => (Tone::Skip, Icon::Waiting, "To come:"),
    }
}

const fn item_words(state: ItemState) -> (Tone, &'static str) {
    match state {
        ItemState::Waiting => (Tone::Skip, "Waiting"),
        ItemState::Sent => (Tone::Run, "Sent"),
        ItemState::Succeeded => (Tone::Ok, "Succeeded"),
        ItemState::Failed => (Tone::Fail, "Failed again"),
        ItemState::Skipped => (Tone::Skip, "Skipped"),
        ItemState::Gone => (Tone::Skip, "Gone"),
    }
}

/// What it does to each besides sending it again.
fn changes(output: &OperationOutput) -> Option<Html> {
    if let Some(again) = &output.again {
        return Some(fact_code("Runs again", again.words().join(", ")));
    }
    (!output.sets.is_empty()).then(|| fact_code("Changes", output.sets.join(", ")))
}

fn about(fixed: &OperationRow, changes: Option<Html>, row: Memo<OperationRow>, now: Signal<At>) -> Html {
    let first = if fixed.canary { "1, then 5, then 25, each after the outcomes before" } else { "all at once" };
    let halt = match fixed.halt_percent {
        100 => "never by itself".to_owned(),
        percent => ["when more than ", &percent.to_string(), " % of the outcomes failed"].concat(),
    };
    let mut list = vec![
        fact_words("Which", conditions(&fixed.conditions)),
        fact_words("Begins with", first),
        fact_code("Rate", [&count(fixed.rate.into()), " a second, at most"].concat()),
        fact_words("Halts", halt),
        fact("Started", when(fixed.created_at, now)),
        fact("Last change", view! { {move || when(row.with(|row| row.changed_at), now)} }),
        fact_link("", "All its audit entries", routes::url(routes::AUDIT, &[("operation", &fixed.operation.to_string())])),
    ];
    if let Some(changes) = changes {
        list.insert(1, changes);
    }
    view! { <Panel title="Facts" pad=true>{facts(list)}</Panel> }
}

fn terminal(row: &OperationRow) -> Html {
    let id = serde_json::json!({ "operation": row.operation });
    let line = cli::fill(Operation::META.cli, &id, false, "");
    view! { <Panel title="In a terminal" pad=true><CliLine line/></Panel> }
}

fn items(held: Held<OperationOutput>, asked: Operation, now: Signal<At>) -> Html {
    let shown = held.shown;
    let of = routes::operation(asked.operation);
    let filter = |state: Option<ItemState>, word: &'static str| {
        let href = routes::url(&of, &[("state", state.map(ItemState::word).unwrap_or_default())]);
        view! { <a href=href data-noscroll="" aria-current=(asked.state == state).then_some("true")>{word}</a> }
    };
    let states = [
        filter(None, "All"),
        filter(Some(ItemState::Failed), "Failed"),
        filter(Some(ItemState::Sent), "Sent"),
        filter(Some(ItemState::Skipped), "Skipped"),
    ];
    let heads = vec![
        Head::num("No."),
        Head::text("Command"),
        Head::text("Outcome"),
        Head::text("Sent"),
        Head::text("Settled"),
        Head::num("Audit entry"),
    ];
    let keys = move || shown.with(|output| output.items.iter().map(|item| u128::from(item.seq.unsigned_abs())).collect());
    let is_empty = memo(move || shown.with(|output| output.items.is_empty()));
    let rows = move || {
        if is_empty.get() {
            let title = if asked.state.is_some() { "No command stands like this" } else { "No commands on this page" };
            return view! { <EmptyState title about="The numbers above say where they are." icon=Icon::Operations/> };
        }
        let heads = heads.clone();
        view! {
            <Table caption="Commands of this operation, in the order they are sent" heads>
                <tbody>{each(keys, move |seq| line(seq, shown, now))}</tbody>
            </Table>
        }
    };
    let older = shown.with_untracked(|output| output.next).map(|next| with_state(&of, asked.state, next));
    let newer = asked.after.is_some().then(|| with_state(&of, asked.state, 0));
    view! {
        <section class="panel">
            <header><h2>"Commands"</h2>{held.pill()}<span class="end"><span class="segments" role="group" aria-label="Outcome">{states}</span></span></header>
            {rows}
            {(older.is_some() || newer.is_some()).then(|| view! { <footer><Pager newer older words=["First", "Next"]/></footer> })}
        </section>
    }
}

fn with_state(of: &str, state: Option<ItemState>, after: i64) -> String {
    let after = if after > 0 { after.to_string() } else { String::new() };
    routes::url(of, &[("state", state.map(ItemState::word).unwrap_or_default()), ("after", &after)])
}

fn line(seq: u128, shown: Shown, now: Signal<At>) -> Html {
    let item = memo(move || shown.with(|output| output.items.iter().find(|item| u128::from(item.seq.unsigned_abs()) == seq).cloned()));
    view! { <tr>{move || item.get().map(|item| cells(&item, now))}</tr> }
}

fn cells(item: &ItemRow, now: Signal<At>) -> Html {
    let (tone, word) = item_words(item.state);
    let why = item.reason.map(|reason| view! { " "<span class="soft">{reason.sentence()}</span> });
    let entry = item.audit.map(|audit| view! { <a class="link" href=crate::deeds::audit_url(audit)>{audit}</a> });
    view! {
        <td class="num soft">{item.seq}</td>
        <td class="mono"><a href=routes::command(item.command) title=item.command.to_string()>{item.command.short()}</a></td>
        <td class="grow"><StateMark tone word/>{why}</td>
        <td class="soft">{item.sent_at.map(|at| when(at, now))}</td>
        <td class="soft">{item.settled_at.map(|at| when(at, now))}</td>
        <td class="num">{entry}</td>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_ended_cannot_be_steered() {
        for state in [OperationState::Finished, OperationState::Canceled] {
            assert!(![DeedKind::Pause, DeedKind::Resume, DeedKind::GiveUp, DeedKind::Approve].iter().any(|kind| can(*kind, state)));
        }
        assert!(can(DeedKind::Resume, OperationState::Halted) && !can(DeedKind::Pause, OperationState::Halted));
    }

    #[test]
    fn the_url_says_which_items() {
        let query: ParamsMap = [("state", "FAILED"), ("after", "50")].into_iter().collect();
        let id = OperationId(Uuid::from_u128(7));
        assert_eq!(asked_for(id, &query), Operation { operation: id, state: Some(ItemState::Failed), limit: None, after: Some(50) });
        assert_eq!(with_state("/operations/7", Some(ItemState::Failed), 50), "/operations/7?state=FAILED&after=50");
    }
}
