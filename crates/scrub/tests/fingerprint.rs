//! What must not part a group, and what must: ids, numbers, lines, builds and browsers against messages and functions.

use proptest::prelude::*;
use scrub::{FINGERPRINT_VERSION, fingerprint, fingerprint_hex, scrub_to_string};

fn of(message: &str, stack: &str) -> u64 {
    let (message, stack) = (scrub_to_string(message).0, scrub_to_string(stack).0);
    fingerprint(0, message.as_bytes(), stack.as_bytes())
}

const CHROMIUM: &str = "TypeError: x is undefined\n    at drawWall (https://h.example/assets/index-DkFg1jKl.js?v=3:10:5)\n    \
    at async Plan.load [as open] (https://h.example/assets/vendor-react-a1b2c3d4.js:1:2345)\n    \
    at Array.map (<anonymous>)\n    at https://h.example/main.js:7:1\n    at new Plan (https://h.example/src/plan.js:3:3)";
const FIREFOX: &str = "drawWall@https://h.example/assets/index-ZzYyXx99.js:11:50\n\
    async*load@https://h.example/assets/vendor-react-99887766.js:2:1\n\
    @https://h.example/main.js:70:10\nPlan@https://h.example/src/plan.js:30:3\n";

#[test]
fn engines_agree_on_the_same_frames() {
    assert_eq!(of("x is undefined", CHROMIUM), of("x is undefined", FIREFOX));
}

#[test]
fn frames_part_groups() {
    let base = of("boom", CHROMIUM);
    assert_ne!(base, of("boom", &CHROMIUM.replace("drawWall", "drawRoom")), "another function");
    assert_ne!(base, of("boom", &CHROMIUM.replace("plan.js", "room.js")), "another file");
    assert_ne!(base, of("boom", ""), "no stack");
    let six = |last: &str| {
        let frames: Vec<String> = (0..5).map(|_| "f@https://h/a.js:1:1".to_owned()).collect();
        format!("{}\n{last}@https://h/a.js:1:1", frames.join("\n"))
    };
    assert_eq!(of("boom", &six("g")), of("boom", &six("h")), "only five frames count");
}

#[test]
fn the_same_failure_in_other_words() {
    let same = [
        ("Order 17 of jane@example.com failed", "Order 123456789012 of bob@example.org failed"),
        ("job 550e8400-e29b-41d4-a716-446655440000 died", "job ffffffff-abcd-4abc-8abc-abcdefabcdef died"),
        ("blob d41d8cd98f00b204e9800998ecf8427e", "blob 00ff8cd98f00b204e9800998ecf8427e"),
        ("cannot read 'walls' of \"a b\"", "cannot read 'rooms' of \"c\""),
        ("at 0x1f", "at 0xdeadbeef"),
        ("1,234.56 m is too long", "7 m is too long"),
        ("card 4111 1111 1111 1111", "card 4242424242424242"),
        ("first line\nand 7 more", "first line\nand nothing"),
        ("two  spaces", "two spaces"),
    ];
    for (one, other) in same {
        assert_eq!(of(one, ""), of(other, ""), "{one:?} and {other:?}");
    }
    assert_ne!(fingerprint(0, b"x", b""), fingerprint(1, b"x", b""), "the kind counts");
    assert_ne!(of("can't draw it's walls", ""), of("can't draw it's rooms", ""), "an apostrophe is no quote");
}

/// The beacon's core, compiled to WebAssembly, is held to the same table by its own tests: a group has one key on both sides.
#[test]
fn it_is_what_the_page_says_too() {
    let table: serde_json::Value = serde_json::from_str(include_str!("../../beacon/test/fingerprints.json")).expect("JSON");
    let rows = table.as_array().expect("rows");
    assert!(rows.len() > 10);
    for row in rows {
        let text = |name: &str| scrub_to_string(row[name].as_str().expect("a text")).0;
        let kind = row["k"].as_u64().and_then(|kind| u8::try_from(kind).ok()).expect("a kind");
        let found = fingerprint_hex(fingerprint(kind, text("m").as_bytes(), text("s").as_bytes()));
        assert_eq!(row["h"], found.as_str(), "{row}");
    }
}

/// Once given out, a fingerprint is a key in other people's databases: change it only with the version.
#[test]
fn this_version_is_frozen() {
    assert_eq!(FINGERPRINT_VERSION, 1);
    let hex = fingerprint_hex(of("x is undefined", CHROMIUM));
    assert_eq!(hex, "012fadad51152426");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn numbers_ids_and_lines_do_not_part(
        words in prop::collection::vec("[a-z]{1,9}", 1..60),
        (a, b) in ("[0-9]{1,20}", "[0-9]{1,20}"),
        (hex_a, hex_b) in ("[0-9a-f]{7}[0-9]", "[0-9][0-9a-f]{31}"),
        (line_a, line_b) in (1u32..99_999, 1u32..99_999),
    ) {
        let message = |number: &str, hex: &str| format!("{} {number} {hex} {}", words[0], words.join(" "));
        let stack = |line: u32| format!("f@https://h/app.js:{line}:{}\ng@https://h/b.js:{}:1", line / 2 + 1, line + 1);
        prop_assert_eq!(of(&message(&a, &hex_a), &stack(line_a)), of(&message(&b, &hex_b), &stack(line_b)));
    }

    #[test]
    fn different_messages_differ(one in "[a-z]{1,9}( [a-z]{1,9}){0,5}", other in "[a-z]{1,9}( [a-z]{1,9}){0,5}") {
        prop_assume!(one != other);
        prop_assert_ne!(of(&one, ""), of(&other, ""));
        prop_assert_ne!(of(&one, CHROMIUM), of(&other, CHROMIUM));
    }

    #[test]
    fn the_hex_form_carries_version_and_all_bits(message in "\\PC{0,40}") {
        let value = fingerprint(2, message.as_bytes(), b"");
        let hex = fingerprint_hex(value);
        prop_assert_eq!(hex.len(), 16);
        prop_assert_eq!(u64::from_str_radix(&hex, 16), Ok(value));
        prop_assert_eq!(value >> 56, u64::from(FINGERPRINT_VERSION));
    }
}
