//! JSON and log lines as text nodes: nothing a customer sent is ever read as markup. Not in here: masking; what may not be seen
//! does not arrive.

use super::state_mark::Tone;
use leptos::prelude::*;
use markup::{Html, view};
use serde_json::Value;

use crate::icons::Icon;

/// Pretty JSON, keys and numbers in their own colours.
#[component]
pub fn JsonBlock(
    value: Value,
    /// What it is, for screen readers: `Payload of cmd_8f21`.
    #[prop(into)]
    label: String,
) -> Html {
    let mut spans = Vec::new();
    spell(&value, 0, &mut spans);
    let content = spans.into_iter().map(|(class, text)| view! { <span class=class>{text}</span> }).collect::<Vec<_>>();
    view! { <pre class="code" tabindex="0" role="region" aria-label=label>{content}</pre> }
}

/// Any text, as it is.
#[component]
pub fn CodeBlock(#[prop(into)] text: String, #[prop(into)] label: String) -> Html {
    view! { <pre class="code" tabindex="0" role="region" aria-label=label>{text}</pre> }
}

/// One line of a log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogLine {
    /// `10:41:07.214`; empty when the line has none.
    pub time: String,
    pub text: String,
    /// `Some` marks the line: warning, failure.
    pub tone: Option<Tone>,
}

/// Lines of a log, oldest first.
#[component]
pub fn LogBlock(lines: Vec<LogLine>, #[prop(into)] label: String) -> Html {
    let rows = lines.into_iter().map(|line| {
        let level = line.tone.map(|tone| {
            let word = match tone {
                Tone::Fail => "error",
                Tone::Warn => "warning",
                _ => "note",
            };
            view! { <Icon of=tone.icon()/><span class="visually-hidden">{word}</span> }
        });
        view! {
            <li class="line" data-tone=line.tone.map(Tone::key)>
                <time>{line.time}</time>
                <span class="level">{level}</span>
                <span class="text">{line.text}</span>
            </li>
        }
    });
    view! { <div class="log" tabindex="0" role="region" aria-label=label><ol>{rows.collect::<Vec<_>>()}</ol></div> }
}

/// JSON as coloured pieces: `k` keys, `s` strings, `n` numbers and literals, `p` punctuation.
fn spell(value: &Value, depth: usize, out: &mut Vec<(&'static str, String)>) {
    let line = |depth: usize| format!("\n{}", "  ".repeat(depth));
    match value {
        Value::Object(fields) if !fields.is_empty() => {
            out.push(("p", "{".to_owned()));
            for (place, (key, value)) in fields.iter().enumerate() {
                out.push(("p", format!("{}{}", if place > 0 { "," } else { "" }, line(depth + 1))));
                out.push(("k", Value::String(key.clone()).to_string()));
                out.push(("p", ": ".to_owned()));
                spell(value, depth + 1, out);
            }
            out.push(("p", format!("{}}}", line(depth))));
        }
        Value::Array(items) if !items.is_empty() => {
            out.push(("p", "[".to_owned()));
            for (place, item) in items.iter().enumerate() {
                out.push(("p", format!("{}{}", if place > 0 { "," } else { "" }, line(depth + 1))));
                spell(item, depth + 1, out);
            }
            out.push(("p", format!("{}]", line(depth))));
        }
        Value::String(_) => out.push(("s", value.to_string())),
        Value::Object(_) | Value::Array(_) => out.push(("p", value.to_string())),
        _ => out.push(("n", value.to_string())),
    }
}

#[cfg(test)]
mod tests {
    use super::spell;
    use serde_json::{Value, json};

    #[test]
    fn the_pieces_are_the_pretty_document() {
        let document =
            json!({"file": "<b>\"east\"</b>.pdf", "pages": [1, 2.5, null, true], "none": {}, "empty": [], "deep": {"a": {"b": [{}]}}});
        let mut spans = Vec::new();
        spell(&document, 0, &mut spans);
        let text: String = spans.iter().map(|(_, text)| text.as_str()).collect();
        assert_eq!(text, serde_json::to_string_pretty(&document).expect("a document prints"));
        assert_eq!(serde_json::from_str::<Value>(&text).expect("and reads back"), document);
    }
}
