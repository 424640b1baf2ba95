//! Telling hatching from walls, in two ways.
//!
//! By partners: a stroke with more than a few parallel neighbours along its whole length is no wall face. This is
//! exact, and needs the pairs. By density: so many strokes of one direction in a square that walls could not stand
//! there. This needs no pairs and little memory, and takes densely standing walls for hatching too, so it is only done
//! when asked for.

use super::Face;
use super::candidates::Candidates;
use std::collections::HashMap;

/// A wall face has one partner, two where a lining stands before it; hatching has tens.
const MOST_PARTNERS: f64 = 4.0;
/// Strokes of one direction in a square of the thickest wall's side.
const DENSE: u32 = 10;

/// Whether each face is hatching, judged by the partners it has on average along its length.
pub fn by_partners(faces: &[Face], pairs: &Candidates) -> Vec<bool> {
    let mut covered = vec![0f32; faces.len()];
    for c in pairs.iter() {
        covered[c.first as usize] += c.to - c.from;
        covered[c.second as usize] += c.to - c.from;
    }
    faces.iter().zip(&covered).map(|(f, c)| f64::from(*c) > MOST_PARTNERS * f.length()).collect()
}

/// The faces without those in squares crowded with strokes of their direction.
pub fn without_dense(faces: Vec<Face>, square_mm: f64) -> Vec<Face> {
    let mut crowd: HashMap<(i32, i32, u8), u32> = HashMap::new();
    for f in &faces {
        for key in squares(*f, square_mm) {
            *crowd.entry(key).or_default() += 1;
        }
    }
    let dense = |f: &Face| {
        let (mut all, mut crowded) = (0, 0);
        for key in squares(*f, square_mm) {
            all += 1;
            crowded += u32::from(crowd.get(&key).is_some_and(|n| *n >= DENSE));
        }
        crowded * 2 >= all
    };
    faces.into_iter().filter(|f| !dense(f)).collect()
}

/// The squares along a face, with its direction in steps of five degrees.
fn squares(f: Face, side: f64) -> impl Iterator<Item = (i32, i32, u8)> {
    let d = f.b - f.a;
    let direction = (d.y.atan2(d.x).to_degrees().rem_euclid(180.0) / 5.0).round() as u8 % 36;
    let steps = (f.length() / side).ceil().max(1.0) as usize;
    (0..steps).map(move |i| {
        let p = f.at((i as f64 + 0.5) / steps as f64);
        ((p.x / side).floor() as i32, (p.y / side).floor() as i32, direction)
    })
}
