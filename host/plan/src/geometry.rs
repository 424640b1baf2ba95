//! Points, segments and polygons in the plane, in plain `f64`.
//!
//! Tolerances belong to the callers, who know whether they measure paper or building; nothing here rounds.

use serde::{Deserialize, Serialize};
use std::ops::{Add, Mul, Sub};

/// A point or a vector; `[x, y]` in files.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(from = "[f64; 2]", into = "[f64; 2]")]
pub struct Pt {
    pub x: f64,
    pub y: f64,
}

/// Shorthand for a point.
pub const fn pt(x: f64, y: f64) -> Pt {
    Pt { x, y }
}

impl From<[f64; 2]> for Pt {
    fn from([x, y]: [f64; 2]) -> Self {
        pt(x, y)
    }
}

impl From<Pt> for [f64; 2] {
    fn from(p: Pt) -> Self {
        [p.x, p.y]
    }
}

impl Add for Pt {
    type Output = Pt;
    fn add(self, o: Pt) -> Pt {
        pt(self.x + o.x, self.y + o.y)
    }
}

impl Sub for Pt {
    type Output = Pt;
    fn sub(self, o: Pt) -> Pt {
        pt(self.x - o.x, self.y - o.y)
    }
}

impl Mul<f64> for Pt {
    type Output = Pt;
    fn mul(self, k: f64) -> Pt {
        pt(self.x * k, self.y * k)
    }
}

impl Pt {
    pub fn dot(self, o: Pt) -> f64 {
        self.x * o.x + self.y * o.y
    }

    /// Positive when `o` lies to the left of `self`.
    pub fn cross(self, o: Pt) -> f64 {
        self.x * o.y - self.y * o.x
    }

    pub fn length(self) -> f64 {
        self.x.hypot(self.y)
    }

    pub fn distance(self, o: Pt) -> f64 {
        (self - o).length()
    }

    /// The same direction with length 1; zero stays zero.
    pub fn unit(self) -> Pt {
        let l = self.length();
        if l > 0.0 { self * (1.0 / l) } else { self }
    }

    /// Turned left by a right angle.
    pub fn left(self) -> Pt {
        pt(-self.y, self.x)
    }

    /// Rounded to tenths, for files.
    pub fn tenths(self) -> Pt {
        pt(tenths(self.x), tenths(self.y))
    }
}

/// Rounded to one decimal, without a negative zero.
pub fn tenths(v: f64) -> f64 {
    (v * 10.0).round() / 10.0 + 0.0
}

/// A straight piece between two points.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Seg {
    pub a: Pt,
    pub b: Pt,
}

impl Seg {
    pub fn new(a: Pt, b: Pt) -> Self {
        Self { a, b }
    }

    pub fn length(self) -> f64 {
        self.a.distance(self.b)
    }

    pub fn direction(self) -> Pt {
        (self.b - self.a).unit()
    }

    pub fn at(self, t: f64) -> Pt {
        self.a + (self.b - self.a) * t
    }

    /// How far along the segment the foot of `p` lies, 0 at `a`, 1 at `b`.
    pub fn project(self, p: Pt) -> f64 {
        let d = self.b - self.a;
        let n = d.dot(d);
        if n > 0.0 { (p - self.a).dot(d) / n } else { 0.0 }
    }

    pub fn distance_to(self, p: Pt) -> f64 {
        p.distance(self.at(self.project(p).clamp(0.0, 1.0)))
    }

    /// Where the two infinite lines meet, as positions along each; `None` when they are (nearly) parallel.
    pub fn meet(self, o: Seg) -> Option<(f64, f64)> {
        let (d, e) = (self.b - self.a, o.b - o.a);
        let turn = d.cross(e);
        if turn.abs() <= 1e-9 * d.length() * e.length() {
            return None;
        }
        let w = o.a - self.a;
        Some((w.cross(e) / turn, w.cross(d) / turn))
    }
}

/// Twice the signed area is the sum of crosses; counter-clockwise is positive.
pub fn signed_area(ring: &[Pt]) -> f64 {
    let n = ring.len();
    if n < 3 {
        return 0.0;
    }
    // Measured from the first corner, so that a plan far from the origin loses no digits.
    let o = ring[0];
    (1..n - 1).map(|i| (ring[i] - o).cross(ring[i + 1] - o)).sum::<f64>() / 2.0
}

