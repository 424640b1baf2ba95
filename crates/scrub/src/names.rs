//! Words: the names of the rules and the names of keys whose values are secret. No matching of text here.

use crate::Sink;
use crate::bytes::{List, Text};

/// Each ended by a space: one text is smaller in WebAssembly than ten, and a rule's number is where its name begins. None
/// may be the name of a secret key, or the mark it leaves would be taken for a key the next time.
const RULES: &str = "email jwt bearer hidden pem card iban digits userinfo query ";

/// Words that a key or a value contains, or is where they end with `$`: those are too short or too common to be looked
/// for inside other words. One list is smaller than three; which of them a word is of is said by its number, from 1 on.
pub(crate) static WORDS: List = List::new(
    b"cookie authoriz passw passphrase pwd token secret apikey accesskey privatekey \
    credential sessionid csrf xsrf pin$ otp$ sid$ auth$ pass$ cvv$ cvc$ ssn$ session$ \
    null$ undefined$ true$ false$ bearer$ basic$ ",
);
/// A key with one of the first is secret, and its value has spaces in it and goes on to the end of the line.
pub(crate) const HEADERS: usize = 2;
/// A key with one up to here is secret.
pub(crate) const SECRETS: usize = 23;
/// One up to here is a value that is none: `token=undefined` is the very thing support wants to see.
pub(crate) const LITERALS: usize = 27;
// The rest stands before a token in a header.

/// The words that make a key secret, those before a token in a header, and whether each has to be the whole name.
#[cfg(feature = "quick")]
pub(crate) fn words() -> impl Iterator<Item = (&'static str, bool)> {
    let all = core::str::from_utf8(WORDS.words()).unwrap_or("").split_whitespace();
    let wanted = all.enumerate().filter(|(at, _)| *at < SECRETS || *at >= LITERALS);
    wanted.map(|(_, word)| (word.trim_end_matches('$'), word.ends_with('$')))
}

/// The name of a rule by its number.
pub(crate) fn rule(number: usize) -> &'static str {
    RULES.get(number..).and_then(|names| names.split(' ').next()).unwrap_or("")
}

/// Writes the name of a rule by its number, and says whether it stands in `s` at `i`.
#[cfg_attr(target_family = "wasm", inline(never))]
pub fn put<S: Sink + ?Sized>(number: usize, sink: &mut S, s: impl Text, i: usize) -> bool {
    let mut k = number;
    let mut same = true;
    while let Some(letter) = RULES.as_bytes().get(k)
        && *letter != b' '
    {
        sink.put(*letter);
        same &= s.at(i + k - number) == *letter;
        k += 1;
    }
    same
}
