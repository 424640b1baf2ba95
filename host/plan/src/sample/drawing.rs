//! Draws a building the way drawing programs export one: both faces of every wall, doors as gaps with jambs, leaf and
//! swing, windows, dimensions, axes, furniture, labels, a frame and a title block.

use super::layout::{Door, Layout, LayoutRoom};
use super::pdf::{Block, Page, text_width};
use super::random::Random;
use super::sheet::{HAIR_PEN, PT_PER_MM, Sheet, THIN_PEN, TILE_MM, View, WALL_PEN};
use crate::geometry::{Pt, pt};

/// How the building is drawn.
#[derive(Clone, Debug, Default)]
pub struct Style {
    /// Walls, doors and words on layers of their own.
    pub layers: bool,
    /// The building's angle on the sheet, degrees.
    pub tilt: f64,
    /// How many rooms are hatched with the pen of the walls.
    pub hatched_rooms: usize,
    pub hatch_spacing_mm: f64,
}

/// One sheet and its blocks.
pub fn draw(layout: &Layout, random: &mut Random, style: &Style) -> (Page, Vec<Block>) {
    let mut sheet = Sheet::new(layout, style);
    let layer = |n: usize| style.layers.then_some(n);
    sheet.furniture_and_windows(layout, random);
    sheet.page.layer(layer(0), |page| walls(page, &sheet.view, layout));
    sheet.page.layer(layer(1), |page| {
        page.pen(THIN_PEN);
        layout.doors.iter().filter(|d| d.leaf).for_each(|d| leaf(page, &sheet.view, d, layout));
    });
    sheet.page.layer(layer(2), |page| {
        layout.rooms.iter().for_each(|r| label(page, &sheet.view, layout, r));
        dimensions(page, &sheet.view, layout);
    });
    let mut blocks = Vec::new();
    if style.hatched_rooms > 0 {
        blocks.push(Block { content: hatch_tile(layout.scale, style.hatch_spacing_mm, random) });
        sheet.place_tiles(layout, style);
    }
    sheet.frame(layout);
    (sheet.page, blocks)
}

/// Both faces of all walls, broken at the doors, and the jambs.
fn walls(page: &mut Page, view: &View, layout: &Layout) {
    page.pen(WALL_PEN);
    for room in &layout.rooms {
        let clear = layout.clear_ring(&room.ring);
        for i in 0..room.ring.len() {
            let next = (i + 1) % room.ring.len();
            face(page, view, layout, (room.ring[i], room.ring[next]), (clear[i], clear[next]));
        }
    }
    let (w, h, t) = (layout.width, layout.height, layout.outer / 2.0);
    let centre = [pt(0., 0.), pt(w, 0.), pt(w, h), pt(0., h)];
    let outside = [pt(-t, -t), pt(w + t, -t), pt(w + t, h + t), pt(-t, h + t)];
    for i in 0..4 {
        let next = (i + 1) % 4;
        face(page, view, layout, (centre[i], centre[next]), (outside[i], outside[next]));
    }
    for d in &layout.doors {
        let t = layout.thickness(d.centre, d.centre + along(d)) / 2.0;
        for side in [-0.5, 0.5] {
            let at = d.centre + along(d) * (side * d.width);
            page.line(view.at(at - across(d) * t), view.at(at + across(d) * t));
        }
    }
}

fn along(d: &Door) -> Pt {
    if d.level { pt(1.0, 0.0) } else { pt(0.0, 1.0) }
}

fn across(d: &Door) -> Pt {
    if d.level { pt(0.0, 1.0) } else { pt(1.0, 0.0) }
}

/// One face of a wall whose centre line is given, without the doors in it.
fn face(page: &mut Page, view: &View, layout: &Layout, centre: (Pt, Pt), (a, b): (Pt, Pt)) {
    let run = (b - a).unit();
    let length = a.distance(b);
    let mut gaps: Vec<(f64, f64)> = Vec::new();
    for d in &layout.doors {
        let beside = (centre.1 - centre.0).unit().cross(d.centre - centre.0).abs();
        let place = run.dot(d.centre - a);
        if along(d).cross(run).abs() < 0.1 && beside < 1.0 && place > 0.0 && place < length {
            gaps.push((place - d.width / 2.0, place + d.width / 2.0));
        }
    }
    gaps.sort_by(|p, q| p.0.total_cmp(&q.0));
    let mut from = 0.0;
    for (start, end) in gaps {
        page.line(view.at(a + run * from), view.at(a + run * start));
        from = end;
    }
    page.line(view.at(a + run * from), view.at(b));
}

