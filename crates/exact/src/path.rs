//! Where something lies in a payload: `customer.address.zip`, `rooms[2].name`, `["a key with. dots"]`.

use crate::write::put_text;
use std::{fmt, str::FromStr};

/// One step on the way.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Step {
    Key(String),
    Index(usize),
}

/// The way from the whole to a part; empty is the whole.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Path(pub Vec<Step>);

/// What is wrong with a path, as a sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadPath(pub String);

impl fmt::Display for BadPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
impl std::error::Error for BadPath {}

impl Path {
    /// The path of a part of what lies here.
    #[must_use]
    pub fn key(&self, key: &str) -> Self {
        self.and(Step::Key(key.to_owned()))
    }

    #[must_use]
    pub fn index(&self, at: usize) -> Self {
        self.and(Step::Index(at))
    }

    fn and(&self, step: Step) -> Self {
        Self(self.0.iter().cloned().chain([step]).collect())
    }

    /// True when what lies at `self` is, or is within, what lies at `outer`.
    #[must_use]
    pub fn within(&self, outer: &Self) -> bool {
        self.0.starts_with(&outer.0)
    }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() {
            return f.write_str("the payload");
        }
        for (at, step) in self.0.iter().enumerate() {
            match step {
                Step::Index(index) => write!(f, "[{index}]")?,
                Step::Key(key) if is_plain(key) && at == 0 => f.write_str(key)?,
                Step::Key(key) if is_plain(key) => write!(f, ".{key}")?,
                Step::Key(key) => {
                    let mut quoted = String::new();
                    put_text(key, &mut quoted);
                    write!(f, "[{quoted}]")?;
                }
            }
        }
        Ok(())
    }
}

fn is_plain(key: &str) -> bool {
    !key.is_empty() && key.chars().all(|c| c.is_alphanumeric() || c == '_' || c == '-')
}

impl FromStr for Path {
    type Err = BadPath;
    fn from_str(text: &str) -> Result<Self, BadPath> {
        let mut steps = Vec::new();
        let mut rest = text.trim();
        if rest.is_empty() {
            return Err(BadPath("A path is needed, such as customer.name or rooms[2].name.".into()));
        }
        while !rest.is_empty() {
            if let Some(inner) = rest.strip_prefix('[') {
                let (step, after) = bracket(inner).ok_or_else(|| bad(text))?;
                steps.push(step);
                rest = after;
            } else {
                rest = rest.strip_prefix('.').filter(|_| !steps.is_empty()).unwrap_or(rest);
                let end = rest.find(['.', '[']).unwrap_or(rest.len());
                let (key, after) = rest.split_at(end);
                if !is_plain(key) {
                    return Err(bad(text));
                }
                steps.push(Step::Key(key.to_owned()));
                rest = after;
            }
        }
        Ok(Self(steps))
    }
}

/// `2]…` or `"a key"]…`.
fn bracket(inner: &str) -> Option<(Step, &str)> {
    if !inner.starts_with('"') {
        let (digits, after) = inner.split_once(']')?;
        return Some((Step::Index(digits.parse().ok()?), after));
    }
    let mut escaped = false;
    let end = inner.char_indices().skip(1).find_map(|(at, c)| {
        let closes = c == '"' && !escaped;
        escaped = c == '\\' && !escaped;
        closes.then_some(at)
    })?;
    let (quoted, after) = inner.split_at(end + 1);
    match crate::Json::read(quoted).ok()? {
        crate::Json::Text(key) => Some((Step::Key(key), after.strip_prefix(']')?)),
        _ => None,
    }
}

fn bad(text: &str) -> BadPath {
    let said: String = text.chars().filter(|c| !c.is_control()).take(80).collect();
    BadPath(format!("\u{201c}{said}\u{201d} is not a path. Write customer.name, rooms[2].name, or [\"a key with other characters\"]."))
}
