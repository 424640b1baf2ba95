//! What the worker of a command type says of its payload: a JSON Schema, of which this keeps a part, and which fields may be
//! edited. A keyword that is not kept is refused when the contract is made: nobody shall believe in a check that is not done. What a
//! schema cannot say, a worker's own check says.
//!
//! Kept: `type`, `properties`, `required`, `additionalProperties` (true or false), `items`, `minItems`, `maxItems`, `minLength`,
//! `maxLength`, `minimum`, `maximum`, `exclusiveMinimum`, `exclusiveMaximum`, `enum`, `const`. For people: `title`, `description`,
//! `default`, `examples`, `format`, `$schema`, `$id`, `$comment`. Of ours: `x-edit` (`free`, `locked`, `sensitive`), `x-reason` and, of
//! what is sensitive, `x-class`, on fields that are reached through objects.

use crate::{Json, MASK, Path, compare, number::is_whole};
use std::cmp::Ordering;

/// The class of a sensitive field that names none.
pub const USUAL_CLASS: &str = "personal";
/// Longest name of a class.
const LONGEST_CLASS: usize = 40;

/// Whether a field may be edited.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Edit {
    #[default]
    Free,
    /// Never: another value would make another command of it.
    Locked,
    /// May be replaced, and is never shown.
    Sensitive,
}

/// The kinds a value may have; as JSON Schema names them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Null,
    Bool,
    Whole,
    Number,
    Text,
    List,
    Object,
}

/// One field of a contract, or the whole.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Field {
    pub title: Option<String>,
    pub about: Option<String>,
    pub edit: Edit,
    /// Why it is locked.
    pub reason: Option<String>,
    /// Of which class it is, where it is sensitive; some classes are revealed only with the customer's consent.
    pub class: Option<String>,
    /// Empty: any.
    pub kinds: Vec<Kind>,
    pub one_of: Option<Vec<Json>>,
    pub fields: Vec<(String, Field)>,
    pub required: Vec<String>,
    pub closed: bool,
    items: Option<Box<Field>>,
    /// Number of items, characters, and bounds of numbers: keyword and limit.
    limits: Vec<(&'static str, String)>,
}

/// Something a payload has against it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    pub path: Path,
    pub sentence: String,
}

/// Why a schema is no contract, as a sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unfit(pub String);

/// The contract of a command type.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Contract {
    pub root: Field,
}

impl Contract {
    /// Reads a schema.
    ///
    /// # Errors
    /// When it is none of an object, or says something that is not kept.
    pub fn of(schema: &Json) -> Result<Self, Unfit> {
        let root = field(schema, &Path::default(), true)?;
        if root.edit != Edit::Free {
            return Err(Unfit("Say of each field whether it is locked or sensitive; the whole payload cannot be.".into()));
        }
        if root.kinds != [Kind::Object] {
            return Err(Unfit("A contract is about an object: give the schema \"type\": \"object\".".into()));
        }
        Ok(Self { root })
    }

    /// Everything a payload has against it.
    #[must_use]
    pub fn check(&self, payload: &Json) -> Vec<Said> {
        let mut said = Vec::new();
        judge(&self.root, payload, &Path::default(), &mut said);
        said
    }

    /// Locked fields that differ.
    #[must_use]
    pub fn locked(&self, before: &Json, after: &Json) -> Vec<Said> {
        let usual = "another value would make another command of it";
        let differs = |(path, _): &(Path, &Field)| before.at(path) != after.at(path);
        let say = |(path, field): (Path, &Field)| Said {
            sentence: format!("it is locked: {}.", field.reason.as_deref().map_or(usual, |reason| reason.trim_end_matches('.'))),
            path,
        };
        self.with(Edit::Locked).into_iter().filter(differs).map(say).collect()
    }

    /// Whether a change at a path would touch a locked field.
    #[must_use]
    pub fn locks(&self, path: &Path) -> bool {
        self.with(Edit::Locked).iter().any(|(locked, _)| path.within(locked) || locked.within(path))
    }

    /// Classes of the sensitive fields, in the order of [`Self::sensitive`].
    #[must_use]
    pub fn classes(&self) -> Vec<String> {
        self.with(Edit::Sensitive).into_iter().map(|(_, field)| field.class.clone().unwrap_or_else(|| USUAL_CLASS.to_owned())).collect()
    }

