//! The finished model and the files made of it.
//!
//! `objects.json` and `plan.geojson` are in building millimetres, y up, with the origin half a metre below and left of
//! the outermost walls. `plan.json` has the same numbers turned to y down, for drawing as SVG: a wall is a line of its
//! thickness with square caps, a room a polygon. `plan.ifc` is in metres, y up.

pub mod geojson;
pub mod ifc;

use crate::Params;
use crate::files::{Document, Opening, Room, Rooms, Wall, Walls};
use crate::geometry::{Pt, Seg, bounds, pt, tenths};
use crate::rooms::join;
use serde_json::{Value, json};

const MARGIN_MM: f64 = 500.0;

/// Walls and rooms in building coordinates.
pub struct Model {
    pub width: f64,
    pub height: f64,
    pub walls: Vec<Wall>,
    pub rooms: Vec<Room>,
    pub openings: Vec<Opening>,
    /// Tells this plan's ids from those of every other.
    pub fingerprint: String,
    pub title: String,
    pub written_at: String,
}

impl Model {
    pub fn new(document: &Document, walls: &Walls, rooms: &Rooms, params: &Params) -> Self {
        let reach = walls.walls.iter().flat_map(|w| outline(w.a, w.b, w.thickness));
        let corners = reach.chain(rooms.rooms.iter().flat_map(|r| r.polygon.iter().copied()));
        let (lo, hi) = bounds(corners).unwrap_or_default();
        let origin = lo - pt(MARGIN_MM, MARGIN_MM);
        let moved = |p: Pt| (p - origin).tenths();
        let ring = |r: &[Pt]| r.iter().map(|p| moved(*p)).collect::<Vec<_>>();
        let wall = |(w, line): (&Wall, Seg)| Wall { a: moved(line.a), b: moved(line.b), ..w.clone() };
        let room = |r: &Room| Room { polygon: ring(&r.polygon), holes: r.holes.iter().map(|h| ring(h)).collect(), ..r.clone() };
        let opening = |o: &Opening| Opening { a: moved(o.a), b: moved(o.b), ..o.clone() };
        let written_at = params.written_at.clone().or_else(|| document.made_at.clone());
        Self {
            width: tenths(hi.x - origin.x + MARGIN_MM),
            height: tenths(hi.y - origin.y + MARGIN_MM),
            walls: walls.walls.iter().zip(join::to_each_other(&walls.walls)).map(wall).collect(),
            rooms: rooms.rooms.iter().map(room).collect(),
            openings: rooms.openings.iter().map(opening).collect(),
            fingerprint: document.fingerprint.clone(),
            title: document.title.clone().unwrap_or_else(|| "Plan".to_owned()),
            written_at: written_at.unwrap_or_else(|| "1970-01-01T00:00:00Z".to_owned()),
        }
    }

    /// What the console draws: y down, origin at the top left.
    pub fn plan_json(&self) -> Value {
        let down = |p: Pt| pt(p.x, tenths(self.height - p.y));
        let ring = |r: &[Pt]| r.iter().map(|p| down(*p)).collect::<Vec<_>>();
        let wall = |w: &Wall| json!({ "id": w.id, "a": down(w.a), "b": down(w.b), "thickness": w.thickness, "confidence": w.confidence });
        let room = |r: &Room| {
            json!({
                "id": r.id, "name": r.name, "number": r.number, "polygon": ring(&r.polygon),
                "holes": r.holes.iter().map(|h| ring(h)).collect::<Vec<_>>(),
                "confidence": r.confidence, "area_m2": r.area_m2, "reasons": r.reasons,
            })
        };
        let opening = |o: &Opening| json!({ "a": down(o.a), "b": down(o.b), "thickness": o.thickness, "door_drawn": o.door_drawn });
        json!({
            "width": self.width, "height": self.height,
            "walls": self.walls.iter().map(wall).collect::<Vec<_>>(),
            "rooms": self.rooms.iter().map(room).collect::<Vec<_>>(),
            "openings": self.openings.iter().map(opening).collect::<Vec<_>>(),
        })
    }

    /// One row for each object, as the host stores them; rings are not closed.
    pub fn objects_json(&self) -> Value {
        let wall = |w: &Wall| {
            let ring = outline(w.a, w.b, w.thickness).map(Pt::tenths);
            json!({
                "id": w.id, "kind": "wall", "name": wall_name(w), "confidence": w.confidence, "geometry": ring,
                "reasons": w.reasons,
            })
        };
        let room = |r: &Room| {
            json!({
                "id": r.id, "kind": "room", "name": r.name, "number": r.number, "confidence": r.confidence,
                "area_m2": r.area_m2, "geometry": r.polygon, "reasons": r.reasons,
            })
        };
        Value::Array(self.walls.iter().map(wall).chain(self.rooms.iter().map(room)).collect())
    }
}

/// "Wall 120 mm, 4.25 m".
pub fn wall_name(w: &Wall) -> String {
    format!("Wall {:.0} mm, {:.2} m", w.thickness, w.a.distance(w.b) / 1000.0)
}

/// The four corners of a wall, counter-clockwise.
pub fn outline(a: Pt, b: Pt, thickness: f64) -> [Pt; 4] {
    let side = (b - a).unit().left() * (thickness / 2.0);
    [a - side, b - side, b + side, a + side]
}
