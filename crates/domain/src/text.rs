//! Texts that may look like something else: in an address everything is text, and `482913` is an order number somebody looks for.

use serde::{
    Deserializer,
    de::{Error, Visitor},
};
use std::fmt;

/// Reads a text that may have arrived as a number or a truth value; `null` is none.
pub fn text_or_none<'de, D: Deserializer<'de>>(from: D) -> Result<Option<String>, D::Error> {
    from.deserialize_any(Lenient)
}

struct Lenient;

impl<'de> Visitor<'de> for Lenient {
    type Value = Option<String>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text")
    }
    fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Some(text.to_owned()))
    }
    fn visit_i64<E: Error>(self, number: i64) -> Result<Self::Value, E> {
        Ok(Some(number.to_string()))
    }
    fn visit_u64<E: Error>(self, number: u64) -> Result<Self::Value, E> {
        Ok(Some(number.to_string()))
    }
    fn visit_bool<E: Error>(self, is: bool) -> Result<Self::Value, E> {
        Ok(Some(is.to_string()))
    }
    fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
        Ok(None)
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    #[derive(Deserialize)]
    struct Asked {
        #[serde(default, deserialize_with = "super::text_or_none")]
        find: Option<String>,
    }

    #[test]
    fn a_number_is_a_text_that_is_looked_for() {
        let of = |json: &str| serde_json::from_str::<Asked>(json).expect("read").find;
        assert_eq!(of("{\"find\": 482913}").as_deref(), Some("482913"));
        assert_eq!(of("{\"find\": \"x\"}").as_deref(), Some("x"));
        assert_eq!(of("{\"find\": true}").as_deref(), Some("true"));
        assert_eq!((of("{\"find\": null}"), of("{}")), (None, None));
    }
}
