//! The comparison of readings before and after a deploy. Pure: from readings to changes. What moves by itself has no comparison in its
//! fact, so it is not even among the readings.

use super::super::{Difference, DifferenceKind};
use crate::views::context::value;
use domain::{At, Compare, Fact};
use serde::Deserialize;
use std::collections::BTreeMap;

/// What the ring holds of one moment.
pub(super) struct Reading {
    pub at: At,
    /// By part.
    pub facts: BTreeMap<String, Vec<Fact>>,
    pub groups: BTreeMap<(Side, i64), Group>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Side {
    Frontend,
    Troubleshooting,
}

/// A group and how often it ever happened.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Group {
    pub side: Side,
    pub id: i64,
    pub code: String,
    pub title: String,
    pub total: i64,
    pub first: At,
}

/// A group has to be expected so often before its absence means something, and to have come so often before more of it does.
const EXPECTED: f64 = 3.0;
const CAME: i64 = 5;
/// Times as much, or as little, that is a change.
const TIMES: f64 = 2.0;
/// Of times that are measured, which scatter less: half as much again, and at least five milliseconds.
const SLOWER: f64 = 1.5;
const LEAST_MICROS: i64 = 5_000;
/// Commands more or less that are no noise.
const LEAST_COMMANDS: i64 = 10;

/// Everything that changed, what weighs most first.
pub(super) fn changes(deployed: At, earlier: Option<&Reading>, before: &Reading, after: &Reading) -> Vec<Difference> {
    let mut changes = facts(before, after);
    changes.extend(groups(deployed, earlier, before, after));
    changes.sort_by(|one, other| other.weight.cmp(&one.weight).then_with(|| one.what.cmp(&other.what)));
    changes
}

fn facts(before: &Reading, after: &Reading) -> Vec<Difference> {
    let by_name = |reading: &Reading| -> BTreeMap<(String, String), Fact> {
        let named = |part: &String, fact: &Fact| ((part.clone(), fact.name.clone()), fact.clone());
        reading.facts.iter().flat_map(|(part, facts)| facts.iter().map(move |fact| named(part, fact))).collect()
    };
    let (was, is) = (by_name(before), by_name(after));
    // A part that was not read at one of the two moments has not lost all its facts.
    let read = |part: &str| before.facts.contains_key(part) && after.facts.contains_key(part);
    let names: std::collections::BTreeSet<_> = was.keys().chain(is.keys()).collect();
    names.into_iter().filter(|(part, _)| read(part)).filter_map(|name| fact(&name.0, was.get(name), is.get(name))).collect()
}

fn fact(part: &str, was: Option<&Fact>, is: Option<&Fact>) -> Option<Difference> {
    let known = is.or(was)?;
    let (kind, weight) = match (part, known.compare) {
        (_, Compare::No) => return None,
        (_, Compare::Times) => return times(was, is),
        ("migrations", _) => (DifferenceKind::Migration, 70),
        ("deploy" | "workers", _) => (DifferenceKind::Build, 40),
        _ => (DifferenceKind::Setting, 60),
    };
    if was == is {
        return None;
    }
    let side = |fact: Option<&Fact>, secret: &str| match fact {
        None => String::new(),
        Some(fact) if fact.compare == Compare::Secret => secret.to_owned(),
        Some(fact) => value(fact),
    };
    Some(Difference {
        weight,
        kind,
        what: known.name.clone(),
        before: side(was, "not shown"),
        after: side(is, "another, not shown"),
        group: None,
        frontend: false,
    })
}

