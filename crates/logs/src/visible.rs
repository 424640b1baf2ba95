//! Bytes that anybody wrote as text that is only text: no escape sequence, no control character, no character that turns the
//! direction of reading around. What has a look of its own stays; what has none is shown as `\u{..}`.

use std::borrow::Cow;

/// A line as text that cannot drive a terminal. Invalid UTF-8 becomes U+FFFD.
#[must_use]
pub fn visible(line: &[u8]) -> String {
    let text = uncontrolled(line);
    match written_out(&text) {
        Cow::Borrowed(_) => text,
        Cow::Owned(shown) => shown,
    }
}

/// A line as text without control characters and escape sequences. What has no look of its own is still in it: it may be read and not
/// yet be shown.
pub(crate) fn uncontrolled(line: &[u8]) -> String {
    if line.iter().all(|byte| matches!(byte, b' '..=b'~' | b'\t')) {
        return String::from_utf8_lossy(line).into_owned();
    }
    let text = String::from_utf8_lossy(line);
    let mut left = String::with_capacity(text.len());
    let mut rest = text.chars().peekable();
    while let Some(letter) = rest.next() {
        match letter {
            '\t' => left.push(letter),
            '\u{1b}' => escape(&mut rest),
            // The same as ESC [ in one character.
            '\u{9b}' => control_sequence(&mut rest),
            '\u{90}' | '\u{98}' | '\u{9d}'..='\u{9f}' => string(&mut rest),
            letter if letter.is_control() => {}
            letter => left.push(letter),
        }
    }
    left
}

/// The text with what has no look of its own as `\u{..}`.
pub(crate) fn written_out(text: &str) -> Cow<'_, str> {
    if text.is_ascii() || !text.contains(unseen) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 8);
    for letter in text.chars() {
        if unseen(letter) {
            shown.extend(letter.escape_unicode());
        } else {
            shown.push(letter);
        }
    }
    Cow::Owned(shown)
}

type Rest<'a> = std::iter::Peekable<std::str::Chars<'a>>;

/// What follows ESC, up to its end.
fn escape(rest: &mut Rest<'_>) {
    match rest.next() {
        Some('[') => control_sequence(rest),
        Some(']' | 'P' | 'X' | '^' | '_') => string(rest),
        // Two characters more, as in `ESC ( B`.
        Some(' '..='/') => drop(rest.next()),
        _ => {}
    }
}

/// Parameters, then one final character.
fn control_sequence(rest: &mut Rest<'_>) {
    while rest.next_if(|letter| matches!(letter, ' '..='?')).is_some() {}
    rest.next_if(|letter| matches!(letter, '@'..='~'));
}

/// A title, a link: up to BEL or ESC \.
fn string(rest: &mut Rest<'_>) {
    while let Some(letter) = rest.next() {
        if matches!(letter, '\u{7}' | '\u{9c}') || (letter == '\u{1b}' && rest.next_if_eq(&'\\').is_some()) {
            return;
        }
    }
}

/// Bidirectional controls, characters without width, and separators of lines.
const fn unseen(letter: char) -> bool {
    matches!(letter, '\u{ad}' | '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

#[cfg(test)]
mod tests {
    use super::visible;

    #[test]
    fn nothing_of_a_line_drives_a_terminal() {
        assert_eq!(visible(b"\x1b[31mred\x1b[0m and \x1b]0;title\x07plain\x1b(B"), "red and plain");
        assert_eq!(visible(b"a\0b\rc\x07d\x7f"), "abcd");
        assert_eq!(visible("\u{9b}31mred \u{9d}8;;http://x\u{9c}link".as_bytes()), "red link");
        assert_eq!(visible("user\u{202e}txt.exe \u{feff}x".as_bytes()), "user\\u{202e}txt.exe \\u{feff}x");
        assert_eq!(visible(b"caf\xc3\xa9 \xff\xfe\t|"), "caf\u{e9} \u{fffd}\u{fffd}\t|");
        for byte in 0..=u8::MAX {
            let shown = visible(&[b'a', byte, b'[', b'2', b'J', b'z']);
            assert!(!shown.chars().any(|letter| letter.is_control() && letter != '\t'), "{byte}: {shown:?}");
        }
    }

    #[test]
    fn a_sequence_without_an_end_ends_with_its_line() {
        assert_eq!(visible(b"a\x1b"), "a");
        assert_eq!(visible(b"a\x1b]0;never ended"), "a");
        assert_eq!(visible(b"a\x1b[38;5"), "a");
    }
}
