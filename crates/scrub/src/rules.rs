//! The rules that are not about digits: addresses, tokens, keys with secret values, PEM blocks, URLs.
//! Each looks at one place in the text and either finds a secret there or does not; walking the text is `scrub`'s work.

use crate::bytes::{
    ALPHA, BREAK, DIGIT, DOT, END, EQUALS, GAP, HIGH, JOIN, LINE, NEXT, QUERY, QUOTE, SLASH, Text, UPPER, WORD, behind_last, find, is,
    listed, run, starts_with, until,
};
use crate::names::{HEADERS, LITERALS, SECRETS};
use crate::{Found, Rule, numbers};

/// An address or host name is a run of these.
const ADDRESS: u16 = WORD | JOIN | DOT;
/// The longest name in front of a `@` (RFC 5321 has 64) or a `=` that is looked at.
const NAME: usize = 64;
/// Base64 text that begins with `{"` and is shorter than this is not taken for a token.
const TOKEN: usize = 8;

/// What begins with a word at `i`.
pub(crate) fn at_word(s: impl Text, i: usize, query: bool) -> Found {
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
    if end == 0 { valued(s, i, query) } else { Found { rule, start: i, end } }
}

/// What begins with a sign at `i`.
pub(crate) fn at_sign(s: impl Text, i: usize, query: bool) -> Found {
    let (mut rule, mut start, mut end) = (Rule::Query, i + 1, 0);
    if s.at(i) == b'=' && query {
        end = query_end(s, start);
    } else if starts_with(s, i, b"://") {
        rule = Rule::UserInfo;
        start = i + 3;
        end = user_info_end(s, start);
    } else if starts_with(s, i, b"-----BEGIN ") {
        rule = Rule::Pem;
        start = i;
        end = pem_end(s, i);
    }
    Found { rule, start, end }
}

/// The end of a name that begins at `i`, or of the part of it that is looked at.
fn name_end(s: impl Text, i: usize, classes: u16) -> usize {
    let mut j = i;
    while j - i < NAME && is(s, j, classes) {
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
fn valued(s: impl Text, i: usize, query: bool) -> Found {
    let name = name_end(s, i, WORD | JOIN);
    let gap = run(s, name, GAP);
    let key = matches!(s.at(gap), b'=' | b':') && gap - name < 16;
    let mut found = Found { rule: Rule::Hidden, start: name + 1, end: 0 };
    // Both schemes begin with the same letter.
    if key || (s.at(i) | 32 == b'b' && s.at(name) == b' ') {
        let word = listed(s, i, name);
        if !key {
            // Both are also English words, so what follows has to look like a token.
            if word > LITERALS && s.at(found.start) != b'[' {
                found.rule = Rule::Bearer;
                // A mark inside is none of its letters: with it a short word would be long enough the next time.
                found.end = find(s, found.start, b"[", END);
                let odd = until(s, found.start + 1, DIGIT | UPPER | EQUALS | END) < found.end;
                if found.end - found.start < if odd { 8 } else { 20 } {
                    found.end = 0;
                }
            }
        } else if word > 0 && word <= SECRETS {
            (found.start, found.end) = value(s, gap, word <= HEADERS);
            let literal = if found.end - found.start < 10 { listed(s, found.start, found.end) } else { 0 };
            if literal > SECRETS && literal <= LITERALS {
                found.end = 0;
            }
            // A query loses its values whatever they are; without a mark in its place what stands behind would be the key's the next time.
            if query && found.is_none() {
                let mut sign = name;
                while matches!(s.at(sign), b':' | b'>') {
                    sign += 1;
                }
                if s.at(sign) == b'=' {
                    found.start = sign + 1;
                    found.end = query_end(s, found.start);
                }
            }
        }
    }
    found
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
    let quoted = is(s, start, QUOTE);
    let bracket = if matches!(open, b'[' | b'{') { open } else { 0 };
    if quoted {
        start += 1;
    } else {
        start = bare;
    }
    let mut j = start;
    let mut escapes = 0;
    let mut depth = 0;
    while !is(s, j, LINE) {
        let byte = s.at(j);
        if quoted {
            if byte == open && escapes <= slashes {
                j -= escapes;
                break;
            }
            escapes = if byte == b'\\' { escapes + 1 } else { 0 };
        } else if byte == bracket {
            depth += 1;
        } else if depth > 0 {
            // In ASCII the closing bracket is the next but one.
            if byte == bracket + 2 {
                depth -= 1;
            }
        } else if (bracket > 0 || !header) && is(s, j, END) {
            break;
        }
        j += 1;
    }
    (start, j)
}

/// The end of the line of hyphens that closes the block, or the end of the text.
fn pem_end(s: impl Text, i: usize) -> usize {
    let label = run(s, find(s, i, b"-----END", 0), JOIN);
    run(s, find(s, label, b"-----", LINE), JOIN)
}

/// The `@` before a URL's host, or what is not behind `start`.
fn user_info_end(s: impl Text, start: usize) -> usize {
    behind_last(s, start, until(s, start, SLASH | QUERY | BREAK), b'@') - 1
}

/// The end of a value in a query, without the `:line:column` that a stack frame has behind its URL.
fn query_end(s: impl Text, start: usize) -> usize {
    let mut end = until(s, start, NEXT | BREAK);
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
