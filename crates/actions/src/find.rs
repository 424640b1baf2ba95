//! The query line: how staff say which failed commands they mean, as `type:IngestPlan attempts>2 "out of memory"`. Read in the
//! browser as it is typed, and on the server, where it also becomes SQL. Not in here: lists and bulks that are filtered by it.

use domain::{At, CommandId, nearest, parse_since};
use serde::{Deserialize, Serialize};

/// Longest line, in bytes.
const LONGEST: usize = 2_000;
/// Most terms in a line.
const MOST_TERMS: usize = 20;
/// What is shorter has no place in the index of texts.
const SHORTEST_TEXT: usize = 3;

/// What a term is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Word {
    Attempts,
    Code,
    Domain,
    /// Text in the error: title, code, message.
    Error,
    Group,
    /// A value in the payload by its path; text anywhere in the payload where there is no path.
    Payload,
    Since,
    /// The step the run of the command is stuck at.
    Step,
    Tenant,
    Type,
    Until,
    /// Text in the error or in the payload.
    Text,
}

impl Word {
    /// Those one can write, with what they are about. All but [`Word::Text`], which is a term without a word.
    pub const WRITTEN: [(Self, &str, &str); 11] = [
        (Self::Attempts, "attempts", "tries so far: attempts>2"),
        (Self::Code, "code", "error code"),
        (Self::Domain, "domain", "domain of the command"),
        (Self::Error, "error", "text in the error"),
        (Self::Group, "group", "number of a group of failures"),
        (Self::Payload, "payload", "text in the payload, or payload.customer.id:42"),
        (Self::Since, "since", "failed within 24h, or since a moment"),
        (Self::Step, "step", "step its run is stuck at"),
        (Self::Tenant, "tenant", "slug or id"),
        (Self::Type, "type", "type of the command"),
        (Self::Until, "until", "failed before a moment"),
    ];

    /// As it is written.
    #[must_use]
    pub fn written(self) -> &'static str {
        Self::WRITTEN.iter().find(|(word, _, _)| *word == self).map_or("", |(_, written, _)| written)
    }

    /// Whether what it looks for is a customer's.
    #[must_use]
    pub const fn is_content(self) -> bool {
        matches!(self, Self::Error | Self::Payload | Self::Text)
    }
}

/// How a number compares.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Compare {
    #[default]
    #[serde(rename = "=")]
    Is,
    #[serde(rename = ">")]
    Over,
    #[serde(rename = ">=")]
    AtLeast,
    #[serde(rename = "<")]
    Under,
    #[serde(rename = "<=")]
    AtMost,
}

impl Compare {
    /// The operator in SQL, which is the one people write.
    #[must_use]
    pub const fn sign(self) -> &'static str {
        match self {
            Self::Is => "=",
            Self::Over => ">",
            Self::AtLeast => ">=",
            Self::Under => "<",
            Self::AtMost => "<=",
        }
    }
}

/// One condition of a line. All of them have to hold.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Term {
    pub word: Word,
    /// Where in the payload: `["customer", "id"]`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub path: Vec<String>,
    #[serde(default, skip_serializing_if = "is_is")]
    pub compare: Compare,
    pub value: String,
}

// By reference, as serde asks.
fn is_is(compare: &Compare) -> bool {
    *compare == Compare::Is
}

/// A term and where it stands in its line, in bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Placed {
    pub term: Term,
    pub from: usize,
    pub to: usize,
}

/// Which commands of the troubleshooting queue are meant; all conditions have to hold. What is listed, counted, previewed, frozen
/// and exported is filtered by this and nothing else.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Conditions {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub domain: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub command_type: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub group: Option<i64>,
    /// Slug or id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tenant: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub since: Option<At>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until: Option<At>,
    /// Of the query line; moments in it are fixed.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub terms: Vec<Term>,
    /// Chosen one by one; empty means all that fit.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub commands: Vec<CommandId>,
}

