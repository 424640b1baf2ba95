//! Attributes, classes and properties on the page, and how they follow their signals.

use crate::{
    Value,
    html::{Setting, What},
};
use leptos::{prelude::RenderEffect, tachys::renderer::Rndr};
use std::borrow::Cow;
use wasm_bindgen::JsValue;
use web_sys::Element;

/// The settings of an element in their order.
pub(crate) type Settings = Vec<(What, Setted)>;

/// A setting in force.
pub(crate) enum Setted {
    Fixed(Value),
    /// Holds the effect that follows the signals; dropping it ends that.
    Live {
        _effect: RenderEffect<Value>,
    },
}

/// Puts settings on an element. `fresh`: it has none of them yet; otherwise the server has written the attributes and classes.
pub(crate) fn apply(settings: Vec<Setting>, node: &Element, fresh: bool) -> Settings {
    settings.into_iter().map(|setting| (setting.what, start(setting, node, fresh))).collect()
}

fn start(Setting { what, value }: Setting, node: &Element, fresh: bool) -> Setted {
    // The server cannot write properties.
    let write_first = fresh || matches!(what, What::Property(_));
    match value {
        Value::Live(mut make) => {
            let node = node.clone();
            let effect = RenderEffect::new(move |before: Option<Value>| {
                let now = make();
                let written = if before.is_none() { !write_first } else { is_same(before.as_ref(), &now) };
                if !written {
                    set(&node, what, before.as_ref(), &now);
                }
                now
            });
            Setted::Live { _effect: effect }
        }
        value => {
            if write_first {
                set(node, what, None, &value);
            }
            Setted::Fixed(value)
        }
    }
}

/// Brings settings up to date; they are those of the same place in the code, so they set the same things.
pub(crate) fn update(settings: &mut Settings, new: Vec<Setting>, node: &Element) {
    for ((_, old), new) in settings.iter_mut().zip(new) {
        let what = new.what;
        match (&*old, new.value) {
            (Setted::Fixed(before), now @ (Value::Absent | Value::Present | Value::Text(_))) => {
                if !is_same(Some(before), &now) {
                    set(node, what, Some(before), &now);
                }
                *old = Setted::Fixed(now);
            }
            (_, value) => *old = start(Setting { what, value }, node, true),
        }
    }
}

fn is_same(before: Option<&Value>, now: &Value) -> bool {
    match (before, now) {
        (Some(Value::Absent), Value::Absent) | (Some(Value::Present), Value::Present) => true,
        (Some(Value::Text(before)), Value::Text(now)) => before == now,
        _ => false,
    }
}

fn set(node: &Element, what: What, before: Option<&Value>, now: &Value) {
    match (what, now) {
        (What::Attribute(name), Value::Text(text)) => Rndr::set_attribute(node, name, text),
        (What::Attribute(name), Value::Present) => Rndr::set_attribute(node, name, ""),
        (What::Attribute(name), _) if before.is_some_and(Value::is_on) || before.is_none() => Rndr::remove_attribute(node, name),
        (What::Attribute(_), _) => {}
        // A class that cannot be is a fault of the code; the page goes on without it.
        (What::Class(name), now) => drop(node.class_list().toggle_with_force(name, now.is_on())),
        (What::Property(name), now) => Rndr::set_property_or_value(node, name, &property(now)),
    }
}

fn property(value: &Value) -> JsValue {
    match value {
        Value::Text(Cow::Borrowed(text)) => JsValue::from_str(text),
        Value::Text(Cow::Owned(text)) => JsValue::from_str(text),
        value => JsValue::from_bool(value.is_on()),
    }
}