/// Even-odd test.
pub fn contains(ring: &[Pt], p: Pt) -> bool {
    let mut inside = false;
    for i in 0..ring.len() {
        let (a, b) = (ring[i], ring[(i + 1) % ring.len()]);
        if (a.y > p.y) != (b.y > p.y) && p.x < (b.x - a.x) * (p.y - a.y) / (b.y - a.y) + a.x {
            inside = !inside;
        }
    }
    inside
}

/// The centre of area; the mean of the corners when there is no area.
pub fn centroid(ring: &[Pt]) -> Pt {
    let area = signed_area(ring);
    let Some(&o) = ring.first() else {
        return Pt::default();
    };
    if area.abs() < 1e-9 {
        let sum = ring.iter().fold(Pt::default(), |s, &p| s + p);
        return sum * (1.0 / ring.len() as f64);
    }
    let mut sum = Pt::default();
    for w in ring[1..].windows(2) {
        let (u, v) = (w[0] - o, w[1] - o);
        sum = sum + (u + v) * (u.cross(v) / (6.0 * area));
    }
    o + sum
}

/// A counter-clockwise ring moved inwards, edge `i` (from corner `i` to the next) by `by[i]`.
///
/// Neighbouring edges on one line with different distances are joined by a step. `None` when nothing is left or the
/// ring turned inside out.
pub fn inset(ring: &[Pt], by: &[f64]) -> Option<Vec<Pt>> {
    let n = ring.len();
    let moved: Vec<Seg> = (0..n)
        .map(|i| {
            let (a, b) = (ring[i], ring[(i + 1) % n]);
            let shift = (b - a).unit().left() * by[i];
            Seg::new(a + shift, b + shift)
        })
        .collect();
    let mut out = Vec::with_capacity(n);
    for i in 0..n {
        let (before, after) = (moved[(i + n - 1) % n], moved[i]);
        let straight = before.direction().cross(after.direction()).abs() < 0.02;
        match before.meet(after) {
            Some((t, _)) if !straight => out.push(before.at(t)),
            _ => {
                out.push(before.b);
                if before.b.distance(after.a) > 0.5 {
                    out.push(after.a);
                }
            }
        }
    }
    let (was, is) = (signed_area(ring), signed_area(&out));
    (is > 0.0 && is <= was).then_some(out)
}

/// Lower left and upper right of a set of points; `None` when there are none.
pub fn bounds(points: impl IntoIterator<Item = Pt>) -> Option<(Pt, Pt)> {
    points.into_iter().fold(None, |box_, p| match box_ {
        None => Some((p, p)),
        Some((lo, hi)) => Some((pt(lo.x.min(p.x), lo.y.min(p.y)), pt(hi.x.max(p.x), hi.y.max(p.y)))),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inset_of_an_l_shape_takes_each_walls_half() {
        let l = [pt(0., 0.), pt(4., 0.), pt(4., 2.), pt(2., 2.), pt(2., 4.), pt(0., 4.)];
        let inner = inset(&l, &[0.5, 0.1, 0.1, 0.1, 0.1, 0.5]).expect("something is left");
        // 3.4 wide, 1.4 high at the bottom; 1.4 wide above it, up to 3.9.
        let expected = 3.4 * 1.4 + 1.4 * 2.0;
        assert!((signed_area(&inner) - expected).abs() < 1e-9, "{} {expected}", signed_area(&inner));
        assert!(inset(&l, &[3.0; 6]).is_none());
    }

    #[test]
    fn centroid_is_independent_of_where_the_plan_lies() {
        let square = [pt(1e6, 1e6), pt(1e6 + 2., 1e6), pt(1e6 + 2., 1e6 + 2.), pt(1e6, 1e6 + 2.)];
        assert!(centroid(&square).distance(pt(1e6 + 1., 1e6 + 1.)) < 1e-6);
        assert!(contains(&square, pt(1e6 + 0.5, 1e6 + 1.5)) && !contains(&square, pt(1e6 - 0.5, 1e6 + 1.)));
    }
}
