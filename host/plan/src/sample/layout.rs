//! Buildings made up from a seed: rooms along corridors, as polygons on the walls' centre lines, in millimetres.
//!
//! All walls are level or upright; the drawing may turn the whole building. The expected areas are worked out here
//! from the corners alone, by another way than the pipeline's.

use super::random::Random;
use crate::geometry::{Pt, pt};

/// A room as it should be found.
#[derive(Clone, Debug, PartialEq)]
pub struct ExpectedRoom {
    pub name: String,
    pub number: String,
    pub area_m2: f64,
}

/// A room on centre lines.
pub struct LayoutRoom {
    pub name: String,
    pub number: String,
    /// Counter-clockwise.
    pub ring: Vec<Pt>,
    pub wet: bool,
    /// Its area is written in it.
    pub area_shown: bool,
}

/// A gap in a wall.
pub struct Door {
    pub centre: Pt,
    /// The wall runs from left to right.
    pub level: bool,
    pub width: f64,
    /// The leaf opens to larger coordinates.
    pub up: bool,
    /// Leaf and swing are drawn, and not only the gap.
    pub leaf: bool,
}

/// A building.
pub struct Layout {
    pub title: String,
    pub scale: f64,
    pub width: f64,
    pub height: f64,
    pub outer: f64,
    pub inner: f64,
    pub rooms: Vec<LayoutRoom>,
    pub doors: Vec<Door>,
}

const SMALL_NAMES: [&str; 14] = [
    "Office",
    "Meeting",
    "Exam",
    "Waiting area",
    "Reception",
    "Store",
    "Kitchen",
    "WC",
    "Archive",
    "Treatment",
    "Lab",
    "Staff room",
    "Server room",
    "X-ray",
];
const WARD_NAMES: [&str; 12] =
    ["Ward", "Ward", "Ward", "Ward", "Nurse station", "Sluice", "Linen", "Bath", "Day room", "Exam", "Store", "Office"];
const WET: [&str; 5] = ["WC", "Bath", "Sluice", "Kitchen", "Lab"];

impl Layout {
    /// A corridor with rooms on both sides, 7 to 12 rooms with the corridor.
    pub fn small(random: &mut Random) -> Self {
        let mut layout = Self::empty(random, "Practice");
        let scale = [100.0, 100.0, 50.0][random.below(3) as usize];
        layout.scale = scale;
        let count = 6 + random.below(6) as usize;
        let below = count / 2;
        let (depth, corridor, upper) = (random.step(3600., 5200., 100.), random.step(1800., 2400., 100.), random.step(3600., 5400., 100.));
        let widths = |random: &mut Random, n: usize| (0..n).map(|_| random.step(2800., 5600., 50.)).collect::<Vec<_>>();
        let lower_widths = widths(random, below);
        let mut upper_widths = widths(random, count - below);
        layout.width = lower_widths.iter().sum();
        // The upper row is stretched to the same length.
        let stretch = layout.width / upper_widths.iter().sum::<f64>();
        upper_widths.iter_mut().for_each(|w| *w = (*w * stretch / 10.0).round() * 10.0);
        layout.height = depth + corridor + upper;
        let (c0, c1) = (depth, depth + corridor);
        layout.row(random, &SMALL_NAMES, (0.0, layout.width), &lower_widths, (0.0, c0), true);
        layout.row(random, &SMALL_NAMES, (0.0, layout.width), &upper_widths, (c1, layout.height), false);
        layout.add("Corridor", rectangle(0.0, c0, layout.width, c1));
        layout.outside_door(0.0, (c0 + c1) / 2.0);
        if random.chance(60) {
            layout.outside_door(layout.width, (c0 + c1) / 2.0);
        }
        layout
    }

    /// Three corridors joined by a spine, twenty rooms along each: 61 rooms.
    pub fn hospital(random: &mut Random) -> Self {
        let mut layout = Self::empty(random, "Hospital");
        let side: [Vec<f64>; 2] = [0, 1].map(|_| (0..5).map(|_| random.step(3600., 4600., 100.)).collect());
        let spine = random.step(2600., 3200., 100.);
        let (s0, s1) = (side[0].iter().sum::<f64>(), side[0].iter().sum::<f64>() + spine);
        layout.width = s1 + side[1].iter().sum::<f64>();
        let (mut y, mut corridors) = (0.0, Vec::new());
        for _ in 0..3 {
            let (depth, corridor, upper) =
                (random.step(4200., 5200., 100.), random.step(2200., 2800., 100.), random.step(4200., 5200., 100.));
            for (span, bottom) in [((y, y + depth), true), ((y + depth + corridor, y + depth + corridor + upper), false)] {
                // Each row has its own walls: the widths of the block in another order.
                for (at, widths) in [((0.0, s0), &side[0]), ((s1, layout.width), &side[1])] {
                    let mut widths = widths.clone();
                    let turn = random.below(5) as usize;
                    widths.rotate_left(turn);
                    layout.row(random, &WARD_NAMES, at, &widths, span, bottom);
                }
            }
            corridors.push((y + depth, y + depth + corridor));
            y += depth + corridor + upper;
        }
        layout.height = y;
        let mut ring = vec![pt(s0, 0.0), pt(s1, 0.0)];
        for &(c0, c1) in &corridors {
            ring.extend([pt(s1, c0), pt(layout.width, c0), pt(layout.width, c1), pt(s1, c1)]);
        }
        ring.extend([pt(s1, y), pt(s0, y)]);
        for &(c0, c1) in corridors.iter().rev() {
            ring.extend([pt(s0, c1), pt(0.0, c1), pt(0.0, c0), pt(s0, c0)]);
        }
        layout.add("Corridor", ring);
        for &(c0, c1) in &corridors {
            layout.outside_door(0.0, (c0 + c1) / 2.0);
            layout.outside_door(layout.width, (c0 + c1) / 2.0);
        }
        layout
    }

