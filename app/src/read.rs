//! JSON into types, in little code. What `serde_json` brings for its messages is a good part of what the browser would download,
//! and an answer of our own server does not need it. A struct asks for its fields by name, one after the other, instead of being
//! offered what there is: serde's code for that is half as long. Not in here: parsing text.

use serde::{
    de::{
        DeserializeOwned, DeserializeSeed, Deserializer, EnumAccess, Error, Expected, IntoDeserializer, MapAccess, SeqAccess, Unexpected,
        VariantAccess, Visitor,
        value::{BorrowedStrDeserializer, StrDeserializer},
    },
    forward_to_deserialize_any,
};
use serde_json::{Map, Value};
use std::fmt;

/// A value as a type; the error names the field that does not fit, where one is known.
pub(crate) fn read<T: DeserializeOwned>(value: &Value) -> Result<T, Misfit> {
    T::deserialize(Reader(value))
}

/// What does not fit. Which field it is helps whoever looks for the fault; all else can be seen in the answer itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Misfit(&'static str);

const LENGTH: Misfit = Misfit("a list has another length");
const KIND: Misfit = Misfit("another kind of value is expected");

impl fmt::Display for Misfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}
impl std::error::Error for Misfit {}

impl Error for Misfit {
    fn custom<T: fmt::Display>(_: T) -> Self {
        Self("a value is out of its range")
    }
    fn invalid_type(_: Unexpected<'_>, _: &dyn Expected) -> Self {
        KIND
    }
    fn invalid_value(_: Unexpected<'_>, _: &dyn Expected) -> Self {
        Self("a value is out of its range")
    }
    fn invalid_length(_: usize, _: &dyn Expected) -> Self {
        LENGTH
    }
    fn unknown_variant(_: &str, _: &'static [&'static str]) -> Self {
        Self("a word is not known")
    }
    fn unknown_field(_: &str, _: &'static [&'static str]) -> Self {
        Self("a field is not known")
    }
    fn missing_field(field: &'static str) -> Self {
        Self(field)
    }
    fn duplicate_field(field: &'static str) -> Self {
        Self(field)
    }
}

#[derive(Clone, Copy)]
struct Reader<'a>(&'a Value);

macro_rules! numbers {
    ($($method:ident $visit:ident $get:ident)*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Misfit> {
            visitor.$visit(self.0.$get().ok_or(KIND)?)
        }
    )*};
}

impl<'de> Deserializer<'de> for Reader<'de> {
    type Error = Misfit;

    numbers! {
        deserialize_bool visit_bool as_bool
        deserialize_i8 visit_i64 as_i64
        deserialize_i16 visit_i64 as_i64
        deserialize_i32 visit_i64 as_i64
        deserialize_i64 visit_i64 as_i64
        deserialize_u8 visit_u64 as_u64
        deserialize_u16 visit_u64 as_u64
        deserialize_u32 visit_u64 as_u64
        deserialize_u64 visit_u64 as_u64
        deserialize_f32 visit_f64 as_f64
        deserialize_f64 visit_f64 as_f64
        deserialize_char visit_borrowed_str as_str
        deserialize_str visit_borrowed_str as_str
        deserialize_string visit_borrowed_str as_str
        deserialize_identifier visit_borrowed_str as_str
    }

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Misfit> {
        match self.0 {
            Value::Null => visitor.visit_unit(),
            Value::Bool(value) => visitor.visit_bool(*value),
            Value::Number(number) => match (number.as_u64(), number.as_i64()) {
                (Some(whole), _) => visitor.visit_u64(whole),
                (_, Some(whole)) => visitor.visit_i64(whole),
                _ => visitor.visit_f64(number.as_f64().ok_or(KIND)?),
            },
            Value::String(text) => visitor.visit_borrowed_str(text),
            Value::Array(_) => self.deserialize_seq(visitor),
            Value::Object(_) => self.deserialize_map(visitor),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Misfit> {
        if self.0.is_null() { visitor.visit_none() } else { visitor.visit_some(self) }
    }

    fn deserialize_unit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Misfit> {
        visitor.visit_unit()
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Misfit> {
        visitor.visit_unit()
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, Misfit> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Misfit> {
        visitor.visit_seq(Items(self.0.as_array().ok_or(KIND)?.iter()))
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, Misfit> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Misfit> {
        visitor.visit_map(Fields::of(self.0.as_object().ok_or(KIND)?))
    }

    fn deserialize_struct<V: Visitor<'de>>(self, _: &'static str, names: &'static [&'static str], visitor: V) -> Result<V::Value, Misfit> {
        let mut named = Named { names: names.iter(), fields: self.0.as_object().ok_or(KIND)?, last: "" };
        let read = visitor.visit_seq(&mut named);
        read.map_err(|misfit| if misfit == LENGTH { Misfit(named.last) } else { misfit })
    }

    fn deserialize_enum<V: Visitor<'de>>(self, _: &'static str, _: &'static [&'static str], visitor: V) -> Result<V::Value, Misfit> {
        match self.0 {
            Value::String(word) => visitor.visit_enum(StrDeserializer::<Misfit>::new(word)),
            Value::Object(fields) => {
                let (word, content) = fields.iter().next().ok_or(KIND)?;
                visitor.visit_enum(Variant(word, content))
            }
            _ => Err(KIND),
        }
    }

    forward_to_deserialize_any! { i128 u128 bytes byte_buf unit_struct tuple_struct }
}

