//! JSON as a person reads it: laid out in full, in one line, or as one value. Always text, never markup.

use serde_json::Value;

/// Laid out over lines, two spaces deep.
#[must_use]
pub fn pretty(value: &Value) -> String {
    serde_json::to_string_pretty(value).unwrap_or_else(|_| value.to_string())
}

/// One line of at most `most` characters that shows what is in there, by its values: `east-wing.pdf · 12`.
#[must_use]
pub fn excerpt(value: &Value, most: usize) -> String {
    let line = match value {
        Value::Object(fields) => fields.values().filter(|value| !value.is_null()).map(value_words).collect::<Vec<_>>().join(" \u{b7} "),
        other => value_words(other),
    };
    let line = line.replace(['\n', '\r', '\t'], " ");
    if line.chars().count() <= most {
        return line;
    }
    line.chars().take(most.saturating_sub(1)).chain(['\u{2026}']).collect()
}

/// One value in words: text without quotes, nothing as `none`, the rest as JSON.
#[must_use]
pub fn value_words(value: &Value) -> String {
    match value {
        Value::Null => "none".to_owned(),
        Value::String(text) if text.is_empty() => "empty".to_owned(),
        Value::String(text) => text.clone(),
        Value::Bool(true) => "yes".to_owned(),
        Value::Bool(false) => "no".to_owned(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn an_excerpt_is_one_short_line() {
        let payload = json!({ "file": "east\nwing.pdf", "sheets": 12, "note": null });
        assert_eq!(excerpt(&payload, 80), "east wing.pdf \u{b7} 12");
        assert_eq!(excerpt(&payload, 8).chars().count(), 8);
        assert!(excerpt(&payload, 8).ends_with('\u{2026}'));
    }

    #[test]
    fn values_read_as_words() {
        assert_eq!(value_words(&json!(null)), "none");
        assert_eq!(value_words(&json!("")), "empty");
        assert_eq!(value_words(&json!(true)), "yes");
        assert_eq!(value_words(&json!({ "a": 1 })), "{\"a\":1}");
    }
}
