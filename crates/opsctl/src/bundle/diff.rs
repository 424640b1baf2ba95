//! What differs between two bundles, part by part: what was added, is gone, or has another value. What differs always (times,
//! how long something took) is left out, and log lines are compared by their kinds, not one by one.

use super::read::{Found, Opened};
use crate::print::{Paint, clean_text, cut};
use serde::Serialize;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// Kinds of lines that are compared of one log.
const KINDS: usize = 40;

#[derive(Debug, PartialEq, Serialize)]
pub struct Difference {
    pub part: String,
    pub path: String,
    pub before: Option<Value>,
    pub after: Option<Value>,
}

pub fn diff(before: &Opened, after: &Opened) -> Vec<Difference> {
    let names: BTreeSet<&str> = before.collectors.iter().chain(&after.collectors).map(|one| one.name.as_str()).collect();
    let of = |bundle: &Opened, name: &str| bundle.collectors.iter().find(|one| one.name == name).map(facts).unwrap_or_default();
    names.into_iter().flat_map(|name| differences(name, &of(before, name), &of(after, name))).collect()
}

pub fn text(differences: &[Difference], paint: Paint) -> String {
    if differences.is_empty() {
        return "Nothing differs but times.\n".to_owned();
    }
    let (mut text, mut part) = (String::new(), "");
    let shown = |value: &Value| cut(&clean_text(&value.to_string()), 100);
    for one in differences {
        if one.part != part {
            part = &one.part;
            text.push_str(&(paint.bold(&clean_text(part)) + "\n"));
        }
        let path = clean_text(&one.path);
        text.push_str(&match (&one.before, &one.after) {
            (None, Some(after)) => paint.good(&format!("  + {path} = {}\n", shown(after))),
            (Some(before), None) => paint.bad(&format!("  - {path} = {}\n", shown(before))),
            (before, after) => {
                let side = |value: &Option<Value>| value.as_ref().map(shown).unwrap_or_default();
                format!("  ~ {path}: {} \u{2192} {}\n", side(before), side(after))
            }
        });
    }
    text
}

type Facts = BTreeMap<String, Value>;

fn differences(part: &str, before: &Facts, after: &Facts) -> Vec<Difference> {
    let paths: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    let differ = |path: &&String| before.get(*path) != after.get(*path);
    let difference = |path: &String| Difference {
        part: part.to_owned(),
        path: path.clone(),
        before: before.get(path).cloned(),
        after: after.get(path).cloned(),
    };
    paths.into_iter().filter(differ).map(difference).collect()
}

fn facts(one: &Found) -> Facts {
    let mut facts = Facts::from([("status".to_owned(), one.listed["status"].clone())]);
    let Ok(value) = serde_json::from_str::<Value>(one.data.get()) else { return facts };
    if one.listed["lines"].is_u64() {
        kinds(&value, &mut facts);
    } else {
        flat(String::new(), &value, &mut facts);
    }
    facts
}

/// A value as paths with their leaves. Things in a list are told apart by what names them, so that another order is no difference.
fn flat(path: String, value: &Value, facts: &mut Facts) {
    match value {
        Value::Object(fields) => {
            for (name, value) in fields.iter().filter(|(name, _)| !is_volatile(name)) {
                let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
                flat(path, value, facts);
            }
        }
        Value::Array(all) => {
            for (at, one) in all.iter().enumerate() {
                let named = ["name", "id", "key", "fingerprint", "code", "operation", "title"].iter().find_map(|name| one.get(*name));
                let name = match (named, one) {
                    (Some(Value::String(name)), _) | (None, Value::String(name)) => name.clone(),
                    (Some(name), _) => name.to_string(),
                    _ => at.to_string(),
                };
                flat(format!("{path}[{name}]"), one, facts);
            }
        }
        leaf => drop(facts.insert(path, leaf.clone())),
    }
}

/// What differs between any two moments.
fn is_volatile(name: &str) -> bool {
    name.ends_with("_at")
        || name.ends_with("_ms")
        || name.ends_with("_seen")
        || matches!(name, "now" | "at" | "ts" | "age" | "ms" | "spark" | "note" | "uptime" | "pid" | "etag" | "generated")
}

/// How many lines of which level, and of those that warn, which kinds there are.
fn kinds(lines: &Value, facts: &mut Facts) {
    let mut counts: BTreeMap<String, u64> = BTreeMap::new();
    let mut kinds: BTreeMap<String, u64> = BTreeMap::new();
    for line in lines.as_array().into_iter().flatten() {
        let level = line["level"].as_str().unwrap_or("none");
        *counts.entry(format!("lines.{level}")).or_default() += 1;
        if matches!(level, "warn" | "error" | "fatal") {
            let kind = kind_of(line["message"].as_str().unwrap_or_default());
            *kinds.entry(format!("{level}: {kind}")).or_default() += 1;
        }
    }
    let mut most: Vec<(String, u64)> = kinds.into_iter().collect();
    most.sort_by_key(|one| std::cmp::Reverse(one.1));
    counts.extend(most.into_iter().take(KINDS));
    facts.extend(counts.into_iter().map(|(path, count)| (path, count.into())));
}

/// A message without its particulars.
fn kind_of(message: &str) -> String {
    let mut kind = String::new();
    for word in message.lines().next().unwrap_or_default().split_whitespace().take(16) {
        if !kind.is_empty() {
            kind.push(' ');
        }
        if word.bytes().any(|byte| byte.is_ascii_digit()) { kind.push('#') } else { kind.push_str(word) }
    }
    kind
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn of(value: &Value) -> Facts {
        let mut facts = Facts::new();
        flat(String::new(), value, &mut facts);
        facts
    }

    #[test]
    fn order_and_times_are_no_difference() {
        let before =
            of(&json!({"now": 1, "rows": [{"id": 1, "state": "OPEN", "last_seen": "x"}, {"id": 2, "state": "OPEN"}], "names": ["a", "b"]}));
        let after = of(
            &json!({"now": 2, "rows": [{"id": 2, "state": "OPEN"}, {"id": 1, "state": "KNOWN", "last_seen": "y"}, {"id": 3, "state": "OPEN"}], "names": ["b", "a"]}),
        );
        let found: Vec<String> =
            differences("groups", &before, &after).iter().map(|one| format!("{} {:?} {:?}", one.path, one.before, one.after)).collect();
        assert_eq!(found.len(), 3, "{found:?}");
        assert!(
            found[0].starts_with("rows[1].state") && found[1].starts_with("rows[3].id") && found[2].starts_with("rows[3].state"),
            "{found:?}"
        );
    }

    #[test]
    fn lines_are_compared_by_kind() {
        let lines = |n: u64| {
            json!(
                (0..n)
                    .map(|at| json!({"ts": null, "level": "error", "message": format!("no answer from 10.0.0.{at} in {at} ms")}))
                    .collect::<Vec<_>>()
            )
        };
        let (mut before, mut after) = (Facts::new(), Facts::new());
        kinds(&lines(3), &mut before);
        kinds(&lines(5), &mut after);
        let found = differences("logs", &before, &after);
        assert_eq!(found.len(), 2);
        assert_eq!((found[0].path.as_str(), &found[0].after), ("error: no answer from # in # ms", &Some(json!(5))));
    }
}
