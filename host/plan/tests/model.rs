//! The files made at the end are well formed: IFC references, unique ids, GeoJSON rings, the console's plan.

use plan::{Params, Step, run, sample};
use serde_json::Value;
use std::collections::{HashMap, HashSet};
use std::path::PathBuf;

fn made(name: &str, pdf: &[u8]) -> PathBuf {
    let dir = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = std::fs::remove_dir_all(&dir);
    std::fs::create_dir_all(&dir).expect("a directory for the test");
    std::fs::write(dir.join("upload.pdf"), pdf).expect("the upload is stored");
    for step in Step::ALL {
        run(step, &dir, &dir, &Params::default(), &mut |_| {}).expect("the step succeeds");
    }
    dir
}

fn json(dir: &std::path::Path, name: &str) -> Value {
    serde_json::from_slice(&std::fs::read(dir.join(name)).expect("written")).expect("JSON")
}

/// `#12=IFCWALL('…',#3)` as number, entity name, arguments.
fn entities(ifc: &str) -> Vec<(u64, String, String)> {
    let data = ifc.split("DATA;\n").nth(1).and_then(|d| d.split("ENDSEC;").next()).expect("a data section");
    let entity = |line: &str| {
        let (id, rest) = line.strip_prefix('#')?.split_once('=')?;
        let (kind, arguments) = rest.strip_suffix(");")?.split_once('(')?;
        Some((id.parse().ok()?, kind.to_owned(), arguments.to_owned()))
    };
    data.lines().map(|l| entity(l).unwrap_or_else(|| panic!("no entity: {l}"))).collect()
}

/// Arguments without what stands in quotes.
fn unquoted(arguments: &str) -> String {
    arguments.split('\'').step_by(2).collect::<Vec<_>>().join("''")
}

fn references(arguments: &str) -> Vec<u64> {
    unquoted(arguments)
        .split('#')
        .skip(1)
        .map(|r| r.chars().take_while(char::is_ascii_digit).collect::<String>().parse().expect("a number"))
        .collect()
}

/// How many arguments each entity of IFC4 we write takes.
const ARITY: [(&str, usize); 12] = [
    ("IFCPROJECT", 9),
    ("IFCSITE", 14),
    ("IFCBUILDING", 12),
    ("IFCBUILDINGSTOREY", 10),
    ("IFCSPACE", 11),
    ("IFCWALL", 9),
    ("IFCRELAGGREGATES", 6),
    ("IFCRELCONTAINEDINSPATIALSTRUCTURE", 6),
    ("IFCRELDEFINESBYPROPERTIES", 6),
    ("IFCELEMENTQUANTITY", 6),
    ("IFCEXTRUDEDAREASOLID", 4),
    ("IFCGEOMETRICREPRESENTATIONSUBCONTEXT", 10),
];

fn arity(arguments: &str) -> usize {
    let (mut depth, mut commas) = (0, 0);
    for c in unquoted(arguments).chars() {
        match c {
            '(' => depth += 1,
            ')' => depth -= 1,
            ',' if depth == 0 => commas += 1,
            _ => {}
        }
    }
    commas + 1
}

#[test]
fn every_reference_of_the_ifc_is_defined_and_every_global_id_is_its_own() {
    let dir = made("ifc", &sample::ordinary(3));
    let ifc = std::fs::read_to_string(dir.join("plan.ifc")).expect("written");
    assert!(ifc.starts_with("ISO-10303-21;\nHEADER;\n") && ifc.ends_with("ENDSEC;\nEND-ISO-10303-21;\n"));
    assert!(ifc.contains("FILE_SCHEMA(('IFC4'));") && ifc.contains("'2026-01-05T09:00:00'"));
    let all = entities(&ifc);
    let ids: HashMap<u64, &str> = all.iter().map(|(id, kind, _)| (*id, kind.as_str())).collect();
    assert_eq!(ids.len(), all.len(), "a number is used twice");
    let mut global = HashSet::new();
    for (id, kind, arguments) in &all {
        for r in references(arguments) {
            assert!(ids.contains_key(&r), "#{id} refers to #{r}");
            assert!(r < *id, "#{id} refers forward to #{r}");
        }
        if let Some((_, n)) = ARITY.iter().find(|(name, _)| name == kind) {
            assert_eq!(arity(arguments), *n, "{kind}({arguments})");
        }
        let rooted = ["IFCPROJECT", "IFCSITE", "IFCBUILDING", "IFCBUILDINGSTOREY", "IFCSPACE", "IFCWALL", "IFCELEMENTQUANTITY"];
        if rooted.contains(&kind.as_str()) || kind.starts_with("IFCREL") {
            let guid = arguments.split('\'').nth(1).expect("a global id");
            assert_eq!(guid.len(), 22);
            assert!(global.insert(guid.to_owned()), "{guid} is used twice");
        }
    }
}

