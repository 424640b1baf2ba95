//! Every pair of parallel strokes that could be the two faces of one wall.
//!
//! Strokes are put into a uniform grid, one for each direction (whole degrees), turned so that its rows run along the
//! strokes and are as high as the thickest wall. A stroke is compared only with those in its own cells and the rows
//! above and below: never every stroke with every other. A pair is taken in the one cell where its overlap begins, so
//! nothing has to be searched for duplicates.
//!
//! The pairs themselves are what costs memory: 24 bytes each, and a stroke in dense hatching has a hundred
//! neighbours at a wall's thickness. They are kept in blocks, so that growing never copies them.

use super::Face;
use crate::geometry::pt;
use crate::steps::grouped;

/// Two parallel strokes and how they lie.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Candidate {
    pub first: u32,
    pub second: u32,
    /// Mean distance, mm.
    pub distance: f32,
    /// Where the overlap begins and ends on the first stroke, mm from its `a`; `from < to`.
    pub from: f32,
    pub to: f32,
    /// Difference of the distances at the two ends, mm.
    pub skew: f32,
}

impl Candidate {
    pub fn overlap(&self) -> f64 {
        f64::from(self.to - self.from)
    }
}

const BLOCK: usize = 1 << 16;

/// The pairs, in blocks.
#[derive(Default)]
pub struct Candidates {
    blocks: Vec<Vec<Candidate>>,
}

impl Candidates {
    pub fn iter(&self) -> impl Iterator<Item = &Candidate> {
        self.blocks.iter().flatten()
    }

    pub fn len(&self) -> usize {
        self.blocks.iter().map(Vec::len).sum()
    }

    fn push(&mut self, c: Candidate) {
        match self.blocks.last_mut().filter(|b| b.len() < BLOCK) {
            Some(block) => block.push(c),
            None => {
                let mut block = Vec::with_capacity(BLOCK);
                block.push(c);
                self.blocks.push(block);
            }
        }
    }
}

/// A stroke in one cell, in the coordinates of its direction's grid: `u` along, `v` across.
#[derive(Clone, Copy)]
struct Entry {
    cell: Cell,
    stroke: u32,
    /// Direction the stroke belongs to; it may visit a neighbouring one when it lies near the border.
    home: u16,
    backwards: bool,
    u: [f32; 2],
    v: [f32; 2],
    rows: (i32, i32),
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Cell {
    direction: u16,
    row: i32,
    column: i32,
}

const COLUMN_MM: f32 = 1000.0;
const DIRECTIONS: u16 = 180;
/// Strokes this near to the border between two directions are in both grids.
const BORDER_DEG: f64 = 0.2;

/// Finds the pairs whose distance lies between `thinnest` and `thickest`.
pub fn find(faces: &[Face], thinnest: f64, thickest: f64, log: &mut dyn FnMut(&str)) -> Candidates {
    let mut entries = Vec::with_capacity(faces.len() * 2);
    for (i, face) in faces.iter().enumerate() {
        insert(&mut entries, i as u32, *face, thickest as f32);
    }
    entries.sort_unstable_by_key(|e| e.cell);
    let mut found = Candidates::default();
    let range = (thinnest as f32, thickest as f32);
    let (mut start, mut said) = (0, 0);
    while start < entries.len() {
        let cell = entries[start].cell;
        let end = start + entries[start..].partition_point(|e| e.cell == cell);
        let rows = [cell.row - 1, cell.row, cell.row + 1].map(|row| cell_range(&entries, Cell { row, ..cell }));
        for i in start..end {
            for (a, b) in rows {
                compare(&entries[i], &entries[a..b], range, &mut found);
            }
        }
        start = end;
        if faces.len() >= 20_000 && end * 16 / entries.len() > said {
            said = end * 16 / entries.len();
            let done = (faces.len() as f64 * end as f64 / entries.len() as f64) as usize;
            log(&format!("pairing {} of {} strokes: {} candidate pairs so far", grouped(done), grouped(faces.len()), grouped(found.len())));
        }
    }
    found
}

fn cell_range(entries: &[Entry], cell: Cell) -> (usize, usize) {
    let from = entries.partition_point(|e| e.cell < cell);
    (from, from + entries[from..].partition_point(|e| e.cell == cell))
}

fn insert(entries: &mut Vec<Entry>, stroke: u32, face: Face, row_mm: f32) {
    let d = face.b - face.a;
    let degrees = d.y.atan2(d.x).to_degrees().rem_euclid(180.0);
    let nearest = degrees.round();
    let home = nearest as u16 % DIRECTIONS;
    let off = degrees - nearest;
    push_in(entries, stroke, face, home, home, row_mm);
    if off > 0.5 - BORDER_DEG {
        push_in(entries, stroke, face, home, (home + 1) % DIRECTIONS, row_mm);
    } else if off < BORDER_DEG - 0.5 {
        push_in(entries, stroke, face, home, (home + DIRECTIONS - 1) % DIRECTIONS, row_mm);
    }
}

fn push_in(entries: &mut Vec<Entry>, stroke: u32, face: Face, home: u16, direction: u16, row_mm: f32) {
    let (sin, cos) = f64::from(direction).to_radians().sin_cos();
    let (along, across) = (pt(cos, sin), pt(-sin, cos));
    let mut u = [face.a.dot(along) as f32, face.b.dot(along) as f32];
    let mut v = [face.a.dot(across) as f32, face.b.dot(across) as f32];
    let backwards = u[0] > u[1];
    if backwards {
        u.swap(0, 1);
        v.swap(0, 1);
    }
    let index = |x: f32, size: f32| (x / size).floor() as i32;
    let rows = (index(v[0].min(v[1]), row_mm), index(v[0].max(v[1]), row_mm));
    for row in rows.0..=rows.1 {
        for column in index(u[0], COLUMN_MM)..=index(u[1], COLUMN_MM) {
            let cell = Cell { direction, row, column };
            entries.push(Entry { cell, stroke, home, backwards, u, v, rows });
        }
    }
}

fn compare(one: &Entry, others: &[Entry], (thinnest, thickest): (f32, f32), found: &mut Candidates) {
    for other in others {
        if one.stroke >= other.stroke {
            continue;
        }
        let (lo, hi) = (one.u[0].max(other.u[0]), one.u[1].min(other.u[1]));
        let overlap = hi - lo;
        if overlap <= 20.0 || (lo / COLUMN_MM).floor() as i32 != one.cell.column {
            continue;
        }
        let (from, to) = (one.across(lo) - other.across(lo), one.across(hi) - other.across(hi));
        let distance = (from + to).abs() / 2.0;
        let skew = (from - to).abs();
        let near = distance >= thinnest && distance <= thickest && overlap >= 0.3 * distance;
        if !near || skew > (0.015 * overlap).max(3.0) || !one.owns(other, lo, thickest) {
            continue;
        }
        let (mut start, mut end) = (lo - one.u[0], hi - one.u[0]);
        if one.backwards {
            let length = one.u[1] - one.u[0];
            (start, end) = (length - end, length - start);
        }
        found.push(Candidate { first: one.stroke, second: other.stroke, distance, from: start, to: end, skew });
    }
}

impl Entry {
    /// `v` at a place along the stroke.
    fn across(&self, u: f32) -> f32 {
        let length = self.u[1] - self.u[0];
        let t = if length > 0.0 { (u - self.u[0]) / length } else { 0.0 };
        self.v[0] + (self.v[1] - self.v[0]) * t
    }

