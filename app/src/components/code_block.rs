//! JSON and log lines as text nodes: nothing a customer sent is ever read as markup. Not in here: masking; what may not be seen
//! does not arrive.

use super::state_mark::Tone;
use crate::icons::Icon;
use exact::Json;
use leptos::prelude::*;
use markup::{Html, view};

/// Longer JSON is laid out without colours.
const MOST_COLOURED: usize = 60_000;

/// Pretty JSON, keys and numbers in their own colours.
#[component]
pub fn JsonBlock(
    /// JSON text; shown laid out, to the letter, with what cannot be seen written out.
    #[prop(into)]
    json: String,
    /// What it is, for screen readers: `Payload of cmd_8f21`.
    #[prop(into)]
    label: String,
) -> Html {
    let value = match Json::read(&json) {
        Ok(value) if json.len() <= MOST_COLOURED => value,
        // One piece: a browser is slow with a hundred thousand.
        Ok(value) => return view! { <CodeBlock text=value.pretty() label/> },
        Err(_) => return view! { <CodeBlock text=json label/> },
    };
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
fn spell(value: &Json, depth: usize, out: &mut Vec<(&'static str, String)>) {
    let line = |depth: usize| format!("\n{}", "  ".repeat(depth));
    match value {
        Json::Object(fields) if !fields.is_empty() => {
            out.push(("p", "{".to_owned()));
            for (place, (key, value)) in fields.iter().enumerate() {
                out.push(("p", format!("{}{}", if place > 0 { "," } else { "" }, line(depth + 1))));
                out.push(("k", Json::Text(key.clone()).line()));
                out.push(("p", ": ".to_owned()));
                spell(value, depth + 1, out);
            }
            out.push(("p", format!("{}}}", line(depth))));
        }
        Json::List(items) if !items.is_empty() => {
            out.push(("p", "[".to_owned()));
            for (place, item) in items.iter().enumerate() {
                out.push(("p", format!("{}{}", if place > 0 { "," } else { "" }, line(depth + 1))));
                spell(item, depth + 1, out);
            }
            out.push(("p", format!("{}]", line(depth))));
        }
        Json::Text(_) => out.push(("s", value.line())),
        Json::Object(_) | Json::List(_) => out.push(("p", value.line())),
        _ => out.push(("n", value.line())),
    }
}

#[cfg(test)]
mod tests {
    use super::spell;
    use exact::Json;

    #[test]
    fn the_pieces_are_the_pretty_document() {
        let document = "{\"file\": \"<b>\\\"east\\\"</b>.pdf\", \"pages\": [1, 1e400, null, true], \"none\": {}, \"empty\": [], \"deep\": {\"a\": [{}]}}";
        let document = Json::read(document).expect("JSON");
        let mut spans = Vec::new();
        spell(&document, 0, &mut spans);
        let text: String = spans.iter().map(|(_, text)| text.as_str()).collect();
        assert_eq!(text, document.pretty());
        assert_eq!(Json::read(&text), Ok(document));
    }
}
