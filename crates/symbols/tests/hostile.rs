//! Whatever is sent: an answer, and no panic that reaches further.

use domain::ArtifactKind;
use proptest::prelude::*;
use symbols::{Cache, Error, digest, frame};

const MAP: &[u8] = include_bytes!("fixtures/shop/assets/app-3f2a.js.map");
const MODULE: &[u8] = include_bytes!("fixtures/plan/plan_bg.wasm");

fn map(json: &str) -> Result<symbols::Digested, Error> {
    digest(ArtifactKind::SourceMap, json.as_bytes())
}

/// Asks a table for places all over.
fn asked(kept: &[u8]) {
    let Ok(cache) = Cache::open(kept) else { return };
    for line in [
        "f@h/a.js:1:1",
        "f@h/a.js:1:151",
        "f@h/a.js:4000000000:4000000000",
        "f@h/a.wasm:wasm-function[0]:0x81",
        "f@h/a.wasm:wasm-function[0]:0xffffffffffffffff",
    ] {
        let _ = cache.places(&frame(line).expect("a frame"));
    }
}

#[test]
fn what_is_no_map_is_told_why() {
    for (json, told) in [
        ("", "EOF"),
        ("<html>", "expected value"),
        ("[]", "no `mappings`"),
        ("{\"version\": 3}", "no `mappings`"),
        ("{\"mappings\": 7}", "expected a"),
        ("{\"mappings\": \"%%\", \"sources\": []}", "vlq"),
        ("{\"mappings\": \"AAAA\", \"sources\": []}", "source"),
        ("{\"mappings\": \"AAAAA\", \"sources\": [\"a\"], \"names\": []}", "name"),
        ("{\"mappings\": \"gggggggggggggggggggg\", \"sources\": [\"a\"]}", ""),
    ] {
        let Err(Error::NotAMap(why)) = map(json) else { panic!("{json}: {:?}", map(json)) };
        assert!(why.contains(told), "{json}: {why}");
    }
    assert!(matches!(digest(ArtifactKind::SourceMap, &MAP[..MAP.len() / 2]), Err(Error::NotAMap(_))));
    assert!(matches!(digest(ArtifactKind::Wasm, &MODULE[..MODULE.len() / 2]), Err(Error::NotAModule(_))));
    assert!(matches!(digest(ArtifactKind::SourceMap, &[0xff, 0xfe]), Err(Error::NotAMap(_))));
    let deep = ["{\"sections\":[{\"offset\":{\"line\":0,\"column\":0},\"map\":".repeat(10_000), "1".into()].concat();
    assert!(matches!(map(&deep), Err(Error::NotAMap(_))));
}

#[test]
fn a_little_that_stands_for_much_is_refused() {
    let places = format!("{{\"sources\": [\"a\"], \"mappings\": \"{}\"}}", "A,".repeat(6_000_001));
    assert_eq!(map(&places).expect_err("places"), Error::TooMuch("more than six million places"));
    let lines = format!("{{\"sources\": [\"a\"], \"mappings\": \"{}\"}}", ";".repeat(6_000_001));
    assert!(matches!(map(&lines), Err(Error::TooMuch(_))));
    let sources = format!("{{\"sources\": [{}null], \"mappings\": \"\"}}", "null,".repeat(1_000_001));
    assert_eq!(map(&sources).expect_err("sources"), Error::TooMuch("more than a million sources and names"));
    let root = format!("{{\"sourceRoot\": \"{}\", \"sources\": [\"a\"], \"mappings\": \"\"}}", "r".repeat(1_001));
    assert!(matches!(map(&root), Err(Error::TooMuch(_))));
    let far = r#"{"sections": [{"offset": {"line": 4294967295, "column": 1}, "map": {"sources": ["a"], "mappings": "AAAA;AAAA"}}]}"#;
    assert!(matches!(map(far), Err(Error::TooMuch(_))));
    assert_eq!(digest(ArtifactKind::Wasm, &vec![0; symbols::LARGEST + 1]).expect_err("large"), Error::TooLarge);
}

#[test]
fn extensions_of_other_tools_are_not_read() {
    let with = r#"{"version": 3, "sources": ["a.js"], "names": [], "mappings": "AAAA", "rangeMappings": "%%%", "x_facebook_sources": [[{"names": ["<global>"], "mappings": "%"}]], "ignoreList": [99]}"#;
    assert!(map(with).is_ok_and(|kept| Cache::open(&kept.cache).is_ok()));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn changed_bytes_of_a_module_never_reach_further(changes in prop::collection::vec((0..4_500_usize, any::<u8>()), 1..6), cut in prop::option::weighted(0.2, 8..4_500_usize)) {
        let mut bytes = MODULE.to_vec();
        for (at, byte) in changes {
            bytes[at % MODULE.len()] = byte;
        }
        bytes.truncate(cut.unwrap_or(MODULE.len()));
        if let Ok(kept) = digest(ArtifactKind::Wasm, &bytes) {
            asked(&kept.cache);
        }
    }

    #[test]
    fn mappings_of_all_kinds_never_reach_further(mappings in "[A-Za-z0-9+/,;]{0,200}", root in "[a-z/:.]{0,9}", sources in prop::collection::vec(prop::option::of("[a-z./]{0,9}"), 0..4)) {
        let json = serde_json::json!({ "version": 3, "sourceRoot": root, "sources": sources, "names": ["a", 7, null], "mappings": mappings });
        if let Ok(kept) = map(&json.to_string()) {
            asked(&kept.cache);
        }
    }

    #[test]
    fn what_was_kept_and_is_damaged_never_reaches_further(changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6), of_a_module: bool) {
        let (kind, bytes) = if of_a_module { (ArtifactKind::Wasm, MODULE) } else { (ArtifactKind::SourceMap, MAP) };
        let mut kept = digest(kind, bytes).expect("digested").cache;
        for (at, byte) in changes {
            let at = at.index(kept.len());
            kept[at] = byte;
        }
        asked(&kept);
    }
}