    /// Paths of sensitive fields, as their keys.
    #[must_use]
    pub fn sensitive(&self) -> Vec<Path> {
        self.with(Edit::Sensitive).into_iter().map(|(path, _)| path).collect()
    }

    fn with(&self, edit: Edit) -> Vec<(Path, &Field)> {
        let mut found = Vec::new();
        gather(&self.root, &Path::default(), edit, &mut found);
        found
    }
}

fn gather<'a>(field: &'a Field, path: &Path, edit: Edit, found: &mut Vec<(Path, &'a Field)>) {
    for (name, inner) in &field.fields {
        let path = path.key(name);
        if inner.edit == edit {
            found.push((path, inner));
        } else {
            gather(inner, &path, edit, found);
        }
    }
}

const LIMITS: [&str; 8] = ["minItems", "maxItems", "minLength", "maxLength", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"];
const FOR_PEOPLE: [&str; 6] = ["default", "examples", "format", "$schema", "$id", "$comment"];

fn field(schema: &Json, path: &Path, through_objects: bool) -> Result<Field, Unfit> {
    let Json::Object(words) = schema else {
        return Err(Unfit(format!("The schema of {path} is not an object.")));
    };
    let bad = |word: &str| Unfit(format!("The schema of {path} says \u{201c}{word}\u{201d} in a way that is not understood."));
    let mut found = Field::default();
    for (word, value) in words.iter() {
        match (word.as_str(), value) {
            ("title", Json::Text(text)) => found.title = Some(text.clone()),
            ("description", Json::Text(text)) => found.about = Some(text.clone()),
            ("x-reason", Json::Text(text)) => found.reason = Some(text.clone()),
            ("x-edit", _) if !through_objects => {
                return Err(Unfit(format!("{path} lies within a list; \u{201c}x-edit\u{201d} is said of the list as a whole.")));
            }
            ("x-class", Json::Text(text)) => found.class = Some(class(text).ok_or_else(|| bad("x-class"))?),
            ("x-edit", Json::Text(text)) => found.edit = edit(text).ok_or_else(|| bad("x-edit"))?,
            ("type", value) => found.kinds = kinds(value).ok_or_else(|| bad("type"))?,
            ("enum", Json::List(values)) if !values.is_empty() => found.one_of = Some(values.clone()),
            ("const", value) => found.one_of = Some(vec![value.clone()]),
            ("properties", Json::Object(parts)) => {
                for (name, part) in parts.iter() {
                    found.fields.push((name.clone(), field(part, &path.key(name), through_objects)?));
                }
            }
            ("required", Json::List(names)) => found.required = texts(names).ok_or_else(|| bad("required"))?,
            ("additionalProperties", Json::Bool(open)) => found.closed = !open,
            ("items", value) => found.items = Some(Box::new(field(value, &path.index(0), false)?)),
            (word, Json::Number(limit)) if LIMITS.contains(&word) => {
                found.limits.extend(LIMITS.iter().find(|known| **known == word).map(|known| (*known, limit.clone())));
            }
            (word, _) if FOR_PEOPLE.contains(&word) => {}
            (word, _) => {
                return Err(Unfit(format!(
                    "The schema of {path} says \u{201c}{word}\u{201d}, which is not kept here. Leave it out, and let the worker's check see to it."
                )));
            }
        }
    }
    // What is sensitive is so as a whole; what lies in it would be judged by nobody.
    if found.edit == Edit::Sensitive && found.fields.iter().any(|(_, inner)| says_more(inner)) {
        return Err(Unfit(format!("{path} is sensitive as a whole; leave \"x-edit\" and \"x-class\" out of what lies in it.")));
    }
    if found.class.is_some() && found.edit != Edit::Sensitive {
        return Err(Unfit(format!(
            "{path} has a class and is not sensitive; say \"x-edit\": \"sensitive\" of it, or leave the class out."
        )));
    }
    Ok(found)
}

fn says_more(field: &Field) -> bool {
    field.edit != Edit::Free || field.fields.iter().any(|(_, inner)| says_more(inner))
}

/// A word in small letters, as `health`.
fn class(word: &str) -> Option<String> {
    let fits = word.starts_with(|c: char| c.is_ascii_lowercase())
        && word.len() <= LONGEST_CLASS
        && word.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || "_-".contains(c));
    fits.then(|| word.to_owned())
}

fn edit(word: &str) -> Option<Edit> {
    Some(match word {
        "free" => Edit::Free,
        "locked" => Edit::Locked,
        "sensitive" => Edit::Sensitive,
        _ => return None,
    })
}

