//! What the forms of deeds share: a text with its hint and its error, a check box, and
//! reading JSON that somebody types. Not in here: a deed.

use super::draft::Draft;
use crate::components::{Field, FieldKind};
use leptos::prelude::*;
use markup::{Html, view};
use serde_json::Value;

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
