//! Words: the names of the rules and the names of keys whose values are secret. No matching of text here.

use crate::bytes::{at, starts_with};

/// In the order of `Rule`, each ended by a space: one text is smaller in WebAssembly than ten. None may be the name of
/// a secret key, or the mark it leaves would be taken for a key the next time.
const RULES: &str = "email jwt bearer hidden pem card iban digits userinfo query ";

/// A key is secret when its name, in lower case and without `_` and `-`, contains one of these …
const PARTS: &[u8] = b"passw passphrase pwd token secret apikey accesskey privatekey signature credential sessionid csrf xsrf cookie authoriz ";
/// … or is one of these, which are too short to be looked for inside other words.
const WHOLE: &[u8] = b"pin otp sid auth pass cvv cvc ssn session ";
/// Keys whose value has spaces in it and ends with the line.
const HEADERS: &[u8] = b"cookie authoriz ";

/// The longest key that is looked at.
pub(crate) const KEY: usize = 64;

/// The name of a rule by its number.
pub(crate) fn rule(number: usize) -> &'static str {
    RULES.split(' ').nth(number).unwrap_or("")
}

/// Whether a key's value is secret, and if it is, whether the value goes on to the end of the line.
pub(crate) fn secret(key: &[u8]) -> Option<bool> {
    let mut buffer = [0u8; KEY];
    let mut length = 0;
    for byte in key {
        if !matches!(byte, b'_' | b'-') {
            if let Some(slot) = buffer.get_mut(length) {
                *slot = byte.to_ascii_lowercase();
            }
            length += 1;
        }
    }
    let plain = buffer.get(..length).unwrap_or(&buffer);
    if listed(PARTS, plain, false) || listed(WHOLE, plain, true) {
        return Some(listed(HEADERS, plain, false));
    }
    None
}

/// Whether one of the words of `list` is `name` (`whole`) or is contained in it.
fn listed(list: &[u8], name: &[u8], whole: bool) -> bool {
    list.split(|byte| *byte == b' ').any(|word| {
        if word.is_empty() {
            return false;
        }
        if whole {
            return word.len() == name.len() && starts_with(name, 0, word);
        }
        (0..name.len()).any(|i| at(name, i) == at(word, 0) && starts_with(name, i, word))
    })
}