fn texts(values: &[Json]) -> Option<Vec<String>> {
    values.iter().map(|value| if let Json::Text(text) = value { Some(text.clone()) } else { None }).collect()
}

fn kinds(value: &Json) -> Option<Vec<Kind>> {
    let words = match value {
        Json::Text(word) => vec![word.clone()],
        Json::List(words) => texts(words)?,
        _ => return None,
    };
    let kind = |word: &String| {
        Some(match word.as_str() {
            "null" => Kind::Null,
            "boolean" => Kind::Bool,
            "integer" => Kind::Whole,
            "number" => Kind::Number,
            "string" => Kind::Text,
            "array" => Kind::List,
            "object" => Kind::Object,
            _ => return None,
        })
    };
    words.iter().map(kind).collect()
}

impl Kind {
    fn takes(self, value: &Json) -> bool {
        match (self, value) {
            (Self::Whole, Json::Number(digits)) => is_whole(digits),
            (Self::Null, Json::Null)
            | (Self::Bool, Json::Bool(_))
            | (Self::Number, Json::Number(_))
            | (Self::Text, Json::Text(_))
            | (Self::List, Json::List(_))
            | (Self::Object, Json::Object(_)) => true,
            _ => false,
        }
    }

    const fn words(self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool => "true or false",
            Self::Whole => "a whole number",
            Self::Number => "a number",
            Self::Text => "text",
            Self::List => "a list",
            Self::Object => "an object",
        }
    }
}

fn judge(field: &Field, value: &Json, path: &Path, said: &mut Vec<Said>) {
    // What is behind the mask was judged when it was sent.
    if field.edit == Edit::Sensitive && matches!(value, Json::Text(text) if text == MASK) {
        return;
    }
    let mut say = |sentence: String| said.push(Said { path: path.clone(), sentence });
    if !field.kinds.is_empty() && !field.kinds.iter().any(|kind| kind.takes(value)) {
        let wanted: Vec<_> = field.kinds.iter().map(|kind| kind.words()).collect();
        say(format!("{} is expected, and this is {}.", wanted.join(" or "), value.kind()));
        return;
    }
    if let Some(choices) = field.one_of.as_ref().filter(|choices| !choices.contains(value)) {
        let few: Vec<_> = choices.iter().take(12).map(Json::line).collect();
        say(format!("one of {} is expected.", few.join(", ")));
    }
    for (word, limit) in &field.limits {
        if let Some(sentence) = beyond(word, limit, value) {
            say(sentence);
        }
    }
    match value {
        Json::Object(parts) => {
            for name in field.required.iter().filter(|name| parts.get(name).is_none()) {
                said.push(Said { path: path.key(name), sentence: "it has to be there.".into() });
            }
            for (name, part) in parts.iter() {
                match field.fields.iter().find(|(known, _)| known == name) {
                    Some((_, inner)) => judge(inner, part, &path.key(name), said),
                    None if field.closed => {
                        said.push(Said { path: path.key(name), sentence: "there is no such field in this type.".into() })
                    }
                    None => {}
                }
            }
        }
        Json::List(items) => {
            if let Some(inner) = &field.items {
                items.iter().enumerate().for_each(|(at, item)| judge(inner, item, &path.index(at), said));
            }
        }
        _ => {}
    }
}

/// What is wrong with a value that is beyond a limit.
fn beyond(word: &str, limit: &str, value: &Json) -> Option<String> {
    let (size, of) = match (word, value) {
        ("minItems" | "maxItems", Json::List(items)) => (items.len().to_string(), " items"),
        ("minLength" | "maxLength", Json::Text(text)) => (text.chars().count().to_string(), " characters"),
        ("minimum" | "maximum" | "exclusiveMinimum" | "exclusiveMaximum", Json::Number(digits)) => (digits.clone(), ""),
        _ => return None,
    };
    let order = compare(&size, limit);
    let (fits, wanted) = match word {
        "minItems" | "minLength" | "minimum" => (order != Ordering::Less, "at least"),
        "maxItems" | "maxLength" | "maximum" => (order != Ordering::Greater, "at most"),
        "exclusiveMinimum" => (order == Ordering::Greater, "more than"),
        _ => (order == Ordering::Less, "less than"),
    };
    // Not what it is: the sentence may stand where the value must not.
    (!fits).then(|| format!("{wanted} {limit}{of} may be here."))
}
