//! The console in one snapshot: what each part was last read as. The page, REST and the terminal all show this. Not in here: reading the
//! parts, which goes on by itself (see `server::collect`).

use domain::{At, Fact, PartStatus, Permission, Section, Sight, View, ViewMeta, human_bytes, human_millis};
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Context {}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContextOutput {
    pub now: At,
    /// The same as long as nothing but ages has moved.
    pub version: String,
    /// The worst of the parts.
    pub status: PartStatus,
    /// In the order people read them.
    pub parts: Vec<Part>,
    /// Facts left out because the snapshot would have been too large.
    #[serde(default)]
    pub left_out: i64,
}

/// What was last read of one part.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    pub section: Section,
    pub name: String,
    pub status: PartStatus,
    /// Why it is not well, as a sentence; empty when it is.
    pub why: String,
    /// Where it was read.
    pub source: String,
    /// Which server read it.
    pub server: String,
    /// Slug of the tenant whose figures these are; null where they are nobody's, or of all tenants together.
    pub tenant: Option<String>,
    pub at: Option<At>,
    /// How long ago that was.
    pub age_ms: i64,
    pub took_ms: i64,
    pub observed: Vec<Fact>,
}

/// The largest snapshot there is, as JSON.
pub const MOST_BYTES: usize = 64 * 1024;

impl View for Context {
    const META: ViewMeta = ViewMeta {
        name: "context",
        title: "How the console and what it watches are",
        path: "/fn/context",
        cli: "opsctl summary",
        sight: Sight::Overview,
        permission: Permission::Read,
    };
    type Output = ContextOutput;
}

/// A fact's value as people read it.
#[must_use]
pub fn value(fact: &Fact) -> String {
    let Some(number) = fact.number else { return fact.text.clone().unwrap_or_default() };
    let amount = |number: i64| match fact.unit.as_str() {
        "ms" => human_millis(number),
        "us" if number < 1_000 => [&number.to_string(), " \u{b5}s"].concat(),
        "us" if number < 10_000 => [&(number / 1000).to_string(), ".", &(number % 1000 / 100).to_string(), " ms"].concat(),
        "us" => human_millis(number / 1000),
        "bytes" => human_bytes(u64::try_from(number).unwrap_or_default()),
        _ => number.to_string(),
    };
    let unit = if matches!(fact.unit.as_str(), "ms" | "us" | "bytes" | "") { String::new() } else { [" ", &fact.unit].concat() };
    let most = fact.most.map_or_else(String::new, |most| [" of ", &amount(most)].concat());
    [amount(number), most, unit].concat()
}

/// The whole snapshot as text, worst first.
#[must_use]
pub fn plain(context: &ContextOutput) -> String {
    let mut text = [context.status.word(), "\n"].concat();
    for part in worst_first(&context.parts) {
        let whose = part.tenant.as_ref().map_or_else(String::new, |tenant| [" of ", tenant].concat());
        text.push_str(
            &["\n", part.status.word(), "  ", &part.name, &whose, "  (", &part.server, ", ", &human_millis(part.age_ms), " ago)\n"]
                .concat(),
        );
        if !part.why.is_empty() {
            text.push_str(&["      ", &part.why, "\n"].concat());
        }
        for fact in &part.observed {
            text.push_str(&["      ", &fact.name, ": ", &value(fact), "\n"].concat());
        }
    }
    if context.left_out > 0 {
        text.push_str(&["\n", &context.left_out.to_string(), " facts are left out: there are more than a snapshot holds.\n"].concat());
    }
    text
}

/// The parts, those that fail before those that warn; otherwise as they are.
#[must_use]
pub fn worst_first(parts: &[Part]) -> Vec<&Part> {
    let mut parts: Vec<&Part> = parts.iter().collect();
    parts.sort_by_key(|part| 2 - part.status.rank());
    parts
}

#[cfg(feature = "server")]
mod server;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_read_as_people_say_them() {
        for (fact, said) in [
            (Fact::number("a", 3, "in use").of(8), "3 of 8 in use"),
            (Fact::number("a", 5_345, "us"), "5.3 ms"),
            (Fact::number("a", 240, "us"), "240 \u{b5}s"),
            (Fact::number("a", 3 << 29, "bytes").of(2 << 30), "1.5 GB of 2 GB"),
            (Fact::number("a", 104_000, "ms"), "1 m 44 s"),
            (Fact::number("a", 7, "commands"), "7 commands"),
            (Fact::text("a", "b2"), "b2"),
        ] {
            assert_eq!(value(&fact), said);
        }
    }
}
