//! Rooms: the faces of the planar graph of walls, with doors closed, moved in to the walls' inner faces and named by
//! the text inside them.

pub mod doors;
pub mod graph;
pub mod join;
mod label;

use crate::files::{Opening, Room, Rooms, Text, Wall, Walls};
use crate::geometry::{Pt, Seg, centroid, contains, inset, signed_area, tenths};
use crate::walls::MM_PER_POINT;
use crate::{Params, Refusal};
use doors::{Bridge, Swings};
use graph::{Loop, PlanarGraph};
use serde_json::{Value, json};

/// Points nearer than this are one point, in mm. Far below a wall's thickness, far above what drawing programs round to.
const SNAP_MM: f64 = 5.0;

/// Finds the rooms.
pub fn detect(walls: &Walls, text: &Text, swings: &Swings, params: &Params, log: &mut dyn FnMut(&str)) -> Result<(Rooms, Value), Refusal> {
    let lines = join::to_each_other(&walls.walls);
    let open = PlanarGraph::new(&lines, SNAP_MM);
    let bridges = doors::bridge(&lines, &walls.walls, &open, swings, params);
    let drawn = bridges.iter().filter(|b| b.door_drawn).count();
    log(&format!("{} gaps closed as doors, {drawn} of them with a door leaf drawn", bridges.len()));
    let closed: Vec<Seg> = lines.iter().copied().chain(bridges.iter().map(|b| b.seg)).collect();
    let graph = PlanarGraph::new(&closed, SNAP_MM).without_dangles();
    log(&format!("the walls meet in {} points and make {} edges", graph.points.len(), graph.edges.len()));

    let plan = Plan { walls, bridges: &bridges, graph: &graph, labels: label::Labels::new(text, walls.page, walls.scale * MM_PER_POINT) };
    let (mut rooms, small) = plan.rooms(params);
    if rooms.is_empty() {
        let walls = walls.walls.len();
        return Err(Refusal::NoRooms { walls, max_door_mm: params.max_door_mm });
    }
    number(&mut rooms);
    let named = rooms.iter().filter(|r| !r.name.starts_with("Unnamed")).count();
    let area: f64 = rooms.iter().map(|r| r.area_m2).sum();
    log(&format!("{} rooms of {area:.1} m² in all, {named} with a name; {small} enclosed spaces too small for a room", rooms.len()));
    let summary = json!({
        "rooms": rooms.len(), "named": named, "area_m2": tenths(area), "openings": bridges.len(), "doors_drawn": drawn,
        "too_small": small,
    });
    let openings = bridges.iter().map(opening).collect();
    Ok((Rooms { rooms, openings }, summary))
}

fn opening(b: &Bridge) -> Opening {
    Opening { a: b.seg.a.tenths(), b: b.seg.b.tenths(), thickness: b.thickness, door_drawn: b.door_drawn }
}

struct Plan<'a> {
    walls: &'a Walls,
    bridges: &'a [Bridge],
    graph: &'a PlanarGraph,
    labels: label::Labels,
}

