//! What goes wrong, as data: the same on the screen, over REST and in the terminal. Internal causes
//! stay in the log; here are the sentence for a person and the facts they can act on.

use crate::{Missing, nearest};
use serde::{Deserialize, Serialize};
use std::fmt;

/// What sort of no it is; decides the HTTP status and the exit code.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProblemKind {
    /// Nobody is signed in.
    SignedOut,
    /// The policy said no; `missing` says what would help.
    Refused,
    /// Not there, or not visible: both answer alike.
    NotFound,
    /// Somebody or something was first; the sentence names it.
    Conflict,
    /// The request itself is wrong.
    BadInput,
    /// Too often; try again later.
    TooMany,
    /// The console cannot reach something it needs; nothing was changed.
    Unavailable,
    /// A fault of ours; `reference` finds it in the log.
    Internal,
}

impl ProblemKind {
    /// The HTTP status that goes with it.
    #[must_use]
    pub const fn http_status(self) -> u16 {
        match self {
            Self::SignedOut => 401,
            Self::Refused => 403,
            Self::NotFound => 404,
            Self::Conflict => 409,
            Self::BadInput => 422,
            Self::TooMany => 429,
            Self::Unavailable => 503,
            Self::Internal => 500,
        }
    }
}

/// A no, with its reason.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    pub kind: ProblemKind,
    /// What happened, what it means, what to do: one or two sentences.
    pub message: String,
    /// What has to be there first, for `Refused`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub missing: Vec<Missing>,
    /// The number to look for in the log or the audit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
}

impl Problem {
    #[must_use]
    pub fn new(kind: ProblemKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), missing: Vec::new(), reference: None }
    }

    /// The policy's no: names everything that is missing.
    #[must_use]
    pub fn refused(missing: Vec<Missing>) -> Self {
        let list = missing.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ");
        Self { missing, ..Self::new(ProblemKind::Refused, format!("Not done. First: {list}.")) }
    }

    /// Unknown and foreign things answer with these very words.
    #[must_use]
    pub fn not_found() -> Self {
        Self::new(ProblemKind::NotFound, "There is no such thing here, or you may not see it.")
    }

    /// Names the word that is wrong and the nearest that is right.
    #[must_use]
    pub fn no_such<'a>(kind: ProblemKind, what: &str, said: &str, known: impl Iterator<Item = &'a str>) -> Self {
        let near = nearest(said, known);
        let said: String = said.chars().take(60).collect();
        let hint = near.map_or_else(|| "it takes none".to_owned(), |word| format!("did you mean \u{201c}{word}\u{201d}?"));
        Self::new(kind, format!("There is no {what} \u{201c}{said}\u{201d}; {hint}"))
    }

    #[must_use]
    pub fn signed_out() -> Self {
        Self::new(ProblemKind::SignedOut, "You are signed out. Sign in and try again; nothing was changed.")
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}
impl std::error::Error for Problem {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrong_word_is_named_with_the_nearest() {
        let said = Problem::no_such(ProblemKind::NotFound, "view", "comand", ["audit", "command", "job"].into_iter());
        assert_eq!(said.message, "There is no view \u{201c}comand\u{201d}; did you mean \u{201c}command\u{201d}?");
        assert!(Problem::no_such(ProblemKind::BadInput, "parameter", "x", std::iter::empty()).message.ends_with("it takes none"));
    }
}
