//! What real tools built, and the stacks that real engines wrote when it failed.

use domain::ArtifactKind;
use std::io::Write;
use symbols::{Cache, Error, Place, digest, frame, resolve};

const MAP: &[u8] = include_bytes!("fixtures/shop/assets/app-3f2a.js.map");
const MODULE: &[u8] = include_bytes!("fixtures/plan/plan_bg.wasm");
const NAMED: &[u8] = include_bytes!("fixtures/plan/named.wasm");
const BARE: &[u8] = include_bytes!("fixtures/plan/bare.wasm");

const SHOP: &str = "TypeError: Cannot read properties of undefined (reading 'net')
    at r (https://shop.example/assets/app-3f2a.js:1:151)
    at e (https://shop.example/assets/app-3f2a.js:1:47)
    at i (https://shop.example/assets/app-3f2a.js:1:189)
    at https://shop.example/start.js:2:7";
const PLAN: &str = "RuntimeError: unreachable
    at https://shop.example/plan_bg.wasm:wasm-function[0]:0x81
    at https://shop.example/plan_bg.wasm:wasm-function[1]:0x89";

fn told(places: &[Place]) -> Vec<String> {
    places.iter().map(|place| format!("{} {}:{}:{}", place.function, place.file, place.line, place.column)).collect()
}

#[test]
fn a_minified_stack_gets_names_files_lines_and_source() {
    let kept = digest(ArtifactKind::SourceMap, MAP).expect("digested");
    assert!(kept.lines);
    let cache = Cache::open(&kept.cache).expect("opened");
    let lines = resolve(SHOP, |file| file.ends_with("/assets/app-3f2a.js").then_some(&cache));
    let places: Vec<Vec<String>> = lines.iter().map(|line| told(&line.places)).collect();
    assert_eq!(
        places,
        [
            vec![],
            vec!["priceOfLine ../cart.ts:17:21".to_owned()],
            vec!["totalOfLines ../cart.ts:10:14".to_owned()],
            // Nobody that the map knows called it: its name stays as it was built.
            vec!["i ../main.ts:4:17".to_owned()],
            vec![],
        ]
    );
    let first = &lines[1].places[0];
    assert_eq!((first.source_from, first.source[2].as_str()), (15, "  return line.price.net * 1.2;"));
    assert_eq!(first.source.len(), 4, "two lines before, and the one that is left after it");
    assert_eq!(lines[4].raw, "at https://shop.example/start.js:2:7");
}

#[test]
fn the_same_stack_as_firefox_writes_it() {
    let kept = digest(ArtifactKind::SourceMap, MAP).expect("digested");
    let cache = Cache::open(&kept.cache).expect("opened");
    let stack = "r@https://shop.example/assets/app-3f2a.js:1:151\ne@https://shop.example/assets/app-3f2a.js:1:47\n@https://shop.example/assets/app-3f2a.js:9:1";
    let lines = resolve(stack, |_| Some(&cache));
    assert_eq!(told(&lines[0].places), ["priceOfLine ../cart.ts:17:21"]);
    assert_eq!(told(&lines[2].places), [""; 0], "the map has no ninth line");
}

#[test]
fn a_map_without_sources_gives_lines_and_no_source() {
    let mut map: serde_json::Value = serde_json::from_slice(MAP).expect("JSON");
    map.as_object_mut().expect("an object").remove("sourcesContent");
    let kept = digest(ArtifactKind::SourceMap, map.to_string().as_bytes()).expect("digested");
    let cache = Cache::open(&kept.cache).expect("opened");
    let lines = resolve(SHOP, |_| Some(&cache));
    assert_eq!((told(&lines[1].places), lines[1].places[0].source.len()), (vec!["priceOfLine ../cart.ts:17:21".to_owned()], 0));
}

#[test]
fn maps_of_maps_are_read_and_those_elsewhere_are_not() {
    let map: serde_json::Value = serde_json::from_slice(MAP).expect("JSON");
    let sections = serde_json::json!({ "version": 3, "sections": [{ "offset": { "line": 3, "column": 10 }, "map": map }] }).to_string();
    let kept = digest(ArtifactKind::SourceMap, [")]}'\n", &sections].concat().as_bytes()).expect("digested");
    let cache = Cache::open(&kept.cache).expect("opened");
    let at = frame("r@https://shop.example/assets/all.js:4:161").expect("a frame");
    assert_eq!(told(&cache.places(&at)), ["r ../cart.ts:17:21"]);
    let elsewhere = r#"{"version": 3, "sections": [{"offset": {"line": 0, "column": 0}, "url": "https://h/x.map"}]}"#;
    assert_eq!(digest(ArtifactKind::SourceMap, elsewhere.as_bytes()).expect_err("elsewhere"), Error::Elsewhere);
}

#[test]
fn a_module_gives_the_functions_that_were_compiled_into_one_another() {
    let kept = digest(ArtifactKind::Wasm, MODULE).expect("digested");
    assert!(kept.lines);
    let cache = Cache::open(&kept.cache).expect("opened");
    let lines = resolve(PLAN, |_| Some(&cache));
    let (of_the_library, of_the_module) = lines[1].places.split_at(1);
    assert!(of_the_library[0].file.starts_with("/rust/"), "{of_the_library:?}");
    assert_eq!(told(of_the_module), ["plan::whole /build/plan/plan.rs:20:0", "plan::area_of_room /build/plan/plan.rs:12:0"]);
    assert_eq!(told(&lines[2].places), ["plan /build/plan/plan.rs:26:0"]);
}

#[test]
fn a_module_without_debug_information_gives_names_or_is_refused() {
    let kept = digest(ArtifactKind::Wasm, NAMED).expect("digested");
    assert!(!kept.lines, "it has to be said");
    let cache = Cache::open(&kept.cache).expect("opened");
    let lines = resolve(PLAN, |_| Some(&cache));
    assert_eq!(
        (told(&lines[1].places), told(&lines[2].places)),
        (vec!["plan::area_of_room :0:0".to_owned()], vec!["plan :0:0".to_owned()])
    );
    assert_eq!(digest(ArtifactKind::Wasm, BARE).expect_err("bare"), Error::Bare);
}

#[test]
fn one_kind_is_not_taken_for_the_other() {
    assert!(matches!(digest(ArtifactKind::SourceMap, MODULE), Err(Error::NotAMap(_))));
    assert!(matches!(digest(ArtifactKind::Wasm, MAP), Err(Error::NotAModule(_))));
    let kept = digest(ArtifactKind::SourceMap, MAP).expect("digested");
    let cache = Cache::open(&kept.cache).expect("opened");
    assert_eq!(cache.places(&frame("f@https://h/a.wasm:wasm-function[0]:0x81").expect("a frame")), []);
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packed.write_all(bytes).expect("packed");
    packed.finish().expect("packed")
}

#[test]
fn what_is_packed_is_unpacked_and_a_bomb_is_not() {
    let plain = digest(ArtifactKind::SourceMap, MAP).expect("digested");
    assert_eq!(plain.size, MAP.len());
    let packed = gzip(MAP);
    assert_eq!(digest(ArtifactKind::SourceMap, &packed).expect("unpacked"), plain, "its sum is that of the file itself");
    assert_eq!(digest(ArtifactKind::SourceMap, &packed[..packed.len() / 2]).expect_err("half"), Error::Unpackable);
    let bomb = gzip(&vec![b' '; symbols::LARGEST + 1]);
    assert!(bomb.len() < 1_000_000);
    assert_eq!(digest(ArtifactKind::SourceMap, &bomb).expect_err("a bomb"), Error::TooLarge);
}
