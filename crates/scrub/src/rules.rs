//! The rules that are not about digits: addresses, tokens, keys with secret values, PEM blocks, URLs.
//! Each looks at one place in the text and either finds a secret there or does not; walking the text is `scrub`'s work.

use crate::bytes::{
    ALPHA, BREAK, DIGIT, DOT, END, GAP, JOIN, WORD, at, class, cut, is, run, seek, starts_with, until,
};
use crate::{Found, Rule, names, numbers};

/// An address or host name is a run of these.
const ADDRESS: u8 = WORD | JOIN | DOT;
/// The part of an address before the `@` has at most this many bytes (RFC 5321).
const LOCAL: usize = 64;
/// Base64 text that begins with `{"` and is shorter than this is not taken for a token.
const TOKEN: usize = 8;
/// How far the `=` may stand from its key: `\"key\" : ` has four bytes between.
const APART: usize = 16;

/// What begins with a word at `i`.
pub(crate) fn at_word(s: &[u8], i: usize) -> Option<Found> {
    let found = |rule, end| Some(Found { rule, start: i, end });
    if starts_with(s, i, b"eyJ") {
        let end = run(s, i, ADDRESS, usize::MAX);
        if end - i >= TOKEN {
            return found(Rule::Jwt, end);
        }
    }
    if let Some(end) = email(s, i) {
        return found(Rule::Email, end);
    }
    if let Some(end) = numbers::iban(s, i) {
        return found(Rule::Iban, end);
    }
    keyed(s, i).or_else(|| scheme(s, i))
}

/// What begins with a sign at `i`.
pub(crate) fn at_sign(s: &[u8], i: usize, query: bool) -> Option<Found> {
    match at(s, i) {
        b'-' if starts_with(s, i, b"-----BEGIN ") => {
            let foot = seek(s, i, b"-----END");
            let end = (seek(s, foot + 8, b"-----") + 5).min(s.len());
            Some(Found { rule: Rule::Pem, start: i, end })
        }
        b':' if starts_with(s, i, b"://") => user_info(s, i + 3),
        b'=' if query => query_value(s, i + 1),
        _ => None,
    }
}

/// The end of the e-mail address that begins at `i`.
fn email(s: &[u8], i: usize) -> Option<usize> {
    let local = run(s, i, ADDRESS, LOCAL);
    let host = match at(s, local) {
        b'@' => local + 1,
        b'%' if starts_with(s, local, b"%40") => local + 3,
        _ => return None,
    };
    let mut end = run(s, host, ADDRESS, usize::MAX);
    while end > host && !is(s, end - 1, WORD) {
        end -= 1;
    }
    // One label behind the first begins with a letter and has two characters: `react@18.2.0` is a version.
    let label = |dot: usize| !is(s, dot + 1, DIGIT) && is(s, dot + 2, WORD);
    let named = (host + 1..end).any(|j| at(s, j) == b'.' && label(j) && j + 2 < end);
    named.then_some(end)
}

/// The value of a key with a secret name that begins at `i`: `key=value`, `"key": "value"`, `key: [a, b]`.
fn keyed(s: &[u8], i: usize) -> Option<Found> {
    let key_end = run(s, i, WORD | JOIN, names::KEY);
    let sign = run(s, key_end, GAP, APART);
    if !matches!(at(s, sign), b'=' | b':') {
        return None;
    }
    let to_line_end = names::secret(cut(s, i, key_end))?;
    let mut j = sign + 1;
    while matches!(at(s, j), b'=' | b':' | b'>' | b' ' | b'\t') {
        j += 1;
    }
    let mut start = j;
    while at(s, start) == b'\\' {
        start += 1;
    }
    let quote = at(s, start);
    let end = if matches!(quote, b'"' | b'\'' | b'`') {
        let slashes = start - j;
        start += 1;
        closing_quote(s, start, quote, slashes)
    } else {
        start = j;
        if to_line_end && !matches!(quote, b'[' | b'{') { line_end(s, start) } else { bare_end(s, start) }
    };
    let value = cut(s, start, end);
    (!value.is_empty() && !is_literal(value)).then_some(Found { rule: Rule::Secret, start, end })
}

/// `token=undefined` is the very thing support wants to see.
fn is_literal(value: &[u8]) -> bool {
    matches!(value, b"null" | b"undefined" | b"true" | b"false")
}

fn line_end(s: &[u8], i: usize) -> usize {
    let mut j = i;
    while j < s.len() && !matches!(at(s, j), b'\n' | b'\r') {
        j += 1;
    }
    j
}

/// Where a quoted value ends: before the quote, and before the backslashes the quote was opened with too.
fn closing_quote(s: &[u8], i: usize, quote: u8, slashes: usize) -> usize {
    let stop = line_end(s, i);
    let mut j = i;
    let mut escapes = 0;
    while j < stop {
        let byte = at(s, j);
        if byte == quote && escapes <= slashes {
            return j - escapes;
        }
        escapes = if byte == b'\\' { escapes + 1 } else { 0 };
        j += 1;
    }
    stop
}

/// Where an unquoted value ends; one that begins with a bracket goes on to the matching one.
fn bare_end(s: &[u8], i: usize) -> usize {
    let open = at(s, i);
    let mut j = i;
    if matches!(open, b'[' | b'{') {
        let stop = line_end(s, i);
        let mut depth = 0usize;
        while j < stop {
            let byte = at(s, j);
            j += 1;
            if byte == open {
                depth += 1;
            } else if byte == open + 2 {
                depth -= 1;
                if depth == 0 {
                    break;
                }
            }
        }
    }
    until(s, j, END)
}

/// The token after `Bearer` or `Basic`. Both are also English words, so what follows has to look like a token.
fn scheme(s: &[u8], i: usize) -> Option<Found> {
    let end = run(s, i, ALPHA, 8);
    let word = cut(s, i, end);
    if !word.eq_ignore_ascii_case(b"bearer") && !word.eq_ignore_ascii_case(b"basic") {
        return None;
    }
    let mut start = end;
    while at(s, start) == b' ' {
        start += 1;
    }
    let end = until(s, start, END);
    let odd = |byte: &u8| byte.is_ascii_digit() || byte.is_ascii_uppercase() || *byte == b'=';
    let length = end - start;
    let token = length >= 20 || (length >= 8 && cut(s, start + 1, end).iter().any(odd));
    (token && at(s, start) != b'[' && start > i + word.len()).then_some(Found {
        rule: Rule::Bearer,
        start,
        end,
    })
}

/// User and password between `://` and the `@` before the host.
fn user_info(s: &[u8], start: usize) -> Option<Found> {
    let mut end = start;
    let mut j = start;
    while j < s.len() {
        let byte = at(s, j);
        if matches!(byte, b'/' | b'?' | b'#') || (class(byte) & BREAK != 0 && byte != b')') {
            break;
        }
        if byte == b'@' {
            end = j;
        }
        j += 1;
    }
    (end > start).then_some(Found { rule: Rule::UserInfo, start, end })
}

/// The value after a `=` in a query, without the `:line:column` that a stack frame has behind its URL.
fn query_value(s: &[u8], start: usize) -> Option<Found> {
    let mut end = start;
    while end < s.len() && !matches!(at(s, end), b'&' | b'#') && !is(s, end, BREAK) {
        end += 1;
    }
    for _ in 0..2 {
        let mut j = end;
        while j > start && is(s, j - 1, DIGIT) {
            j -= 1;
        }
        if j < end && j > start && at(s, j - 1) == b':' {
            end = j - 1;
        }
    }
    (end > start).then_some(Found { rule: Rule::Query, start, end })
}
