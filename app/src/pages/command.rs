//! One command: what state it is in and why, its history, its payload within a support session, and
//! what can be done. Not in here: the run of a pipeline it started (see `job`).

use super::{
    keys::deed_keys,
    pieces::{
        clock, command_mark, fact, fact_code, fact_link, fact_words, facts, loaded, masked_here, on_session_change, standstill_panel, when,
    },
};
use crate::{
    components::{Change, CliLine, DiffView, EmptyState, JsonBlock, Panel},
    data::load,
    deeds::{Asked, DeedButton, DeedDialogs, DeedKind, OnCommand, audit_url, cli, latch},
    icons::Icon,
    live::{Kind, on_live},
    routes,
    text::{command_story, history_words, moment},
};
use actions::views::{
    command::{Command, CommandOutput, HistoryRow, PayloadSource, Revision, RevisionChange},
    troubleshooting::CommandRow,
};
use domain::{At, BusEvent, CommandId, CommandStatus, View as _};
use leptos::prelude::*;
use markup::{Html, IntoHtml, view};

/// The page of one command.
#[must_use]
pub fn page(command: CommandId) -> Html {
    let data = load(move || Command { command });
    on_live(&[Kind::Command, Kind::Job, Kind::Operation], move || data.refetch());
    on_session_change(move || data.refetch());
    let asked = latch(move |kind, _| {
        let row = &data.good()?.row;
        // Nothing else can be acted on; a dialog that is open stays, with its receipt.
        let waits = row.status == CommandStatus::InTroubleshootingQueue || kind == DeedKind::Reveal;
        waits.then(|| Asked::on_command(kind, on_command(row))).flatten()
    });
    deed_keys(&[("r", DeedKind::Retry), ("e", DeedKind::Edit), ("c", DeedKind::Cancel), ("m", DeedKind::Complete)], |_| true);
    view! {
        {loaded(data, content)}
        <DeedDialogs asked done=move |()| data.refetch()/>
    }
}

fn on_command(row: &CommandRow) -> OnCommand {
    OnCommand {
        command: row.command,
        tenant: row.tenant,
        tenant_name: row.tenant_name.clone(),
        about: [&row.domain, " \u{b7} ", &row.command_type, " \u{b7} ", &row.command.short()].concat(),
    }
}

fn content(output: CommandOutput) -> Html {
    let now = clock(output.now);
    crate::title(routes::titled(&[&output.row.command_type, " ", &output.row.command.short()]));
    view! {
        {head(&output)}
        <div class="cols">
            <div class="stack">{payload(&output)}{edits(&output, now)}{reply(&output)}{history(output.history.clone(), now)}</div>
            <div class="stack">{standstill_panel(output.standstill.as_ref())}{facts_panel(&output, now)}{terminal(&output)}</div>
        </div>
    }
}

fn head(output: &CommandOutput) -> Html {
    let row = &output.row;
    view! {
        <div class="head">
            <div>
                <p class="crumbs"><a href=routes::TROUBLESHOOTING>"Troubleshooting"</a>" / "{row.domain.clone()}</p>
                <h1>{row.command_type.clone()}</h1>
                <p class="soft row wide">
                    {command_mark(row.status)}
                    <span>{row.tenant_name.clone()}</span>
                    <span class="mono">{row.command.to_string()}</span>
                </p>
            </div>
            <div class="actions">{buttons(row)}</div>
        </div>
        <p class="prose">{command_story(output)}</p>
    }
}

fn buttons(row: &CommandRow) -> Html {
    let tenant = row.tenant;
    let why_not = (row.status != CommandStatus::InTroubleshootingQueue)
        .then(|| ["Only for a command in the troubleshooting queue; this one is ", row.status.word(), "."].concat());
    let button = |kind: DeedKind, label: &'static str, key: &'static str, primary: bool| match why_not.clone() {
        Some(blocked) => view! { <DeedButton kind tenant label key blocked/> },
        None => view! { <DeedButton kind tenant label key primary/> },
    };
    let (complete, cancel) =
        (button(DeedKind::Complete, "Complete\u{2026}", "M", false), button(DeedKind::Cancel, "Cancel\u{2026}", "C", false));
    let edit = button(DeedKind::Edit, "Edit\u{2026}", "E", false);
    [complete, cancel, edit, button(DeedKind::Retry, "Retry\u{2026}", "R", true)].into_html()
}

