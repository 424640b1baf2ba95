//! The names of a struct's fields as serde knows them: what a REST query may name, and what the
//! manual lists. Asked of the type itself, so that no list of names can go stale.

use serde::{
    Deserialize, Deserializer,
    de::{Error, Visitor, value},
    forward_to_deserialize_any,
};
use std::cell::Cell;

/// Field names of `T`; empty for what is not a struct.
#[must_use]
pub fn fields_of<T: for<'de> Deserialize<'de>>() -> &'static [&'static str] {
    let seen = Cell::new(&[][..]);
    // Always an error: only the question is of interest.
    drop(T::deserialize(Spy(&seen)));
    seen.get()
}

struct Spy<'a>(&'a Cell<&'static [&'static str]>);

impl<'de> Deserializer<'de> for Spy<'_> {
    type Error = value::Error;

    fn deserialize_struct<V: Visitor<'de>>(self, _: &'static str, fields: &'static [&'static str], _: V) -> Result<V::Value, value::Error> {
        self.0.set(fields);
        Err(value::Error::custom("only asking"))
    }

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, value::Error> {
        Err(value::Error::custom("only asking"))
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit
        unit_struct newtype_struct seq tuple tuple_struct map enum identifier ignored_any
    }
}

#[cfg(test)]
mod tests {
    use super::fields_of;
    use serde::Deserialize;

    #[derive(Deserialize)]
    #[expect(dead_code, reason = "only its shape matters")]
    struct Two {
        first: u8,
        #[serde(default, rename = "2nd")]
        second: Option<String>,
    }

    #[test]
    fn names_are_those_on_the_wire() {
        assert_eq!(fields_of::<Two>(), ["first", "2nd"]);
        assert!(fields_of::<u8>().is_empty());
    }
}
