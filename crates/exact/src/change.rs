//! What differs between two payloads, and changes to a part of one.

use crate::{BadPath, Json, Misread, Path, Step};
use std::{fmt, str::FromStr};

/// One part that differs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    pub path: Path,
    /// `None`: was not there.
    pub before: Option<Json>,
    /// `None`: is not there any more.
    pub after: Option<Json>,
}

/// Everything that differs, by path. Lists are compared item by item.
#[must_use]
pub fn differences(before: &Json, after: &Json) -> Vec<Change> {
    let mut found = Vec::new();
    differ(&mut Path::default(), Some(before), Some(after), &mut found);
    found
}

fn differ(path: &mut Path, before: Option<&Json>, after: Option<&Json>, found: &mut Vec<Change>) {
    let mut part = |step: Step, before: Option<&Json>, after: Option<&Json>| {
        path.0.push(step);
        differ(path, before, after, found);
        path.0.pop();
    };
    match (before, after) {
        (Some(Json::Object(old)), Some(Json::Object(new))) => {
            for (key, value) in old.iter() {
                part(Step::Key(key.clone()), Some(value), new.get(key));
            }
            for (key, value) in new.iter().filter(|(key, _)| old.get(key).is_none()) {
                part(Step::Key(key.clone()), None, Some(value));
            }
        }
        (Some(Json::List(old)), Some(Json::List(new))) => {
            for at in 0..old.len().max(new.len()) {
                part(Step::Index(at), old.get(at), new.get(at));
            }
        }
        (before, after) if before == after => {}
        (before, after) => found.push(Change { path: path.clone(), before: before.cloned(), after: after.cloned() }),
    }
}

/// A part that is to have another value: `size=12`, `customer.name="Ada"`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Set {
    pub path: Path,
    pub value: Json,
}

impl FromStr for Set {
    type Err = BadPath;
    /// The value is JSON; what is no JSON is text.
    fn from_str(text: &str) -> Result<Self, BadPath> {
        let at = equals(text).ok_or_else(|| BadPath("A change is written as path=value, such as size=12 or customer.name=Ada.".into()))?;
        let (path, value) = (text[..at].parse()?, text[at + 1..].trim());
        let value = match Json::read(value) {
            Ok(value) => value,
            // What begins like JSON was meant as JSON.
            Err(Misread { why, .. }) if value.starts_with(['{', '[', '"']) => {
                return Err(BadPath(format!("The value for {path} is not JSON: {why}")));
            }
            Err(_) => Json::Text(value.to_owned()),
        };
        Ok(Self { path, value })
    }
}

impl fmt::Display for Set {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}={}", self.path, self.value.line())
    }
}

/// The equals sign that ends the path: not one within a quoted key.
fn equals(text: &str) -> Option<usize> {
    let (mut quoted, mut escaped) = (false, false);
    text.char_indices().find_map(|(at, c)| {
        let found = c == '=' && !quoted;
        if c == '"' && !escaped {
            quoted = !quoted;
        }
        escaped = c == '\\' && !escaped;
        found.then_some(at)
    })
}

/// The payload has nothing there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoPath;

impl Json {
    /// Gives a part that is there another value.
    ///
    /// # Errors
    /// When there is nothing at the path.
    pub fn replace(&mut self, path: &Path, value: Self) -> Result<(), NoPath> {
        let mut place = self;
        for step in &path.0 {
            let part = match (place, step) {
                (Self::Object(fields), Step::Key(key)) => fields.get_mut(key),
                (Self::List(items), Step::Index(at)) => items.get_mut(*at),
                _ => None,
            };
            place = part.ok_or(NoPath)?;
        }
        *place = value;
        Ok(())
    }

    /// Gives a field a value, also one that is not there yet, if the object it belongs to is; `None` takes it away.
    ///
    /// # Errors
    /// When there is no such object.
    pub fn put(&mut self, path: &Path, value: Option<Self>) -> Result<(), NoPath> {
        let Some((last, outer)) = path.0.split_last() else {
            *self = value.ok_or(NoPath)?;
            return Ok(());
        };
        let mut place = self;
        for step in outer {
            let part = match (place, step) {
                (Self::Object(fields), Step::Key(key)) => fields.get_mut(key),
                (Self::List(items), Step::Index(at)) => items.get_mut(*at),
                _ => None,
            };
            place = part.ok_or(NoPath)?;
        }
        match (place, last, value) {
            (Self::Object(fields), Step::Key(key), Some(value)) => fields.insert(key, value),
            (Self::Object(fields), Step::Key(key), None) => fields.remove(key),
            (Self::List(items), Step::Index(at), Some(value)) => *items.get_mut(*at).ok_or(NoPath)? = value,
            _ => return Err(NoPath),
        }
        Ok(())
    }
}