fn payload(output: &CommandOutput) -> Html {
    let source = match output.payload_source {
        None => "",
        Some(PayloadSource::Queue) => "still in the queue",
        Some(PayloadSource::Archive) => "from the archive of the queue",
        Some(PayloadSource::PayloadArchive) => "from the payload archive; the queue's own no longer has it",
        Some(PayloadSource::Lost) => "lost",
    };
    let inside = match (&output.row.payload, output.inside, output.payload_source) {
        (Some(value), ..) => {
            let (kind, tenant, label) = (DeedKind::Reveal, output.row.tenant, "Reveal what is masked\u{2026}");
            let reveal = value.contains(exact::MASK).then(|| view! { <p class="row"><DeedButton kind tenant label/></p> });
            view! { <JsonBlock json=value.clone() label="Payload"/>{reveal} }
        }
        (None, false, _) => masked_here("What the customer sent is not shown outside a support session.", output.row.tenant),
        (None, true, Some(PayloadSource::Lost)) => {
            let about =
                "Neither the queue nor an archive has it any more. The command cannot be sent again; cancel it or complete it by hand.";
            view! { <EmptyState title="The payload is lost" about icon=Icon::Warn/> }
        }
        (None, true, _) => view! { <p class="soft">"The command carries no payload."</p> },
    };
    view! { <Panel title="Payload" about=source pad=true>{inside}</Panel> }
}

/// Who edited the payload, and what; and what was sent at first.
fn edits(output: &CommandOutput, now: Signal<At>) -> Html {
    if output.revisions.is_empty() {
        return ().into_html();
    }
    let revisions = output.revisions.iter().map(|revision| edit(revision, now)).collect::<Vec<_>>();
    let original = output.original.clone().map(|json| {
        view! {
            <details class="fold" id="original">
                <summary><Icon of=Icon::ChevronRight/>"The payload as it was sent at first"</summary>
                <JsonBlock json label="Payload as it was sent at first"/>
            </details>
        }
    });
    view! { <Panel title="Edits" about="newest first" pad=true><div class="form">{revisions}{original}</div></Panel> }
}

fn edit(revision: &Revision, now: Signal<At>) -> Html {
    let number = revision.number.to_string();
    let change =
        |change: &RevisionChange| Change { field: change.path.clone(), before: change.before.clone(), after: change.after.clone() };
    let changes: Vec<_> = revision.changes.iter().map(change).collect();
    let more = (revision.more > 0).then(|| ["And ", &revision.more.to_string(), " fields more."].concat());
    let entry = revision.audit.map(|audit| view! { <a class="link" href=audit_url(audit)>"Audit entry "{audit}</a> });
    let operation = revision.operation.map(|id| view! { <a class="link" href=routes::operation(id)>"Its operation"</a> });
    view! {
        <section id=["edit-", &number].concat()>
            <p class="row wide"><b>"Edit "{number.clone()}</b><span>"by "{revision.who.clone()}</span><span class="soft">{when(revision.at, now)}</span>{entry}{operation}</p>
            <DiffView changes caption=["What edit ", &number, " changed"].concat()/>
            <p class="soft small">{more}</p>
        </section>
    }
}

