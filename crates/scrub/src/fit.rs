//! Making text fit: the beginning and the end of what is too long, parted on whole characters and marked.
//! What is left out is gone; secrets must be out before, or half of one could stay.

use crate::bytes::Text as _;

/// Stands where text was left out.
pub const CUT_MARK: &[u8] = b" [cut] ";

/// How far back a broken secret can reach; longer ones are recognised by their beginning.
const EDGE: usize = 128;

/// A text that fits: `head`, then, when `cut`, [`CUT_MARK`] and `tail`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fit<'a> {
    /// The beginning, or all of it.
    pub head: &'a [u8],
    /// The end, when something between was left out.
    pub tail: &'a [u8],
    /// Whether something was left out.
    pub cut: bool,
}

/// Shortens `input` to at most `max` bytes, mark included: three quarters from the beginning, the rest from the end.
/// Where not even the mark has room nothing is kept.
#[must_use]
pub fn fit(input: &[u8], max: usize) -> Fit<'_> {
    if input.len() <= max {
        return Fit { head: input, tail: &[], cut: false };
    }
    let room = max.saturating_sub(CUT_MARK.len());
    let mut head = room - room / 4;
    while head > 0 && inside_character(input, head) {
        head -= 1;
    }
    let mut tail = input.len() - room / 4;
    while inside_character(input, tail) {
        tail += 1;
    }
    let part = |from, to| input.get(from..to).unwrap_or(&[]);
    Fit { head: part(0, head), tail: part(tail, input.len()), cut: true }
}

fn inside_character(s: &[u8], i: usize) -> bool {
    s.at(i) & 0xc0 == 0x80
}

/// How much of a text may be trusted whose end was cut off before it was scrubbed: its last word may be the first half
/// of a secret that is no longer recognised as one. Scrub only `input[..edge(input)]`. (The beacon's loader does much the
/// same in its own language, before anybody scrubs.)
#[must_use]
pub fn edge(input: &[u8]) -> usize {
    let least = input.len().saturating_sub(EDGE);
    let mut end = input.len();
    while end > least {
        end -= 1;
        // Neither a space nor a hyphen: both stand inside of card and account numbers.
        if matches!(input.at(end), b'\n' | b',' | b';' | b'(' | b')' | b'{' | b'}' | b'<' | b'>') {
            return end;
        }
    }
    while end > 0 && inside_character(input, end) {
        end -= 1;
    }
    end
}
