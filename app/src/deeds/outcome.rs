//! What came back from a deed: every value that changed or would change, before and after, what
//! leaves the house besides, and the number of the audit entry; or why not. Not in here: running it.

use super::{intent::Outcome, reveal::revealed};
use crate::{
    components::{Change, CodeBlock, DiffView, Note, Tone},
    routes,
    text::value_words,
};
use domain::{FieldChange, Problem, ProblemKind, Receipt};
use markup::{Html, view};
use serde_json::Value;

/// The outcome as a dialog shows it.
#[must_use]
pub fn outcome_view(outcome: Outcome) -> Html {
    match outcome {
        Ok(receipt) => receipt_view(receipt),
        Err(problem) => no_view(problem),
    }
}

fn receipt_view(receipt: Receipt<Value>) -> Html {
    let Receipt { audit, rehearsed, output, changes, effects } = receipt;
    // What goes on after the deed has a page of its own.
    let goes_on = output.get("operation").and_then(Value::as_str).and_then(|id| id.parse().ok()).filter(|_| !rehearsed);
    // A file is fetched by whoever asked for it.
    let text = |name: &str| output.get(name).and_then(Value::as_str).filter(|_| !rehearsed).map(str::to_owned);
    let file = text("file").zip(text("token")).map(|(file, token)| (file, ["/api/v1/support/exports/", &token].concat()));
    let file_is_none = file.is_none();
    let shown = text("revealed").map(revealed).or_else(|| text("secret").or_else(|| text("token").filter(|_| file_is_none)).map(once));
    let (tone, what) = if rehearsed { (Tone::Run, "Rehearsed. Nothing was changed.") } else { (Tone::Ok, "Done.") };
    let because = match (changes.is_empty(), rehearsed) {
        (true, true) => "It would change nothing.",
        (true, false) => "It changed nothing.",
        (false, true) => "Run, it would change exactly this:",
        (false, false) => "This was changed:",
    };
    let leaves = if rehearsed { "What would leave the console then:" } else { "What left the console:" };
    let caption = if rehearsed { "What would change" } else { "What was changed" };
    let rows: Vec<_> = changes.into_iter().map(change).collect();
    let effects = effects.into_iter().map(|effect| view! { <li>"\u{2192} "{effect}</li> }).collect::<Vec<_>>();
    view! {
        <section class="form" data-rehearsed=rehearsed.to_string()>
            <Note tone what because>
                <a class="link" rel="external" href=audit_url(audit)>"Audit entry "{audit}</a>
                {goes_on.map(|operation| view! { <a class="btn small primary" href=routes::operation(operation)>"Follow it"</a> })}
                {file.map(|(file, href)| view! { <a class="btn small primary" rel="external" href=href download=file>"Download the file"</a> })}
            </Note>
            {shown}
            {(!rows.is_empty()).then(|| view! { <DiffView changes=rows caption=caption/> })}
            {(!effects.is_empty()).then(|| view! { <div><p class="soft">{leaves}</p><ul>{effects}</ul></div> })}
        </section>
    }
}

/// What is kept nowhere as it is.
fn once(secret: String) -> Html {
    view! { <div><p class="soft">"This is shown this once. Keep it where it is needed:"</p><CodeBlock text=secret label="Shown once"/></div> }
}

/// A change as a row: what it is on and which field, with what was and will be.
fn change(change: FieldChange) -> Change {
    let side = |value: &serde_json::Value| (!value.is_null()).then(|| value_words(value));
    Change { field: [&change.on, " \u{b7} ", &change.field].concat(), before: side(&change.before), after: side(&change.after) }
}

/// The timeline, opened at an entry: it goes down from a number, so this entry is the first one there.
#[must_use]
pub fn audit_url(audit: i64) -> String {
    let page = routes::url(routes::AUDIT, &[("before", &audit.saturating_add(1).to_string())]);
    [&page, "#deed-", &audit.to_string()].concat()
}

fn no_view(problem: Problem) -> Html {
    let title = match problem.kind {
        ProblemKind::Conflict => "Somebody was first. Nothing was changed.",
        ProblemKind::Refused => "Not allowed yet. Nothing was changed.",
        ProblemKind::NotFound => "Not found. Nothing was changed.",
        ProblemKind::BadInput => "That cannot be used. Nothing was changed.",
        ProblemKind::SignedOut | ProblemKind::TooMany => "Nothing was changed.",
        ProblemKind::Unavailable | ProblemKind::Internal => "That went wrong.",
    };
    let reference = problem.reference.map(|reference| view! { <span class="faint mono">"Reference "{reference}</span> });
    view! { <div role="alert"><Note tone=Tone::Fail what=title because=problem.message>{reference}</Note></div> }
}

#[cfg(test)]
mod tests {
    use super::*;
    use leptos::prelude::{Owner, RenderHtml as _};
    use serde_json::json;

    fn html(outcome: Outcome) -> String {
        Owner::new().with(|| outcome_view(outcome).to_html())
    }

    fn receipt(rehearsed: bool) -> Receipt<Value> {
        let change =
            FieldChange { on: "command".into(), field: "status".into(), before: json!("PENDING"), after: json!("<b>CANCELED</b>") };
        Receipt {
            audit: 48_213,
            rehearsed,
            output: Value::Null,
            changes: vec![change],
            effects: vec!["The reply goes to plans__replies.".into()],
        }
    }

    #[test]
    fn a_rehearsal_says_that_nothing_was_changed_and_what_would_be() {
        let html = html(Ok(receipt(true)));
        for part in [
            "Nothing was changed",
            "command \u{b7} status",
            "PENDING",
            "&lt;b&gt;CANCELED",
            "plans__replies",
            "/audit?before=48214#deed-48213",
        ] {
            assert!(html.contains(part), "{part} in {html}");
        }
    }

    #[test]
    fn a_deed_done_does_not_claim_that_nothing_was_changed() {
        let html = html(Ok(receipt(false)));
        assert!(html.contains("This was changed") && !html.contains("Nothing was changed"), "{html}");
    }

    #[test]
    fn who_lost_a_race_reads_who_won() {
        let html = html(Err(Problem::new(ProblemKind::Conflict, "Ada retried this command at 10:24:31.")));
        assert!(html.contains("Somebody was first") && html.contains("Ada retried this command"), "{html}");
    }
}
