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
pub(crate) const ALPHA: u16 = 1;
/// 0–9.
pub(crate) const DIGIT: u16 = 2;
/// Any byte of a character beyond ASCII; counts as a letter.
pub(crate) const HIGH: u16 = 4;
/// A letter or digit.
pub(crate) const WORD: u16 = ALPHA | DIGIT | HIGH;
/// `_` and `-`, which join words to a name.
pub(crate) const JOIN: u16 = 8;
/// `.` and `+`, which join names to an address.
pub(crate) const DOT: u16 = 16;
/// What may stand between a key and its `=` or `:`.
pub(crate) const GAP: u16 = 32;
/// What ends an unquoted value.
pub(crate) const END: u16 = 64;
/// What ends a URL: white space, control characters, quotes, `)`, `<`, `>`.
pub(crate) const BREAK: u16 = 128;
/// The three quotes.
pub(crate) const QUOTE: u16 = 256;
/// A–Z.
pub(crate) const UPPER: u16 = 512;
/// The letters among the hexadecimal digits.
pub(crate) const HEX: u16 = 1024;
/// `?` and `#`, behind which a URL has its query and fragment.
pub(crate) const QUERY: u16 = 2048;
/// `&` and `#`, which end a value in a query.
pub(crate) const NEXT: u16 = 4096;
/// What ends a line, NUL too.
pub(crate) const LINE: u16 = 8192;
/// `=`.
pub(crate) const EQUALS: u16 = 16384;
/// `/`.
pub(crate) const SLASH: u16 = 32768;

/// The class bits of a byte. Like the ends of texts, control characters end everything.
const fn classify(byte: u8) -> u16 {
    match byte {
        b'0'..=b'9' => DIGIT,
        b'A'..=b'F' => ALPHA | UPPER | HEX,
        b'G'..=b'Z' => ALPHA | UPPER,
        b'a'..=b'f' => ALPHA | HEX,
        b'g'..=b'z' => ALPHA,
        0x80.. => HIGH,
        b'_' | b'-' => JOIN,
        b'.' | b'+' => DOT,
        b'"' | b'\'' | b'`' => QUOTE | GAP | END | BREAK,
        b' ' | b'\t' | b'\\' => GAP | END | BREAK,
        b']' => GAP | END,
        0 | b'\n' | b'\r' => LINE | END | BREAK,
        1..=0x1f | b')' | b'<' | b'>' => END | BREAK,
        b'&' => NEXT | END,
        b',' | b';' | b'}' | b'|' => END,
        b'?' => QUERY,
        b'#' => QUERY | NEXT,
        b'=' => EQUALS,
        b'/' => SLASH,
        _ => 0,
    }
}

static CLASSES: [u16; 256] = {
    let mut table = [0; 256];
    let mut b = 0;
    while b < 256 {
        table[b] = classify(b as u8);
        b += 1;
    }
    table
};

#[inline(always)]
pub(crate) fn class(byte: u8) -> u16 {
    CLASSES[byte as usize]
}

/// Whether the byte at `i` is of one of these classes.
#[cfg_attr(target_family = "wasm", inline(never))]
#[cfg_attr(not(target_family = "wasm"), inline(always))]
pub(crate) fn is(s: impl Text, i: usize, classes: u16) -> bool {
    class(s.at(i)) & classes != 0
}

/// The end of the run of bytes of these classes that begins at `i`.
#[cfg_attr(target_family = "wasm", inline(never))]
pub(crate) fn run(s: impl Text, i: usize, classes: u16) -> usize {
    let mut j = i;
    while is(s, j, classes) {
        j += 1;
    }
    j
}

/// The end of the run of bytes that are *not* of these classes; at the latest the end of the text.
#[cfg_attr(target_family = "wasm", inline(never))]
pub(crate) fn until(s: impl Text, i: usize, classes: u16) -> usize {
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

/// Where `word` stands from `i` on; at the latest where a byte of these classes does, or the end of the text.
#[cfg_attr(target_family = "wasm", inline(never))]
pub(crate) fn find(s: impl Text, i: usize, word: &[u8], classes: u16) -> usize {
    let mut j = i;
    while !is(s, j, classes) && s.at(j) != 0 && !starts_with(s, j, word) {
        j += 1;
    }
    j
}

/// The place behind the last `byte` in `from..to`, or `from`.
#[cfg_attr(target_family = "wasm", inline(never))]
pub(crate) fn behind_last(s: impl Text, from: usize, to: usize, byte: u8) -> usize {
    let mut j = to;
    while j > from && s.at(j - 1) != byte {
        j -= 1;
    }
    j
}

/// Words in lower case, each with a space behind it, and for each letter that a word begins with, its second letters.
pub(crate) struct List {
    words: &'static [u8],
    pairs: [u32; 32],
}

impl List {
    pub(crate) const fn new(words: &'static [u8]) -> Self {
        let mut pairs = [0; 32];
        let (mut i, mut begins) = (0, true);
        while i < words.len() {
            if begins {
                pairs[(words[i] & 31) as usize] |= 1 << (words[i + 1] & 31);
            }
            begins = words[i] == b' ';
            i += 1;
        }
        Self { words, pairs }
    }

    /// All of it, as it was written.
    #[cfg(feature = "quick")]
    pub(crate) fn words(&self) -> &'static [u8] {
        self.words
    }

    /// Whether no word begins at `i`, as far as two letters tell. For speed alone: the beacon, which has more time than
    /// room, never asks.
    #[inline(always)]
    fn rules_out(&self, s: impl Text, i: usize) -> bool {
        cfg!(not(target_family = "wasm")) && (self.pairs[usize::from(s.at(i) & 31)] >> (s.at(run(s, i + 1, JOIN)) & 31)) & 1 == 0
    }
}

/// Which of [`WORDS`] stands in `from..to`, from 1 on; 0 when none does. One that ends with `$` has to be the whole.
/// Case, `_` and `-` of the text do not count.
#[cfg_attr(target_family = "wasm", inline(never))]
pub(crate) fn listed(s: impl Text, from: usize, to: usize) -> usize {
    for start in from..to {
        if WORDS.rules_out(s, start) {
            continue;
        }
        let (mut number, mut j, mut fits) = (1, start, true);
        for letter in WORDS.words {
            if *letter == b' ' {
                if fits {
                    return number;
                }
                number += 1;
                (j, fits) = (start, true);
            } else if fits {
                let ends = j >= to;
                fits = if *letter == b'$' { ends && start == from } else { !ends && s.at(j) | 32 == *letter };
                j = run(s, j + 1, JOIN);
            }
        }
    }
    0
}
