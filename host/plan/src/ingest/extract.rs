//! Reads the pages' content: every straight stroke with its pen, and every glyph with its character.
//!
//! hayro interprets the content streams (blocks, layers, transformations); this device only listens.
//! Filled shapes, pictures and colours are not kept: walls are found by their outlines.

use super::strokes::{CURVED, DASHED, NO_LAYER, Stroke, Strokes};
use super::upload::pdf_text;
use crate::files::TextRun;
use crate::geometry::{Pt, pt};
use hayro_interpret::font::{Glyph, GlyphRun};
use hayro_interpret::hayro_cmap::BfString;
use hayro_interpret::kurbo::{Affine, BezPath, PathEl, Point, Rect};
use hayro_interpret::{
    BlendMode, ClipPath, Context, Device, DrawMode, DrawProps, Image, ImageDrawProps, InterpreterCache, InterpreterSettings, SoftMask,
    StrokeProps, interpret_page,
};
use hayro_syntax::Pdf;
use hayro_syntax::object::{Dict, String as PdfString};

/// What was found on the pages.
#[derive(Default)]
pub struct Content {
    pub strokes: Strokes,
    /// One run per text operator; [`super::phrases`] joins them into lines.
    pub runs: Vec<TextRun>,
    pub pictures: usize,
    pub filled_shapes: usize,
}

/// Reads every page.
pub fn read(pdf: &Pdf, log: &mut dyn FnMut(&str)) -> Content {
    let cache = InterpreterCache::new();
    let mut listener = Listener::default();
    let pages = pdf.pages();
    for (i, page) in pages.iter().enumerate() {
        let (width, height) = page.render_dimensions();
        let to_page = Affine::new(page.initial_transform(false).as_coeffs());
        let mut context =
            Context::new(to_page, Rect::new(0.0, 0.0, width.into(), height.into()), &cache, pdf.xref(), InterpreterSettings::default());
        listener.page = u16::try_from(i + 1).unwrap_or(u16::MAX);
        listener.layer.clear();
        let before = (listener.content.strokes.all.len(), listener.content.runs.len());
        interpret_page(page, &mut context, &mut listener);
        let c = &listener.content;
        log(&format!(
            "page {} of {}: {} strokes, {} pieces of text",
            i + 1,
            pages.len(),
            crate::steps::grouped(c.strokes.all.len() - before.0),
            crate::steps::grouped(c.runs.len() - before.1)
        ));
    }
    listener.content
}

/// Points; the largest page a PDF may have is 14,400. What lies farther out is a mistake of the drawing program, and
/// one stroke to infinity must not cost the memory of a million.
const FARTHEST: f64 = 20_000.0;

#[derive(Default)]
struct Listener {
    content: Content,
    page: u16,
    /// The layer of each open marked-content sequence.
    layer: Vec<u16>,
}

impl Listener {
    fn stroke(&mut self, path: &BezPath, transform: Affine, props: &StrokeProps) {
        let pen = (f64::from(props.line_width) * transform.determinant().abs().sqrt()) as f32;
        let dashed = if props.dash_array.iter().any(|d| *d > 0.0) { DASHED } else { 0 };
        let (mut start, mut last) = (Point::ZERO, Point::ZERO);
        for element in path.elements() {
            match transform * *element {
                PathEl::MoveTo(p) => (start, last) = (p, p),
                PathEl::LineTo(p) => {
                    self.piece(last, p, pen, dashed);
                    last = p;
                }
                PathEl::ClosePath => {
                    self.piece(last, start, pen, dashed);
                    last = start;
                }
                PathEl::QuadTo(c, p) => {
                    let (c1, c2) = (last.lerp(c, 2.0 / 3.0), p.lerp(c, 2.0 / 3.0));
                    self.curve([last, c1, c2, p], pen, dashed);
                    last = p;
                }
                PathEl::CurveTo(c1, c2, p) => {
                    self.curve([last, c1, c2, p], pen, dashed);
                    last = p;
                }
            }
        }
    }

