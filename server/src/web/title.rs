//! The title of an error group: the message's first line without what differs from one occurrence to
//! the next. For people to read; what belongs together is decided by the fingerprint.

/// Most characters of a title.
const LENGTH: usize = 200;

/// Numbers become `#`, quoted text `…`, long hexadecimal words `#`.
pub(super) fn title(message: &str) -> String {
    let line = message.lines().next().unwrap_or_default();
    let mut title = String::with_capacity(line.len().min(LENGTH * 2));
    let mut rest = line;
    while let Some(first) = rest.chars().next() {
        let quoted = matches!(first, '"' | '\'' | '`').then(|| rest[1..].find(first)).flatten();
        let word = rest.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(rest.len());
        let taken = if let Some(end) = quoted.filter(|end| *end > 0 && !title.ends_with(char::is_alphanumeric)) {
            title.push(first);
            title.push('…');
            title.push(first);
            end + 2
        } else if word > 0 {
            title.push_str(&without_numbers(&rest[..word]));
            word
        } else {
            title.push(first);
            first.len_utf8()
        };
        rest = &rest[taken..];
    }
    let title: String = title.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(LENGTH).collect();
    if title.is_empty() { "no message".to_owned() } else { title }
}

fn without_numbers(word: &str) -> String {
    let digits = word.bytes().filter(u8::is_ascii_digit).count();
    let hexadecimal = word.len() >= 8 && digits > 0 && word.bytes().all(|b| b.is_ascii_hexdigit());
    if hexadecimal || digits == word.len() {
        return "#".to_owned();
    }
    let mut out = String::with_capacity(word.len());
    for char in word.chars() {
        match char {
            '0'..='9' if out.ends_with('#') => {}
            '0'..='9' => out.push('#'),
            other => out.push(other),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::title;

    #[test]
    fn what_differs_is_left_out() {
        let a = title("Upload 4711 of 'east-wing.pdf' failed: command 0193f2a1-7c3e-7a10-9b9e-2f6f1f0a1b2c\n at x");
        assert_eq!(a, title("Upload 9 of 'annex.pdf' failed: command 0193ffff-7c3e-7a10-9b9e-2f6f1f0a1b2c"));
        assert!(a.starts_with("Upload # of '…' failed: command #"), "{a}");
        assert_eq!(title("can't read a of undefined, don't know"), "can't read a of undefined, don't know");
        assert_eq!(title("  "), "no message");
    }
}
