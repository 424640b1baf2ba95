//! Secrets made of digits: payment cards, bank accounts, long runs. And what only looks like them: UUIDs, hashes.

use crate::bytes::{ALPHA, DIGIT, HEX, Text, UPPER, WORD, is, run};
use crate::{Found, Rule};

/// The length of a written UUID.
const UUID: usize = 36;
/// A run of digits that stands alone is removed from this length on …
const ALONE: usize = 9;
/// … and from this length when it is part of a name, a hash or a fraction.
const INSIDE: usize = 13;

/// The end of the UUID or hexadecimal hash (of 12, 16, 20 or 32 bytes) that begins at `i`, or 0. These name a thing, not
/// a person's account, and support needs them whole to find the thing.
pub(crate) fn identifier(s: impl Text, i: usize) -> usize {
    let uuid = s.at(i + 8) == b'-';
    let mut letters = uuid;
    let mut j = i;
    loop {
        if uuid && matches!(j - i, 8 | 13 | 18 | 23) {
            if s.at(j) != b'-' {
                break;
            }
        } else if is(s, j, DIGIT | HEX) {
            letters |= is(s, j, HEX);
        } else {
            break;
        }
        j += 1;
    }
    let length = if uuid { matches!(j - i, UUID) } else { matches!(j - i, 24 | 32 | 40 | 64) };
    if length && letters && !is(s, j, WORD) { j } else { 0 }
}

/// A card number, else a long run of digits, that begins at `i`. `inside` when something it belongs to stands before.
pub(crate) fn digits(s: impl Text, i: usize, inside: bool) -> Found {
    let mut rule = Rule::Card;
    let mut end = card(s, i);
    if end == 0 {
        rule = Rule::Digits;
        end = run(s, i, DIGIT);
        if end - i < if inside || is(s, end, WORD) { INSIDE } else { ALONE } {
            end = 0;
        }
    }
    Found { rule, start: i, end }
}

/// The end of the longest card number that begins at `i`, or 0: 13 to 19 digits in one run, or in groups of which the
/// first has 4 and all are parted by the same single space or hyphen, with a right Luhn digit.
fn card(s: impl Text, i: usize) -> usize {
    // Which digits are doubled depends on how many there are, so both sums are kept: `sum` is the one in which the last
    // digit so far is not doubled.
    let (mut sum, mut other) = (0, 0);
    let mut count = 0;
    let mut separator = 0;
    let mut best = 0;
    let mut j = i;
    while count < 19 && is(s, j, DIGIT) {
        let digit = u32::from(s.at(j) - b'0');
        (sum, other) = (other + digit, sum + digit * 2 - if digit > 4 { 9 } else { 0 });
        count += 1;
        j += 1;
        if is(s, j, DIGIT) {
            continue;
        }
        if count >= 13 && sum % 10 == 0 {
            best = j;
        }
        if count == 4 && matches!(s.at(j), b' ' | b'-') {
            separator = s.at(j);
        }
        if separator != 0 && s.at(j) == separator {
            j += 1;
        }
    }
    best
}

/// The end of the bank account number that begins at `i`, or 0: two letters, two check digits, 11 to 30 capitals or
/// digits, the whole in one run or in groups of 4, remainder 1 by 97.
pub(crate) fn iban(s: impl Text, i: usize) -> usize {
    let mut head = 0;
    for k in 0..4 {
        if !is(s, i + k, if k < 2 { ALPHA } else { DIGIT }) {
            return 0;
        }
        head = fold(head, s.at(i + k));
    }
    let mut rest = 0;
    let mut count = 0;
    let mut best = 0;
    let mut j = i + 4;
    while count < 30 {
        if count % 4 == 0 && s.at(j) == b' ' {
            j += 1;
        }
        if !is(s, j, UPPER | DIGIT) {
            break;
        }
        rest = fold(rest, s.at(j));
        count += 1;
        j += 1;
        // The checksum is over the account first; the head behind it has six decimal digits.
        if count >= 11 && !is(s, j, WORD) && (rest * 1_000_000 + head) % 97 == 1 {
            best = j;
        }
    }
    best
}

#[cfg_attr(target_family = "wasm", inline(never))]
fn fold(rest: u32, byte: u8) -> u32 {
    let byte = u32::from(byte);
    // A digit stands for itself, a letter for 10 to 35.
    (if byte > 57 { rest * 100 + (byte & 31) + 9 } else { rest * 10 + byte - 48 }) % 97
}
