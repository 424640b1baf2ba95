//! Makes the centre lines of walls reach each other.
//!
//! Two faces run side by side only between the inner corners, so a centre line ends half a wall before the line it
//! should meet, or half a wall behind it.

use crate::files::Wall;
use crate::geometry::Seg;

/// More than half the two thicknesses, for drawings that are not exact.
const SLACK_MM: f64 = 60.0;

/// The centre lines, each end moved to the crossing next to it when one is within reach.
pub fn to_each_other(walls: &[Wall]) -> Vec<Seg> {
    let lines: Vec<Seg> = walls.iter().map(|w| Seg::new(w.a, w.b)).collect();
    (0..lines.len())
        .map(|i| {
            let line = lines[i];
            let (mut start, mut end) = (None, None);
            for j in (0..lines.len()).filter(|j| *j != i) {
                let Some((from_start, reach)) = meeting(line, lines[j], walls[i].thickness, walls[j].thickness) else {
                    continue;
                };
                nearest(&mut start, from_start, reach, line.length());
                nearest(&mut end, from_start - line.length(), reach, line.length());
            }
            let at = |along: f64| line.a + line.direction() * along;
            Seg::new(at(start.unwrap_or(0.0)), at(line.length() + end.unwrap_or(0.0)))
        })
        .collect()
}

/// Where the lines of two walls meet, in mm from the first one's start, and how far an end may be moved to it.
fn meeting(line: Seg, other: Seg, thickness: f64, other_thickness: f64) -> Option<(f64, f64)> {
    let sin = line.direction().cross(other.direction()).abs();
    if sin < 0.17 {
        return None;
    }
    let (t, s) = line.meet(other)?;
    let (half, other_half) = (thickness / 2.0, other_thickness / 2.0);
    let along_other = s * other.length();
    let other_reach = half / sin + other_half + SLACK_MM;
    let within = along_other >= -other_reach && along_other <= other.length() + other_reach;
    within.then_some((t * line.length(), other_half / sin + half + SLACK_MM))
}

fn nearest(best: &mut Option<f64>, offset: f64, reach: f64, length: f64) {
    let allowed = offset.abs() <= reach && offset.abs() < 0.45 * length.max(2.2 * reach);
    if allowed && best.is_none_or(|b| offset.abs() < b.abs()) {
        *best = Some(offset);
    }
}
