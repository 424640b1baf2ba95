//! Looking at text byte by byte without ever leaving it: classes, runs, prefixes, words of lists. No rule lives here.

use crate::names::WORDS;

/// Text that can be looked at anywhere. The rules only ever ask for the byte at a place, so that a room whose text lies
/// at a fixed address needs neither pointers nor lengths: that halves the beacon.
pub trait Text: Copy {
    /// The byte at `i`, or 0 beyond the end.
    fn at(self, i: usize) -> u8;
}

impl Text for &[u8] {
    #[inline(always)]
    fn at(self, i: usize) -> u8 {
        match self.get(i) {
            Some(byte) => *byte,
            None => 0,
        }
    }
}

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

/// The class bits of a byte. Like the ends of texts, control characters end everything.
const fn classify(byte: u8) -> u8 {
    match byte {
        b'0'..=b'9' => DIGIT,
        b'A'..=b'Z' | b'a'..=b'z' => ALPHA,
        0x80.. => HIGH,
        b'_' | b'-' => JOIN,
        b'.' | b'+' => DOT,
        b' ' | b'\t' | b'"' | b'\'' | b'`' | b'\\' => GAP | END | BREAK,
        b']' => GAP | END,
        0..=0x1f | b')' | b'<' | b'>' => END | BREAK,
        b',' | b';' | b'&' | b'}' | b'|' => END,
        _ => 0,
    }
}

const CLASSES: [u8; 256] = {
    let mut table = [0; 256];
    let mut b = 0;
    while b < 256 {
        table[b] = classify(b as u8);
        b += 1;
    }
    table
};

#[inline(always)]
pub(crate) fn class(byte: u8) -> u8 {
    CLASSES[byte as usize]
}

/// Whether the byte at `i` is of one of these classes.
#[cfg_attr(target_family = "wasm", inline(never))]
#[cfg_attr(not(target_family = "wasm"), inline(always))]
pub(crate) fn is(s: impl Text, i: usize, classes: u8) -> bool {
    class(s.at(i)) & classes != 0
}

/// The end of the run of bytes of these classes that begins at `i`.
#[cfg_attr(target_family = "wasm", inline(never))]
pub(crate) fn run(s: impl Text, i: usize, classes: u8) -> usize {
    let mut j = i;
    while is(s, j, classes) {
        j += 1;
    }
    j
}

/// The end of the run of bytes that are *not* of these classes; at the latest the end of the text.
#[cfg_attr(target_family = "wasm", inline(never))]
pub(crate) fn until(s: impl Text, i: usize, classes: u8) -> usize {
    let mut j = i;
    while !is(s, j, classes) && s.at(j) != 0 {
        j += 1;
    }
    j
}

/// Where the text that begins at `i` ends: at the next NUL.
pub fn text_end(s: impl Text, i: usize) -> usize {
    until(s, i, 0)
}

/// Whether `prefix` stands at `i`.
#[cfg_attr(target_family = "wasm", inline(never))]
pub(crate) fn starts_with(s: impl Text, i: usize, prefix: &[u8]) -> bool {
    prefix.iter().zip(i..).all(|(byte, j)| s.at(j) == *byte)
}

/// Words in lower case, each with a space behind it, and the set of the letters that they begin with.
pub(crate) struct List {
    words: &'static [u8],
    first: u32,
}

impl List {
    pub(crate) const fn new(words: &'static [u8]) -> Self {
        let mut first = 0;
        let mut i = 0;
        let mut begins = true;
        while i < words.len() {
            if words[i] != b'^' {
                first |= (begins as u32) << (words[i] & 31);
                begins = words[i] == b' ';
            }
            i += 1;
        }
        Self { words, first }
    }
}

/// Which of [`WORDS`] stands in `from..to`, from 1 on; 0 when none does. One that begins with `^` has to be the whole.
/// Case, `_` and `-` of the text do not count.
#[cfg_attr(target_family = "wasm", inline(never))]
pub(crate) fn listed(s: impl Text, from: usize, to: usize) -> usize {
    for start in from..to {
        if (WORDS.first >> (s.at(start) & 31)) & 1 == 0 {
            continue;
        }
        let (mut number, mut j, mut miss, mut whole) = (1, start, false, false);
        for letter in WORDS.words {
            if miss && *letter != b' ' {
                continue;
            }
            while is(s, j, JOIN) {
                j += 1;
            }
            match *letter {
                b' ' if !miss && (!whole || j >= to) => return number,
                b' ' => {
                    number += 1;
                    (j, miss, whole) = (start, false, false);
                }
                b'^' => {
                    whole = true;
                    miss = start > from;
                }
                letter => {
                    miss = j >= to || s.at(j) | 32 != letter;
                    j += 1;
                }
            }
        }
    }
    0
}
