//! From a value to text. What cannot be seen, or would make a line read otherwise than it is, is written as `\u....`: reading that
//! gives the same character back.

use crate::Json;
use std::fmt::Write;

pub(crate) fn write(value: &Json, deep: Option<usize>) -> String {
    let mut out = String::new();
    put(value, deep, &mut out);
    out
}

fn put(value: &Json, deep: Option<usize>, out: &mut String) {
    match value {
        Json::Null => out.push_str("null"),
        Json::Bool(truth) => out.push_str(if *truth { "true" } else { "false" }),
        Json::Number(digits) => out.push_str(digits),
        Json::Text(text) => put_text(text, out),
        Json::List(items) => all(items.iter().map(|item| (None, item)), ('[', ']'), deep, out),
        Json::Object(fields) => all(fields.iter().map(|(key, value)| (Some(key.as_str()), value)), ('{', '}'), deep, out),
    }
}

fn all<'a>(
    parts: impl ExactSizeIterator<Item = (Option<&'a str>, &'a Json)>,
    (open, close): (char, char),
    deep: Option<usize>,
    out: &mut String,
) {
    let inner = deep.map(|deep| deep + 1);
    let empty = parts.len() == 0;
    out.push(open);
    for (at, (key, value)) in parts.enumerate() {
        if at > 0 {
            out.push(',');
        }
        new_line(inner, out);
        if let Some(key) = key {
            put_text(key, out);
            out.push(':');
            if inner.is_some() {
                out.push(' ');
            }
        }
        put(value, inner, out);
    }
    if !empty {
        new_line(deep, out);
    }
    out.push(close);
}

fn new_line(deep: Option<usize>, out: &mut String) {
    if let Some(deep) = deep {
        out.push('\n');
        out.extend(std::iter::repeat_n("  ", deep));
    }
}

pub(crate) fn put_text(text: &str, out: &mut String) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if is_unseen(c) => {
                let mut units = [0; 2];
                for unit in c.encode_utf16(&mut units) {
                    let _ = write!(out, "\\u{unit:04x}");
                }
            }
            c => out.push(c),
        }
    }
    out.push('"');
}

/// Control characters, and those that are invisible or turn the direction of writing around.
pub(crate) const fn is_unseen(c: char) -> bool {
    matches!(c,
        '\0'..='\x1f' | '\x7f'..='\u{9f}' | '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{fffe}' | '\u{ffff}' | '\u{e0000}'..='\u{e007f}')
}
