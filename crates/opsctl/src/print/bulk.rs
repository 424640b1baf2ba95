//! Bulk retries: the preview, what was accepted, the list, and one operation with its items.

use super::{
    Paint,
    jobs::foot,
    receipt,
    table::{facts, table},
    words,
};
use actions::views::{
    bulk_preview::BulkPreviewOutput,
    operation::OperationOutput,
    operations::{Counts, OperationRow, OperationsOutput},
};
use domain::{Accepted, Receipt};

pub fn preview(seen: &BulkPreviewOutput, paint: Paint) -> String {
    let tenant = seen.tenant_name.as_deref().map_or_else(String::new, |name| format!(" of {name}"));
    let mut text = paint.bold(&format!("{}{tenant} fit.", words::count(seen.count, false, "command"))) + "\n";
    if !seen.sample.is_empty() {
        let rows: Vec<Vec<String>> = seen
            .sample
            .iter()
            .map(|row| {
                vec![
                    row.command.short(),
                    row.domain.clone(),
                    row.command_type.clone(),
                    row.code.clone().unwrap_or_default(),
                    row.attempts.to_string(),
                    words::ago(seen.now, row.updated_at),
                ]
            })
            .collect();
        text.push_str(&table(paint, &["COMMAND", "DOMAIN", "TYPE", "CODE", "TRIES", "SINCE"], &rows));
    }
    for skip in &seen.skips {
        text.push_str(&paint.warn(&format!("{} would be skipped: {}.\n", skip.count, skip.reason.sentence())));
    }
    if seen.payloads_checked < seen.count {
        text.push_str(&paint.dim(&format!("Payloads were looked for in the first {}.\n", seen.payloads_checked)));
    }
    match (&seen.token, &seen.no_token) {
        (Some(token), _) => {
            if seen.needs_approval {
                text.push_str(&paint.warn("A second person has to approve it before anything is sent.\n"));
            }
            text.push_str(&format!("\nStart it within ten minutes:\n  opsctl bulk start {token}\n"));
        }
        (None, why) => text.push_str(&format!("\n{}\n", why.as_deref().unwrap_or("There is nothing to start."))),
    }
    text
}

pub fn accepted(title: &str, told: &Receipt<Accepted>, paint: Paint) -> String {
    let plain = Receipt {
        audit: told.audit,
        rehearsed: told.rehearsed,
        output: serde_json::Value::Null,
        changes: told.changes.clone(),
        effects: told.effects.clone(),
    };
    let text = receipt::receipt(title, &plain, paint);
    if told.rehearsed {
        return text;
    }
    let text = text.replacen(&paint.good("✓ Done"), &paint.busy("→ Accepted"), 1);
    let next = if told.output.proposed {
        "Somebody else approves it with: opsctl bulk approve"
    } else {
        "It goes on by itself. Follow it: opsctl bulk show"
    };
    format!("{text}\n{next} {}\n", told.output.operation)
}

pub fn operations(list: &OperationsOutput, paint: Paint) -> String {
    if list.rows.is_empty() {
        return "No operations match.\n".to_owned();
    }
    let rows: Vec<Vec<String>> = list
        .rows
        .iter()
        .map(|row| {
            vec![
                paint.bold(&row.operation.short()),
                words::operation_state(paint, row.state),
                row.tenant_name.clone(),
                about(&row.conditions),
                format!("{}/{}", row.counts.succeeded, row.counts.total),
                row.counts.failed.to_string(),
                row.staff_name.clone(),
                words::ago(list.now, row.created_at),
            ]
        })
        .collect();
    let heads = ["OPERATION", "STATE", "TENANT", "ABOUT", "SUCCEEDED", "FAILED", "BY", "STARTED"];
    let count = words::count(i64::try_from(rows.len()).unwrap_or(0), list.next.is_some(), "operation");
    table(paint, &heads, &rows) + &*foot(paint, &count, list.next.as_deref())
}

