//! A JSON value whose numbers are the text they were written as.

use crate::{Fields, Misread, Path, Step, read, write};

/// A JSON value. Objects have no order of their own; the database keeps none either.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Json {
    Null,
    Bool(bool),
    /// As it is written: `12345678901234567890123`, `1e400`.
    Number(String),
    Text(String),
    List(Vec<Json>),
    Object(Fields),
}

impl Json {
    /// Reads a whole text.
    ///
    /// # Errors
    /// When it is no JSON, or none that could be kept; says where and why.
    pub fn read(text: &str) -> Result<Self, Misread> {
        read::read(text)
    }

    /// In one line.
    #[must_use]
    pub fn line(&self) -> String {
        write::write(self, None)
    }

    /// Over lines, two spaces deep.
    #[must_use]
    pub fn pretty(&self) -> String {
        write::write(self, Some(0))
    }

    /// What lies at a path.
    #[must_use]
    pub fn at(&self, path: &Path) -> Option<&Self> {
        path.0.iter().try_fold(self, |value, step| match (value, step) {
            (Self::Object(fields), Step::Key(key)) => fields.get(key),
            (Self::List(items), Step::Index(at)) => items.get(*at),
            _ => None,
        })
    }

    /// Whether a text has characters that cannot be seen where it is shown as it is; line breaks and tabs can.
    #[must_use]
    pub fn has_unseen(text: &str) -> bool {
        text.chars().any(|c| write::is_unseen(c) && !matches!(c, '\n' | '\t'))
    }

    /// What kind of value it is, in words.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Null => "nothing",
            Self::Bool(_) => "true or false",
            Self::Number(_) => "a number",
            Self::Text(_) => "text",
            Self::List(_) => "a list",
            Self::Object(_) => "an object",
        }
    }
}
