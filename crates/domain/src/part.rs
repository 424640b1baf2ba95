//! What is read of each part of the console: facts, and how the part is. One shape for all of them, so that the snapshot, its page, the
//! terminal and the differences between deploys need no code of their own for a new part. Not in here: how anything is read.

use crate::{Compare, PartStatus, Section};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// A part that is always there, and how often it is read.
#[derive(Clone, Copy, Debug)]
pub struct PartKind {
    pub name: &'static str,
    pub section: Section,
    pub period_secs: u64,
    /// A reading that takes longer is given up.
    pub limit_secs: u64,
    /// Every server reads the same; of the others each reads its own.
    pub shared: bool,
}

const fn shared(name: &'static str, section: Section, period_secs: u64) -> PartKind {
    PartKind { name, section, period_secs, limit_secs: 2, shared: true }
}

const fn own(name: &'static str, section: Section, period_secs: u64) -> PartKind {
    PartKind { shared: false, ..shared(name, section, period_secs) }
}

/// Every part there is, in the order people read them.
pub const PARTS: &[PartKind] = &[
    shared("database", Section::Components, 5),
    shared("bus", Section::Components, 5),
    shared("workers", Section::Components, 5),
    own("live", Section::Components, 5),
    own("disk", Section::Components, 15),
    PartKind { limit_secs: 10, ..own("certificate", Section::Components, 300) },
    shared("checks", Section::Components, 10),
    shared("alerts", Section::Alerts, 10),
    shared("frontend", Section::Frontend, 10),
    own("latency", Section::Latency, 5),
    own("pools", Section::Budgets, 5),
    shared("limits", Section::Budgets, 30),
    own("deploy", Section::Deploy, 30),
    shared("migrations", Section::Deploy, 30),
    own("config", Section::Deploy, 30),
];

impl PartKind {
    /// The part of a name.
    #[must_use]
    pub fn of(name: &str) -> Option<&'static Self> {
        PARTS.iter().find(|kind| kind.name == name)
    }
}

/// One thing observed: a number with its unit, or a text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fact {
    pub name: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// `ms`, `us`, `bytes`, or a word for what is counted; empty for a text.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub unit: String,
    /// The number may get so large and no larger.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub most: Option<i64>,
    #[serde(default = "Compare::no", skip_serializing_if = "Compare::is_no")]
    pub compare: Compare,
}

impl Fact {
    #[must_use]
    pub fn number(name: impl Into<String>, number: i64, unit: &str) -> Self {
        Self { number: Some(number), unit: unit.to_owned(), ..Self::named(name.into()) }
    }
    #[must_use]
    pub fn text(name: impl Into<String>, text: impl Into<String>) -> Self {
        Self { text: Some(text.into()), ..Self::named(name.into()) }
    }
    const fn named(name: String) -> Self {
        Self { name, number: None, text: None, unit: String::new(), most: None, compare: Compare::No }
    }
    /// Out of so many.
    #[must_use]
    pub fn of(self, most: i64) -> Self {
        Self { most: Some(most), ..self }
    }
    #[must_use]
    pub fn compared(self, compare: Compare) -> Self {
        Self { compare, ..self }
    }
}

/// What one scope has of a part that is counted by tenant; nil is all tenants together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Figure {
    pub scope: Uuid,
    pub status: PartStatus,
    pub why: String,
    pub facts: Vec<Fact>,
}

/// What was read of a part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reading {
    pub status: PartStatus,
    /// Why it is not well, as a sentence; empty when it is.
    pub why: String,
    /// Where it was read.
    pub source: String,
    /// Nothing of a tenant's: everybody who reads the console sees these.
    pub facts: Vec<Fact>,
    pub figures: Vec<Figure>,
}

impl Reading {
    /// Of a part that is well so far.
    #[must_use]
    pub fn of(source: &str, facts: Vec<Fact>) -> Self {
        Self { status: PartStatus::Pass, why: String::new(), source: source.to_owned(), facts, figures: Vec::new() }
    }
    /// The same with something wrong; the worst sentence is kept.
    #[must_use]
    pub fn but(self, status: PartStatus, why: impl Into<String>) -> Self {
        if status.rank() > self.status.rank() { Self { status, why: why.into(), ..self } } else { self }
    }
}

impl PartStatus {
    /// The worse, the higher.
    #[must_use]
    pub const fn rank(self) -> u8 {
        match self {
            Self::Pass => 0,
            Self::Warn => 1,
            Self::Fail => 2,
        }
    }
    /// The worse of two.
    #[must_use]
    pub const fn or(self, other: Self) -> Self {
        if other.rank() > self.rank() { other } else { self }
    }
}

impl Compare {
    const fn no() -> Self {
        Self::No
    }
    const fn is_no(&self) -> bool {
        matches!(self, Self::No)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fact_says_only_what_it_has() {
        let fact = Fact::number("waiting", 3, "commands").compared(Compare::Times);
        let text = serde_json::to_string(&fact).expect("json");
        assert_eq!(text, r#"{"name":"waiting","number":3,"unit":"commands","compare":"times"}"#);
        assert_eq!(serde_json::from_str::<Fact>(&text).expect("a fact"), fact);
        assert_eq!(serde_json::from_str::<Fact>(r#"{"name":"disk"}"#).expect("a fact").compare, Compare::No);
    }

    #[test]
    fn the_worst_of_what_is_wrong_is_said() {
        let reading = Reading::of("here", Vec::new()).but(PartStatus::Fail, "it is gone").but(PartStatus::Warn, "it is slow");
        assert_eq!((reading.status, reading.why.as_str()), (PartStatus::Fail, "it is gone"));
    }
}
