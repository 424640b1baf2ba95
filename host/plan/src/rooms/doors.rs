//! Doors: gaps between two wall ends on one line, closed so that the rooms on both sides are told apart.
//!
//! A gap is closed only up to the width a door may have; whether the swing of a leaf is drawn there is evidence, not
//! a condition.

use super::graph::PlanarGraph;
use crate::Params;
use crate::files::{Wall, Walls};
use crate::geometry::{Pt, Seg, pt};
use crate::ingest::strokes::{CURVED, Strokes};
use crate::walls::MM_PER_POINT;

/// A gap that was closed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bridge {
    pub seg: Seg,
    pub thickness: f64,
    pub door_drawn: bool,
}

/// Where curves are drawn on the plan, in building mm: the middles of their chords.
#[derive(Clone, Debug, Default)]
pub struct Swings {
    chords: Vec<Pt>,
}

/// Collects the curves of the page the walls are on.
pub fn swings(strokes: &Strokes, walls: &Walls) -> Swings {
    let mm = walls.scale * MM_PER_POINT;
    let here = strokes.all.iter().filter(|s| s.is(CURVED) && usize::from(s.page) == walls.page);
    let middle = |p: f32, q: f32| (f64::from(p) + f64::from(q)) / 2.0 * mm;
    Swings { chords: here.map(|s| pt(middle(s.a[0], s.b[0]), middle(s.a[1], s.b[1]))).collect() }
}

impl Swings {
    /// A quarter circle about one side of the gap, as wide as the gap (or half as wide, for two leaves).
    fn at(&self, gap: Seg, thickness: f64) -> bool {
        let width = gap.length();
        let middle = gap.at(0.5);
        let near: Vec<Pt> = self.chords.iter().copied().filter(|c| c.distance(middle) <= 1.3 * width + thickness).collect();
        let around = |hinge: Pt, radius: f64| {
            near.iter().filter(|c| (c.distance(hinge) - radius).abs() <= 0.1 * width + thickness / 2.0).count() >= 5
        };
        [width, width / 2.0].into_iter().any(|radius| around(gap.a, radius) || around(gap.b, radius))
    }
}

/// A wall end with nothing at it.
struct LooseEnd {
    point: Pt,
    /// Away from the wall.
    outward: Pt,
    line: usize,
}

/// Closes the gaps.
pub fn bridge(lines: &[Seg], walls: &[Wall], open: &PlanarGraph, swings: &Swings, params: &Params) -> Vec<Bridge> {
    let ends = loose_ends(lines, open);
    let mut pairs: Vec<(f64, usize, usize)> = Vec::new();
    for i in 0..ends.len() {
        for j in i + 1..ends.len() {
            let tolerance = walls[ends[i].line].thickness.max(walls[ends[j].line].thickness) / 2.0;
            if let Some(width) = facing(&ends[i], &ends[j], tolerance).filter(|w| *w <= params.max_door_mm) {
                pairs.push((width, i, j));
            }
        }
    }
    pairs.sort_by(|p, q| p.0.total_cmp(&q.0));
    let mut closed = vec![false; ends.len()];
    let mut bridges = Vec::new();
    let mut close = |seg: Seg, line: usize| {
        let thickness = walls[line].thickness;
        bridges.push(Bridge { seg, thickness, door_drawn: swings.at(seg, thickness) });
    };
    for (_, i, j) in pairs {
        if !closed[i] && !closed[j] {
            (closed[i], closed[j]) = (true, true);
            close(Seg::new(ends[i].point, ends[j].point), ends[i].line);
        }
    }
    // What faces no other end may face a wall: a door in the corner of a room.
    for (end, _) in ends.iter().zip(&closed).filter(|(_, closed)| !**closed) {
        if let Some(to) = wall_ahead(end, lines, params.max_door_mm) {
            close(Seg::new(end.point, to), end.line);
        }
    }
    bridges
}

fn loose_ends(lines: &[Seg], open: &PlanarGraph) -> Vec<LooseEnd> {
    let degree = open.degrees();
    let mut ends = Vec::new();
    for e in &open.edges {
        for (at, from) in [(e.a, e.b), (e.b, e.a)] {
            if degree[at] == 1 {
                let direction = lines[e.line].direction();
                let ahead = direction.dot(open.points[at] - open.points[from]) >= 0.0;
                let outward = if ahead { direction } else { direction * -1.0 };
                ends.push(LooseEnd { point: open.points[at], outward, line: e.line });
            }
        }
    }
    ends
}

/// The width of the gap, if the two ends look at each other along one line.
fn facing(p: &LooseEnd, q: &LooseEnd, tolerance: f64) -> Option<f64> {
    let gap = q.point - p.point;
    let opposite = p.outward.dot(q.outward) < -0.995;
    let ahead = p.outward.dot(gap);
    (opposite && ahead > 0.0 && p.outward.cross(gap).abs() <= tolerance).then_some(ahead)
}

fn wall_ahead(end: &LooseEnd, lines: &[Seg], farthest: f64) -> Option<Pt> {
    let ray = Seg::new(end.point, end.point + end.outward * farthest);
    let hits = lines.iter().enumerate().filter(|(i, _)| *i != end.line).filter_map(|(_, l)| {
        let (t, s) = ray.meet(*l)?;
        (t > 0.0 && t <= 1.0 && (0.0..=1.0).contains(&s)).then_some(t)
    });
    hits.min_by(f64::total_cmp).map(|t| ray.at(t))
}
