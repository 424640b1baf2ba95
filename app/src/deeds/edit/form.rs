//! A form made from a contract: a control for each field, by its kind; locked ones with the reason, sensitive ones masked. Each writes
//! into the document, so that the JSON beside it is never another payload.

use super::{Base, Editing};
use crate::{
    components::{Field, FieldKind},
    icons::Icon,
};
use exact::{Edit, Json, Kind, MASK, Path};
use leptos::prelude::*;
use markup::{Html, IntoHtml, effect, view};

/// Longer text gets several lines.
const LINE: usize = 80;

/// The fields of the contract.
pub(super) fn form(editing: Editing, base: &Base) -> Html {
    let Some(contract) = &base.contract else { return ().into_html() };
    view! { <div class="form">{fields(editing, base, &contract.root, &Path::default())}</div> }
}

/// Those that have to be there first, then the others.
fn fields(editing: Editing, base: &Base, of: &exact::Field, path: &Path) -> Vec<Html> {
    let is_required = |name: &String| of.required.contains(name);
    let (first, then): (Vec<_>, Vec<_>) = of.fields.iter().partition(|(name, _)| is_required(name));
    let control = |(name, field): &(String, exact::Field)| control(editing, base, field, &path.key(name), name, is_required(name));
    first.into_iter().chain(then).map(control).collect()
}

fn control(editing: Editing, base: &Base, field: &exact::Field, path: &Path, name: &str, required: bool) -> Html {
    let label = field.title.clone().unwrap_or_else(|| name.to_owned());
    let now = editing.document.with_untracked(|document| document.as_ref().as_ref().ok().and_then(|document| document.at(path)).cloned());
    let one = One { editing, path: path.clone(), label, hint: field.about.clone(), required, placeholder: None };
    match (field.edit, &field.one_of, field.kinds.as_slice()) {
        (Edit::Locked, ..) => locked(&one, field.reason.as_deref(), base.before.at(path)),
        (Edit::Sensitive, _, kinds) => sensitive(one, kinds, now.is_some()),
        (_, Some(choices), _) => choice(one, choices.clone(), now),
        (_, None, [Kind::Bool]) => choice(one, vec![Json::Bool(true), Json::Bool(false)], now),
        (_, None, [Kind::Object]) if !field.fields.is_empty() && matches!(now, Some(Json::Object(_))) => group(base, field, &one),
        (_, None, [Kind::Whole | Kind::Number]) => number(one, now),
        (_, None, [Kind::Text]) => words(one, now),
        _ => raw(one, now),
    }
}

/// What all controls know.
#[derive(Clone)]
struct One {
    editing: Editing,
    path: Path,
    label: String,
    hint: Option<String>,
    required: bool,
    /// Shown where nothing is written.
    placeholder: Option<String>,
}

impl One {
    fn wrong(&self) -> Signal<Option<String>> {
        let (editing, path) = (self.editing, self.path.clone());
        Signal::derive(move || editing.said_of(&path))
    }

    /// A field whose text is made into a value: `None` takes the field away, an error says why it is none.
    fn field(self, kind: FieldKind, text: String, value: fn(&str) -> Result<Option<Json>, String>) -> Html {
        let typed = RwSignal::new(text);
        let wrong = self.wrong();
        let Self { editing, path, label, hint, required, placeholder } = self;
        let name = path.to_string();
        let mut first = true;
        effect(move || {
            let made = typed.with(|typed| value(typed));
            if std::mem::take(&mut first) {
                return;
            }
            match made {
                Ok(value) => {
                    editing.say(&path, None);
                    editing.put(&path, value);
                }
                Err(why) => editing.say(&path, Some(why)),
            }
        });
        match hint {
            Some(hint) => view! { <Field label name value=typed kind required error=wrong placeholder hint/> },
            None => view! { <Field label name value=typed kind required error=wrong placeholder/> },
        }
    }
}

fn group(base: &Base, field: &exact::Field, one: &One) -> Html {
    let inner = fields(one.editing, base, field, &one.path);
    view! { <fieldset class="nested form"><legend>{one.label.clone()}</legend>{inner}</fieldset> }
}

fn locked(one: &One, reason: Option<&str>, value: Option<&Json>) -> Html {
    let value = value.map_or_else(|| "not there".to_owned(), Json::line);
    let why = reason.unwrap_or("Another value would make another command of it.").to_owned();
    view! {
        <div class="field locked">
            <span class="label"><Icon of=Icon::Lock/>{one.label.clone()}<span class="optional">" (locked)"</span></span>
            <output class="mono">{value}</output>
            <span class="hint">{why}</span>
        </div>
    }
}