/// A number that may move: only a multiple of it counts. What had no number before had none of it, in a queue; of a time nothing is known.
fn times(was: Option<&Fact>, is: Option<&Fact>) -> Option<Difference> {
    let known = is.or(was)?;
    let is_time = matches!(known.unit.as_str(), "us" | "ms");
    if is_time && (was.is_none() || is.is_none()) {
        return None;
    }
    let number = |fact: Option<&Fact>| fact.and_then(|fact| fact.number).unwrap_or_default();
    let (a, b) = (number(was), number(is));
    let (least, most_times) = if is_time { (LEAST_MICROS, SLOWER) } else { (LEAST_COMMANDS, TIMES) };
    let ratio = (b.max(1) as f64) / (a.max(1) as f64);
    if (b - a).abs() < least || (ratio < most_times && ratio > 1.0 / most_times) {
        return None;
    }
    let worse = ratio > 1.0;
    Some(Difference {
        weight: if worse { 50 + heavier(ratio) } else { 20 },
        kind: if is_time { DifferenceKind::Latency } else { DifferenceKind::Queue },
        what: known.name.clone(),
        before: was.map_or_else(|| "none".to_owned(), value),
        after: is.map_or_else(|| "none".to_owned(), value),
        group: None,
        frontend: false,
    })
}

/// Up to 30 for what is eight times as much.
fn heavier(ratio: f64) -> i64 {
    (ratio.max(1.0).log2() * 10.0).min(30.0) as i64
}

fn groups(deployed: At, earlier: Option<&Reading>, before: &Reading, after: &Reading) -> Vec<Difference> {
    let keys: std::collections::BTreeSet<_> = before.groups.keys().chain(after.groups.keys()).collect();
    keys.into_iter().filter_map(|key| group(*key, deployed, earlier, before, after)).collect()
}

fn group(key: (Side, i64), deployed: At, earlier: Option<&Reading>, before: &Reading, after: &Reading) -> Option<Difference> {
    let (was, is) = (before.groups.get(&key), after.groups.get(&key));
    let known = is.or(was)?;
    let hours = |from: At, to: At| ((to.millis() - from.millis()).max(1) as f64) / 3_600_000.0;
    let window = hours(before.at, after.at);
    // Groups leave the ring a day after they happened last: one that is not in a reading had not happened within its day.
    let came = is.map_or(0, |is| is.total - was.map_or(0, |was| was.total).min(is.total));
    let expected = earlier.zip(was).map(|(earlier, was)| {
        let then = earlier.groups.get(&key).map_or(if was.first > earlier.at { 0 } else { was.total }, |then| then.total);
        (was.total - then.min(was.total)) as f64 / hours(earlier.at, before.at) * window
    });
    let difference = |weight: i64, kind, before: String, after: String| {
        Some(Difference {
            weight: weight.min(100),
            kind,
            what: [&known.code, ": ", &known.title].concat(),
            before,
            after,
            group: Some(key.1),
            frontend: key.0 == Side::Frontend,
        })
    };
    let times = |n: i64| if n == 1 { "once".to_owned() } else { [&n.to_string(), " times"].concat() };
    let rate = |expected: f64| [&domain::decimals(expected, if expected < 10.0 { 1 } else { 0 }), " in as long"].concat();
    match (was, is) {
        (None, Some(is)) if is.first >= deployed || is.first > before.at => {
            let weight = 90 + heavier(is.total as f64) / 3;
            difference(weight, DifferenceKind::New, String::new(), times(is.total))
        }
        // Its count before is not known, only that it was quiet for a day.
        (None, Some(_)) => difference(85, DifferenceKind::Back, "quiet for a day".to_owned(), "happens again".to_owned()),
        _ => match expected? {
            rare if rare >= EXPECTED && came == 0 => difference(45, DifferenceKind::Gone, rate(rare), String::new()),
            quiet if quiet == 0.0 && came >= CAME => {
                difference(75, DifferenceKind::Back, "none within the hour before".to_owned(), times(came))
            }
            some if came >= CAME && came as f64 >= some * TIMES && some > 0.0 => {
                let ratio = came as f64 / some;
                let after = [&times(came), ", \u{d7} ", &domain::decimals(ratio, if ratio < 10.0 { 1 } else { 0 })].concat();
                difference(60 + heavier(ratio), DifferenceKind::More, rate(some), after)
            }
            some if some >= 2.0 * EXPECTED && (came as f64) * TIMES <= some => {
                difference(30, DifferenceKind::Less, rate(some), times(came))
            }
            _ => None,
        },
    }
}

#[cfg(test)]
#[path = "diff_tests.rs"]
mod tests;
