//! Secrets out, fingerprint in: the one place that knows what a secret looks like and which failures are the same one.
//!
//! The beacon (no allocator, WebAssembly), the server and the support bundles call the same functions, so what is
//! removed and how failures are grouped is the same on both sides. Everything works on bytes, never panics and needs
//! no memory of its own. Not in here: reading or sending anything, pseudonyms, and what becomes of the groups.
//!
//! A secret is found by looking ahead in the text that was handed over: hand over whole lines or whole messages, and
//! cut a text that was shortened before scrubbing back to its [`edge`].
#![no_std]
#![forbid(unsafe_code)]

#[cfg(feature = "alloc")]
extern crate alloc;

mod bytes;
mod fingerprint;
mod fit;
mod names;
mod numbers;
#[cfg(feature = "alloc")]
mod owned;
mod rules;

pub use fingerprint::{FINGERPRINT_VERSION, fingerprint};
pub use fit::{CUT_MARK, Fit, edge, fit};
#[cfg(feature = "alloc")]
pub use owned::{fingerprint_hex, fit_to_string, scrub_to_string};

use bytes::{ALPHA, BREAK, DIGIT, HIGH, WORD, at, class, cut, is, run, starts_with};

/// Where scrubbed text goes.
pub trait Sink {
    /// Takes the next piece of text. A sink that is full ignores it and remembers that by itself.
    fn put(&mut self, piece: &[u8]);
}

/// What kind of secret was found; the name is also the mark left in its place, as `[email]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Rule {
    /// `name@example.org`, also with `%40`.
    Email,
    /// A JSON Web Token, or any other base64 text that begins with `{"`.
    Jwt,
    /// What follows `Bearer` or `Basic`.
    Bearer,
    /// The value of a key with a secret name.
    Secret,
    /// A PEM block.
    Pem,
    /// A payment card number, with or without separators; the checksum holds.
    Card,
    /// An international bank account number; the checksum holds.
    Iban,
    /// A long run of digits.
    Digits,
    /// User and password in front of a URL's host.
    UserInfo,
    /// The values in a URL's query or fragment. The names stay and no mark is left.
    Query,
}

impl Rule {
    /// Every rule, in the order of [`Counts`].
    pub const ALL: [Self; 10] = [
        Self::Email,
        Self::Jwt,
        Self::Bearer,
        Self::Secret,
        Self::Pem,
        Self::Card,
        Self::Iban,
        Self::Digits,
        Self::UserInfo,
        Self::Query,
    ];

    /// The name used in marks, reports and on the beacon's wire.
    #[must_use]
    pub fn name(self) -> &'static str {
        names::rule(self as usize)
    }
}

/// How often each rule removed something; never what.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts([u32; Rule::ALL.len()]);

impl Counts {
    /// Nothing removed yet.
    #[must_use]
    pub const fn new() -> Self {
        Self([0; Rule::ALL.len()])
    }

    /// How often `rule` removed something.
    #[must_use]
    pub fn get(&self, rule: Rule) -> u32 {
        self.0.get(rule as usize).copied().unwrap_or(0)
    }

    /// How much was removed altogether.
    #[must_use]
    pub fn total(&self) -> u32 {
        self.0.iter().fold(0, |sum, n| sum.saturating_add(*n))
    }

    /// Adds another text's counts to these.
    pub fn add(&mut self, other: &Self) {
        for (mine, theirs) in self.0.iter_mut().zip(other.0) {
            *mine = mine.saturating_add(theirs);
        }
    }

    /// The rules that removed something, by name.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, u32)> + '_ {
        let named = self.0.iter().enumerate().map(|(rule, n)| (names::rule(rule), *n));
        named.filter(|(_, n)| *n > 0)
    }

    fn count(&mut self, rule: Rule) {
        if let Some(n) = self.0.get_mut(rule as usize) {
            *n = n.saturating_add(1);
        }
    }
}

/// A secret at `start..end`; what stands between the place where it was noticed and `start` is kept.
pub(crate) struct Found {
    pub(crate) rule: Rule,
    pub(crate) start: usize,
    pub(crate) end: usize,
}

/// Copies `input` into `sink` with every secret replaced by a mark, and says how many of which rule.
///
/// Scrubbing twice changes nothing and counts nothing the second time.
pub fn scrub<S: Sink + ?Sized>(input: &[u8], sink: &mut S) -> Counts {
    let mut counts = Counts::new();
    let mut copied = 0; // input[..copied] is in the sink
    let mut i = 0;
    let mut before = 0u8; // the byte before `i` in the *output*
    let mut query = false; // inside a URL's query or fragment
    while i < input.len() {
        let byte = at(input, i);
        if let Some(found) = find(input, i, before, query) {
            sink.put(cut(input, copied, found.start));
            replace(cut(input, found.start, found.end), found.rule, sink, &mut counts);
            copied = found.end;
            i = found.end;
            before = b']';
            continue;
        }
        let kind = class(byte);
        i = if kind & WORD == 0 {
            if matches!(byte, b'?' | b'#') {
                query = !is(input, i + 1, BREAK);
            } else if kind & BREAK != 0 {
                query = false;
            }
            i + 1
        } else {
            let whole = if class(before) & WORD == 0 { numbers::identifier(input, i) } else { 0 };
            let same = if kind & DIGIT != 0 { DIGIT } else { ALPHA | HIGH };
            if whole > 0 { i + whole } else { run(input, i, same, usize::MAX) }
        };
        before = at(input, i - 1);
    }
    sink.put(cut(input, copied, i));
    counts
}

/// The secret noticed at `i`, if there is one.
fn find(s: &[u8], i: usize, before: u8, query: bool) -> Option<Found> {
    let kind = class(at(s, i));
    if kind & WORD == 0 {
        return rules::at_sign(s, i, query);
    }
    let follows_word = class(before) & WORD != 0;
    if !follows_word {
        if numbers::identifier(s, i) > 0 {
            return None;
        }
        let found = rules::at_word(s, i);
        if found.is_some() {
            return found;
        }
    }
    if kind & DIGIT == 0 || class(before) & DIGIT != 0 {
        return None;
    }
    numbers::digits(s, i, follows_word || before == b'.')
}

/// Puts the rule's mark in place of the value. A mark that is there already is kept and not counted again.
fn replace<S: Sink + ?Sized>(value: &[u8], rule: Rule, sink: &mut S, counts: &mut Counts) {
    if rule as u8 == Rule::Query as u8 {
        counts.count(rule);
        return;
    }
    let name = rule.name().as_bytes();
    let marked = value.len() == name.len() + 2 && at(value, 0) == b'[' && starts_with(value, 1, name);
    if !marked {
        counts.count(rule);
    }
    sink.put(b"[");
    sink.put(name);
    sink.put(b"]");
}
