//! Walls out of strokes: which pen draws them, which strokes are the two faces of one wall, what belongs together.
//!
//! Curved walls and walls drawn as a single line are not recognised. Rooms are found elsewhere.

mod candidates;
mod connection;
mod hatching;
mod pairing;
mod pen;

use crate::files::{PageSize, Text, Wall, Walls};
use crate::geometry::{Seg, pt, tenths};
use crate::ingest::strokes::{Stroke, Strokes};
use crate::steps::grouped;
use crate::{Params, Refusal};
use serde_json::{Value, json};

/// Millimetres on paper per point.
pub const MM_PER_POINT: f64 = 25.4 / 72.0;

/// A straight stroke that may be a face of a wall, in building millimetres.
pub type Face = Seg;

/// Finds the walls of one page.
pub fn detect(strokes: Strokes, text: &Text, params: &Params, log: &mut dyn FnMut(&str)) -> Result<(Walls, Value), Refusal> {
    let page = choose_page(&strokes, text, params, log)?;
    let (scale, scale_reason) = choose_scale(text, params);
    let total = strokes.all.len();
    let sheet = Sheet { page, mm: MM_PER_POINT * scale };
    let chosen = pen::choose(&strokes, &sheet, params).ok_or_else(|| Refusal::NoWalls {
        page: page.page,
        strokes: total,
        detail: "no pen draws pairs of parallel lines at the distance of a wall's faces".to_owned(),
    })?;
    drop(strokes);
    log(&format!("{} of {} strokes may be wall faces: {}", grouped(chosen.faces.len()), grouped(total), chosen.reason));

    let found = pair_faces(chosen.faces, params, log);
    let pieces = connection::merge(found.pieces);
    let (pieces, loose) = connection::connected(pieces, params);
    if pieces.is_empty() {
        let detail = "none of the lines of the wall pen run in parallel at a wall's thickness".to_owned();
        return Err(Refusal::NoWalls { page: page.page, strokes: total, detail });
    }
    let walls = name_and_rate(pieces, chosen.by_layer);
    log(&format!("{} walls; {} loose pieces were not kept", grouped(walls.len()), grouped(loose)));
    let summary = json!({
        "walls": walls.len(), "strokes": total, "wall_strokes": found.faces, "candidate_pairs": found.pairs,
        "hatching_strokes": found.hatching, "loose_pieces": loose, "scale": scale, "page": page.page,
    });
    Ok((Walls { page: page.page, scale, scale_reason, pen_reason: chosen.reason, walls }, summary))
}

/// What pairing the faces came to.
struct Paired {
    pieces: Vec<pairing::Piece>,
    faces: usize,
    pairs: usize,
    hatching: usize,
}

/// The part that costs memory: everything it holds is gone when it returns.
fn pair_faces(mut faces: Vec<Face>, params: &Params, log: &mut dyn FnMut(&str)) -> Paired {
    let mut left_out = 0;
    if params.ignore_hatching {
        let before = faces.len();
        faces = hatching::without_dense(faces, params.max_wall_mm);
        left_out = before - faces.len();
        log(&format!(
            "{} strokes left out as hatching, by their density alone; walls standing that close are left out with them",
            grouped(left_out)
        ));
    }
    let pairs = candidates::find(&faces, params.min_wall_mm, params.max_wall_mm, log);
    log(&format!("{} candidate pairs among {} strokes", grouped(pairs.len()), grouped(faces.len())));
    let hatch = hatching::by_partners(&faces, &pairs);
    let hatched = hatch.iter().filter(|h| **h).count();
    if hatched > 0 {
        log(&format!("{} strokes have too many parallel neighbours to be wall faces: hatching", grouped(hatched)));
    }
    let pieces = pairing::select(&faces, &pairs, &hatch);
    log(&format!("{} pairs are the faces of a piece of wall", grouped(pieces.len())));
    Paired { pieces, faces: faces.len(), pairs: pairs.len(), hatching: hatched + left_out }
}

/// The page being read and what a point of it is in the building.
pub struct Sheet {
    pub page: PageSize,
    /// Building millimetres per point.
    pub mm: f64,
}

