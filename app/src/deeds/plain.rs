//! Deeds whose input is a few plain values: their fields are a table, their dialog is made from it, and a page says both with the deed
//! itself. Not in here: deeds that have to look at something first, or whose fields depend on each other; those have files of their own.

use super::{
    asked::{Asked, ask_for, latch_word},
    button::{Opens, open_button},
    dialog::{Parts, deed_dialog},
    draft::Draft,
    field::{check_field, whole},
    intent::Intent,
};
use crate::{
    components::{Field, FieldKind},
    icons::Icon,
};
use domain::Meta;
use leptos::prelude::*;
use markup::{Html, IntoHtml, memo, view};
use serde_json::{Map, Value};

/// A deed with what is known of its input and what is still to be said.
#[derive(Clone, Debug, PartialEq)]
pub struct OnPlain {
    pub meta: &'static Meta,
    /// What it is done to, in a line.
    pub about: String,
    /// The word on the button that does it.
    pub verb: &'static str,
    /// The values that are known already.
    pub known: Value,
    pub fields: Vec<PlainField>,
}

/// One value somebody says.
#[derive(Clone, Debug, PartialEq)]
pub struct PlainField {
    /// The field of the input.
    pub name: &'static str,
    pub label: &'static str,
    pub hint: &'static str,
    pub kind: PlainKind,
    /// What stands there first.
    pub value: String,
    pub required: bool,
    /// It is asked for only while another field holds one of these.
    pub only: Option<(&'static str, &'static [&'static str])>,
}

/// How a value is said.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum PlainKind {
    Text,
    Code,
    Long,
    /// A whole number between two others.
    Number(i64, i64),
    /// `true` when ticked.
    Check,
    /// One of some words, each with what it means.
    Choice(&'static [(&'static str, &'static str)]),
    /// Any of some words.
    Several(&'static [(&'static str, &'static str)]),
}

impl PlainField {
    /// A text that may be left out.
    #[must_use]
    pub fn new(name: &'static str, label: &'static str, hint: &'static str, kind: PlainKind) -> Self {
        Self { name, label, hint, kind, value: String::new(), required: false, only: None }
    }
    /// It has to be said.
    #[must_use]
    pub fn required(self) -> Self {
        Self { required: true, ..self }
    }
    #[must_use]
    pub fn value(self, value: impl Into<Option<String>>) -> Self {
        Self { value: value.into().unwrap_or_default(), ..self }
    }
    #[must_use]
    pub fn only(self, field: &'static str, holds: &'static [&'static str]) -> Self {
        Self { only: Some((field, holds)), ..self }
    }

    /// The value on its way, nothing for what is left out, or what is wrong with it.
    fn read(&self, text: &str) -> Result<Option<Value>, String> {
        let text = text.trim();
        match self.kind {
            PlainKind::Check => Ok((text == "true").then_some(Value::Bool(true))),
            _ if text.is_empty() && self.required => Err([self.label, " is needed."].concat()),
            _ if text.is_empty() => Ok(None),
            PlainKind::Number(least, most) => whole(text, least, most).map(|number| Some(number.into())),
            PlainKind::Several(_) => Ok(Some(text.split_whitespace().collect::<Vec<_>>().into())),
            PlainKind::Text | PlainKind::Code | PlainKind::Long | PlainKind::Choice(_) => Ok(Some(text.into())),
        }
    }
}

/// What is said, a signal a field.
#[derive(Clone, Copy)]
struct Said {
    fields: StoredValue<Vec<(PlainField, RwSignal<String>)>>,
}

impl Said {
    fn is_asked(self, field: &PlainField) -> bool {
        let Some((other, holds)) = field.only else { return true };
        self.fields.with_value(|fields| {
            let governs = |(field, value): &(PlainField, RwSignal<String>)| {
                field.name == other && holds.contains(&value.read().as_str()) && self.is_asked(field)
            };
            fields.iter().any(governs)
        })
    }

    fn input(self, known: &Value) -> Result<Value, String> {
        let mut input = known.as_object().cloned().unwrap_or_else(Map::new);
        self.fields.with_value(|fields| {
            for (field, value) in fields {
                if self.is_asked(field)
                    && let Some(value) = field.read(&value.read())?
                {
                    input.insert(field.name.to_owned(), value);
                }
            }
            Ok(Value::Object(input))
        })
    }
}

/// The dialog.
#[component]
pub fn PlainForm(on: OnPlain, done: Callback<()>) -> Html {
    let OnPlain { meta, about, verb, known, fields } = on;
    let fields = fields.into_iter().map(|field| {
        let value = RwSignal::new(field.value.clone());
        (field, value)
    });
    let said = Said { fields: StoredValue::new(fields.collect()) };
    let filled = Signal::derive(move || said.input(&known).map(|input| Intent { meta, input, line: None, first: None }));
    let draft = Draft::new(meta, None, filled);
    let controls = said
        .fields
        .with_value(|fields| fields.iter().map(|(field, value)| control(field.clone(), *value, said, draft)).collect::<Vec<_>>());
    let fields = view! { <div class="pair">{controls}</div> };
    deed_dialog(Parts { draft, tenant_name: String::new(), about, verb, fields, done })
}

fn control(field: PlainField, value: RwSignal<String>, said: Said, draft: Draft) -> Html {
    let asked = {
        let field = field.clone();
        memo(move || said.is_asked(&field))
    };
    let shown = move || asked.get().then(|| input(&field, value, draft));
    shown.into_html()
}

fn input(field: &PlainField, value: RwSignal<String>, draft: Draft) -> Html {
    let PlainField { name, label, hint, kind, required, .. } = field.clone();
    let wrong = {
        let field = field.clone();
        Signal::derive(move || field.read(&value.read()).err().filter(|_| draft.tried.get() || !value.read().is_empty()))
    };
    let text = |kind| view! { <Field label name=name value hint kind=kind error=wrong required/> };
    match kind {
        PlainKind::Text => text(FieldKind::Text),
        PlainKind::Code | PlainKind::Number(..) => text(FieldKind::Code),
        PlainKind::Long => text(FieldKind::Long),
        PlainKind::Check => {
            let ticked = RwSignal::new(value.get_untracked() == "true");
            markup::effect(move || value.set(if ticked.get() { "true".to_owned() } else { String::new() }));
            check_field(name, label, ticked)
        }
        PlainKind::Choice(choices) => {
            let option = |(word, meaning): &(&'static str, &'static str)| {
                let (word, meaning) = (*word, *meaning);
                view! { <option value=word selected=move || value.get() == word>{meaning}</option> }
            };
            let options = choices.iter().map(option).collect::<Vec<_>>();
            let (id, hint_id) = (["plain-", name].concat(), ["plain-", name, "-hint"].concat());
            view! {
                <div class="field">
                    <label for=id.clone()>{label}</label>
                    <span class="hint" id=hint_id.clone() hidden=hint.is_empty()>{hint}</span>
                    <select class="input" id=id name=name aria-describedby=hint_id on:change=move |event| value.set(event_target_value(&event))>{options}</select>
                </div>
            }
        }
        PlainKind::Several(choices) => several(name, label, choices, value, wrong),
    }
}

fn several(
    name: &'static str,
    label: &'static str,
    choices: &'static [(&'static str, &'static str)],
    value: RwSignal<String>,
    wrong: Signal<Option<String>>,
) -> Html {
    let holds = move |word: &str| value.read().split_whitespace().any(|held| held == word);
    let choice = move |(word, meaning): &(&'static str, &'static str)| {
        let (word, meaning) = (*word, *meaning);
        let tick = move |event| {
            let on = event_target_checked(&event);
            value.update(|text| {
                let mut words: Vec<&str> = text.split_whitespace().filter(|held| *held != word).collect();
                words.extend(on.then_some(word));
                *text = words.join(" ");
            });
        };
        view! {
            <label class="choice">
                <input type="checkbox" name=name value=word prop:checked=move || holds(word) on:change=tick/>
                <span>{word}<small>{meaning}</small></span>
            </label>
        }
    };
    view! {
        <div class="field">
            <b aria-hidden="true">{label}</b>
            <div class="choices" role="group" aria-label=label>{choices.iter().map(choice).collect::<Vec<_>>()}</div>
            <span class="error" role="alert" hidden=move || wrong.read().is_none()>{move || wrong.get()}</span>
        </div>
    }
}

/// What is asked for on this page by the name of its deed, and on what; held still like every dialog.
#[must_use]
pub fn latch_plain(find: impl Fn(&str, Option<&str>) -> Option<OnPlain> + 'static) -> RwSignal<Option<Asked>> {
    latch_word(Box::new(move |word, of| find(word, of).map(|on| Asked::Plain(Box::new(on)))))
}

/// Opens the dialog of a plain deed.
#[component]
pub fn PlainButton(
    meta: &'static Meta,
    label: &'static str,
    icon: Icon,
    /// What on, where the page has more than one subject.
    #[prop(optional, into)]
    of: Option<String>,
    #[prop(optional)] primary: bool,
    #[prop(optional)] danger: bool,
    /// One of several in a line: its icon says enough to those who see it.
    #[prop(optional)]
    bare: bool,
) -> Html {
    let class = match (primary, danger, bare, of.is_some()) {
        (true, ..) => "btn primary",
        (_, true, false, false) => "btn danger",
        (_, _, true, _) => "btn small quiet icon-only",
        // In the line of what it is done to.
        (_, _, _, true) => "btn small",
        _ => "btn",
    };
    let open = ask_for();
    let on = of.clone();
    open_button(
        Opens { meta, tenant: None, word: meta.name, of, class, icon, label, key: None, blocked: None, icon_only: bare, writes: false },
        move || open(meta.name, on.as_deref()),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_read_as_its_kind_says() {
        let field = |kind| PlainField::new("f", "Field", "", kind);
        assert_eq!(field(PlainKind::Text).read("  "), Ok(None));
        assert_eq!(field(PlainKind::Text).required().read(" "), Err("Field is needed.".to_owned()));
        assert_eq!(field(PlainKind::Code).read(" 10m "), Ok(Some("10m".into())));
        assert_eq!(field(PlainKind::Number(1, 60)).read("30"), Ok(Some(30.into())));
        assert!(field(PlainKind::Number(1, 60)).read("61").is_err());
        assert_eq!(field(PlainKind::Several(&[])).read("read logs.read"), Ok(Some(serde_json::json!(["read", "logs.read"]))));
        assert_eq!((field(PlainKind::Check).read("true"), field(PlainKind::Check).read("")), (Ok(Some(true.into())), Ok(None)));
    }
}
