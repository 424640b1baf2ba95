//! What goes in comes out, to the letter; and what would be lost is refused with the place.

use exact::{Change, Json, Path, Set, compare, differences};
use proptest::prelude::*;
use std::cmp::Ordering;

fn any_number() -> impl Strategy<Value = String> {
    "-?(0|[1-9][0-9]{0,40})(\\.[0-9]{1,20})?([eE][+-]?[0-9]{1,3})?"
}

fn any_json() -> impl Strategy<Value = Json> {
    let leaf = prop_oneof![
        Just(Json::Null),
        any::<bool>().prop_map(Json::Bool),
        any_number().prop_map(Json::Number),
        any::<String>().prop_map(|text| Json::Text(text.replace('\0', " "))),
    ];
    leaf.prop_recursive(5, 60, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Json::List),
            prop::collection::btree_map(any::<String>().prop_map(|key| key.replace('\0', " ")), inner, 0..5)
                .prop_map(|fields| Json::Object(fields.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn what_is_written_is_read(value in any_json()) {
        prop_assert_eq!(Json::read(&value.line()), Ok(value.clone()));
        let pretty = value.pretty();
        prop_assert_eq!(Json::read(&pretty), Ok(value));
        prop_assert!(!pretty.chars().any(|c| c.is_control() && c != '\n'), "an unseen character: {:?}", pretty);
    }

    #[test]
    fn the_differences_turn_one_into_the_other(before in any_json(), after in any_json()) {
        let mut turned = before.clone();
        let found = differences(&before, &after);
        prop_assert_eq!(found.is_empty(), before == after);
        // From the end of lists, so that places stay what they are.
        for Change { path, after: wanted, .. } in found.into_iter().rev() {
            prop_assert_eq!(after.at(&path), wanted.as_ref());
            if turned.put(&path, wanted.clone()).is_err() {
                // A list that grew or shrank is no change to one of its parts.
                return Ok(());
            }
        }
        prop_assert_eq!(turned, after);
    }

    #[test]
    fn a_path_reads_as_it_is_written(keys in prop::collection::vec(prop_oneof![any::<usize>().prop_map(exact::Step::Index), any::<String>().prop_map(|key| exact::Step::Key(key.replace('\0', " ")))], 1..6)) {
        let path = Path(keys);
        prop_assert_eq!(path.to_string().parse(), Ok(path.clone()));
        let set = Set { path, value: Json::Number("1e400".into()) };
        prop_assert_eq!(set.to_string().parse(), Ok(set));
    }

    #[test]
    fn no_text_makes_it_stumble(text in any::<String>()) {
        let _ = Json::read(&text);
        let _ = text.parse::<Path>();
        let _ = text.parse::<Set>();
    }

    #[test]
    fn whole_numbers_compare_as_numbers(left in any::<i64>(), right in any::<i64>()) {
        prop_assert_eq!(compare(&left.to_string(), &right.to_string()), left.cmp(&right));
        prop_assert_eq!(compare(&format!("{left}.0e0"), &format!("{right}.00")), left.cmp(&right));
    }
}

#[test]
fn numbers_keep_their_digits() {
    for digits in ["12345678901234567890123", "1e400", "-0", "1.10", "0.1e-300", "9007199254740993"] {
        assert_eq!(Json::read(digits).expect(digits).line(), digits);
    }
    assert_eq!(compare("12345678901234567890123", "12345678901234567890124"), Ordering::Less);
    assert_eq!(compare("1e400", "10e399"), Ordering::Equal);
    assert_eq!(compare("-0", "0.000"), Ordering::Equal);
    assert_eq!(compare("-1e-5", "-0.00002"), Ordering::Greater);
}

#[test]
fn a_hundred_levels_and_five_hundred_are_read_and_a_thousand_are_refused() {
    let deep = |levels: usize| ["[".repeat(levels), "1".to_owned(), "]".repeat(levels)].concat();
    for levels in [100, 500] {
        assert_eq!(Json::read(&deep(levels)).expect("deep").line(), deep(levels));
    }
    assert!(Json::read(&deep(100_000)).expect_err("too deep").why.contains("512 levels"));
}

#[test]
fn a_million_characters_stay_what_they_are() {
    let text = format!("{{\"much\": \"{}\"}}", "aé\\u0007\u{1f600}\\n".repeat(80_000));
    assert!(text.len() > 1_000_000);
    let value = Json::read(&text).expect("read");
    assert_eq!(Json::read(&value.pretty()), Ok(value));
}

#[test]
fn what_would_be_lost_is_refused_with_its_place() {
    for (text, line, column, why) in [
        ("{\n \"b\": {\n \"a\": 1, \"c\": 1, \"a\": 2}}", 2, 7, "\u{201c}a\u{201d} is twice"),
        ("{\"a\": \"\\ud800\"}", 1, 8, "half of a character"),
        ("{\"a\": \"\\udc00x\"}", 1, 8, "half of a character"),
        ("{\"a\": \"\\ud800\\u0041\"}", 1, 8, "half of a character"),
        ("{\"a\": \"\\u0000\"}", 1, 8, "cannot be kept"),
        ("{\"a\": \"\t\"}", 1, 8, "control character"),
        ("{\"a\": 01}", 1, 9, "begins with a digit"),
        ("{\"a\": 1e99999}", 1, 7, "more digits"),
        ("{\"a\": 1} 2", 1, 10, "after the end"),
        ("{\"a\": NaN}", 1, 7, "a value is expected"),
        ("{\"a\" 1}", 1, 6, "a colon"),
        ("[1 2]", 1, 4, "a comma or ]"),
        ("{\"a\": tru", 1, 7, "a value is expected"),
        ("", 1, 1, "ends where a value"),
    ] {
        let misread = Json::read(text).expect_err(text);
        assert_eq!((misread.line, misread.column), (line, column), "{text}: {misread}");
        assert!(misread.why.contains(why), "{text}: {misread}");
    }
    assert_eq!(Json::read("\"\\ud83d\\ude00\""), Ok(Json::Text("\u{1f600}".into())));
    let many = format!("[{}]", vec!["1e9999"; 1_000].join(","));
    assert!(Json::read(&many).expect_err("ten million digits").why.contains("more digits"));
}

#[test]
fn what_turns_writing_around_is_shown() {
    let value = Json::Text("safe\u{202e}gpj.exe\u{200b}\u{7}".into());
    assert_eq!(value.line(), "\"safe\\u202egpj.exe\\u200b\\u0007\"");
    assert_eq!(Json::read(&value.line()), Ok(value));
}

#[test]
fn an_excerpt_is_one_short_line_also_of_a_beginning() {
    let payload = "{\"note\": null, \"file\": \"east\\nwing.pdf\", \"a\": [1, {\"ok\": true}], \"last\": \"\\u202ex\"}";
    assert_eq!(exact::excerpt(payload, 80), "east wing.pdf \u{b7} 1 \u{b7} yes \u{b7}  x");
    for cut in 0..payload.len() {
        assert!(exact::excerpt(&payload[..cut], 8).chars().count() <= 8);
    }
    assert!(exact::excerpt(payload, 8).ends_with('\u{2026}'));
    assert_eq!(exact::excerpt("\"a large payload\"", 80), "a large payload");
}

#[test]
fn a_change_is_a_path_and_a_value() {
    let set = |text: &str| text.parse::<Set>().map(|set| set.to_string()).map_err(|bad| bad.0);
    assert_eq!(set("size=12").as_deref(), Ok("size=12"));
    assert_eq!(set("customer.name=Ada Lovelace").as_deref(), Ok("customer.name=\"Ada Lovelace\""));
    assert_eq!(set("rooms[2].id = 12345678901234567890123").as_deref(), Ok("rooms[2].id=12345678901234567890123"));
    assert_eq!(set("[\"a=b\"].c=null").as_deref(), Ok("[\"a=b\"].c=null"));
    assert!(set("size").expect_err("no value").contains("path=value"));
    assert!(set("a b=1").expect_err("no path").contains("not a path"));
    assert!(set("a={\"b\"").expect_err("half JSON").contains("not JSON"));
    let mut payload = Json::read("{\"rooms\": [{\"id\": 1}]}").expect("JSON");
    assert!(payload.replace(&"rooms[1].id".parse().expect("a path"), Json::Null).is_err());
    payload.replace(&"rooms[0].id".parse().expect("a path"), Json::Number("2".into())).expect("there");
    assert_eq!(payload.line(), "{\"rooms\":[{\"id\":2}]}");
}
