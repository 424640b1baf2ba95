//! A contract says what is wrong by path, keeps locked fields, hides sensitive ones, and promises nothing it does not keep.

use exact::{Contract, Json, MASK};

const SCHEMA: &str = r#"{
  "type": "object", "additionalProperties": false, "required": ["upload", "size"],
  "properties": {
    "upload": {"type": "string", "x-edit": "locked", "x-reason": "It names the file."},
    "size": {"type": "integer", "minimum": 1, "maximum": 12345678901234567890123},
    "kind": {"enum": ["plan", "photo"]},
    "rooms": {"type": "array", "maxItems": 2, "items": {"type": "object", "properties": {"name": {"type": "string", "minLength": 1}}}},
    "customer": {"type": "object", "properties": {
      "id": {"type": "string", "x-edit": "locked"}, "pin": {"type": ["integer", "null"], "x-edit": "sensitive"}}}
  }}"#;

fn json(text: &str) -> Json {
    Json::read(text).expect(text)
}
fn contract() -> Contract {
    Contract::of(&json(SCHEMA)).expect("a contract")
}
fn said(payload: &str) -> Vec<String> {
    contract().check(&json(payload)).into_iter().map(|said| format!("{}: {}", said.path, said.sentence)).collect()
}

#[test]
fn what_is_wrong_is_named_by_path() {
    assert_eq!(
        said(r#"{"upload": "u", "size": 12345678901234567890123, "kind": "plan", "rooms": [{"name": "a"}], "customer": {"pin": null}}"#),
        [""; 0]
    );
    for (payload, wanted) in [
        (r#"{"size": 1}"#, "upload: it has to be there."),
        (r#"{"upload": "u", "size": 12345678901234567890124}"#, "size: at most 12345678901234567890123 may be here."),
        (r#"{"upload": "u", "size": 1.5}"#, "size: a whole number is expected, and this is a number."),
        (r#"{"upload": "u", "size": 1, "kind": "film"}"#, "kind: one of \"plan\", \"photo\" is expected."),
        (r#"{"upload": "u", "size": 1, "extra": 1}"#, "extra: there is no such field in this type."),
        (r#"{"upload": "u", "size": 1, "rooms": [{"name": ""}]}"#, "rooms[0].name: at least 1 characters may be here."),
        (r#"{"upload": "u", "size": 1, "rooms": [1, 2, 3]}"#, "rooms: at most 2 items may be here."),
        (r#"[]"#, "the payload: an object is expected, and this is a list."),
    ] {
        assert!(said(payload).iter().any(|said| said == wanted), "{payload}: {:?}", said(payload));
    }
    assert_eq!(said(r#"{"upload": "u", "size": 1.0}"#), [""; 0], "1.0 is whole");
}

#[test]
fn locked_fields_may_not_differ_however_deep() {
    let before = json(r#"{"upload": "u", "size": 1, "customer": {"id": "c", "pin": 1}}"#);
    for (after, paths) in [
        (r#"{"upload": "v", "size": 1, "customer": {"id": "c", "pin": 1}}"#, vec!["upload"]),
        (r#"{"upload": "u", "size": 2, "customer": {"id": "d", "pin": 1}}"#, vec!["customer.id"]),
        (r#"{"size": 1}"#, vec!["customer.id", "upload"]),
        (r#"{"upload": "u", "size": 2, "customer": {"id": "c", "pin": 2}}"#, vec![]),
    ] {
        let mut found: Vec<_> = contract().locked(&before, &json(after)).into_iter().map(|said| said.path.to_string()).collect();
        found.sort();
        assert_eq!(found, paths, "{after}");
    }
    let locks = |path: &str| contract().locks(&path.parse().expect("a path"));
    assert!(locks("upload") && locks("customer.id") && locks("customer") && !locks("customer.pin") && !locks("size"));
}

#[test]
fn sensitive_values_are_hidden_and_stay_unless_replaced() {
    let before = json(r#"{"customer": {"id": "c", "pin": 4711}}"#);
    let shown = contract().masked(before.clone());
    assert!(!shown.line().contains("4711") && shown.line().contains(MASK), "{}", shown.line());
    assert_eq!(contract().unmasked(shown.clone(), &before), before);
    assert!(contract().check(&shown).iter().all(|said| said.path.to_string() != "customer.pin"), "a mask is no wrong value");
    for (from, to) in [
        (r#"{"customer": {"id": "c", "pin": 4711}}"#, r#"{"customer": {"id": "c", "pin": 815}}"#),
        (r#"{"customer": {"id": "c", "pin": 4711}}"#, "{}"),
        ("{}", r#"{"customer": {"id": "c", "pin": 815}}"#),
    ] {
        let found = contract().hidden(&json(from), &json(to));
        assert_eq!(found.len(), 1, "{from} {to}");
        assert!(!format!("{found:?}").contains("4711") && !format!("{found:?}").contains("815"), "{found:?}");
    }
    assert_eq!(contract().replaced(&shown, &before), []);
    let guess = json(r#"{"customer": {"id": "c", "pin": 4711}}"#);
    assert_eq!(contract().replaced(&guess, &before).len(), 1, "a right guess counts as a wrong one does");
    let mut replaced = shown;
    replaced.replace(&"customer.pin".parse().expect("a path"), Json::Number("1".into())).expect("there");
    assert_eq!(contract().unmasked(replaced.clone(), &before), replaced);
}

#[test]
fn what_lies_where_the_contract_says_nothing_is_hidden_with_all_around_it() {
    let odd = json(r#"{"customer": [{"id": "c", "pin": 4711}], "size": 1}"#);
    let shown = contract().masked(odd.clone());
    assert_eq!(shown.line(), format!(r#"{{"customer":"{MASK}","size":1}}"#));
    assert_eq!(contract().unmasked(shown, &odd), odd);
    let found = contract().hidden(&odd, &json(r#"{"customer": [{"id": "d", "pin": 815}], "size": 2}"#));
    let paths: Vec<String> = found.iter().map(|change| change.path.to_string()).collect();
    assert_eq!(paths, ["customer", "size"]);
    assert!(!format!("{found:?}").contains("815"), "{found:?}");
    assert_eq!(contract().masked(json("[4711]")).line(), format!("\"{MASK}\""));
}

#[test]
fn what_is_sensitive_in_an_object_is_one_change() {
    let contract = Contract::of(&json(r#"{"type": "object", "properties": {"secret": {"x-edit": "sensitive"}}}"#)).expect("a contract");
    let found = contract.hidden(&json(r#"{"secret": {"pin": 1, "puk": 2}}"#), &json(r#"{"secret": {}}"#));
    assert_eq!(found.len(), 1);
    assert!(!format!("{found:?}").contains("puk"), "{found:?}");
}

#[test]
fn what_is_sensitive_has_a_class() {
    let schema = r#"{"type": "object", "properties": {"a": {"x-edit": "sensitive", "x-class": "health"}, "b": {"x-edit": "locked"}, "c": {"x-edit": "sensitive"}}}"#;
    assert_eq!(Contract::of(&json(schema)).expect("a contract").classes(), ["health", "personal"]);
}

#[test]
fn what_is_not_kept_is_refused() {
    for (schema, named) in [
        (r#"{"type": "object", "properties": {"a": {"type": "string", "pattern": "^x"}}}"#, "pattern"),
        (r#"{"type": "object", "oneOf": []}"#, "oneOf"),
        (r#"{"type": "array"}"#, "about an object"),
        (r#"{"type": "object", "properties": {"a": {"type": "strnig"}}}"#, "type"),
        (r#"{"type": "object", "properties": {"a": {"type": "array", "items": {"x-edit": "locked"}}}}"#, "within a list"),
        (r#"{"type": "object", "properties": {"a": {"x-edit": "secret"}}}"#, "x-edit"),
        (r#"{"type": "object", "properties": {"a": {"x-class": "health"}}}"#, "not sensitive"),
        (
            r#"{"type": "object", "properties": {"a": {"x-edit": "sensitive", "properties": {"b": {"properties": {"c": {"x-edit": "sensitive", "x-class": "health"}}}}}}}"#,
            "as a whole",
        ),
        (r#"{"type": "object", "properties": {"a": {"x-edit": "sensitive", "x-class": "Very Private"}}}"#, "x-class"),
    ] {
        let unfit = Contract::of(&json(schema)).expect_err(schema);
        assert!(unfit.0.contains(named), "{schema}: {}", unfit.0);
    }
}