impl Plan<'_> {
    /// The rooms, and how many enclosed spaces are too small to be one.
    fn rooms(&self, params: &Params) -> (Vec<Room>, usize) {
        let loops = self.graph.loops();
        let (faces, outer): (Vec<&Loop>, Vec<&Loop>) = loops.iter().partition(|l| l.area > 0.0);
        let rooms: Vec<Room> = faces.iter().filter_map(|f| self.room(f, &outer, params)).collect();
        let small = faces.len() - rooms.len();
        (rooms, small)
    }

    /// `None` when what is left between the walls is no room.
    fn room(&self, face: &Loop, outer: &[&Loop], params: &Params) -> Option<Room> {
        let half: Vec<f64> = face.edges.iter().map(|e| self.thickness(self.graph.edges[*e].line) / 2.0).collect();
        let ring = inset(&face.ring, &half)?;
        let holes = self.holes(face, outer);
        let taken: f64 = holes.iter().map(|h| signed_area(h).abs()).sum();
        let area_m2 = (signed_area(&ring) - taken) / 1e6;
        if area_m2 < params.min_room_m2 {
            return None;
        }
        let label = self.labels.inside(&ring);
        let (confidence, reasons) = self.judge(face, &label, area_m2);
        Some(Room {
            id: String::new(),
            name: label.name.unwrap_or_default(),
            number: label.number,
            area_m2: (area_m2 * 100.0).round() / 100.0,
            confidence,
            reasons,
            polygon: simplified(&ring).into_iter().map(Pt::tenths).collect(),
            holes: holes.into_iter().map(|h| h.into_iter().map(Pt::tenths).collect()).collect(),
        })
    }

    fn thickness(&self, line: usize) -> f64 {
        match self.walls.walls.get(line) {
            Some(wall) => wall.thickness,
            None => self.bridges[line - self.walls.walls.len()].thickness,
        }
    }

    /// Walls of other groups standing free inside the face, as their outer outlines.
    fn holes(&self, face: &Loop, outer: &[&Loop]) -> Vec<Vec<Pt>> {
        let inside = |o: &&&Loop| o.component != face.component && o.area < 0.0 && o.ring.first().is_some_and(|p| contains(&face.ring, *p));
        let grown = |o: &&Loop| {
            // The outer loop runs clockwise, so moving it to its left moves it away from the block.
            let half: Vec<f64> = o.edges.iter().map(|e| -self.thickness(self.graph.edges[*e].line) / 2.0).collect();
            let ring: Vec<Pt> = o.ring.iter().rev().copied().collect();
            let mut by: Vec<f64> = half.iter().rev().copied().collect();
            by.rotate_left(1);
            outset(&ring, &by).unwrap_or(ring)
        };
        outer.iter().filter(inside).map(grown).collect()
    }

    fn judge(&self, face: &Loop, label: &label::Label, area_m2: f64) -> (f64, Vec<String>) {
        let mut reasons = Vec::new();
        let mut lines: Vec<usize> = face.edges.iter().map(|e| self.graph.edges[*e].line).collect();
        lines.sort_unstable();
        lines.dedup();
        let walls: Vec<&Wall> = lines.iter().filter_map(|l| self.walls.walls.get(*l)).collect();
        let gaps: Vec<&Bridge> = lines.iter().filter_map(|l| l.checked_sub(self.walls.walls.len())).map(|b| &self.bridges[b]).collect();
        let sure = walls.iter().map(|w| w.confidence).sum::<f64>() / walls.len().max(1) as f64;
        reasons.push(format!("enclosed by {} walls, {:.0} % sure of them", walls.len(), sure * 100.0));
        let mut confidence = 0.3 + 0.3 * sure;
        match &label.name {
            Some(_) => confidence += 0.2,
            None => reasons.push("no name is written in it".to_owned()),
        }
        if label.number.is_some() {
            confidence += 0.07;
        }
        match label.area_m2 {
            Some(written) if (written - area_m2).abs() <= 0.03 * area_m2 => {
                confidence += 0.1;
                reasons.push(format!("the area written in it ({written:.1} m²) agrees"));
            }
            Some(written) => {
                confidence -= 0.2;
                reasons.push(format!("the area written in it is {written:.1} m², measured are {area_m2:.1} m²"));
            }
            None => {}
        }
        confidence -= doubt_about_doors(&gaps, &mut reasons);
        ((confidence.clamp(0.05, 0.99) * 100.0).round() / 100.0, reasons)
    }
}

fn doubt_about_doors(gaps: &[&Bridge], reasons: &mut Vec<String>) -> f64 {
    if gaps.is_empty() {
        reasons.push("no door was found".to_owned());
        return 0.05;
    }
    let drawn = gaps.iter().filter(|b| b.door_drawn).count();
    let guessed = gaps.len() - drawn;
    if drawn > 0 {
        reasons.push(format!("{drawn} door(s) drawn"));
    }
    if guessed > 0 {
        reasons.push(format!("{guessed} gap(s) closed without a door drawn"));
    }
    (0.08 * guessed as f64).min(0.24)
}

/// A counter-clockwise ring moved outwards; the signs of `by` are negative already.
fn outset(ring: &[Pt], by: &[f64]) -> Option<Vec<Pt>> {
    let far: Vec<Seg> = (0..ring.len())
        .map(|i| {
            let (a, b) = (ring[i], ring[(i + 1) % ring.len()]);
            let shift = (b - a).unit().left() * by[i];
            Seg::new(a + shift, b + shift)
        })
        .collect();
    let corner = |i: usize| {
        let (p, q) = (far[(i + ring.len() - 1) % ring.len()], far[i]);
        Some(p.meet(q).map_or(q.a, |(t, _)| p.at(t)))
    };
    (0..ring.len()).map(corner).collect()
}

/// Without corners that are none.
fn simplified(ring: &[Pt]) -> Vec<Pt> {
    let n = ring.len();
    let corner = |i: &usize| {
        let (p, q, r) = (ring[(*i + n - 1) % n], ring[*i], ring[(*i + 1) % n]);
        (q - p).unit().cross((r - q).unit()).abs() > 1e-3 && q.distance(p) > 0.05
    };
    (0..n).filter(corner).map(|i| ring[i]).collect()
}

/// Orders the rooms from the top left and gives ids, and names to those without.
fn number(rooms: &mut [Room]) {
    rooms.sort_by(|a, b| {
        let key = |r: &Room| {
            let c = centroid(&r.polygon);
            (-(c.y / 1000.0).round(), c.x)
        };
        key(a).partial_cmp(&key(b)).unwrap_or(std::cmp::Ordering::Equal)
    });
    for (i, room) in rooms.iter_mut().enumerate() {
        room.id = format!("R-{:03}", i + 1);
        if room.name.is_empty() {
            room.name = match &room.number {
                Some(n) => format!("Room {n}"),
                None => format!("Unnamed room {}", i + 1),
            };
        }
    }
}
