//! What the forms of deeds share: a text or a number with its hint and its error, a check box,
//! and reading JSON that somebody types. Not in here: a deed.

use super::draft::Draft;
use crate::{
    components::{Field, FieldKind},
    text::count,
};
use leptos::prelude::*;
use markup::{Html, view};
use serde_json::Value;
use std::ops::RangeInclusive;

/// A text over several lines. What is wrong with it is said once somebody typed or tried.
#[must_use]
pub fn text_field(
    name: &'static str,
    label: &'static str,
    hint: &'static str,
    value: RwSignal<String>,
    wrong: Signal<Option<String>>,
    draft: Draft,
) -> Html {
    let told = Signal::derive(move || wrong.get().filter(|_| draft.tried.get() || !value.read().is_empty()));
    view! { <Field label name value hint kind=FieldKind::Long error=told/> }
}

/// A check box with its words.
#[must_use]
pub fn check_field(name: &'static str, words: &'static str, value: RwSignal<bool>) -> Html {
    view! {
        <label class="check">
            <input type="checkbox" name=name prop:checked=move || value.get() on:change=move |event| value.set(event_target_checked(&event))/>
            {words}
        </label>
    }
}

/// A whole number in a range. What is wrong with it is said once somebody typed or tried.
#[must_use]
pub fn number_field(
    label: &'static str,
    name: &'static str,
    hint: &'static str,
    value: RwSignal<String>,
    range: RangeInclusive<i64>,
    draft: Draft,
) -> Html {
    let (least, most) = (*range.start(), *range.end());
    let wrong = Signal::derive(move || whole(&value.read(), least, most).err().filter(|_| draft.tried.get() || !value.read().is_empty()));
    view! { <Field label name value hint kind=FieldKind::Code error=wrong required=true/> }
}

/// A whole number between two others.
pub fn whole(text: &str, least: i64, most: i64) -> Result<i64, String> {
    let number = text.trim().parse().ok().filter(|number| (least..=most).contains(number));
    number.ok_or_else(|| ["A whole number between ", &least.to_string(), " and ", &count(most), " is needed."].concat())
}

/// What is wrong with a text that should be a JSON object or empty.
#[must_use]
pub fn json_problem(text: &str) -> Option<String> {
    if text.trim().is_empty() {
        return None;
    }
    match serde_json::from_str::<Value>(text) {
        Ok(Value::Object(_)) => None,
        Ok(_) => Some("This is JSON, but not an object. Put it in braces, such as {\"rooms\": 7}.".to_owned()),
        Err(error) => {
            let (line, column) = (error.line().to_string(), error.column().to_string());
            Some(["This is not JSON: look at line ", &line, ", column ", &column, "."].concat())
        }
    }
}

/// The parameters as they will be sent: what is typed, with `ignore_hatching` laid over it when asked for.
#[must_use]
pub fn with_hatching_left_out(params: &str, leave_out: bool) -> String {
    let params = params.trim();
    if !leave_out {
        return params.to_owned();
    }
    let mut fields = match serde_json::from_str::<Value>(params) {
        Ok(Value::Object(fields)) => fields,
        _ => serde_json::Map::new(),
    };
    fields.insert("ignore_hatching".to_owned(), Value::Bool(true));
    Value::Object(fields).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_whole_numbers_in_range_are_taken() {
        assert_eq!(whole(" 50 ", 1, 10_000), Ok(50));
        for wrong in ["", "0", "10001", "5.5", "many", "-1"] {
            assert_eq!(whole(wrong, 1, 10_000).expect_err(wrong), "A whole number between 1 and 10,000 is needed.");
        }
    }

    #[test]
    fn json_is_an_object_or_nothing() {
        assert_eq!(json_problem("  "), None);
        assert_eq!(json_problem("{\"a\": 1}"), None);
        assert!(json_problem("[1]").is_some_and(|wrong| wrong.contains("not an object")));
        assert!(json_problem("{\n\"a\": }").is_some_and(|wrong| wrong.contains("line 2, column 6")));
    }

    #[test]
    fn hatching_is_laid_over_what_is_typed() {
        assert_eq!(with_hatching_left_out(" ", false), "");
        assert_eq!(with_hatching_left_out("", true), "{\"ignore_hatching\":true}");
        assert_eq!(with_hatching_left_out("{\"min_width\":2}", true), "{\"ignore_hatching\":true,\"min_width\":2}");
        assert_eq!(with_hatching_left_out("{\"ignore_hatching\":false}", true), "{\"ignore_hatching\":true}");
    }
}