    fn empty(random: &mut Random, kind: &str) -> Self {
        let streets = ["Elm Street", "Harbour Lane", "Mill Road", "Station Square", "Park Row", "Castle Hill"];
        Self {
            title: format!("{kind} {} {}", streets[random.below(6) as usize], 1 + random.below(90)),
            scale: 100.0,
            width: 0.0,
            height: 0.0,
            outer: random.step(280., 380., 20.),
            inner: [100., 120., 150.][random.below(3) as usize],
            rooms: Vec::new(),
            doors: Vec::new(),
        }
    }

    /// A row of rooms side by side; `below` the corridor their doors are at the top, else at the bottom.
    fn row(&mut self, random: &mut Random, names: &[&str], (from, to): (f64, f64), widths: &[f64], (y0, y1): (f64, f64), below: bool) {
        let mut x = from;
        for (i, w) in widths.iter().enumerate() {
            let end = if i + 1 == widths.len() { to } else { x + w };
            let name = names[random.below(names.len() as u64) as usize];
            self.add(name, rectangle(x, y0, end, y1));
            if let Some(room) = self.rooms.last_mut() {
                room.area_shown = random.chance(80);
            }
            let width = if name == "Ward" { 1200.0 } else { random.step(800., 1000., 50.) };
            let clear = 450.0 + self.outer / 2.0 + width / 2.0;
            let centre = pt(random.step(x + clear, end - clear, 10.0), if below { y1 } else { y0 });
            self.doors.push(Door { centre, level: true, width, up: !below, leaf: random.chance(85) });
            x = end;
        }
    }

    fn add(&mut self, kind: &str, ring: Vec<Pt>) {
        let same = self
            .rooms
            .iter()
            .filter(|r| r.name == kind || r.name.strip_prefix(kind).is_some_and(|n| n.trim().parse::<u32>().is_ok()))
            .count();
        let name = if kind == "Corridor" { kind.to_owned() } else { format!("{kind} {}", same + 1) };
        let number = format!("{}.{:02}", 1, self.rooms.len() + 1);
        self.rooms.push(LayoutRoom { name, number, ring, wet: WET.contains(&kind), area_shown: true });
    }

    fn outside_door(&mut self, x: f64, y: f64) {
        self.doors.push(Door { centre: pt(x, y), level: false, width: 1000.0, up: x == 0.0, leaf: true });
    }

    /// Thickness of the wall an edge lies on.
    pub fn thickness(&self, a: Pt, b: Pt) -> f64 {
        let on = |v: f64, w: f64, edge: f64| (v - edge).abs() < 1.0 && (w - edge).abs() < 1.0;
        let outside = on(a.x, b.x, 0.0) || on(a.x, b.x, self.width) || on(a.y, b.y, 0.0) || on(a.y, b.y, self.height);
        if outside { self.outer } else { self.inner }
    }

    /// The room's corners on the inner faces of its walls.
    pub fn clear_ring(&self, ring: &[Pt]) -> Vec<Pt> {
        let n = ring.len();
        let corner = |i: usize| {
            let (p, q, r) = (ring[(i + n - 1) % n], ring[i], ring[(i + 1) % n]);
            let mut moved = q;
            for (a, b) in [(p, q), (q, r)] {
                let inward = (b - a).unit().left() * (self.thickness(a, b) / 2.0);
                moved = moved + inward;
            }
            moved
        };
        (0..n).map(corner).collect()
    }

    /// What should be found.
    pub fn expected(&self) -> Vec<ExpectedRoom> {
        let room = |r: &LayoutRoom| ExpectedRoom { name: r.name.clone(), number: r.number.clone(), area_m2: self.clear_area(r) };
        self.rooms.iter().map(room).collect()
    }

    /// Square metres between the walls (the shoelace formula).
    pub fn clear_area(&self, room: &LayoutRoom) -> f64 {
        let ring = self.clear_ring(&room.ring);
        let twice: f64 =
            (0..ring.len()).map(|i| (ring[i].x + ring[(i + 1) % ring.len()].x) * (ring[(i + 1) % ring.len()].y - ring[i].y)).sum();
        twice / 2e6
    }
}

fn rectangle(x0: f64, y0: f64, x1: f64, y1: f64) -> Vec<Pt> {
    vec![pt(x0, y0), pt(x1, y0), pt(x1, y1), pt(x0, y1)]
}