    /// Whether this pair of cells is the one the pair of strokes is taken in.
    fn owns(&self, other: &Entry, at: f32, row_mm: f32) -> bool {
        let row = |e: &Entry| ((e.across(at) / row_mm).floor() as i32).clamp(e.rows.0, e.rows.1);
        // Two strokes of one direction meet in its grid; of two neighbouring ones, in the lower.
        let meeting = match (self.home, other.home) {
            (a, b) if a == b => a,
            (a, b) if a.abs_diff(b) == 1 => a.min(b),
            _ => DIRECTIONS - 1,
        };
        self.cell.direction == meeting && row(self) == self.cell.row && row(other) == other.cell.row
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geometry::Seg;
    use proptest::prelude::*;

    /// The definition, by comparing every pair.
    fn by_brute_force(faces: &[Face], thin: f64, thick: f64) -> Vec<(u32, u32)> {
        let mut out = Vec::new();
        for i in 0..faces.len() {
            for j in i + 1..faces.len() {
                let (f, g) = (faces[i], faces[j]);
                let (d, e) = (f.direction(), g.direction());
                let (t0, t1) = (d.dot(g.a - f.a), d.dot(g.b - f.a));
                let overlap = t0.max(t1).min(f.length()) - t0.min(t1).max(0.0);
                let distance = d.cross(g.a - f.a).abs();
                if d.cross(e).abs() < 1e-6 && overlap > 21.0 && overlap > 0.31 * distance && distance > thin + 1.0 && distance < thick - 1.0
                {
                    out.push((i as u32, j as u32));
                }
            }
        }
        out
    }

    proptest! {
        /// Parallel strokes in any direction, also half way between two whole degrees.
        #[test]
        fn the_grid_finds_what_comparing_all_finds_and_each_pair_once(
            halves in 0u32..360,
            strokes in prop::collection::vec((-9000f64..9000., -2000f64..2000., 50f64..6000., any::<bool>()), 2..40),
        ) {
            let (sin, cos) = (f64::from(halves) / 2.0).to_radians().sin_cos();
            let place = |u: f64, v: f64| pt(u * cos - v * sin + 50_000.0, u * sin + v * cos + 20_000.0);
            let faces: Vec<Face> = strokes.iter().map(|&(u, v, l, flip)| {
                let (a, b) = (place(u, v), place(u + l, v));
                if flip { Seg::new(b, a) } else { Seg::new(a, b) }
            }).collect();
            let mut found: Vec<(u32, u32)> = find(&faces, 60., 600., &mut |_| {}).iter().map(|c| (c.first, c.second)).collect();
            found.sort_unstable();
            let unique = { let mut f = found.clone(); f.dedup(); f };
            prop_assert_eq!(&found, &unique);
            for pair in by_brute_force(&faces, 60., 600.) {
                prop_assert!(found.binary_search(&pair).is_ok(), "{:?} was missed at {} degrees", pair, f64::from(halves) / 2.0);
            }
        }
    }
}
