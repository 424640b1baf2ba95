//! Which candidate pairs are walls: the nearest partner wins, and each stretch of a face is used once.

use super::Face;
use super::candidates::{Candidate, Candidates};
use crate::geometry::Seg;
use std::collections::HashMap;

/// A piece of wall between two faces.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Piece {
    /// The centre line.
    pub seg: Seg,
    pub thickness: f64,
    pub skew: f64,
}

/// A pair shorter than this share of its distance is two strokes that happen to face each other (door jambs do).
const SHORTEST: f64 = 0.7;
const SHORTEST_MM: f64 = 80.0;

type Used = HashMap<u32, Vec<(f64, f64)>>;

/// Chooses the pairs that are walls.
pub fn select(faces: &[Face], pairs: &Candidates, hatch: &[bool]) -> Vec<Piece> {
    let long_enough = |c: &&Candidate| c.overlap() >= (SHORTEST * f64::from(c.distance)).max(SHORTEST_MM);
    let plain = |c: &&Candidate| !hatch[c.first as usize] && !hatch[c.second as usize];
    let mut good: Vec<Candidate> = pairs.iter().filter(plain).filter(long_enough).copied().collect();
    good.sort_by(|p, q| {
        let key = |c: &Candidate| (c.distance.round(), -(c.to - c.from).round(), c.first, c.second);
        key(p).partial_cmp(&key(q)).unwrap_or(std::cmp::Ordering::Equal)
    });
    let mut used = Used::new();
    let mut pieces = Vec::new();
    for c in &good {
        let (first, second) = (faces[c.first as usize], faces[c.second as usize]);
        for (from, to) in free(c, first, second, &used) {
            if to - from < (SHORTEST * f64::from(c.distance)).max(SHORTEST_MM) {
                continue;
            }
            let ends = [from, to].map(|along| {
                let on_first = first.at(along / first.length());
                let on_second = second.at(second.project(on_first));
                (on_first, on_second, second.project(on_first) * second.length())
            });
            let [a, b] = ends.map(|(p, q, _)| (p + q) * 0.5);
            used.entry(c.first).or_default().push((from, to));
            let (s, t) = (ends[0].2, ends[1].2);
            used.entry(c.second).or_default().push((s.min(t), s.max(t)));
            pieces.push(Piece { seg: Seg::new(a, b), thickness: f64::from(c.distance), skew: f64::from(c.skew) });
        }
    }
    pieces
}

/// The stretches of a candidate that neither face has given to another wall, in mm along the first.
fn free(c: &Candidate, first: Face, second: Face, used: &Used) -> Vec<(f64, f64)> {
    let mut taken: Vec<(f64, f64)> = used.get(&c.first).cloned().unwrap_or_default();
    for &(s, t) in used.get(&c.second).into_iter().flatten() {
        let back = |along: f64| first.project(second.at(along / second.length())) * first.length();
        let (p, q) = (back(s), back(t));
        taken.push((p.min(q), p.max(q)));
    }
    taken.sort_by(|p, q| p.0.total_cmp(&q.0));
    let mut left = Vec::new();
    let mut at = f64::from(c.from);
    for (s, t) in taken {
        if s > at {
            left.push((at, s.min(f64::from(c.to))));
        }
        at = at.max(t);
    }
    left.push((at, f64::from(c.to)));
    left.retain(|(s, t)| t > s);
    left
}

#[cfg(test)]
mod tests {
    use super::super::candidates;
    use super::*;
    use crate::geometry::pt;

    #[test]
    fn a_long_face_is_shared_by_the_rooms_behind_it_and_jambs_are_no_wall() {
        let line = |x0, y0, x1, y1| Seg::new(pt(x0, y0), pt(x1, y1));
        let faces = [
            line(0., 0., 9000., 0.),
            line(300., 300., 4000., 300.),
            line(8700., 300., 4120., 300.),
            // The jambs of a door: short lines facing each other and a wall end.
            line(5000., 0., 5000., 300.),
            line(5500., 0., 5500., 300.),
        ];
        let pairs = candidates::find(&faces, 60., 600., &mut |_| {});
        let mut pieces = select(&faces, &pairs, &[false; 5]);
        pieces.sort_by(|p, q| p.seg.a.x.min(p.seg.b.x).total_cmp(&q.seg.a.x.min(q.seg.b.x)));
        assert_eq!(pieces.len(), 2, "{pieces:?}");
        assert_eq!((pieces[0].seg, pieces[0].thickness), (line(300., 150., 4000., 150.), 300.));
        assert!((pieces[1].seg.length() - 4580.).abs() < 1e-6);
    }
}