impl Conditions {
    /// The same without what is a customer's: what was looked for in errors and payloads.
    #[must_use]
    pub fn overview(&self) -> Self {
        let mut told = self.clone();
        for term in told.terms.iter_mut().filter(|term| term.word.is_content()) {
            term.value = "\u{2026}".to_owned();
        }
        told
    }

    /// In words, one for each condition; `until` is not told: in a bulk it is the moment of the preview.
    #[must_use]
    pub fn words(&self) -> Vec<String> {
        let mut words: Vec<String> = self.group.iter().map(|group| ["group ", &group.to_string()].concat()).collect();
        words.extend([&self.tenant, &self.domain, &self.command_type, &self.code].into_iter().flatten().cloned());
        words.extend(self.terms.iter().map(Term::text));
        words.extend(self.since.map(|since| ["failed since ", &since.to_string()].concat()));
        if !self.commands.is_empty() {
            words.push([&self.commands.len().to_string(), " chosen one by one"].concat());
        }
        words
    }
}

impl Term {
    /// As it would be written.
    #[must_use]
    pub fn text(&self) -> String {
        let value = if self.value.is_empty() || self.value.contains(|c: char| c.is_whitespace() || "\":<>=\\".contains(c)) {
            ["\"", &self.value.replace('\\', "\\\\").replace('"', "\\\""), "\""].concat()
        } else {
            self.value.clone()
        };
        let sign = if self.compare == Compare::Is { ":" } else { self.compare.sign() };
        match self.word {
            Word::Text => value,
            Word::Payload if !self.path.is_empty() => ["payload.", &self.path.join("."), sign, &value].concat(),
            word => [word.written(), sign, &value].concat(),
        }
    }
}

/// Reads a line; the error is a sentence that names the word and offers the nearest.
pub fn parse(line: &str) -> Result<Vec<Placed>, String> {
    if line.len() > LONGEST {
        return Err(["A query line has at most ", &LONGEST.to_string(), " characters."].concat());
    }
    let mut placed = Vec::new();
    let mut rest = Reader { line, at: 0 };
    while let Some(from) = rest.next_term() {
        if placed.len() == MOST_TERMS {
            return Err(["A query line has at most ", &MOST_TERMS.to_string(), " terms."].concat());
        }
        let term = rest.term()?;
        placed.push(Placed { term, from, to: rest.at });
    }
    Ok(placed)
}

struct Reader<'a> {
    line: &'a str,
    at: usize,
}

impl Reader<'_> {
    fn rest(&self) -> &str {
        &self.line[self.at..]
    }

    fn next_term(&mut self) -> Option<usize> {
        self.at += self.rest().len() - self.rest().trim_start().len();
        (self.at < self.line.len()).then_some(self.at)
    }

    fn term(&mut self) -> Result<Term, String> {
        let rest = self.rest();
        let end = rest.find(|c: char| c.is_whitespace() || "\":<>=".contains(c)).unwrap_or(rest.len());
        let is_word = end > 0 && rest[end..].starts_with([':', '<', '>', '=']);
        if !is_word {
            return checked(Term { word: Word::Text, path: Vec::new(), compare: Compare::Is, value: self.value()? });
        }
        let (name, path) = split_path(&rest[..end]);
        let word = word_of(name)?;
        self.at += end;
        let compare = self.compare(word)?;
        checked(Term { word, path, compare, value: self.value()? })
    }

    fn compare(&mut self, word: Word) -> Result<Compare, String> {
        let signs = [
            (">=", Compare::AtLeast),
            ("<=", Compare::AtMost),
            (">", Compare::Over),
            ("<", Compare::Under),
            (":", Compare::Is),
            ("=", Compare::Is),
        ];
        let (sign, compare) = signs.into_iter().find(|(sign, _)| self.rest().starts_with(sign)).unwrap_or((":", Compare::Is));
        self.at += sign.len();
        if compare != Compare::Is && word != Word::Attempts {
            let name = word.written();
            return Err(["Only attempts can be compared with \u{201c}", sign, "\u{201d}; write ", name, ":\u{2026}"].concat());
        }
        Ok(compare)
    }

    /// Up to the next space, or to the end of the quotes.
    fn value(&mut self) -> Result<String, String> {
        let rest = self.rest();
        let Some(quoted) = rest.strip_prefix('"') else {
            let end = rest.find(char::is_whitespace).unwrap_or(rest.len());
            let value = rest[..end].to_owned();
            self.at += end;
            return Ok(value);
        };
        let mut value = String::new();
        let mut escaped = false;
        for (at, c) in quoted.char_indices() {
            match c {
                '"' if !escaped => {
                    self.at += at + 2;
                    return Ok(value);
                }
                '\\' if !escaped => escaped = true,
                c => {
                    value.push(c);
                    escaped = false;
                }
            }
        }
        Err(["The quotes of \u{201c}", &shown(quoted), "\u{201d} do not end."].concat())
    }
}