/// Nothing of it is here to be shown; what is written replaces it.
fn sensitive(one: One, kinds: &[Kind], is_there: bool) -> Html {
    let stays = if is_there {
        "Hidden. It stays as it is, unless you write another value."
    } else {
        "Not there. What you write is hidden afterwards."
    };
    let hint = one.hint.as_ref().map_or_else(|| stays.to_owned(), |about| [about, " ", stays].concat());
    let one = One { hint: Some(hint), required: false, placeholder: is_there.then(|| MASK.to_owned()), ..one };
    if !is_there {
        return one.field(FieldKind::Code, String::new(), |text| Ok((!text.is_empty()).then(|| Json::Text(text.to_owned()))));
    }
    match kinds {
        [Kind::Text] => {
            one.field(FieldKind::Code, String::new(), |text| Ok(Some(Json::Text(if text.is_empty() { MASK } else { text }.to_owned()))))
        }
        _ => one.field(FieldKind::Code, String::new(), |text| match text.trim() {
            "" => Ok(Some(Json::Text(MASK.to_owned()))),
            text => Json::read(text).map(Some).map_err(|misread| misread.to_string()),
        }),
    }
}

fn number(one: One, now: Option<Json>) -> Html {
    let text = now.map_or_else(String::new, |now| if let Json::Text(text) = now { text } else { now.line() });
    one.field(FieldKind::Code, text, |text| match text.trim() {
        "" => Ok(None),
        // What is no number is told by the contract, which knows what is expected.
        text => Ok(Some(Json::read(text).unwrap_or_else(|_| Json::Text(text.to_owned())))),
    })
}

fn words(one: One, now: Option<Json>) -> Html {
    let text = match now {
        None => String::new(),
        Some(Json::Text(text)) if !Json::has_unseen(&text) => text,
        // Only written out can everything in it be seen.
        now => return raw(one, now),
    };
    let kind = if text.contains('\n') || text.chars().count() > LINE { FieldKind::Long } else { FieldKind::Text };
    if one.required {
        return one.field(kind, text, |text| Ok(Some(Json::Text(text.to_owned()))));
    }
    one.field(kind, text, |text| Ok((!text.is_empty()).then(|| Json::Text(text.to_owned()))))
}

/// Any value, as JSON.
fn raw(one: One, now: Option<Json>) -> Html {
    let text = now.map_or_else(String::new, |now| now.pretty());
    let hint = one.hint.as_ref().map_or_else(|| "As JSON.".to_owned(), |about| [about, " As JSON."].concat());
    let one = One { hint: Some(hint), ..one };
    one.field(FieldKind::Long, text, |text| match text.trim() {
        "" => Ok(None),
        text => Json::read(text).map(Some).map_err(|misread| misread.to_string()),
    })
}

/// One of several values.
fn choice(one: One, choices: Vec<Json>, now: Option<Json>) -> Html {
    let id = ["edit-", &one.path.to_string()].concat();
    let hint_id = [&id, "-hint"].concat();
    let chosen = now.as_ref().and_then(|now| choices.iter().position(|choice| choice == now));
    let option = |(at, choice): (usize, &Json)| {
        let words = match choice {
            Json::Text(text) => text.clone(),
            Json::Bool(true) => "yes".to_owned(),
            Json::Bool(false) => "no".to_owned(),
            other => other.line(),
        };
        view! { <option value=at.to_string() selected=chosen == Some(at)>{words}</option> }
    };
    // What is there now and is none of them stays until something is chosen.
    let other = chosen.is_none().then(|| {
        let words = now.as_ref().map_or_else(|| "not there".to_owned(), Json::line);
        view! { <option value="" selected=true>{words}</option> }
    });
    let options = choices.iter().enumerate().map(option).collect::<Vec<_>>();
    let wrong = one.wrong();
    let One { editing, path, label, hint, required, .. } = one;
    let pick = move |at: String| {
        if let Some(choice) = at.parse().ok().and_then(|at: usize| choices.get(at)) {
            editing.put(&path, Some(choice.clone()));
        }
    };
    view! {
        <div class="field">
            <label for=id.clone()>{label}{(!required).then(|| view! { <span class="optional">" (optional)"</span> })}</label>
            <select class="input" id=id aria-describedby=hint_id.clone() on:change=move |event| pick(event_target_value(&event))>{other}{options}</select>
            <span class="hint" id=hint_id>{hint}{move || wrong.get()}</span>
        </div>
    }
}
