//! Looking at bytes without ever leaving the text: classes, runs, prefixes. No rule lives here.

/// A–Z, a–z.
pub(crate) const ALPHA: u8 = 1;
/// 0–9.
pub(crate) const DIGIT: u8 = 2;
/// Any byte of a character beyond ASCII; counts as a letter.
pub(crate) const HIGH: u8 = 4;
/// A letter or digit.
pub(crate) const WORD: u8 = ALPHA | DIGIT | HIGH;
/// `_` and `-`, which join words to a name.
pub(crate) const JOIN: u8 = 8;
/// `.` and `+`, which join names to an address.
pub(crate) const DOT: u8 = 16;
/// What may stand between a key and its `=` or `:`.
pub(crate) const GAP: u8 = 32;
/// What ends an unquoted value.
pub(crate) const END: u8 = 64;
/// What ends a URL: white space, control characters, quotes, `)`, `<`, `>`.
pub(crate) const BREAK: u8 = 128;

const CLASSES: [u8; 256] = {
    let mut table = [0; 256];
    let mut b = 0;
    while b < 256 {
        table[b] = match b as u8 {
            b'0'..=b'9' => DIGIT,
            b'A'..=b'Z' | b'a'..=b'z' => ALPHA,
            0x80.. => HIGH,
            b'_' | b'-' => JOIN,
            b'.' | b'+' => DOT,
            b' ' | b'\t' => GAP | END | BREAK,
            b'"' | b'\'' | b'`' => GAP | END | BREAK,
            b'\\' => GAP | END | BREAK,
            b']' => GAP | END,
            0..=0x1f => END | BREAK,
            b')' | b'<' | b'>' => END | BREAK,
            b',' | b';' | b'&' | b'}' | b'|' => END,
            _ => 0,
        };
        b += 1;
    }
    table
};

/// The class bits of a byte.
#[inline(always)]
pub(crate) fn class(byte: u8) -> u8 {
    CLASSES[byte as usize]
}

/// The byte at `i`, or 0 beyond the end.
#[cfg_attr(target_family = "wasm", inline(never))]
#[cfg_attr(not(target_family = "wasm"), inline(always))]
pub(crate) fn at(s: &[u8], i: usize) -> u8 {
    match s.get(i) {
        Some(byte) => *byte,
        None => 0,
    }
}

/// Whether the byte at `i` is of one of these classes; beyond the end stands a control character.
#[cfg_attr(target_family = "wasm", inline(never))]
#[cfg_attr(not(target_family = "wasm"), inline(always))]
pub(crate) fn is(s: &[u8], i: usize, classes: u8) -> bool {
    class(at(s, i)) & classes != 0
}

/// `s[from..to]`, or nothing where that is not inside `s`.
#[cfg_attr(target_family = "wasm", inline(never))]
pub(crate) fn cut(s: &[u8], from: usize, to: usize) -> &[u8] {
    s.get(from..to).unwrap_or(&[])
}

/// The end of the run of bytes of these classes that begins at `i`, at most `limit` bytes on.
#[cfg_attr(target_family = "wasm", inline(never))]
pub(crate) fn run(s: &[u8], i: usize, classes: u8, limit: usize) -> usize {
    let stop = i.saturating_add(limit).min(s.len());
    let mut j = i;
    while j < stop && is(s, j, classes) {
        j += 1;
    }
    j
}

/// The end of the run of bytes that are *not* of these classes.
#[cfg_attr(target_family = "wasm", inline(never))]
pub(crate) fn until(s: &[u8], i: usize, classes: u8) -> usize {
    let mut j = i;
    while j < s.len() && !is(s, j, classes) {
        j += 1;
    }
    j
}

/// Whether `prefix` stands at `i`.
pub(crate) fn starts_with(s: &[u8], i: usize, prefix: &[u8]) -> bool {
    let mut j = 0;
    while j < prefix.len() {
        if at(s, i + j) != at(prefix, j) || i + j >= s.len() {
            return false;
        }
        j += 1;
    }
    true
}

/// Where `needle` next stands at or after `i`, or the end of the text.
pub(crate) fn seek(s: &[u8], i: usize, needle: &[u8]) -> usize {
    let mut j = i;
    while j < s.len() && !starts_with(s, j, needle) {
        j += 1;
    }
    j
}