/// `payload.customer.id` is the word and a path.
fn split_path(name: &str) -> (&str, Vec<String>) {
    match name.split_once('.') {
        Some((word, path)) => (word, path.split('.').map(str::to_owned).collect()),
        None => (name, Vec::new()),
    }
}

fn word_of(name: &str) -> Result<Word, String> {
    let lower = name.to_ascii_lowercase();
    let found = Word::WRITTEN.iter().find(|(_, written, _)| *written == lower);
    found.map(|(word, _, _)| *word).ok_or_else(|| {
        let near = nearest(&lower, Word::WRITTEN.iter().map(|(_, written, _)| *written)).unwrap_or_default();
        let name = shown(name);
        [
            "There is no word \u{201c}",
            &name,
            "\u{201d} to find by; did you mean \u{201c}",
            near,
            "\u{201d}? To look for it as text, put it into quotes.",
        ]
        .concat()
    })
}

fn checked(term: Term) -> Result<Term, String> {
    let Term { word, path, value, .. } = &term;
    let name = word.written();
    if value.trim().is_empty() {
        return Err(["Write after \u{201c}", &name_with_path(name, path), "\u{201d} what to find."].concat());
    }
    let whole = || value.parse::<i64>().ok().filter(|number| *number >= 0);
    let is_text = *word == Word::Text || *word == Word::Error || (*word == Word::Payload && path.is_empty());
    match word {
        Word::Attempts | Word::Group if whole().is_none_or(|number| *word == Word::Attempts && number > i64::from(i32::MAX)) => {
            Err(["\u{201c}", name, "\u{201d} takes a whole number, not \u{201c}", &shown(value), "\u{201d}."].concat())
        }
        Word::Since | Word::Until if parse_since(value).is_err() && value.parse::<At>().is_err() => {
            let value = shown(value);
            Err([
                "\u{201c}",
                name,
                "\u{201d} takes a span such as 24h, or a time such as 2026-11-21T10:00:00Z, not \u{201c}",
                &value,
                "\u{201d}.",
            ]
            .concat())
        }
        _ if is_text && value.trim().chars().count() < SHORTEST_TEXT => {
            Err(["\u{201c}", value, "\u{201d} is too short to look for: three characters or more."].concat())
        }
        _ if *word != Word::Payload && !path.is_empty() => {
            Err(["Only the payload has places in it: \u{201c}", &name_with_path(name, path), "\u{201d} means nothing."].concat())
        }
        _ if path.iter().any(String::is_empty) => {
            Err(["\u{201c}", &name_with_path(name, path), "\u{201d} is no place in a payload; write it as payload.customer.id"].concat())
        }
        _ => Ok(term),
    }
}

fn name_with_path(name: &str, path: &[String]) -> String {
    path.iter().fold(name.to_owned(), |name, part| [&name, ".", part].concat())
}

/// What was written, not longer than a sentence bears.
fn shown(text: &str) -> String {
    text.chars().take(60).collect()
}

#[cfg(feature = "server")]
pub(crate) mod server;

#[cfg(test)]
mod tests;
