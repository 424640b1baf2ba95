//! One entry of the audit timeline: what was done, by whom, for whom and why, how it ended, what it
//! changed and what it caused. Not in here: loading and filtering (see `audit`).

use crate::{
    components::{Change, DiffView},
    icons::Icon,
};
use actions::views::audit::AuditEntry;
use domain::{At, AuditOutcome, FieldChange, Missing};
use markup::{Html, view};
use serde_json::Value;

/// The word of an outcome, in URLs and on the screen.
pub(super) const fn outcome_word(outcome: AuditOutcome) -> &'static str {
    match outcome {
        AuditOutcome::Open => "open",
        AuditOutcome::Done => "done",
        AuditOutcome::Accepted => "accepted",
        AuditOutcome::Viewed => "viewed",
        AuditOutcome::Rehearsed => "rehearsed",
        AuditOutcome::Refused => "refused",
        AuditOutcome::Failed => "failed",
        AuditOutcome::Unknown => "unknown",
    }
}

/// Icon, kind of dot, and tone of the word.
const fn look(outcome: AuditOutcome) -> (Icon, &'static str, &'static str) {
    match outcome {
        AuditOutcome::Open => (Icon::Waiting, "look", "run"),
        AuditOutcome::Done => (Icon::Complete, "write", "ok"),
        AuditOutcome::Accepted => (Icon::Waiting, "write", "run"),
        AuditOutcome::Viewed => (Icon::Eye, "look", "skip"),
        AuditOutcome::Rehearsed => (Icon::Retry, "rehearsed", "run"),
        AuditOutcome::Refused => (Icon::Lock, "refused", "fail"),
        AuditOutcome::Failed => (Icon::Failed, "refused", "fail"),
        AuditOutcome::Unknown => (Icon::Warn, "refused", "warn"),
    }
}

/// The icon of an entry: what signs and sessions do has its own.
fn icon_of(entry: &AuditEntry) -> (Icon, &'static str, &'static str) {
    let (icon, kind, tone) = look(entry.outcome);
    if entry.outcome != AuditOutcome::Done {
        return (icon, kind, tone);
    }
    match entry.action.as_str() {
        "sign-in" | "raise-session" => (Icon::Key, "sign", tone),
        "sign-out" | "sign-out-everywhere" => (Icon::SignOut, "sign", tone),
        "start-session" | "end-session" | "lower-session" => (Icon::Clock, "sign", tone),
        "retry-command" => (Icon::Retry, kind, tone),
        "cancel-command" | "kill-job" => (Icon::Cancel, kind, tone),
        "reprocess-job" => (Icon::Reprocess, kind, tone),
        _ => (icon, kind, tone),
    }
}

/// One entry, as a line of the timeline.
pub(super) fn deed(entry: AuditEntry) -> Html {
    let (icon, kind, tone) = icon_of(&entry);
    let id = entry.id.to_string();
    let anchor = ["deed-", &id].concat();
    let href = ["#", &anchor].concat();
    view! {
        <li class="deed" id=anchor data-kind=kind>
            <time datetime=entry.at.to_string()>{entry.at.clock()}</time>
            <span class="dot"><Icon of=icon/></span>
            <div class="body">
                <p class="what">{entry.title} " " <span class="tag" data-tone=tone>{outcome_word(entry.outcome)}</span></p>
                <p class="who">
                    <span>{entry.staff_name}</span>
                    {entry.tenant_name.map(|tenant| view! { <span>"for "{tenant}</span> })}
                    {entry.ticket.map(|ticket| view! { <span class="tag">{ticket}</span> })}
                    <code>{entry.subject}</code>
                </p>
                {entry.reason.filter(|reason| !reason.is_empty()).map(|reason| view! { <p class="detail">"Reason: "{reason}</p> })}
                {entry.note.map(|note| view! { <p class="detail">{note}</p> })}
                {missing_list(entry.missing)}
                {changes_table(entry.changes)}
                {effects_list(entry.effects)}
            </div>
            <a class="seq" rel="external" href=href>"#"{id}</a>
        </li>
    }
}

fn missing_list(missing: Vec<Missing>) -> Option<Html> {
    let words = missing.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ");
    (!words.is_empty()).then(|| view! { <p class="detail">"Missing: "{words}"."</p> })
}

fn effects_list(effects: Vec<String>) -> Option<Html> {
    (!effects.is_empty()).then(|| {
        let effects = effects.into_iter().map(|effect| view! { <li class="detail">"→ "{effect}</li> });
        view! { <ul aria-label="What it caused">{effects.collect::<Vec<_>>()}</ul> }
    })
}

fn changes_table(changes: Vec<FieldChange>) -> Option<Html> {
    (!changes.is_empty()).then(|| {
        let changes = changes
            .into_iter()
            .map(|change| Change {
                field: [&change.on, " · ", &change.field].concat(),
                before: side(&change.before),
                after: side(&change.after),
            })
            .collect();
        view! { <DiffView changes=changes caption="What it changed"/> }
    })
}

/// `None`: was, or is, not there.
fn side(value: &Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        other => Some(other.to_string()),
    }
}

/// `Saturday 21 November 2026`.
pub(super) fn day_words(at: At) -> String {
    const DAYS: [&str; 7] = ["Thursday", "Friday", "Saturday", "Sunday", "Monday", "Tuesday", "Wednesday"];
    const MONTHS: [&str; 12] =
        ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"];
    let date = at.date();
    let weekday = DAYS[usize::try_from(at.millis().div_euclid(86_400_000).rem_euclid(7)).unwrap_or(0)];
    let part = |from: usize, to: usize| date.get(from..to).and_then(|text| text.parse::<usize>().ok());
    match (part(0, 4), part(5, 7), part(8, 10)) {
        (Some(year), Some(month @ 1..=12), Some(day)) => [weekday, &day.to_string(), MONTHS[month - 1], &year.to_string()].join(" "),
        _ => date,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_have_their_names() {
        let read =
            ["1970-01-01T00:00:00Z", "2026-11-21T23:59:59Z", "2024-02-29T12:00:00Z"].map(|text| day_words(text.parse().expect("a time")));
        assert_eq!(read, ["Thursday 1 January 1970", "Saturday 21 November 2026", "Thursday 29 February 2024"]);
    }
}
