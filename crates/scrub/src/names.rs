//! Words: the names of the rules and the names of keys whose values are secret. No matching of text here.

use crate::bytes::List;

/// In the order of `Rule`, each ended by a space: one text is smaller in WebAssembly than ten. None may be the name of
/// a secret key, or the mark it leaves would be taken for a key the next time.
const RULES: &str = "email jwt bearer hidden pem card iban digits userinfo query ";

/// A key is secret when its name contains one of these, or is one of those with `^`, which are too short to be looked
/// for inside other words. The first [`HEADERS`] have values with spaces in them that go on to the end of the line.
pub(crate) const SECRETS: &List = &List::new(
    b"cookie authoriz passw passphrase pwd token secret apikey accesskey privatekey \
    credential sessionid csrf xsrf ^pin ^otp ^sid ^auth ^pass ^cvv ^cvc ^ssn ^session ",
);
pub(crate) const HEADERS: usize = 2;
/// `token=undefined` is the very thing support wants to see.
pub(crate) const LITERALS: &List = &List::new(b"^null ^undefined ^true ^false ");
/// What stands before a token in a header.
pub(crate) const SCHEMES: &List = &List::new(b"^bearer ^basic ");

/// The name of a rule by its number.
pub(crate) fn rule(number: usize) -> &'static str {
    RULES.split(' ').nth(number).unwrap_or("")
}

/// The letters of a rule's name by its number.
#[inline(always)]
pub(crate) fn letters(number: usize, mut each: impl FnMut(u8)) {
    let mut word = 0;
    for letter in RULES.as_bytes() {
        if *letter == b' ' {
            word += 1;
        } else if word == number {
            each(*letter);
        }
    }
}