impl<'a> IntoDeserializer<'a, Misfit> for Reader<'a> {
    type Deserializer = Self;
    fn into_deserializer(self) -> Self {
        self
    }
}

struct Items<'a>(std::slice::Iter<'a, Value>);

impl<'a> SeqAccess<'a> for Items<'a> {
    type Error = Misfit;
    fn next_element_seed<T: DeserializeSeed<'a>>(&mut self, seed: T) -> Result<Option<T::Value>, Misfit> {
        self.0.next().map(|value| seed.deserialize(Reader(value))).transpose()
    }
    fn size_hint(&self) -> Option<usize> {
        Some(self.0.len())
    }
}

/// The fields of a struct in its own order. One that is not there has its default, where the struct gives one; so an `Option` that
/// may be left out needs `#[serde(default)]` here.
struct Named<'a> {
    names: std::slice::Iter<'static, &'static str>,
    fields: &'a Map<String, Value>,
    last: &'static str,
}

impl<'a> SeqAccess<'a> for Named<'a> {
    type Error = Misfit;
    fn next_element_seed<T: DeserializeSeed<'a>>(&mut self, seed: T) -> Result<Option<T::Value>, Misfit> {
        let Some(name) = self.names.next() else { return Ok(None) };
        self.last = name;
        self.fields.get(*name).map(|value| seed.deserialize(Reader(value))).transpose()
    }
}

struct Fields<'a> {
    rest: serde_json::map::Iter<'a>,
    value: &'a Value,
}

impl<'a> Fields<'a> {
    fn of(fields: &'a Map<String, Value>) -> Self {
        Self { rest: fields.iter(), value: &Value::Null }
    }
}

impl<'a> MapAccess<'a> for Fields<'a> {
    type Error = Misfit;
    fn next_key_seed<K: DeserializeSeed<'a>>(&mut self, seed: K) -> Result<Option<K::Value>, Misfit> {
        let Some((name, value)) = self.rest.next() else { return Ok(None) };
        self.value = value;
        seed.deserialize(BorrowedStrDeserializer::new(name)).map(Some)
    }
    fn next_value_seed<T: DeserializeSeed<'a>>(&mut self, seed: T) -> Result<T::Value, Misfit> {
        seed.deserialize(Reader(self.value))
    }
}

/// A variant with content, as `{"word": content}`.
struct Variant<'a>(&'a str, &'a Value);

impl<'a> EnumAccess<'a> for Variant<'a> {
    type Error = Misfit;
    type Variant = Self;
    fn variant_seed<T: DeserializeSeed<'a>>(self, seed: T) -> Result<(T::Value, Self), Misfit> {
        Ok((seed.deserialize(StrDeserializer::<Misfit>::new(self.0))?, self))
    }
}