/// The leaf standing open and its swing.
fn leaf(page: &mut Page, view: &View, d: &Door, layout: &Layout) {
    let side = if d.up { 1.0 } else { -1.0 };
    let face = across(d) * (side * layout.thickness(d.centre, d.centre + along(d)) / 2.0);
    let hinge = d.centre - along(d) * (d.width / 2.0) + face;
    let open = hinge + across(d) * (side * d.width);
    let shut = hinge + along(d) * d.width;
    page.line(view.at(hinge), view.at(open));
    page.quarter(view.at(hinge), view.at(open), view.at(shut));
}

/// Name, number and area in the middle of the room.
fn label(page: &mut Page, view: &View, layout: &Layout, room: &LayoutRoom) {
    let n = room.ring.len();
    let middle = if n == 4 {
        (room.ring[0] + room.ring[2]) * 0.5
    } else {
        // A corridor of several arms is labelled where its spine begins.
        pt((room.ring[0].x + room.ring[1].x) / 2.0, 1800.0)
    };
    let (name, rest) = match room.name.split_once(' ').filter(|_| room.name.len() > 9) {
        Some((first, second)) => (first, Some(second)),
        None => (room.name.as_str(), None),
    };
    let area = format!("{:.1} m²", layout.clear_area(room));
    let mut lines = vec![(7.0, name)];
    lines.extend(rest.map(|r| (7.0, r)));
    lines.push((5.0, room.number.as_str()));
    lines.extend(room.area_shown.then_some((5.0, area.as_str())));
    let mut down = 8.0;
    for (size, words) in lines {
        let (x, y) = (-text_width(words) * size / 2.0, down);
        let [cx, cy] = view.at(middle);
        page.text(cx + x * view.cos - y * view.sin, cy + x * view.sin + y * view.cos, size, view.tilt, words);
        down -= size * 1.25;
    }
}

/// A chain of measures below the building and dashed axes through it.
fn dimensions(page: &mut Page, view: &View, layout: &Layout) {
    page.pen(HAIR_PEN);
    let mut marks: Vec<f64> = layout.rooms.iter().filter(|r| r.ring[0].y == 0.0).flat_map(|r| [r.ring[0].x, r.ring[1].x]).collect();
    marks.sort_by(f64::total_cmp);
    marks.dedup();
    let y = -1400.0;
    for pair in marks.windows(2) {
        page.line(view.at(pt(pair[0], y)), view.at(pt(pair[1], y)));
        page.line(view.at(pt(pair[0] - 100.0, y - 100.0)), view.at(pt(pair[0] + 100.0, y + 100.0)));
        let measure = format!("{} {:03}", (pair[1] - pair[0]) as u64 / 1000, (pair[1] - pair[0]) as u64 % 1000);
        let [x, y] = view.at(pt((pair[0] + pair[1]) / 2.0 - 300.0, y + 120.0));
        page.text(x, y, 4.0, view.tilt, &measure);
    }
    page.raw("[6 2 1 2] 0 d\n");
    for &x in &marks {
        page.line(view.at(pt(x, -1000.0)), view.at(pt(x, layout.height + 1000.0)));
    }
    page.raw("[] 0 d\n");
}

/// A square metre of cross hatching in broken strokes, drawn with the pen of the walls.
fn hatch_tile(scale: f64, spacing: f64, random: &mut Random) -> Page {
    let k = PT_PER_MM / scale;
    let mut page = Page::new(TILE_MM * k, TILE_MM * k);
    page.pen(WALL_PEN);
    let mut offset = -TILE_MM + spacing;
    while offset < TILE_MM {
        // The diagonal y = x + offset within the square, in strokes of a quarter to half a metre.
        let (from, to) = ((-offset).max(0.0), (TILE_MM - offset).min(TILE_MM));
        let mut x = from;
        while to - x > 40.0 {
            let end = (x + random.step(180., 350., 10.)).min(to);
            page.line([x * k, (x + offset) * k], [end * k, (end + offset) * k]);
            page.line([(TILE_MM - x) * k, (x + offset) * k], [(TILE_MM - end) * k, (end + offset) * k]);
            x = end + 15.0;
        }
        offset += spacing * std::f64::consts::SQRT_2;
    }
    page
}
