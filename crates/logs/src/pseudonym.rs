//! Names in place of what tells people and machines apart: the same thing has the same name inside one bundle, and nobody can
//! tell from the name what it was, because the key is thrown away with the bundle. Not in here: secrets, which leave no name.

use hmac::{Hmac, KeyInit, Mac};
use regex::{Captures, Regex};
use sha2::Sha256;
use std::{
    borrow::Cow,
    collections::{BTreeMap, HashMap},
    net::IpAddr,
    sync::{Arc, LazyLock, Mutex, PoisonError},
};

/// How many names are remembered; what comes after is computed each time.
const KEPT: usize = 50_000;

static FOUND: LazyLock<Regex> = LazyLock::new(|| {
    let pattern = r"(?-u)(?P<email>[A-Za-z0-9._+-]{1,64}(?:@|%40)[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){1,8})|(?P<mac>\b[0-9A-Fa-f]{2}(?::[0-9A-Fa-f]{2}){5}\b)|(?P<ip>\b[0-9]{1,3}(?:\.[0-9]{1,3}){3}\b|\b[0-9A-Fa-f]{1,4}(?::[0-9A-Fa-f]{1,4}){0,6}::(?:[0-9A-Fa-f]{1,4}(?::[0-9A-Fa-f]{1,4}){0,6})?|\b[0-9A-Fa-f]{1,4}(?::[0-9A-Fa-f]{1,4}){7}\b)|/home/(?P<user>[A-Za-z0-9._-]{1,64})";
    Regex::new(pattern).expect("the pattern of names is a pattern")
});

/// The names of one bundle.
#[derive(Clone)]
pub struct Pseudonyms(Arc<Inner>);

struct Inner {
    key: Hmac<Sha256>,
    known: Mutex<Known>,
}

#[derive(Default)]
struct Known {
    names: HashMap<String, String>,
    counts: BTreeMap<&'static str, u64>,
}

impl Pseudonyms {
    /// With a key that is made for one bundle.
    #[must_use]
    pub fn new(key: [u8; 32]) -> Self {
        let Ok(key) = Hmac::new_from_slice(&key) else { unreachable!("HMAC takes keys of any length") };
        Self(Arc::new(Inner { key, known: Mutex::default() }))
    }

    /// The text with names in place of addresses.
    #[must_use]
    pub fn put(&self, text: String) -> String {
        match FOUND.replace_all(&text, |found: &Captures<'_>| self.in_place_of(found)) {
            Cow::Borrowed(_) => text,
            Cow::Owned(named) => named,
        }
    }

    /// How many of which kind were replaced.
    #[must_use]
    pub fn counts(&self) -> BTreeMap<&'static str, u64> {
        self.known().counts.clone()
    }

    fn known(&self) -> std::sync::MutexGuard<'_, Known> {
        self.0.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn in_place_of(&self, found: &Captures<'_>) -> String {
        let whole = found.get(0).map_or("", |whole| whole.as_str());
        if let Some(user) = found.name("user") {
            return ["/home/", &self.name("user", user.as_str())].concat();
        }
        if found.name("ip").is_some() {
            // What only looks like an address stays, and so do those that mean no machine in particular.
            return match whole.parse::<IpAddr>() {
                Ok(ip) if !ip.is_loopback() && !ip.is_unspecified() && whole.contains(|letter: char| letter.is_ascii_digit()) => {
                    self.name("ip", &ip.to_string())
                }
                _ => whole.to_owned(),
            };
        }
        let kind = if found.name("mac").is_some() { "mac" } else { "email" };
        self.name(kind, &whole.replace("%40", "@").to_lowercase())
    }

    fn name(&self, kind: &'static str, what: &str) -> String {
        let mut known = self.known();
        *known.counts.entry(kind).or_default() += 1;
        if let Some(name) = known.names.get(what) {
            return name.clone();
        }
        let mut mac = self.0.key.clone();
        mac.update(kind.as_bytes());
        mac.update(&[0]);
        mac.update(what.as_bytes());
        let sum = mac.finalize().into_bytes();
        // Letters only: a run of digits would be taken for a secret.
        let mut name = [kind, "-"].concat();
        name.extend(sum.iter().take(6).flat_map(|byte| [byte >> 4, byte & 15]).map(|half| char::from(b'a' + half)));
        if known.names.len() < KEPT {
            known.names.insert(what.to_owned(), name.clone());
        }
        name
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_thing_has_the_same_name_in_one_bundle_and_another_in_the_next() {
        let (one, other) = (Pseudonyms::new([1; 32]), Pseudonyms::new([2; 32]));
        let text = "10.1.2.3 ada@example.org Ada%40example.org 10.1.2.3 10.1.2.4 2001:db8::1 02:42:ac:11:00:02 /home/ada/x";
        let named = one.put(text.to_owned());
        let words: Vec<&str> = named.split(' ').collect();
        assert_eq!((words[0], words[1]), (words[3], words[2]));
        assert!(words[0] != words[4] && words[5].starts_with("ip-") && words[6].starts_with("mac-"), "{named}");
        assert!(words[7].starts_with("/home/user-") && words[7].ends_with("/x"), "{named}");
        assert_eq!(one.put(text.to_owned()), named);
        assert_ne!(other.put(text.to_owned()), named);
        assert_eq!(one.counts()["ip"], 8);
        for hidden in ["10.1.2", "example", "2001", "02:42", "ada"] {
            assert!(!named.contains(hidden), "{named}");
        }
    }

    #[test]
    fn a_name_is_no_secret_to_scrub_and_other_texts_stay() {
        let names = Pseudonyms::new([3; 32]);
        for number in 0..2_000_u32 {
            let named = names.put(format!("10.{}.{}.7", number % 250, number / 250));
            assert_eq!(scrub::scrub_to_string(&named).0, named);
        }
        for text in ["10:00:00 up", "2026-11-26T10:00:00Z", "::", "std::net::IpAddr", "127.0.0.1:3000", "1.2.3", "999.1.1.1", "a1:b2"] {
            assert_eq!(names.put(text.to_owned()), text);
        }
    }
}
