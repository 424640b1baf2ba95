//! Which failures are the same one: a hash of the message without its particulars and of the five frames on top.
//! No grouping happens here, and no source maps: minified names are hashed as they are.

use crate::bytes::{ALPHA, BREAK, DIGIT, WORD, at, class, cut, is, run, starts_with};
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
    let mut hash = Hash { state: 0xcbf2_9ce4_8422_2325, left: LIMIT, last: 0 };
    hash.mix(kind);
    let line = message.iter().position(|byte| *byte == b'\n').unwrap_or(message.len());
    hash.text(cut(message, 0, line));
    let mut frames = 0;
    for line in stack.split(|byte| *byte == b'\n') {
        if frames < FRAMES && hash.frame(line) {
            frames += 1;
        }
    }
    let version = u64::from(FINGERPRINT_VERSION) << 56;
    // Fold the high byte in before the version takes its place.
    version | ((hash.state ^ (hash.state >> 56)) & 0x00ff_ffff_ffff_ffff)
}

/// FNV-1a over normalised text.
struct Hash {
    state: u64,
    left: u32,
    last: u8,
}

impl Hash {
    fn mix(&mut self, byte: u8) {
        self.state = (self.state ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
    }

    /// One byte of normalised text; runs of `#` and of spaces count once.
    fn put(&mut self, byte: u8) {
        if self.left == 0 || (byte == self.last && matches!(byte, b'#' | b' ')) {
            return;
        }
        self.left -= 1;
        self.last = byte;
        self.mix(byte);
    }

    /// One part of the whole, told apart from the next by a byte that no UTF-8 text contains.
    fn text(&mut self, s: &[u8]) {
        self.left = LIMIT;
        self.last = 0;
        let mut i = 0;
        while i < s.len() && self.left > 0 {
            i = self.step(s, i);
        }
        self.mix(0xff);
    }

    /// Normalises what stands at `i` and says where to go on.
    fn step(&mut self, s: &[u8], i: usize) -> usize {
        let byte = at(s, i);
        if class(byte) & WORD != 0 {
            return self.word(s, i);
        }
        let after = i + 1;
        match byte {
            b'"' | b'\'' | b'`' if i == 0 || !is(s, i - 1, WORD) => {
                let quoted = s.iter().skip(after).position(|other| *other == byte);
                if let Some(length) = quoted {
                    self.put(b'#');
                    return after + length + 1;
                }
            }
            // A mark that scrubbing left, `[email]`: whether a number passed for a card must not part groups.
            b'[' => {
                let end = run(s, after, ALPHA, 9);
                if end > after && at(s, end) == b']' {
                    self.put(b'#');
                    return end + 1;
                }
            }
            // 1,234.56 is one number.
            b'.' | b',' if self.last == b'#' && is(s, after, DIGIT) => return after,
            _ => {}
        }
        self.put(if byte <= b' ' { b' ' } else { byte });
        after
    }

    /// A run of letters and digits: an id as a whole becomes `#`, otherwise each of its numbers does.
    fn word(&mut self, s: &[u8], i: usize) -> usize {
        let whole = identifier(s, i);
        if whole > 0 {
            self.put(b'#');
            return i + whole;
        }
        let end = run(s, i, WORD, usize::MAX);
        let word = cut(s, i, end);
        let digits = word.iter().filter(|byte| byte.is_ascii_digit()).count();
        let prefixed = starts_with(word, 0, b"0x");
        let hex = cut(word, if prefixed { 2 } else { 0 }, word.len()).iter().all(u8::is_ascii_hexdigit);
        let id = hex && (prefixed || word.len() >= 6) || digits > 1 && word.len() >= 10;
        if digits > 0 && id {
            self.put(b'#');
        } else {
            for byte in word {
                self.put(if byte.is_ascii_digit() { b'#' } else { *byte });
            }
        }
        end
    }

    /// One line of a stack; false when it is not a frame with a place of its own.
    fn frame(&mut self, line: &[u8]) -> bool {
        let line = line.trim_ascii();
        let (function, place) = if starts_with(line, 0, b"at ") {
            let rest = cut(line, 3, line.len());
            match (rest.iter().rposition(|byte| *byte == b'('), at(rest, rest.len().wrapping_sub(1))) {
                (Some(open), b')') => (cut(rest, 0, open), cut(rest, open + 1, rest.len() - 1)),
                _ => (cut(rest, 0, 0), rest),
            }
        } else {
            match line.iter().position(|byte| *byte == b'@') {
                Some(sign) => (cut(line, 0, sign), cut(line, sign + 1, line.len())),
                None => return false,
            }
        };
        // Built-in functions have no line, and engines do not agree on listing them.
        if !at(place, place.len().wrapping_sub(1)).is_ascii_hexdigit() || at(place, 0) == b'<' {
            return false;
        }
        self.text(function_name(function));
        self.text(file_name(place));
        true
    }
}

/// `async Object.draw [as paint]`, `async*draw/<` and `draw` are all `draw`.
fn function_name(s: &[u8]) -> &[u8] {
    let mut end = 0;
    while end < s.len() && !matches!(at(s, end), b'[' | b'/' | b'<' | b'(') {
        end += 1;
    }
    let name = cut(s, 0, end).trim_ascii();
    let start = name.iter().rposition(|byte| matches!(byte, b' ' | b'.' | b'*'));
    cut(name, start.map_or(0, |before| before + 1), name.len())
}

/// The file's name without directories, query, place and content hash: `/assets/index-DkFg1jKl.js?v=2:10:5` is `index`.
fn file_name(s: &[u8]) -> &[u8] {
    let mut end = 0;
    while end < s.len() && !matches!(at(s, end), b'?' | b'#') && !is(s, end, BREAK) {
        end += 1;
    }
    let path = cut(s, 0, end);
    let start = path.iter().rposition(|byte| *byte == b'/').map_or(0, |slash| slash + 1);
    let name = cut(path, start, path.len());
    // Behind the first segment, one with a digit or with a capital in the middle is a hash, and so is what follows it.
    let mut i = run(name, 0, WORD, usize::MAX);
    while i < name.len() && at(name, i) != b':' {
        let end = run(name, i + 1, WORD, usize::MAX);
        let segment = cut(name, i + 1, end);
        let inner = cut(segment, 1, segment.len());
        if segment.iter().any(u8::is_ascii_digit) || inner.iter().any(u8::is_ascii_uppercase) {
            break;
        }
        i = end;
    }
    cut(name, 0, i)
}
