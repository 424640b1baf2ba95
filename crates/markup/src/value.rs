//! Values of attributes, classes and properties.

use std::borrow::Cow;

/// What an attribute is at a moment, or how to find out.
pub enum Value {
    /// The attribute is not there.
    Absent,
    /// The attribute is there without a value: `required`.
    Present,
    Text(Cow<'static, str>),
    /// Found out again whenever a signal changes that was read. It never gives another `Live`.
    Live(Box<dyn FnMut() -> Value + Send>),
}

impl Value {
    /// Whether something that is either on or off is on.
    pub(crate) fn is_on(&self) -> bool {
        !matches!(self, Self::Absent)
    }
}

/// What can be given where an attribute's value is expected.
pub trait IntoValue {
    fn into_value(self) -> Value;
}

impl IntoValue for Value {
    fn into_value(self) -> Value {
        self
    }
}

impl IntoValue for &'static str {
    fn into_value(self) -> Value {
        Value::Text(Cow::Borrowed(self))
    }
}

impl IntoValue for String {
    fn into_value(self) -> Value {
        Value::Text(Cow::Owned(self))
    }
}

impl IntoValue for bool {
    fn into_value(self) -> Value {
        if self { Value::Present } else { Value::Absent }
    }
}

impl<T: IntoValue> IntoValue for Option<T> {
    fn into_value(self) -> Value {
        self.map_or(Value::Absent, IntoValue::into_value)
    }
}

leaves!(IntoValue, into_value, Value);
