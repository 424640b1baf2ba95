//! Closed enums as words on the wire. Written by hand and not derived: what serde derives for an enum also reads numbers and
//! bytes, for each enum anew, and every visitor of the console downloads it.

use serde::{Deserialize, Deserializer, de::Error};

/// Reads and writes an enum with `ALL` and `word()` as its word.
macro_rules! as_word {
    ($name:ident) => {
        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
                to.serialize_str(self.word())
            }
        }
        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                $crate::words::one_of(from, Self::ALL, |one| one.word())
            }
        }
    };
}
pub(crate) use as_word;

/// The one of `all` whose word is read.
pub(crate) fn one_of<'de, D: Deserializer<'de>, T: Copy>(from: D, all: &[T], word: fn(T) -> &'static str) -> Result<T, D::Error> {
    let read = String::deserialize(from)?;
    all.iter().copied().find(|one| word(*one) == read).ok_or_else(|| {
        let known: Vec<&str> = all.iter().map(|one| word(*one)).collect();
        D::Error::custom(["\u{201c}", &read, "\u{201d} is not known; it is one of ", &known.join(", ")].concat())
    })
}
