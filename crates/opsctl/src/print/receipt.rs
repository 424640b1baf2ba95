//! What a deed did, or in a rehearsal would do: before and after, and what leaves the database.

use super::{Paint, table::table, words};
use domain::{FieldChange, Receipt};
use serde_json::Value;

pub fn receipt(title: &str, receipt: &Receipt<Value>, paint: Paint) -> String {
    let entry = format!("(audit entry {})", receipt.audit);
    let head = if receipt.rehearsed { paint.busy("~ Rehearsed") } else { paint.good("✓ Done") };
    let mut text = format!("{head}: {title} {}\n", paint.dim(&entry));
    let rows: Vec<Vec<String>> = receipt.changes.iter().map(row).collect();
    if !rows.is_empty() {
        text.push('\n');
        text.push_str(&table(paint, &["ON", "FIELD", "BEFORE", "", "AFTER"], &rows));
    }
    if !receipt.effects.is_empty() {
        text.push_str(if receipt.rehearsed { "\nWould follow:\n" } else { "\nFollows:\n" });
        for effect in &receipt.effects {
            text.push_str(&format!("  - {effect}\n"));
        }
    }
    if receipt.rehearsed {
        text.push_str(&format!("\n{}\n", paint.bold("Nothing was changed.")));
    }
    text
}

fn row(change: &FieldChange) -> Vec<String> {
    let value = |value| value_of(&change.field, value);
    vec![change.on.clone(), change.field.clone(), value(&change.before), "→".to_owned(), value(&change.after)]
}

/// A value as people write it: no quotes, a dash for nothing, bytes as megabytes.
pub fn value_of(field: &str, value: &Value) -> String {
    match value {
        Value::Null => "–".to_owned(),
        Value::String(text) => text.clone(),
        Value::Number(number) if field.ends_with("bytes") => number.as_i64().map_or_else(|| number.to_string(), words::bytes),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn sample(rehearsed: bool) -> Receipt<Value> {
        serde_json::from_value(json!({
            "audit": 41, "rehearsed": rehearsed, "output": {"msg_id": 7},
            "changes": [
                {"on": "command", "field": "status", "before": "IN_TROUBLESHOOTING_QUEUE", "after": "PENDING"},
                {"on": "step wall_detection", "field": "memory_bytes", "before": 268_435_456, "after": 1_073_741_824},
                {"on": "command", "field": "error_code", "before": "OUT_OF_MEMORY", "after": null},
            ],
            "effects": ["A message is sent to the queue plans."],
        }))
        .expect("a receipt")
    }

    #[test]
    fn a_rehearsal_shows_before_and_after_and_that_nothing_was_changed() {
        let text = receipt("Reprocess from a step", &sample(true), Paint(false));
        assert!(text.starts_with("~ Rehearsed: Reprocess from a step (audit entry 41)\n"), "{text}");
        assert!(text.contains("step wall_detection  memory_bytes  256 MB                    →  1 GB\n"), "{text}");
        assert!(text.contains("OUT_OF_MEMORY             →  –\n"), "{text}");
        assert!(text.contains("Would follow:\n  - A message is sent to the queue plans.\n"), "{text}");
        assert!(text.ends_with("\nNothing was changed.\n"), "{text}");
    }

    #[test]
    fn a_deed_does_not_claim_that_nothing_was_changed() {
        let text = receipt("Retry the command", &sample(false), Paint(false));
        assert!(text.starts_with("✓ Done") && !text.contains("Nothing was changed"), "{text}");
    }
}
