//! Which failures are the same one: a hash of the message without its particulars and of the five frames on top.
//! No grouping happens here, and no source maps: minified names are hashed as they are.

use crate::bytes::{ALPHA, BREAK, DIGIT, DOT, HEX, JOIN, QUERY, QUOTE, Text, UPPER, WORD, behind_last, is, run, starts_with, until};
use crate::numbers::identifier;

/// Raised whenever a change below gives other fingerprints; it is the first byte of each of them.
pub const FINGERPRINT_VERSION: u8 = 1;

/// Frames that count.
const FRAMES: usize = 5;
/// Bytes that count of a message, a function's or a file's name, after their particulars are gone.
const LIMIT: u32 = 200;

/// The group key of a failure: `kind` as on the beacon's wire, `message` and `stack` already scrubbed.
///
/// Ids, numbers, hashes, quoted text, line and column numbers, build hashes in file names and everything but the
/// message's first line are left out. Stacks of Chromium, Firefox and Safari give the same for the same functions.
#[must_use]
pub fn fingerprint(kind: u8, message: &[u8], stack: &[u8]) -> u64 {
    let mut hash = Hash::new(kind);
    hash.text(message, 0, message.len());
    hash.stack(stack, 0, stack.len());
    hash.end()
}

/// [`fingerprint`] of a message and a stack that are both in one text.
#[inline(always)]
pub fn fingerprint_text<T: Text>(kind: u8, s: T, message: (usize, usize), stack: (usize, usize)) -> u64 {
    let mut hash = Hash::new(kind);
    hash.text(s, message.0, message.1);
    hash.stack(s, stack.0, stack.1);
    hash.end()
}

/// FNV-1a over normalised text.
struct Hash {
    state: u64,
    left: u32,
    last: u8,
}

impl Hash {
    fn new(kind: u8) -> Self {
        let mut hash = Self { state: 0xcbf2_9ce4_8422_2325, left: 0, last: 0 };
        hash.mix(kind);
        hash
    }

    fn end(&self) -> u64 {
        // Fold the high byte in before the version takes its place.
        let state = (self.state ^ (self.state >> 56)) & 0x00ff_ffff_ffff_ffff;
        (u64::from(FINGERPRINT_VERSION) << 56) | state
    }

    fn mix(&mut self, byte: u8) {
        self.state = (self.state ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
    }

    /// One byte of normalised text; runs of `#` and of spaces count once.
    #[cfg_attr(target_family = "wasm", inline(never))]
    fn put(&mut self, byte: u8) {
        if self.left > 0 && !(byte == self.last && matches!(byte, b'#' | b' ')) {
            self.left -= 1;
            self.last = byte;
            self.mix(byte);
        }
    }

    /// The first line of a part of the whole, told apart from the next by a byte that no UTF-8 text contains.
    #[cfg_attr(target_family = "wasm", inline(never))]
    fn text<T: Text>(&mut self, s: T, from: usize, to: usize) {
        self.left = LIMIT;
        self.last = 0;
        let mut i = from;
        while i < to && s.at(i) != b'\n' && self.left > 0 {
            i = if is(s, i, WORD) { self.word(s, i, to) } else { self.sign(s, i, from, to) };
        }
        self.mix(0xff);
    }

    /// Normalises the sign at `i` and says where to go on.
    #[inline(always)]
    fn sign<T: Text>(&mut self, s: T, i: usize, from: usize, to: usize) -> usize {
        let byte = s.at(i);
        let after = i + 1;
        let mut j = to;
        if is(s, i, QUOTE) {
            if i == from || !is(s, i - 1, WORD) {
                j = after;
                while j < to && s.at(j) != byte {
                    j += 1;
                }
            }
        } else if byte == b'[' {
            // A mark that scrubbing left, `[email]`: whether a number passed for a card must not part groups.
            let end = run(s, after, ALPHA);
            if s.at(end) == b']' {
                j = end;
            }
        } else if matches!(byte, b'.' | b',') && self.last == b'#' && is(s, after, DIGIT) {
            // 1,234.56 is one number.
            return after;
        }
        if j < to {
            self.put(b'#');
            return j + 1;
        }
        self.put(if byte <= b' ' { b' ' } else { byte });
        after
    }

    /// A run of letters and digits: an id as a whole becomes `#`, otherwise each of its numbers does.
    #[inline(always)]
    fn word<T: Text>(&mut self, s: T, i: usize, to: usize) -> usize {
        let mut end = identifier(s, i);
        let mut id = end > 0;
        if !id {
            end = run(s, i, WORD);
            let prefixed = starts_with(s, i, b"0x");
            let (mut digits, mut others) = (0, 0);
            for j in i..end {
                digits += usize::from(is(s, j, DIGIT));
                others += usize::from(!is(s, j, DIGIT | HEX));
            }
            let hex = others == usize::from(prefixed);
            id = digits > 0 && hex && (prefixed || end - i >= 6) || digits > 1 && end - i >= 10;
        }
        end = end.min(to);
        for j in i..end {
            self.put(if id || is(s, j, DIGIT) { b'#' } else { s.at(j) });
        }
        end
    }

    #[inline(always)]
    fn stack<T: Text>(&mut self, s: T, from: usize, to: usize) {
        let mut frames = 0;
        let mut line = from;
        while line < to && frames < FRAMES {
            let mut end = line;
            while end < to && s.at(end) != b'\n' {
                end += 1;
            }
            if self.frame(s, line, end) {
                frames += 1;
            }
            line = end + 1;
        }
    }

    /// One line of a stack: `at function (place:1:2)`, `at place:1:2` or `function@place:1:2`; false when it is not a
    /// frame with a place of its own. Built-in functions have no line, and engines do not agree on listing them.
    #[inline(always)]
    fn frame<T: Text>(&mut self, s: T, line: usize, end: usize) -> bool {
        let mut function = line;
        while s.at(function) == b' ' {
            function += 1;
        }
        let mut place = function;
        if starts_with(s, function, b"at ") {
            function += 3;
            place = behind_last(s, function, end, b'(');
        } else {
            while s.at(place) != b'@' {
                if place >= end {
                    return false;
                }
                place += 1;
            }
            place += 1;
        }
        let start = function;
        // The file's name without directories, query and place: behind the last slash.
        let stop = until(s, place, QUERY | BREAK);
        let name = behind_last(s, place, stop, b'/');
        if stop >= end && behind_last(s, name, end, b':') == name || stop == place {
            return false;
        }
        // `async Object.draw [as paint]`, `async*draw/<` and `draw` are all `draw`.
        let mut j = start;
        while j + 1 < place && !matches!(s.at(j), b'[' | b'/' | b'<') {
            if matches!(s.at(j), b' ' | b'.' | b'*') {
                if matches!(s.at(j + 1), b'(' | b'[') {
                    break;
                }
                function = j + 1;
            }
            j += 1;
        }
        self.text(s, function, j);
        // Behind the first segment, one with a digit or a capital is a content hash, and so is what follows it.
        let mut file = run(s, name, WORD);
        while is(s, file, JOIN | DOT) {
            let next = run(s, file + 1, WORD);
            if until(s, file, DIGIT | UPPER) < next {
                break;
            }
            file = next;
        }
        self.text(s, name, file);
        true
    }
}
