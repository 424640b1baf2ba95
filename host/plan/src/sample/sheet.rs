//! The sheet a building is drawn on: where it lies, and what is drawn besides walls, doors and words — furniture,
//! windows, hatching, the frame with the title block.

use super::drawing::Style;
use super::layout::{Layout, LayoutRoom};
use super::pdf::Page;
use super::random::Random;
use crate::geometry::{Pt, pt};

/// Pens in points: walls 0.5 mm, frame 0.7 mm, the rest thin.
pub const WALL_PEN: f64 = 1.417;
pub const FRAME_PEN: f64 = 1.984;
pub const THIN_PEN: f64 = 0.51;
pub const HAIR_PEN: f64 = 0.37;
pub const PT_PER_MM: f64 = 72.0 / 25.4;
/// Side of the block hatching is made of.
pub const TILE_MM: f64 = 1000.0;

/// Building millimetres to points on the sheet.
pub struct View {
    origin: Pt,
    scale: f64,
    pub sin: f64,
    pub cos: f64,
    pub tilt: f64,
}

impl View {
    pub fn at(&self, p: Pt) -> [f64; 2] {
        let q = p * self.scale;
        [self.origin.x + q.x * self.cos - q.y * self.sin, self.origin.y + q.x * self.sin + q.y * self.cos]
    }
}

pub struct Sheet {
    pub page: Page,
    pub view: View,
}

impl Sheet {
    pub fn new(layout: &Layout, style: &Style) -> Self {
        let scale = PT_PER_MM / layout.scale;
        let (sin, cos) = style.tilt.to_radians().sin_cos();
        let (w, h) = (layout.width * scale, layout.height * scale);
        let corners = [[0.0, 0.0], [w, 0.0], [w, h], [0.0, h]].map(|[x, y]| pt(x * cos - y * sin, x * sin + y * cos));
        let low = corners.iter().fold(pt(f64::MAX, f64::MAX), |m, c| pt(m.x.min(c.x), m.y.min(c.y)));
        let high = corners.iter().fold(pt(f64::MIN, f64::MIN), |m, c| pt(m.x.max(c.x), m.y.max(c.y)));
        let (need_w, need_h) = (high.x - low.x + 300.0, high.y - low.y + 330.0);
        let formats = [(842.0, 595.0), (1191.0, 842.0), (1684.0, 1191.0), (2384.0, 1684.0), (3370.0, 2384.0)];
        let (width, height) = formats.into_iter().find(|(w, h)| *w >= need_w && *h >= need_h).unwrap_or((need_w, need_h));
        let spare = pt(width - (high.x - low.x), height - (high.y - low.y));
        let origin = pt(spare.x / 2.0 - low.x, (spare.y + 110.0) / 2.0 - low.y);
        Self { page: Page::new(width, height), view: View { origin, scale, sin, cos, tilt: style.tilt } }
    }

    fn line(&mut self, a: Pt, b: Pt) {
        self.page.line(self.view.at(a), self.view.at(b));
    }

    pub fn furniture_and_windows(&mut self, layout: &Layout, random: &mut Random) {
        self.page.pen(HAIR_PEN);
        for room in &layout.rooms {
            let ring = layout.clear_ring(&room.ring);
            if ring.len() != 4 || room.name == "Corridor" {
                continue;
            }
            let (lo, hi) = (ring[0], ring[2]);
            self.rectangle(pt(lo.x + 100.0, lo.y + 1200.0), pt(lo.x + 1000.0, lo.y + 3200.0_f64.min(hi.y - lo.y - 300.0)));
            if room.wet {
                // Light hatching of a tiled floor, with its own pen.
                let mut x = lo.x + 200.0;
                while x + 900.0 < hi.x {
                    self.line(pt(x, lo.y + 200.0), pt(x + 800.0, lo.y + 1000.0));
                    x += 150.0;
                }
            }
            if random.chance(40) {
                self.rectangle(pt(hi.x - 700.0, hi.y - 700.0), pt(hi.x - 150.0, hi.y - 150.0));
            }
            self.windows(layout, room);
        }
    }

    fn rectangle(&mut self, lo: Pt, hi: Pt) {
        let c = [lo, pt(hi.x, lo.y), hi, pt(lo.x, hi.y)];
        (0..4).for_each(|i| self.line(c[i], c[(i + 1) % 4]));
    }

    /// Thin lines in the outer walls above and below.
    fn windows(&mut self, layout: &Layout, room: &LayoutRoom) {
        let (x0, x1) = (room.ring[0].x, room.ring[2].x);
        for y in [0.0, layout.height] {
            if room.ring.iter().filter(|p| p.y == y).count() == 2 && x1 - x0 > 2400.0 {
                let half = ((x1 - x0) / 4.0).min(900.0);
                let middle = (x0 + x1) / 2.0;
                for off in [-60.0, 0.0, 60.0] {
                    self.line(pt(middle - half, y + off), pt(middle + half, y + off));
                }
            }
        }
    }

    pub fn place_tiles(&mut self, layout: &Layout, style: &Style) {
        let mut tiles = String::new();
        for room in layout.rooms.iter().filter(|r| r.ring.len() == 4).take(style.hatched_rooms) {
            let ring = layout.clear_ring(&room.ring);
            let (lo, hi) = (ring[0] + pt(150.0, 150.0), ring[2] - pt(150.0, 150.0));
            let (columns, rows) = (((hi.x - lo.x) / TILE_MM) as usize, ((hi.y - lo.y) / TILE_MM) as usize);
            for (column, row) in (0..columns).flat_map(|c| (0..rows).map(move |r| (c, r))) {
                let [x, y] = self.view.at(lo + pt(column as f64 * TILE_MM, row as f64 * TILE_MM));
                let (c, s) = (self.view.cos, self.view.sin);
                tiles.push_str(&format!("q {c:.5} {s:.5} {:.5} {c:.5} {x:.3} {y:.3} cm /B0 Do Q\n", -s));
            }
        }
        self.page.raw(&tiles);
    }

    pub fn frame(&mut self, layout: &Layout) {
        let (w, h) = (self.page.width, self.page.height);
        let page = &mut self.page;
        page.pen(FRAME_PEN);
        let mut boxed = |x0: f64, y0: f64, x1: f64, y1: f64| {
            for (a, b) in [([x0, y0], [x1, y0]), ([x1, y0], [x1, y1]), ([x1, y1], [x0, y1]), ([x0, y1], [x0, y0])] {
                page.line(a, b);
            }
        };
        boxed(28.0, 28.0, w - 28.0, h - 28.0);
        boxed(w - 300.0, 28.0, w - 28.0, 118.0);
        let words = [
            (96.0, 12.0, layout.title.clone()),
            (74.0, 9.0, "Ground floor plan".to_owned()),
            (52.0, 9.0, format!("Scale 1:{:.0}", layout.scale)),
            (36.0, 7.0, "Drawn 05/01/2026  Sheet 1 of 1".to_owned()),
        ];
        for (y, size, text) in words {
            page.text(w - 290.0, y, size, 0.0, &text);
        }
    }
}