    /// Eight chords keep a door swing within a hundredth of its radius.
    fn curve(&mut self, [a, b, c, d]: [Point; 4], pen: f32, flags: u32) {
        let mut last = a;
        for i in 1..=8 {
            let t = f64::from(i) / 8.0;
            let (ab, bc, cd) = (a.lerp(b, t), b.lerp(c, t), c.lerp(d, t));
            let next = ab.lerp(bc, t).lerp(bc.lerp(cd, t), t);
            self.piece(last, next, pen, flags | CURVED);
            last = next;
        }
    }

    fn piece(&mut self, a: Point, b: Point, pen: f32, flags: u32) {
        let sane = |p: Point| p.x.abs() <= FARTHEST && p.y.abs() <= FARTHEST;
        if !sane(a) || !sane(b) || !pen.is_finite() || a.distance(b) < 0.01 {
            return;
        }
        self.content.strokes.all.push(Stroke {
            a: [a.x as f32, a.y as f32],
            b: [b.x as f32, b.y as f32],
            pen,
            page: self.page,
            layer: self.layer.last().copied().unwrap_or(NO_LAYER),
            flags,
        });
    }

    fn layer_index(&mut self, name: String) -> u16 {
        let names = &mut self.content.strokes.layers;
        let at = names.iter().position(|n| *n == name).unwrap_or_else(|| {
            names.push(name);
            names.len() - 1
        });
        u16::try_from(at).unwrap_or(NO_LAYER)
    }
}

impl<'a> Device<'a> for Listener {
    fn draw_path(&mut self, path: &BezPath, props: DrawProps<'a>, mode: &DrawMode) {
        match mode {
            DrawMode::Stroke(stroke) => self.stroke(path, props.transform, stroke),
            DrawMode::FillAndStroke(_, stroke) => {
                self.content.filled_shapes += 1;
                self.stroke(path, props.transform, stroke);
            }
            DrawMode::Fill(_) => self.content.filled_shapes += 1,
            DrawMode::Invisible => {}
        }
    }

    fn draw_glyph_run(&mut self, run: &GlyphRun<'_, 'a>, props: DrawProps<'a>, _: &DrawMode) {
        let mut text = String::new();
        let mut ends: Option<(Pt, Pt)> = None;
        let mut size = 0.0;
        for glyph in run.glyphs() {
            match glyph.as_unicode() {
                Some(BfString::Char(c)) => text.push(c),
                Some(BfString::String(s)) => text.push_str(&s),
                None => text.push('\u{FFFD}'),
            }
            let place = props.transform * glyph.transform();
            let width = match &**glyph {
                Glyph::Outline(g) => g.advance_width(),
                Glyph::Type3(g) => g.advance_width(),
            };
            let at = |x: f64, y: f64| {
                let p = place * Point::new(x, y);
                pt(p.x, p.y)
            };
            let (from, to) = (at(0.0, 0.0), at(f64::from(width.unwrap_or(500.0)), 0.0));
            size = at(0.0, 1000.0).distance(from);
            ends = Some((ends.map_or(from, |(first, _)| first), to));
        }
        if let Some((from, to)) = ends.filter(|(a, b)| (a.x + a.y + b.x + b.y).is_finite()) {
            self.content.runs.push(TextRun { page: self.page.into(), text, from, to, size });
        }
    }

    fn draw_image(&mut self, _: Image<'a, '_>, _: ImageDrawProps<'a>) {
        self.content.pictures += 1;
    }

    fn begin_marked_content(&mut self, tag: &[u8], properties: Option<&Dict<'_>>) {
        let inherited = self.layer.last().copied().unwrap_or(NO_LAYER);
        let name = properties.filter(|_| tag == b"OC").and_then(|p| p.get::<PdfString<'_>>("Name"));
        let layer = match name {
            Some(name) => self.layer_index(pdf_text(name.as_bytes())),
            None => inherited,
        };
        self.layer.push(layer);
    }

    fn end_marked_content(&mut self) {
        self.layer.pop();
    }

    fn push_clip_path(&mut self, _: &ClipPath) {}
    fn pop_clip(&mut self) {}
    fn push_transparency_group(&mut self, _: f32, _: Option<SoftMask<'a>>, _: BlendMode) {}
    fn pop_transparency_group(&mut self) {}
}
