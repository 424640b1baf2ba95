//! Answers as text for people: aligned tables without box noise, trees, relative times, states as a
//! sign and a word. Pure functions from an answer to a text; nothing here writes.

pub mod artifacts;
pub mod audit;
pub mod beacon;
pub mod bulk;
pub mod check;
pub mod command;
pub mod compare;
pub mod context;
pub mod dashboard;
pub mod deploys;
pub mod frontend;
pub mod groups;
pub mod jobs;
pub mod logs;
pub mod me;
pub mod pipeline;
pub mod problem;
pub mod receipt;
pub mod resources;
pub mod services;
pub mod table;
pub mod troubleshooting;
pub mod views;
pub mod watch;
pub mod words;

#[cfg(test)]
pub mod samples;

use serde_json::Value;

/// Colours, or none. The words are the same either way: colour is never the only sign.
#[derive(Clone, Copy, Debug)]
pub struct Paint(pub bool);

impl Paint {
    pub fn good(self, text: &str) -> String {
        self.with("32", text)
    }
    pub fn bad(self, text: &str) -> String {
        self.with("31", text)
    }
    pub fn warn(self, text: &str) -> String {
        self.with("33", text)
    }
    pub fn busy(self, text: &str) -> String {
        self.with("36", text)
    }
    pub fn dim(self, text: &str) -> String {
        self.with("2", text)
    }
    pub fn bold(self, text: &str) -> String {
        self.with("1", text)
    }
    fn with(self, code: &str, text: &str) -> String {
        if self.0 && !text.is_empty() { format!("\x1b[{code}m{text}\x1b[0m") } else { text.to_owned() }
    }
}

/// An answer whose texts cannot steer the terminal: a customer's error message may hold escape
/// sequences or writing-direction tricks. Line ends and tabs stay.
pub fn clean(value: Value) -> Value {
    match value {
        Value::String(text) => Value::String(clean_text(&text)),
        Value::Array(items) => items.into_iter().map(clean).collect(),
        Value::Object(fields) => fields.into_iter().map(|(name, value)| (clean_text(&name), clean(value))).collect(),
        other => other,
    }
}

pub fn clean_text(text: &str) -> String {
    let steers = |c: char| {
        (c.is_control() && c != '\n' && c != '\t')
            || matches!(c, '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
    };
    text.replace("\r\n", "\n").chars().map(|c| if steers(c) { '\u{FFFD}' } else { c }).collect()
}

/// A text on one line.
pub fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The text, cut with an ellipsis where it is longer.
pub fn cut(text: &str, most: usize) -> String {
    let text = one_line(text);
    if text.chars().count() <= most {
        return text;
    }
    let mut short: String = text.chars().take(most.saturating_sub(1)).collect();
    short.push('…');
    short
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_message_cannot_steer_the_terminal() {
        let told = clean(json!({"rows": [{"title": "red\u{1b}[31m\r\nnext\u{202e}"}]}));
        assert_eq!(told["rows"][0]["title"], "red\u{FFFD}[31m\nnext\u{FFFD}");
    }

    #[test]
    fn no_colour_means_not_one_escape() {
        assert_eq!(Paint(false).bad("failed"), "failed");
        assert_eq!(Paint(true).bad("failed"), "\x1b[31mfailed\x1b[0m");
    }
}