#[test]
fn the_ifc_holds_the_walls_and_rooms_of_the_plan_and_is_the_same_each_time() {
    let dir = made("ifc-count", &sample::ordinary(3));
    let ifc = std::fs::read_to_string(dir.join("plan.ifc")).expect("written");
    let all = entities(&ifc);
    let count = |kind: &str| all.iter().filter(|(_, k, _)| k == kind).count();
    let plan = json(&dir, "plan.json");
    assert_eq!(count("IFCSPACE"), plan["rooms"].as_array().map_or(0, Vec::len));
    assert_eq!(count("IFCWALL"), plan["walls"].as_array().map_or(0, Vec::len));
    assert_eq!((count("IFCPROJECT"), count("IFCSITE"), count("IFCBUILDING"), count("IFCBUILDINGSTOREY")), (1, 1, 1, 1));
    let again = made("ifc-again", &sample::ordinary(3));
    assert_eq!(ifc, std::fs::read_to_string(again.join("plan.ifc")).expect("written"), "the same upload gives the same file");
}

#[test]
fn objects_and_geojson_tell_the_same_walls_and_rooms_with_closed_rings() {
    let sample = sample::hospital_sample(2);
    let dir = made("geojson", &sample.pdf);
    let (objects, geo, plan) = (json(&dir, "objects.json"), json(&dir, "plan.geojson"), json(&dir, "plan.json"));
    let features = geo["features"].as_array().expect("features");
    let objects = objects.as_array().expect("an array");
    assert_eq!((geo["type"].as_str(), features.len()), (Some("FeatureCollection"), objects.len()));
    for (feature, object) in features.iter().zip(objects) {
        assert_eq!(feature["properties"]["id"], object["id"]);
        assert_eq!(feature["properties"]["kind"], object["kind"]);
        let ring = feature["geometry"]["coordinates"][0].as_array().expect("a ring");
        assert_eq!(ring.first(), ring.last(), "{}", object["id"]);
        assert_eq!(ring.len(), object["geometry"].as_array().map_or(0, Vec::len) + 1);
        assert!(object["confidence"].as_f64().is_some_and(|c| (0.05..=1.0).contains(&c)));
        assert_eq!(object["kind"] == "room", object["area_m2"].is_f64(), "{object}");
    }
    let (width, height) = (plan["width"].as_f64().expect("a width"), plan["height"].as_f64().expect("a height"));
    for room in plan["rooms"].as_array().expect("rooms") {
        for p in room["polygon"].as_array().expect("a polygon") {
            let (x, y) = (p[0].as_f64().expect("x"), p[1].as_f64().expect("y"));
            assert!(x > 0.0 && y > 0.0 && x < width && y < height, "{p}");
        }
    }
}

#[test]
fn the_drawn_plan_has_the_objects_numbers_with_y_turned_over() {
    let dir = made("turned", &sample::ordinary(5));
    let (objects, plan) = (json(&dir, "objects.json"), json(&dir, "plan.json"));
    let objects = objects.as_array().expect("an array");
    let height = plan["height"].as_f64().expect("a height");
    let first = objects.iter().find(|o| o["kind"] == "room").expect("a room");
    let drawn = plan["rooms"].as_array().expect("rooms").iter().find(|r| r["id"] == first["id"]).expect("the same room");
    for (up, down) in first["geometry"].as_array().expect("a ring").iter().zip(drawn["polygon"].as_array().expect("a ring")) {
        assert_eq!(up[0], down[0]);
        assert!((up[1].as_f64().expect("y") + down[1].as_f64().expect("y") - height).abs() < 0.11);
    }
}