fn reply(output: &CommandOutput) -> Html {
    let waits = !output.row.status.is_final();
    match (output.reply.clone(), output.reply_to.clone()) {
        (Some(value), to) => {
            let about = to.map_or_else(|| "sent".to_owned(), |to| ["sent to ", &to].concat());
            view! { <Panel title="Reply" about pad=true><JsonBlock json=value.to_string() label="Reply to the sender"/></Panel> }
        }
        (None, Some(to)) if waits => {
            view! { <Panel title="Reply" pad=true><p class="soft">"None yet. The sender waits for it on "<code>{to}</code>"."</p></Panel> }
        }
        _ => ().into_html(),
    }
}

fn history(history: Vec<HistoryRow>, now: Signal<At>) -> Html {
    let rows = history.into_iter().map(|row| entry(row, now)).collect::<Vec<_>>();
    view! { <Panel title="History" about="newest first"><ol class="timeline">{rows}</ol></Panel> }
}

fn entry(row: HistoryRow, now: Signal<At>) -> Html {
    let (kind, icon) = look(row.event);
    let who = row.who.map(|who| view! { <span class="who">"by "{who}</span> });
    let detail = row.detail.map(|detail| view! { <span class="detail">{detail}</span> });
    view! {
        <li class="deed" data-kind=kind>
            <time datetime=row.at.to_string() title=moment(row.at)>{row.at.clock()}</time>
            <span class="dot"><Icon of=icon/></span>
            <div class="body">
                <span class="what">{history_words(row.event)}" "<code class="faint">{row.code}</code></span>
                {who}{detail}
            </div>
            <span class="seq faint">{when(row.at, now)}</span>
        </li>
    }
}

/// Kind of dot and icon of an event.
const fn look(event: BusEvent) -> (&'static str, Icon) {
    match event {
        BusEvent::Sent | BusEvent::Received => ("look", Icon::ChevronRight),
        BusEvent::Completed => ("write", Icon::Ok),
        BusEvent::Failed | BusEvent::RetryExhausted | BusEvent::BusinessRuleFailed | BusEvent::LeaseExpired => ("refused", Icon::Failed),
        BusEvent::RetryScheduled => ("look", Icon::Clock),
        BusEvent::MovedToTsq => ("refused", Icon::Warn),
        BusEvent::OperatorRetry => ("write", Icon::Retry),
        BusEvent::OperatorEdit => ("write", Icon::Pencil),
        BusEvent::OperatorCancel => ("write", Icon::Cancel),
        BusEvent::OperatorComplete => ("write", Icon::Complete),
        BusEvent::OperatorKill => ("write", Icon::Cancel),
    }
}

fn facts_panel(output: &CommandOutput, now: Signal<At>) -> Html {
    let row = &output.row;
    let mut list = vec![
        fact_words("Domain", row.domain.clone()),
        fact_words("Type", row.command_type.clone()),
        fact_words("Attempts", [&row.attempts.to_string(), " of ", &row.max_attempts.to_string()].concat()),
    ];
    list.extend(row.error_code.clone().map(|code| fact_code("Error code", code)));
    list.extend(row.group.map(|group| fact_link("Group", "See what else failed alike", routes::group(group))));
    list.extend(row.job.map(|job| fact_link("Job", "See its run, step by step", routes::job(job))));
    list.extend([fact("Sent", when(row.created_at, now)), fact("Last change", when(row.updated_at, now))]);
    list.extend(output.worker.clone().map(|worker| fact_code("Last worker", worker)));
    list.extend(output.lease_until.map(|until| fact("Lease", when(until, now))));
    list.extend([
        fact_code("Epoch", output.epoch.to_string()),
        fact_code("Reply to", output.reply_to.clone().unwrap_or_else(|| "nobody asked".to_owned())),
        fact_code("Correlation", output.correlation_id.to_string()),
    ]);
    view! { <Panel title="Facts" pad=true>{facts(list)}</Panel> }
}

fn terminal(output: &CommandOutput) -> Html {
    let input = serde_json::json!({ "command": output.row.command });
    let line = cli::fill(Command::META.cli, &input, false, "");
    view! { <Panel title="Do it from a terminal" pad=true><CliLine line/></Panel> }
}