pub fn operation(shown: &OperationOutput, paint: Paint) -> String {
    let row = &shown.row;
    let mut all = lines(row, paint);
    let changes = shown.again.as_ref().map_or_else(|| shown.sets.join(", "), |again| again.words().join(", "));
    all.insert(3, ("changes", changes));
    let mut text = facts(paint, &all);
    if !shown.items.is_empty() {
        let rows: Vec<Vec<String>> = shown
            .items
            .iter()
            .map(|item| {
                vec![
                    item.seq.to_string(),
                    item.command.short(),
                    words::item_state(paint, item.state),
                    item.reason.map(|reason| reason.sentence().to_owned()).unwrap_or_default(),
                    item.audit.map(|audit| audit.to_string()).unwrap_or_default(),
                    item.settled_at.or(item.sent_at).map(|at| words::ago(shown.now, at)).unwrap_or_default(),
                ]
            })
            .collect();
        text.push('\n');
        text.push_str(&table(paint, &["ITEM", "COMMAND", "STATE", "WHY", "AUDIT", "WHEN"], &rows));
    }
    if let Some(next) = shown.next {
        text.push_str(&(paint.dim(&format!("more: --after {next}")) + "\n"));
    }
    text
}

fn lines<'a>(row: &OperationRow, paint: Paint) -> Vec<(&'a str, String)> {
    let canary = if row.canary { "1, 5, 25, then " } else { "" };
    vec![
        ("operation", row.operation.to_string()),
        ("tenant", row.tenant_name.clone()),
        ("about", about(&row.conditions)),
        ("state", words::operation_state(paint, row.state)),
        ("why", row.note.clone().unwrap_or_default()),
        ("counts", counts(&row.counts)),
        ("plan", format!("{canary}{} a second; halts over {} % failed", row.rate, row.halt_percent)),
        ("by", format!("{} (audit entry {})", row.staff_name, row.audit)),
        ("approved by", row.approved_by.clone().unwrap_or_default()),
    ]
}

/// Only what there is: `120 in all: 80 waiting, 5 sent, 35 succeeded`.
fn counts(counts: &Counts) -> String {
    let parts = [
        (counts.waiting, "waiting"),
        (counts.sent, "sent, outcome unknown"),
        (counts.succeeded, "succeeded"),
        (counts.failed, "failed"),
        (counts.skipped, "skipped"),
        (counts.gone, "gone"),
    ];
    let told: Vec<String> = parts.iter().filter(|(n, _)| *n > 0).map(|(n, word)| format!("{n} {word}")).collect();
    format!("{} in all: {}", counts.total, told.join(", "))
}

/// The conditions in a line.
fn about(conditions: &[String]) -> String {
    if conditions.is_empty() { "all that waited".to_owned() } else { conditions.join(" ") }
}

#[cfg(test)]
mod tests {
    use super::super::samples;
    use super::*;

    #[test]
    fn a_preview_ends_with_the_line_that_starts_it_or_says_why_there_is_none() {
        let text = preview(&samples::bulk_preview(Some("7b7d.ab")), Paint(false));
        assert!(text.starts_with("120 commands of Acme fit.\nCOMMAND "), "{text}");
        assert!(text.contains("3 would be skipped: it waits in another operation.\n"), "{text}");
        assert!(text.ends_with("Start it within ten minutes:\n  opsctl bulk start 7b7d.ab\n"), "{text}");
        let text = preview(&samples::bulk_preview(None), Paint(false));
        assert!(text.ends_with("\nAll of them would be skipped.\n"), "{text}");
    }

    #[test]
    fn an_operation_says_why_it_halted_and_what_became_of_its_items() {
        let text = operation(&samples::operation(), Paint(false));
        for told in [
            "state      ✗ halted\n",
            "why        Halted by itself",
            "counts     120 in all: 114 waiting, 4 succeeded, 2 failed\n",
            "plan       1, 5, 25, then 50 a second; halts over 10 % failed\n",
            "1     aa0b1c2d  ✗ failed",
            "more: --after 50\n",
        ] {
            assert!(text.contains(told), "{told}: {text}");
        }
    }

    #[test]
    fn what_is_accepted_is_not_called_done() {
        let told: Receipt<Accepted> = serde_json::from_value(serde_json::json!({
            "audit": 9, "rehearsed": false, "changes": [], "effects": ["120 commands are sent again."],
            "output": {"operation": "01931f3c-7a10-7c3e-9b9e-2f6f1f0a1b2c", "items": 120, "skipped": 0},
        }))
        .expect("a receipt");
        let text = accepted("Retry all", &told, Paint(false));
        assert!(text.starts_with("→ Accepted: Retry all (audit entry 9)\n"), "{text}");
        assert!(text.ends_with("opsctl bulk show 01931f3c-7a10-7c3e-9b9e-2f6f1f0a1b2c\n"), "{text}");
    }
}
