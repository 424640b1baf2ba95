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
#[cfg(feature = "quick")]
extern crate std;

mod bytes;
mod fingerprint;
mod fit;
mod names;
mod numbers;
#[cfg(feature = "alloc")]
mod owned;
#[cfg(feature = "quick")]
mod quick;
mod rules;

pub use bytes::{Text, text_end};
pub use fingerprint::{FINGERPRINT_VERSION, fingerprint, fingerprint_text};
pub use fit::{CUT_MARK, Fit, edge, fit};
pub use names::put as put_rule_name;
#[cfg(feature = "alloc")]
pub use owned::{fingerprint_hex, fit_to_string, scrub_to_string};

use bytes::{ALPHA, BREAK, DIGIT, HIGH, QUERY, WORD, class, is, run};

/// Where scrubbed text goes.
pub trait Sink {
    /// Takes the next byte of text. A sink that is full ignores it and remembers that by itself.
    fn put(&mut self, byte: u8);
}

/// Hears of every secret that is removed: what kind it was, never what it was.
pub trait Tally {
    /// One more of this kind.
    fn count(&mut self, rule: Rule);
}

/// What kind of secret was found; the name is also the mark left in its place, as `[email]`. As a number it is the place
/// of that name among all names, which is what the beacon keeps of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Rule {
    /// `name@example.org`, also with `%40`.
    Email = 0,
    /// A JSON Web Token, or any other base64 text that begins with `{"`.
    Jwt = 6,
    /// What follows `Bearer` or `Basic`.
    Bearer = 10,
    /// The value of a key with a secret name.
    Hidden = 17,
    /// A PEM block.
    Pem = 24,
    /// A payment card number, with or without separators; the checksum holds.
    Card = 28,
    /// An international bank account number; the checksum holds.
    Iban = 33,
    /// A long run of digits.
    Digits = 38,
    /// User and password in front of a URL's host.
    UserInfo = 45,
    /// The values in a URL's query or fragment. The names stay and no mark is left.
    Query = 54,
}

impl Rule {
    /// Every rule, in the order of [`Counts`].
    pub const ALL: [Self; 10] =
        [Self::Email, Self::Jwt, Self::Bearer, Self::Hidden, Self::Pem, Self::Card, Self::Iban, Self::Digits, Self::UserInfo, Self::Query];

    /// Its place in [`Self::ALL`].
    fn index(self) -> usize {
        Self::ALL.iter().position(|rule| *rule == self).unwrap_or(0)
    }

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
        self.0.get(rule.index()).copied().unwrap_or(0)
    }

    /// How much was removed altogether.
    #[must_use]
    pub fn total(&self) -> u32 {
        self.0.iter().fold(0, |sum, n| sum.saturating_add(*n))
    }

    /// Adds what somebody else counted, as rules by name, each as often as it removed something; other words are none of ours.
    pub fn add_words(&mut self, words: &str) {
        for word in words.split_ascii_whitespace() {
            if let Some(rule) = Rule::ALL.into_iter().find(|rule| rule.name() == word) {
                self.count(rule);
            }
        }
    }

    /// Adds another text's counts to these.
    pub fn add(&mut self, other: &Self) {
        for (mine, theirs) in self.0.iter_mut().zip(other.0) {
            *mine = mine.saturating_add(theirs);
        }
    }

    /// The rules that removed something, by name.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, u32)> + '_ {
        let named = Rule::ALL.iter().zip(self.0).map(|(rule, n)| (rule.name(), n));
        named.filter(|(_, n)| *n > 0)
    }
}

impl Tally for Counts {
    fn count(&mut self, rule: Rule) {
        if let Some(n) = self.0.get_mut(rule.index()) {
            *n = n.saturating_add(1);
        }
    }
}

/// A secret at `start..end`, or none where that is empty; what stands between the place where it was noticed and `start` is kept.
pub(crate) struct Found {
    pub(crate) rule: Rule,
    pub(crate) start: usize,
    pub(crate) end: usize,
}

impl Found {
    fn is_none(&self) -> bool {
        self.end <= self.start
    }
}

/// Copies `input` into `sink` with every secret replaced by a mark, and says how many of which rule.
///
/// Scrubbing twice changes nothing and counts nothing the second time.
pub fn scrub<S: Sink + ?Sized>(input: &[u8], sink: &mut S) -> Counts {
    let mut counts = Counts::new();
    scrub_text(input, 0, input.len(), sink, &mut counts);
    counts
}

/// [`scrub`] for `from..to` of any text; tells `tally`. A control character or the end of the text is at `to`.
#[inline]
pub fn scrub_text<T, S, C>(s: T, from: usize, to: usize, sink: &mut S, tally: &mut C)
where
    T: Text,
    S: Sink + ?Sized,
    C: Tally,
{
    let mut i = from;
    let mut fresh = from; // where the text begins, or goes on behind a secret
    let mut query = false; // inside a URL's query or fragment
    while i < to {
        let kind = class(s.at(i));
        let first = i == fresh || !is(s, i - 1, WORD);
        let mut next = i + 1;
        let mut found = Found { rule: Rule::Query, start: 0, end: 0 };
        if kind & WORD == 0 {
            found = rules::at_sign(s, i, query);
            if kind & QUERY != 0 {
                query = !is(s, next, BREAK);
            } else if kind & BREAK != 0 {
                query = false;
            }
        } else {
            let whole = if first { numbers::identifier(s, i) } else { 0 };
            next = whole;
            if whole == 0 {
                next = run(s, i, if kind & DIGIT != 0 { DIGIT } else { ALPHA | HIGH });
                if first {
                    found = rules::at_word(s, i, query);
                }
                if found.is_none() && kind & DIGIT != 0 {
                    found = numbers::digits(s, i, i != fresh && (!first || s.at(i - 1) == b'.'));
                }
            }
        }
        let secret = !found.is_none();
        let keep = if secret { found.start } else { next };
        while i < keep {
            sink.put(s.at(i));
            i += 1;
        }
        if secret {
            i = found.end;
            fresh = i;
            replace(s, found.start, found.rule, sink, tally);
        }
    }
}

/// Puts the rule's mark in place of the value at `start`. A mark that is there already is not counted again.
#[inline(always)]
fn replace<T, S, C>(s: T, start: usize, rule: Rule, sink: &mut S, tally: &mut C)
where
    T: Text,
    S: Sink + ?Sized,
    C: Tally,
{
    let mut marked = false;
    if rule as u8 != Rule::Query as u8 {
        sink.put(b'[');
        marked = names::put(rule as usize, sink, s, start + 1) && s.at(start) == b'[';
        sink.put(b']');
    }
    if !marked {
        tally.count(rule);
    }
}
