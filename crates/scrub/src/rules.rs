//! The rules that are not about digits: addresses, tokens, keys with secret values, PEM blocks, URLs.
//! Each looks at one place in the text and either finds a secret there or does not; walking the text is `scrub`'s work.

use crate::bytes::{ALPHA, BREAK, DIGIT, DOT, END, GAP, HIGH, JOIN, Text, WORD, class, is, listed, run, starts_with, until};
use crate::names::{HEADERS, LITERALS, SECRETS};
use crate::{Found, Rule, numbers};

/// An address or host name is a run of these.
const ADDRESS: u8 = WORD | JOIN | DOT;
/// The longest name in front of a `@` (RFC 5321 has 64) or a `=` that is looked at.
const NAME: usize = 64;
/// Base64 text that begins with `{"` and is shorter than this is not taken for a token.
const TOKEN: usize = 8;

/// What begins with a word at `i`.
pub(crate) fn at_word(s: impl Text, i: usize) -> Option<Found> {
    let mut rule = Rule::Jwt;
    let mut end = if starts_with(s, i, b"eyJ") { run(s, i, ADDRESS) } else { 0 };
    if end < i + TOKEN {
        rule = Rule::Email;
        end = email(s, i);
    }
    if end == 0 {
        rule = Rule::Iban;
        end = numbers::iban(s, i);
    }
    if end > 0 {
        return Some(Found { rule, start: i, end });
    }
    valued(s, i)
}

/// What begins with a sign at `i`.
pub(crate) fn at_sign(s: impl Text, i: usize, query: bool) -> Option<Found> {
    let (rule, start, end) = match s.at(i) {
        b'-' if starts_with(s, i, b"-----BEGIN ") => (Rule::Pem, i, pem_end(s, i)),
        b':' if starts_with(s, i, b"://") => (Rule::UserInfo, i + 3, user_info_end(s, i + 3)),
        b'=' if query => (Rule::Query, i + 1, query_end(s, i + 1)),
        _ => return None,
    };
    (end > start).then_some(Found { rule, start, end })
}

/// The end of a name that begins at `i`, or of the part of it that is looked at.
fn name_end(s: impl Text, i: usize, classes: u8) -> usize {
    let mut j = i;
    while j < i + NAME && is(s, j, classes) {
        j += 1;
    }
    j
}

/// The end of the e-mail address that begins at `i`, or 0.
fn email(s: impl Text, i: usize) -> usize {
    let mut j = name_end(s, i, ADDRESS);
    if starts_with(s, j, b"%40") {
        j += 2;
    } else if s.at(j) != b'@' {
        return 0;
    }
    // One label behind the first begins with a letter and has two characters: `react@18.2.0` is a version.
    let host = j + 1;
    let (mut end, mut named) = (0, false);
    j = host;
    while is(s, j, ADDRESS) {
        if is(s, j, WORD) {
            end = j + 1;
        }
        named |= s.at(j) == b'.' && j > host && is(s, j + 1, ALPHA | HIGH) && is(s, j + 2, WORD);
        j += 1;
    }
    if named { end } else { 0 }
}

/// The value behind the word at `i`: of a key with a secret name, `key=value`, `"key": "value"`, `key: [a, b]`, or of
/// `Bearer` and `Basic`.
fn valued(s: impl Text, i: usize) -> Option<Found> {
    let name = name_end(s, i, WORD | JOIN);
    let gap = run(s, name, GAP);
    let key = matches!(s.at(gap), b'=' | b':') && gap - name < 16;
    if !key && !matches!(name - i, 5 | 6) {
        return None;
    }
    let word = listed(s, i, name);
    let rule;
    let (start, end);
    if key {
        if !(1..=SECRETS).contains(&word) {
            return None;
        }
        rule = Rule::Hidden;
        (start, end) = value(s, gap, word <= HEADERS);
        if end - start < 10 && (SECRETS + 1..=LITERALS).contains(&listed(s, start, end)) {
            return None;
        }
    } else {
        // Both are also English words, so what follows has to look like a token.
        start = name + 1;
        if s.at(name) != b' ' || s.at(start) == b'[' || word <= LITERALS {
            return None;
        }
        end = until(s, start, END);
        let odd = (start + 1..end).any(|j| is(s, j, DIGIT) || s.at(j).is_ascii_uppercase() || s.at(j) == b'=');
        if end - start < if odd { 8 } else { 20 } {
            return None;
        }
        rule = Rule::Bearer;
    }
    (end > start).then_some(Found { rule, start, end })
}

/// Where the value behind the sign at `i` begins and ends. A `header`'s goes on to the end of the line, a quoted one to
/// the quote (and the backslashes before it that the first quote had too), one in brackets to the matching bracket.
fn value(s: impl Text, i: usize, header: bool) -> (usize, usize) {
    let mut start = i;
    while matches!(s.at(start), b'=' | b':' | b'>' | b' ' | b'\t') {
        start += 1;
    }
    let bare = start;
    while s.at(start) == b'\\' {
        start += 1;
    }
    let slashes = start - bare;
    let open = s.at(start);
    let quoted = matches!(open, b'"' | b'\'' | b'`');
    let bracket = matches!(open, b'[' | b'{');
    if quoted {
        start += 1;
    } else {
        start = bare;
    }
    let mut j = start;
    let mut escapes = 0;
    let mut depth = 0;
    while !matches!(s.at(j), 0 | b'\n' | b'\r') {
        let byte = s.at(j);
        if quoted {
            if byte == open && escapes <= slashes {
                j -= escapes;
                break;
            }
            escapes = if byte == b'\\' { escapes + 1 } else { 0 };
        } else if bracket && byte == open {
            depth += 1;
        } else if bracket && byte == open + 2 && depth > 0 {
            depth -= 1;
        } else if depth == 0 && (bracket || !header) && class(byte) & END != 0 {
            break;
        }
        j += 1;
    }
    (start, j)
}

/// The end of the line of hyphens that closes the block, or the end of the text.
fn pem_end(s: impl Text, i: usize) -> usize {
    let mut j = i;
    while s.at(j) != 0 && !starts_with(s, j, b"-----END") {
        j += 1;
    }
    j = run(s, j, JOIN);
    while !matches!(s.at(j), 0 | b'\n') && !starts_with(s, j, b"-----") {
        j += 1;
    }
    run(s, j, JOIN)
}

/// The `@` before a URL's host, or 0.
fn user_info_end(s: impl Text, start: usize) -> usize {
    let mut end = 0;
    let mut j = start;
    while !matches!(s.at(j), b'/' | b'?' | b'#') && !is(s, j, BREAK) {
        if s.at(j) == b'@' {
            end = j;
        }
        j += 1;
    }
    end
}

/// The end of a value in a query, without the `:line:column` that a stack frame has behind its URL.
fn query_end(s: impl Text, start: usize) -> usize {
    let mut end = start;
    while !matches!(s.at(end), b'&' | b'#') && !is(s, end, BREAK) {
        end += 1;
    }
    for _ in 0..2 {
        let mut j = end;
        while j > start && is(s, j - 1, DIGIT) {
            j -= 1;
        }
        if j < end && j + 8 > end && j > start && s.at(j - 1) == b':' {
            end = j - 1;
        }
    }
    end
}