impl Sheet {
    pub fn face(&self, s: &Stroke) -> Face {
        let at = |p: [f32; 2]| pt(f64::from(p[0]), f64::from(p[1])) * self.mm;
        Seg::new(at(s.a), at(s.b))
    }
}

fn choose_page(strokes: &Strokes, text: &Text, params: &Params, log: &mut dyn FnMut(&str)) -> Result<PageSize, Refusal> {
    let pages = text.pages.len();
    let mut counts = vec![0usize; pages + 1];
    for s in &strokes.all {
        if let Some(c) = counts.get_mut(usize::from(s.page)) {
            *c += 1;
        }
    }
    let fullest = (1..=pages).max_by_key(|p| (counts[*p], usize::MAX - p)).unwrap_or(1);
    let wanted = params.page.unwrap_or(fullest);
    if pages > 1 {
        log(&format!(
            "page {wanted} of {pages} is read, with {} strokes; the others are not",
            grouped(counts.get(wanted).copied().unwrap_or(0))
        ));
    }
    text.pages.iter().find(|p| p.page == wanted).copied().ok_or(Refusal::NoSuchPage { page: wanted, pages })
}

fn choose_scale(text: &Text, params: &Params) -> (f64, String) {
    match (params.scale, &text.scale) {
        (Some(given), _) => (given, format!("1:{given:.0}, as given")),
        (None, Some(s)) => (s.denominator, format!("1:{:.0}, read from “{}”", s.denominator, s.found_in)),
        (None, None) => (100.0, "1:100 assumed, because the plan names none".to_owned()),
    }
}

/// Numbers the walls from the top left and says how sure each is.
fn name_and_rate(mut pieces: Vec<pairing::Piece>, by_layer: bool) -> Vec<Wall> {
    let usual = usual_thicknesses(&pieces);
    pieces.sort_by(|p, q| {
        let key = |p: &pairing::Piece| (-p.seg.a.y.max(p.seg.b.y).round(), p.seg.a.x.min(p.seg.b.x).round());
        key(p).partial_cmp(&key(q)).unwrap_or(std::cmp::Ordering::Equal)
    });
    let rate = |(i, p): (usize, &pairing::Piece)| {
        let mut reasons = vec!["two parallel faces".to_owned()];
        let mut confidence = 0.55;
        if usual.iter().any(|t| (t - p.thickness).abs() <= 0.06 * t) {
            confidence += 0.2;
            reasons.push(format!("{:.0} mm is a usual thickness on this plan", p.thickness));
        }
        if p.skew <= 2.0 {
            confidence += 0.1;
        } else {
            reasons.push(format!("its faces are {:.0} mm out of parallel", p.skew));
        }
        if p.seg.length() >= 2.0 * p.thickness {
            confidence += 0.05;
        } else {
            reasons.push("short for its thickness".to_owned());
        }
        if by_layer {
            confidence += 0.08;
            reasons.push("drawn on a wall layer".to_owned());
        }
        Wall {
            id: format!("W-{:03}", i + 1),
            a: p.seg.a.tenths(),
            b: p.seg.b.tenths(),
            thickness: tenths(p.thickness),
            confidence: (confidence * 100.0_f64).round() / 100.0,
            reasons,
        }
    };
    pieces.iter().enumerate().map(rate).collect()
}

/// Thicknesses that make up at least a tenth of the length of all walls.
fn usual_thicknesses(pieces: &[pairing::Piece]) -> Vec<f64> {
    let all: f64 = pieces.iter().map(|p| p.seg.length()).sum();
    let near = |t: f64| pieces.iter().filter(move |p| (p.thickness - t).abs() <= 0.06 * t);
    let share = |t: f64| near(t).map(|p| p.seg.length()).sum::<f64>();
    let mut usual: Vec<f64> = Vec::new();
    for p in pieces {
        let known = usual.iter().any(|t| (t - p.thickness).abs() <= 0.03 * t);
        if !known && share(p.thickness) >= 0.1 * all {
            usual.push(p.thickness);
        }
    }
    usual
}
