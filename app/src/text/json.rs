//! JSON values as a person reads them. Always text, never markup. Not in here: payloads, which are shown to the letter (see `exact`).

use serde_json::Value;

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
    fn values_read_as_words() {
        assert_eq!(value_words(&json!(null)), "none");
        assert_eq!(value_words(&json!("")), "empty");
        assert_eq!(value_words(&json!(true)), "yes");
        assert_eq!(value_words(&json!({ "a": 1 })), "{\"a\":1}");
    }
}
