//! Which strokes may be faces of walls: by layer name when there is one, else by the pen.
//!
//! A drawing uses few pens, and walls get a thick one. The thickest pen most of whose strokes run in parallel at a
//! wall's thickness is it; frames and title blocks have thick pens too, but no such pairs.

use super::{Face, MM_PER_POINT, Sheet, candidates};
use crate::Params;
use crate::ingest::strokes::{CURVED, DASHED, Stroke, Strokes};
use std::collections::BTreeMap;

/// The strokes chosen, and why.
pub struct Chosen {
    pub faces: Vec<Face>,
    pub reason: String,
    pub by_layer: bool,
}

/// A pen has to draw at least so many strokes to be a wall's.
const FEWEST: usize = 8;
/// Strokes looked at to judge a pen; file order keeps neighbours together.
const SAMPLE: usize = 3000;
/// Share of a pen's length that must run in pairs.
const PAIRED_SHARE: f64 = 0.25;

/// `None` when no pen draws walls.
pub fn choose(strokes: &Strokes, sheet: &Sheet, params: &Params) -> Option<Chosen> {
    let usable: Vec<&Stroke> = strokes.all.iter().filter(|s| is_usable(s, sheet)).collect();
    let faces_of = |keep: &dyn Fn(&Stroke) -> bool| -> Vec<Face> { usable.iter().filter(|s| keep(s)).map(|s| sheet.face(s)).collect() };
    if let Some(mm) = params.wall_pen_mm {
        let faces = faces_of(&|s| (pen_mm(s) - mm).abs() <= 0.1 * mm);
        let reason = format!("drawn with the {mm} mm pen that was asked for");
        return (faces.len() >= 4).then_some(Chosen { faces, reason, by_layer: false });
    }
    let is_wall = |(_, name): &(u16, &String)| is_wall_layer(name);
    let (layers, names): (Vec<u16>, Vec<&String>) = (0..).zip(&strokes.layers).filter(is_wall).unzip();
    let on_layer = faces_of(&|s| layers.contains(&s.layer));
    if on_layer.len() >= FEWEST && paired_share(&on_layer, params) >= PAIRED_SHARE {
        let names: Vec<_> = names.iter().map(|n| n.as_str()).collect();
        let reason = format!("drawn on the layer {}", names.join(", "));
        return Some(Chosen { faces: on_layer, reason, by_layer: true });
    }
    let pens = wall_pens(&usable, sheet, params);
    let widths: Vec<String> = pens.iter().map(|c| format!("{:.2} mm", f64::from(*c) / 100.0)).collect();
    let reason = format!("drawn with the {} pen, the thickest that draws parallel pairs", widths.join(" or "));
    let faces = faces_of(&|s| pens.contains(&pen_class(s)));
    (!pens.is_empty()).then_some(Chosen { faces, reason, by_layer: false })
}

/// The thickest pen that draws pairs, and those nearly as thick that do so too.
fn wall_pens(usable: &[&Stroke], sheet: &Sheet, params: &Params) -> Vec<u32> {
    let mut counts: BTreeMap<u32, usize> = BTreeMap::new();
    for s in usable {
        *counts.entry(pen_class(s)).or_default() += 1;
    }
    let mut pens: Vec<u32> = Vec::new();
    for (&class, _) in counts.iter().rev().filter(|(_, n)| **n >= FEWEST) {
        if pens.first().is_some_and(|thick| f64::from(class) < 0.7 * f64::from(*thick)) {
            break;
        }
        let of_class = usable.iter().filter(|s| pen_class(s) == class);
        let sample: Vec<Face> = of_class.take(SAMPLE).map(|s| sheet.face(s)).collect();
        if paired_share(&sample, params) >= PAIRED_SHARE {
            pens.push(class);
        }
    }
    pens
}

fn is_usable(s: &Stroke, sheet: &Sheet) -> bool {
    usize::from(s.page) == sheet.page.page && !s.is(CURVED) && !s.is(DASHED) && !is_frame(s, sheet)
}

/// Pen width in hundredths of a millimetre on paper.
fn pen_class(s: &Stroke) -> u32 {
    (pen_mm(s) * 100.0).round() as u32
}

fn pen_mm(s: &Stroke) -> f64 {
    f64::from(s.pen) * MM_PER_POINT
}

fn is_wall_layer(name: &str) -> bool {
    let low = name.to_lowercase();
    let wall = ["wall", "wand", "wände", "mur", "pared", "muro"].iter().any(|w| low.contains(w));
    let pattern = ["patt", "hatch", "schraff", "text", "anno", "dim"].iter().any(|w| low.contains(w));
    wall && !pattern
}

/// A line along nearly the whole sheet, close to its edge.
fn is_frame(s: &Stroke, sheet: &Sheet) -> bool {
    let (w, h) = (sheet.page.width, sheet.page.height);
    let (ax, ay, bx, by) = (f64::from(s.a[0]), f64::from(s.a[1]), f64::from(s.b[0]), f64::from(s.b[1]));
    let near = |v: f64, size: f64| v < 0.07 * size || v > 0.93 * size;
    let upright = (ax - bx).abs() < 1.0 && near(ax, w) && (ay - by).abs() > 0.75 * h;
    let level = (ay - by).abs() < 1.0 && near(ay, h) && (ax - bx).abs() > 0.75 * w;
    upright || level
}

/// How much of the strokes' length has a partner at a wall's thickness.
fn paired_share(faces: &[Face], params: &Params) -> f64 {
    let pairs = candidates::find(faces, params.min_wall_mm, params.max_wall_mm, &mut |_| {});
    let mut covered = vec![0.0; faces.len()];
    for c in pairs.iter() {
        covered[c.first as usize] += c.overlap();
        covered[c.second as usize] += c.overlap();
    }
    let all: f64 = faces.iter().map(|f| f.length()).sum();
    let paired: f64 = faces.iter().zip(&covered).map(|(f, c)| f.length().min(*c)).sum();
    if all > 0.0 { paired / all } else { 0.0 }
}
