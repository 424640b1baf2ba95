//! How readings before and after a deploy are compared.

use super::*;

fn at(minutes: i64) -> At {
    At::from_millis(minutes * 60_000)
}

fn reading(minutes: i64, facts: &[(&str, Fact)], groups: &[(i64, i64, i64)]) -> Reading {
    let mut by_part: BTreeMap<String, Vec<Fact>> = BTreeMap::new();
    for (part, fact) in facts {
        by_part.entry((*part).to_owned()).or_default().push(fact.clone());
    }
    let group = |(id, total, first): &(i64, i64, i64)| {
        let group =
            Group { side: Side::Frontend, id: *id, code: "ERROR".into(), title: format!("group {id}"), total: *total, first: at(*first) };
        ((Side::Frontend, *id), group)
    };
    Reading { at: at(minutes), facts: by_part, groups: groups.iter().map(group).collect() }
}

fn told(changes: &[Difference]) -> Vec<String> {
    changes.iter().map(|c| format!("{} | {} | {} | {}", c.kind.word(), c.what, c.before, c.after)).collect()
}

#[test]
fn groups_are_new_back_more_less_and_gone_by_how_often_they_come_in_as_long() {
    // An hour before, ten minutes after; the deploy is at minute 60.
    let earlier = reading(0, &[], &[(1, 100, -99), (2, 100, -99), (3, 100, -99), (4, 100, -99), (5, 100, -99)]);
    let before = reading(60, &[], &[(1, 160, -99), (2, 160, -99), (3, 160, -99), (4, 160, -99), (5, 100, -99)]);
    let after = reading(70, &[], &[(1, 170, -99), (2, 160, -99), (3, 200, -99), (4, 163, -99), (5, 107, -99), (6, 9, 61), (7, 50, -99)]);
    assert_eq!(
        told(&changes(at(60), Some(&earlier), &before, &after)),
        [
            "new group | ERROR: group 6 |  | 9 times",
            "group is back | ERROR: group 7 | quiet for a day | happens again",
            "more often | ERROR: group 3 | 10 in as long | 40 times, \u{d7} 4.0",
            "group is back | ERROR: group 5 | none within the hour before | 7 times",
            "gone | ERROR: group 2 | 10 in as long | ",
            "less often | ERROR: group 4 | 10 in as long | 3 times",
        ],
        "group 1 comes as often as it did"
    );
}

#[test]
fn without_a_past_only_what_is_new_is_told() {
    let before = reading(60, &[], &[(1, 160, -99)]);
    let after = reading(70, &[], &[(1, 900, -99), (2, 1, 65)]);
    assert_eq!(told(&changes(at(60), None, &before, &after)), ["new group | ERROR: group 2 |  | once"]);
}

#[test]
fn facts_are_compared_as_they_say_and_what_moves_by_itself_is_not() {
    let fact = |name: &str, text: &str| Fact::text(name, text).compared(Compare::Value);
    let time = |name: &str, us: i64| Fact::number(name, us, "us").compared(Compare::Times);
    let before = reading(
        60,
        &[
            ("config", fact("log", "info")),
            ("config", fact("site", "here")),
            ("config", Fact::text("metrics-token", "set (aa)").compared(Compare::Secret)),
            ("migrations", fact("0026 checks", "applied")),
            ("workers", fact("plans, build", "b1")),
            ("latency", time("page, p95", 20_000)),
            ("latency", time("page, p50", 900)),
            ("latency", time("deed, p50", 10_000)),
            ("bus", Fact::number("plans__commands, waiting", 3, "commands").compared(Compare::Times)),
            ("database", Fact::number("round trip", 100, "us")),
            ("limits", fact("only before", "5")),
        ],
        &[],
    );
    let after = reading(
        70,
        &[
            ("config", fact("log", "debug")),
            ("config", fact("new-setting", "on")),
            ("config", Fact::text("metrics-token", "set (bb)").compared(Compare::Secret)),
            ("migrations", fact("0026 checks", "applied")),
            ("migrations", fact("0027 ops", "applied")),
            ("workers", fact("plans, build", "b2")),
            ("latency", time("page, p95", 80_000)),
            ("latency", time("page, p50", 3_600)),
            ("latency", time("deed, p50", 14_000)),
            ("bus", Fact::number("plans__commands, waiting", 60, "commands").compared(Compare::Times)),
            ("database", Fact::number("round trip", 90_000, "us")),
        ],
        &[],
    );
    let changes = changes(at(60), None, &before, &after);
    assert_eq!(
        told(&changes),
        [
            "queue | plans__commands, waiting | 3 commands | 60 commands",
            "migration | 0027 ops |  | applied",
            "latency | page, p95 | 20 ms | 80 ms",
            "setting | log | info | debug",
            "setting | metrics-token | not shown | another, not shown",
            "setting | new-setting |  | on",
            "setting | site | here | ",
            "build | plans, build | b1 | b2",
        ],
        "a part that was not read, a time in the noise and what has no comparison are no changes"
    );
    assert!(!serde_json::to_string(&changes).expect("json").contains("(bb)"), "not even the mark of a secret is told");
}