impl<'a> VariantAccess<'a> for Variant<'a> {
    type Error = Misfit;
    fn unit_variant(self) -> Result<(), Misfit> {
        Ok(())
    }
    fn newtype_variant_seed<T: DeserializeSeed<'a>>(self, seed: T) -> Result<T::Value, Misfit> {
        seed.deserialize(Reader(self.1))
    }
    fn tuple_variant<V: Visitor<'a>>(self, _: usize, visitor: V) -> Result<V::Value, Misfit> {
        Reader(self.1).deserialize_seq(visitor)
    }
    fn struct_variant<V: Visitor<'a>>(self, names: &'static [&'static str], visitor: V) -> Result<V::Value, Misfit> {
        Reader(self.1).deserialize_struct("", names, visitor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::{Deserialize, Serialize};
    use serde_json::json;

    /// Everything an answer may be made of.
    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    struct All {
        truth: bool,
        signed: i32,
        big: u64,
        part: f64,
        text: String,
        maybe: Option<u8>,
        list: Vec<(String, i64)>,
        word: Word,
        tagged: Tagged,
        wrapped: Wrapped,
        free: Value,
        #[serde(default)]
        absent: String,
    }
    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    #[serde(rename_all = "SCREAMING_SNAKE_CASE")]
    enum Word {
        OneThing,
        Held(i32),
        Named { a: i32 },
    }
    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    #[serde(tag = "what", rename_all = "snake_case")]
    enum Tagged {
        Nothing,
        OtherTenant { tenant_name: String },
    }
    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    struct Wrapped(String);

    fn all(word: Word, tagged: Tagged, maybe: Option<u8>) -> All {
        All {
            truth: true,
            signed: -7,
            big: u64::MAX,
            part: 0.1,
            text: "a \"b\" \u{1f600}".into(),
            maybe,
            list: vec![("x".into(), i64::MIN), (String::new(), 0)],
            word,
            tagged,
            wrapped: Wrapped("w".into()),
            free: json!({ "deep": [null, 1.5, { "k": -1 }], "big": u64::MAX }),
            absent: String::new(),
        }
    }

    #[test]
    fn what_was_written_is_read() {
        let tagged = Tagged::OtherTenant { tenant_name: "Northwind".into() };
        for value in [
            all(Word::OneThing, Tagged::Nothing, None),
            all(Word::Held(3), tagged.clone(), Some(255)),
            all(Word::Named { a: 1 }, tagged, Some(0)),
        ] {
            let mut json = serde_json::to_value(&value).expect("JSON");
            assert_eq!(read::<All>(&json), Ok(value.clone()));
            json.as_object_mut().expect("an object").remove("absent");
            json["unknown to this page"] = json!([1]);
            assert_eq!(read::<All>(&json), Ok(value), "a newer server may say more");
        }
    }

    #[test]
    fn what_does_not_fit_is_told_and_never_guessed() {
        let good = serde_json::to_value(all(Word::OneThing, Tagged::Nothing, None)).expect("JSON");
        let spoiled = |field: &str, value: Value| {
            let mut json = good.clone();
            json[field] = value;
            read::<All>(&json)
        };
        for (field, value) in [
            ("truth", json!(1)),
            ("signed", json!(4_000_000_000_u32)),
            ("signed", json!(1.5)),
            ("maybe", json!(256)),
            ("text", json!(null)),
            ("list", json!([["x"]])),
            ("list", json!({})),
            ("word", json!("NOT_A_WORD")),
            ("tagged", json!({ "what": "other_tenant" })),
        ] {
            assert!(spoiled(field, value.clone()).is_err(), "{field} {value}");
        }
        let mut missing = good.clone();
        missing.as_object_mut().expect("an object").remove("big");
        assert_eq!(read::<All>(&missing), Err(Misfit("big")));
        assert_eq!(read::<All>(&json!([true, -7])), Err(KIND), "no arrays for structs");
    }
}
