//! What is in a payload, in one short line; also of a beginning that was cut off anywhere.

/// The values of a JSON text, or of its beginning, in at most `most` characters: `east-wing.pdf · 12`. Text without quotes, nothing for
/// null; what cannot be seen is a space.
#[must_use]
pub fn excerpt(json: &str, most: usize) -> String {
    let mut line = String::new();
    let mut rest = json;
    while line.chars().count() <= most
        && let Some((word, after)) = next(rest)
    {
        rest = after;
        if word.is_empty() {
            continue;
        }
        if !line.is_empty() {
            line.push_str(" \u{b7} ");
        }
        line.push_str(&word);
    }
    if line.chars().count() <= most {
        return line;
    }
    line.chars().take(most.saturating_sub(1)).chain(['\u{2026}']).collect()
}

/// The next value as words, empty for a key or null, and what comes after it.
fn next(json: &str) -> Option<(String, &str)> {
    let json = json.trim_start_matches(|c: char| c.is_whitespace() || "{}[],:".contains(c));
    if let Some(inner) = json.strip_prefix('"') {
        let (text, after) = quoted(inner);
        let is_key = after.trim_start().starts_with(':');
        return Some((if is_key { String::new() } else { text }, after));
    }
    let end = json.find(|c: char| c.is_whitespace() || ",]}".contains(c)).unwrap_or(json.len());
    let (word, after) = json.split_at(end);
    let word = match word {
        "" => return None,
        "null" => "",
        "true" => "yes",
        "false" => "no",
        number => number,
    };
    Some((word.to_owned(), after))
}

/// The text up to the closing quote, or to the end where it was cut.
fn quoted(inner: &str) -> (String, &str) {
    let mut text = String::new();
    let mut chars = inner.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            '"' => return (text, &inner[at + 1..]),
            '\\' => text.push(match chars.next() {
                Some((_, plain @ ('"' | '\\' | '/'))) => plain,
                Some((_, 'u')) => {
                    chars.by_ref().take(4).for_each(drop);
                    ' '
                }
                _ => ' ',
            }),
            c if crate::write::is_unseen(c) => text.push(' '),
            c => text.push(c),
        }
    }
    (text, "")
}
