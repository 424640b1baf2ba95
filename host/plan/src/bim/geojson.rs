//! `plan.geojson`: walls and rooms as polygons of a FeatureCollection, in building millimetres.
//!
//! A plan has no place on earth, so these are not degrees; the collection says so in its own member.

use super::{Model, outline, wall_name};
use crate::geometry::Pt;
use serde_json::{Value, json};

/// The whole plan.
pub fn feature_collection(model: &Model) -> Value {
    let walls = model.walls.iter().map(|w| {
        let ring = outline(w.a, w.b, w.thickness).map(Pt::tenths);
        feature(&w.id, &[&ring], json!({ "id": w.id, "kind": "wall", "name": wall_name(w), "confidence": w.confidence, "thickness_mm": w.thickness, "area": null }))
    });
    let rooms = model.rooms.iter().map(|r| {
        let mut rings: Vec<&[Pt]> = vec![&r.polygon];
        rings.extend(r.holes.iter().map(Vec::as_slice));
        feature(
            &r.id,
            &rings,
            json!({ "id": r.id, "kind": "room", "name": r.name, "number": r.number, "confidence": r.confidence, "area": r.area_m2 }),
        )
    });
    json!({
        "type": "FeatureCollection",
        "plan": { "unit": "mm", "axes": "x right, y up", "area_unit": "m2" },
        "features": walls.chain(rooms).collect::<Vec<_>>(),
    })
}

/// GeoJSON closes its rings and wants holes clockwise.
fn feature(id: &str, rings: &[&[Pt]], properties: Value) -> Value {
    let closed = |(i, ring): (usize, &&[Pt])| {
        let mut ring = ring.to_vec();
        if i > 0 && crate::geometry::signed_area(&ring) > 0.0 {
            ring.reverse();
        }
        ring.extend(ring.first().copied());
        ring
    };
    let coordinates: Vec<Vec<Pt>> = rings.iter().enumerate().map(closed).collect();
    json!({ "type": "Feature", "id": id, "properties": properties, "geometry": { "type": "Polygon", "coordinates": coordinates } })
}
