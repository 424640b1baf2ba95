//! Pieces of wall put together: those on one line become one wall, and what stands alone is not a wall.

use super::pairing::Piece;
use crate::Params;
use crate::geometry::{Pt, Seg, bounds};
use std::collections::HashMap;

/// Pieces on one line this near to each other are interrupted by a crossing wall, not by a door.
const CROSSING_MM: f64 = 450.0;
/// Connected walls with less length than this in all are furniture or symbols.
const SHORTEST_GROUP_MM: f64 = 3000.0;

/// Joins pieces on one line, of one thickness, with at most a crossing wall between them.
pub fn merge(mut pieces: Vec<Piece>) -> Vec<Piece> {
    loop {
        let ends = end_index(&pieces);
        let mut gone = vec![false; pieces.len()];
        let mut merged = false;
        for i in 0..pieces.len() {
            if gone[i] {
                continue;
            }
            let partner = [pieces[i].seg.a, pieces[i].seg.b].into_iter().find_map(|end| {
                around(end)
                    .flat_map(|cell| ends.get(&cell).into_iter().flatten())
                    .copied()
                    .find(|&j| j > i && !gone[j] && join(&pieces[i], &pieces[j]).is_some())
            });
            if let Some((j, joined)) = partner.and_then(|j| Some((j, join(&pieces[i], &pieces[j])?))) {
                // The joined piece is met again in the next round, under the later number.
                pieces[j] = joined;
                gone[i] = true;
                merged = true;
            }
        }
        let mut keep = gone.iter();
        pieces.retain(|_| !keep.next().copied().unwrap_or(false));
        if !merged {
            return pieces;
        }
    }
}

type CellKey = (i64, i64);

fn cell(p: Pt) -> CellKey {
    ((p.x / CROSSING_MM).floor() as i64, (p.y / CROSSING_MM).floor() as i64)
}

fn around(p: Pt) -> impl Iterator<Item = CellKey> {
    let (x, y) = cell(p);
    (-1..=1).flat_map(move |dx| (-1..=1).map(move |dy| (x + dx, y + dy)))
}

fn end_index(pieces: &[Piece]) -> HashMap<CellKey, Vec<usize>> {
    let mut index: HashMap<CellKey, Vec<usize>> = HashMap::new();
    for (i, p) in pieces.iter().enumerate() {
        index.entry(cell(p.seg.a)).or_default().push(i);
        index.entry(cell(p.seg.b)).or_default().push(i);
    }
    index
}

/// The one wall two pieces make, if they lie on one line.
fn join(p: &Piece, q: &Piece) -> Option<Piece> {
    let (long, short) = if p.seg.length() >= q.seg.length() { (p, q) } else { (q, p) };
    let along = long.seg.direction();
    let beside = |x: Pt| along.cross(x - long.seg.a).abs();
    let place = |x: Pt| along.dot(x - long.seg.a);
    let same = (p.thickness - q.thickness).abs() <= (0.1 * p.thickness).max(15.0);
    if !same || beside(short.seg.a) > 15.0 || beside(short.seg.b) > 15.0 {
        return None;
    }
    let (s, t) = (place(short.seg.a).min(place(short.seg.b)), place(short.seg.a).max(place(short.seg.b)));
    let gap = (s - long.seg.length()).max(-t);
    if gap > CROSSING_MM || gap < -0.5 * short.seg.length() {
        return None;
    }
    let (from, to) = (s.min(0.0), t.max(long.seg.length()));
    let share = long.seg.length() / (long.seg.length() + short.seg.length());
    Some(Piece {
        seg: Seg::new(long.seg.a + along * from, long.seg.a + along * to),
        thickness: long.thickness * share + short.thickness * (1.0 - share),
        skew: long.skew.max(short.skew),
    })
}

/// The pieces that belong to something the size of a building, and how many do not.
pub fn connected(pieces: Vec<Piece>, params: &Params) -> (Vec<Piece>, usize) {
    let mut group: Vec<usize> = (0..pieces.len()).collect();
    let boxes: Vec<(Pt, Pt)> = pieces.iter().filter_map(|p| bounds([p.seg.a, p.seg.b])).collect();
    let mut order: Vec<usize> = (0..pieces.len()).collect();
    order.sort_by(|i, j| boxes[*i].0.x.total_cmp(&boxes[*j].0.x));
    for (n, &i) in order.iter().enumerate() {
        let reach = params.max_door_mm.max(params.max_wall_mm);
        for &j in &order[n + 1..] {
            if boxes[j].0.x > boxes[i].1.x + reach {
                break;
            }
            if boxes[j].0.y <= boxes[i].1.y + reach && boxes[j].1.y >= boxes[i].0.y - reach && touch(&pieces[i], &pieces[j], params) {
                let (a, b) = (root(&mut group, i), root(&mut group, j));
                group[a] = b;
            }
        }
    }
    let mut length: HashMap<usize, f64> = HashMap::new();
    let roots: Vec<usize> = (0..pieces.len()).map(|i| root(&mut group, i)).collect();
    for (p, r) in pieces.iter().zip(&roots) {
        *length.entry(*r).or_default() += p.seg.length();
    }
    let before = pieces.len();
    let kept: Vec<Piece> = pieces.into_iter().zip(&roots).filter(|(_, r)| length[r] >= SHORTEST_GROUP_MM).map(|(p, _)| p).collect();
    let loose = before - kept.len();
    (kept, loose)
}

fn root(group: &mut [usize], mut i: usize) -> usize {
    while group[i] != i {
        group[i] = group[group[i]];
        i = group[i];
    }
    i
}

/// Two walls meet, or face each other across a door.
fn touch(p: &Piece, q: &Piece, params: &Params) -> bool {
    let reach = (p.thickness + q.thickness) / 2.0 + 100.0;
    let meets = |end: Pt, other: Seg| other.distance_to(end) <= reach;
    let near = meets(p.seg.a, q.seg) || meets(p.seg.b, q.seg) || meets(q.seg.a, p.seg) || meets(q.seg.b, p.seg);
    let along = p.seg.direction();
    let aligned = along.cross(q.seg.direction()).abs() < 0.03 && along.cross(q.seg.a - p.seg.a).abs() < p.thickness;
    near || (aligned && [p.seg.a, p.seg.b].iter().any(|&e| q.seg.distance_to(e) <= params.max_door_mm))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geometry::pt;

    fn piece(x0: f64, y0: f64, x1: f64, y1: f64) -> Piece {
        Piece { seg: Seg::new(pt(x0, y0), pt(x1, y1)), thickness: 120.0, skew: 0.0 }
    }

    #[test]
    fn pieces_left_and_right_of_a_crossing_wall_become_one_and_a_door_stays_open() {
        let walls =
            merge(vec![piece(0., 0., 1000., 0.), piece(1120., 0., 3000., 0.), piece(4500., 0., 3300., 0.), piece(5500., 0., 9000., 0.)]);
        let mut lengths: Vec<f64> = walls.iter().map(|w| w.seg.length()).collect();
        lengths.sort_by(f64::total_cmp);
        assert_eq!(lengths, [3500., 4500.]);
    }

    #[test]
    fn a_north_arrow_is_not_a_wall() {
        let (kept, loose) = connected(vec![piece(0., 0., 5000., 0.), piece(20_000., 0., 20_400., 0.)], &Params::default());
        assert_eq!((kept.len(), loose), (1, 1));
    }
}
