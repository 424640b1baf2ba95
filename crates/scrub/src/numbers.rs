//! Secrets made of digits: payment cards, bank accounts, long runs. And what only looks like them: UUIDs, hashes.

use crate::bytes::{ALPHA, DIGIT, WORD, at, class, is, run};
use crate::{Found, Rule};

/// The length of a written UUID.
const UUID: usize = 36;
/// A run of digits that stands alone is removed from this length on …
const ALONE: usize = 9;
/// … and from this length when it is part of a name, a hash or a fraction.
const INSIDE: usize = 13;

/// The length of the UUID or hexadecimal hash (of 12, 16, 20 or 32 bytes) that begins at `i`, or 0. These name a thing,
/// not a person's account, and support needs them whole to find the thing.
pub(crate) fn identifier(s: &[u8], i: usize) -> usize {
    let end = run(s, i, WORD, 65);
    let uuid = at(s, i + 8) == b'-';
    let length = if uuid { UUID } else { end - i };
    if !matches!(length, 24 | 32 | UUID | 40 | 64) || is(s, i + length, WORD) {
        return 0;
    }
    let mut letters = 0;
    let mut j = 0;
    while j < length {
        let byte = at(s, i + j);
        let hyphen = uuid && matches!(j, 8 | 13 | 18 | 23);
        if hyphen != (byte == b'-') || !(hyphen || byte.is_ascii_hexdigit()) {
            return 0;
        }
        letters += class(byte) & ALPHA;
        j += 1;
    }
    if uuid || letters > 0 { length } else { 0 }
}

/// A card number, else a long run of digits, that begins at `i`. `inside` when something it belongs to stands before.
pub(crate) fn digits(s: &[u8], i: usize, inside: bool) -> Option<Found> {
    let run_end = run(s, i, DIGIT, usize::MAX);
    if let Some(end) = card(s, i) {
        return Some(Found { rule: Rule::Card, start: i, end });
    }
    let inside = inside || is(s, run_end, WORD);
    let least = if inside { INSIDE } else { ALONE };
    (run_end - i >= least).then_some(Found { rule: Rule::Digits, start: i, end: run_end })
}

/// The end of the longest card number that begins at `i`: 13 to 19 digits in one run, or in groups of which the first
/// has 4 and all are parted by the same single space or hyphen, with a right Luhn digit.
fn card(s: &[u8], i: usize) -> Option<usize> {
    // Which digits are doubled depends on how many there are, so both sums are kept.
    let (mut even, mut odd) = (0u32, 0u32);
    let mut count = 0;
    let mut separator = 0;
    let mut best = None;
    let mut j = i;
    while count < 19 {
        let digit = u32::from(at(s, j).wrapping_sub(b'0'));
        if digit > 9 {
            break;
        }
        let double = if digit > 4 { digit * 2 - 9 } else { digit * 2 };
        if count % 2 == 0 {
            even += double;
            odd += digit;
        } else {
            even += digit;
            odd += double;
        }
        count += 1;
        j += 1;
        let next = at(s, j);
        if class(next) & DIGIT != 0 {
            continue;
        }
        let sum = if count % 2 == 0 { even } else { odd };
        if count >= 13 && sum % 10 == 0 {
            best = Some(j);
        }
        if separator == 0 && count == 4 && matches!(next, b' ' | b'-') {
            separator = next;
        }
        if separator != 0 && next == separator {
            j += 1;
        }
    }
    best
}

/// The end of the bank account number that begins at `i`: two letters, two check digits, 11 to 30 letters or digits,
/// the whole in one run or in groups of 4, remainder 1 by 97.
pub(crate) fn iban(s: &[u8], i: usize) -> Option<usize> {
    let (a, b, c, d) = (at(s, i), at(s, i + 1), at(s, i + 2), at(s, i + 3));
    if class(a) & class(b) & ALPHA == 0 || class(c) & class(d) & DIGIT == 0 {
        return None;
    }
    let mut rest = 0;
    let mut count = 0;
    let mut best = None;
    let mut j = i + 4;
    while count < 30 {
        if count % 4 == 0 && at(s, j) == b' ' {
            j += 1;
        }
        let byte = at(s, j);
        if class(byte) & (ALPHA | DIGIT) == 0 {
            break;
        }
        rest = fold(rest, byte);
        count += 1;
        j += 1;
        let whole = fold(fold(fold(fold(rest, a), b), c), d);
        if count >= 11 && whole == 1 && !is(s, j, WORD) {
            best = Some(j);
        }
    }
    best
}

fn fold(rest: u32, byte: u8) -> u32 {
    let shifted = if byte.is_ascii_digit() {
        rest * 10 + u32::from(byte - b'0')
    } else {
        rest * 100 + u32::from((byte | 32).wrapping_sub(b'a')) + 10
    };
    shifted % 97
}
