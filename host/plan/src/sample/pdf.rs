//! A PDF writer just large enough for line drawings: pages, blocks (form XObjects), two layers' worth of optional
//! content, Helvetica. Streams are not compressed, so that a sample can be read with a pager.

use std::fmt::Write;

/// Objects 1 to 4 are the catalogue, the page tree, the font and the information.
const FIRST_LAYER: usize = 5;

/// A content stream being written, in points.
pub struct Page {
    pub width: f64,
    pub height: f64,
    content: String,
}

/// A drawing used many times.
pub struct Block {
    pub content: Page,
}

/// The layers a drawing may name, by index.
pub const LAYERS: [&str; 3] = ["A-WALL", "A-DOOR", "A-ANNO"];

impl Page {
    pub fn new(width: f64, height: f64) -> Self {
        Self { width, height, content: String::new() }
    }

    pub fn raw(&mut self, operators: &str) {
        self.content.push_str(operators);
    }

    pub fn pen(&mut self, width: f64) {
        let _ = writeln!(self.content, "{} w", short(width));
    }

    pub fn line(&mut self, a: [f64; 2], b: [f64; 2]) {
        let _ = writeln!(self.content, "{} {} m {} {} l S", short(a[0]), short(a[1]), short(b[0]), short(b[1]));
    }

    /// A quarter circle from `a` to `b` about `centre`.
    pub fn quarter(&mut self, centre: [f64; 2], a: [f64; 2], b: [f64; 2]) {
        const K: f64 = 0.552_284_75;
        let toward = |p: [f64; 2], q: [f64; 2]| [p[0] + (q[0] - centre[0]) * K, p[1] + (q[1] - centre[1]) * K];
        let (c, d) = (toward(a, b), toward(b, a));
        let mut all = [a, c, d, b].iter().flatten().map(|v| short(*v)).collect::<Vec<_>>();
        let tail = all.split_off(2);
        let _ = writeln!(self.content, "{} m {} c S", all.join(" "), tail.join(" "));
    }

    pub fn text(&mut self, x: f64, y: f64, size: f64, turned_deg: f64, words: &str) {
        let (sin, cos) = turned_deg.to_radians().sin_cos();
        let _ = write!(self.content, "BT /F1 {} Tf {cos:.5} {sin:.5} {:.5} {cos:.5} {} {} Tm (", short(size), -sin, short(x), short(y));
        for c in words.chars() {
            match c {
                '(' | ')' | '\\' => self.content.extend(['\\', c]),
                ' '..='~' => self.content.push(c),
                // WinAnsi agrees with Latin-1 where we use it (², ä).
                _ => {
                    let _ = write!(self.content, "\\{:03o}", u32::from(c) & 0xFF);
                }
            }
        }
        self.content.push_str(") Tj ET\n");
    }

    pub fn layer(&mut self, layer: Option<usize>, draw: impl FnOnce(&mut Self)) {
        if let Some(n) = layer {
            let _ = writeln!(self.content, "/OC /L{n} BDC");
        }
        draw(self);
        if layer.is_some() {
            self.content.push_str("EMC\n");
        }
    }
}

/// A width of Helvetica text in ems, near enough to centre a label.
pub fn text_width(words: &str) -> f64 {
    words.chars().map(|c| if matches!(c, 'i' | 'l' | '.' | ' ' | 'j' | 't' | 'f' | 'I') { 0.28 } else { 0.55 }).sum()
}

fn short(v: f64) -> String {
    let s = format!("{v:.3}");
    s.trim_end_matches('0').trim_end_matches('.').to_owned()
}

pub fn document(pages: &[Page], blocks: &[Block], layers: bool, title: &str) -> Vec<u8> {
    with_trailer(pages, blocks, layers, title, "")
}

/// The file, with more entries for the trailer.
pub fn with_trailer(pages: &[Page], blocks: &[Block], layers: bool, title: &str, trailer: &str) -> Vec<u8> {
    let layer_count = if layers { LAYERS.len() } else { 0 };
    let first_block = FIRST_LAYER + layer_count;
    let first_page = first_block + blocks.len();
    let resources = format!(
        "<</Font <</F1 3 0 R>>/XObject <<{}>>/Properties <<{}>>>>",
        named('B', first_block, blocks.len()),
        named('L', FIRST_LAYER, layer_count)
    );
    let optional = optional_content(layer_count);
    let kids = refs(first_page, pages.len(), 2);
    let mut objects: Vec<String> = vec![
        format!("<</Type/Catalog/Pages 2 0 R{optional}>>"),
        format!("<</Type/Pages/Count {}/Kids [{kids}]>>", pages.len()),
        "<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>".to_owned(),
        format!("<</Title ({title})/Producer (plan-sample)/CreationDate (D:20260105090000Z)>>"),
    ];
    let names = LAYERS.iter().take(layer_count);
    objects.extend(names.map(|name| format!("<</Type/OCG/Name ({name})>>")));
    for b in blocks {
        let dict = format!("/Type/XObject/Subtype/Form/BBox [0 0 {} {}]/Resources <<>>", short(b.content.width), short(b.content.height));
        objects.push(stream(&dict, &b.content.content));
    }
    for (i, p) in pages.iter().enumerate() {
        let content = first_page + 2 * i + 1;
        objects.push(format!(
            "<</Type/Page/Parent 2 0 R/MediaBox [0 0 {} {}]/Contents {content} 0 R/Resources {resources}>>",
            short(p.width),
            short(p.height)
        ));
        objects.push(stream("", &p.content));
    }
    assemble(&objects, trailer)
}

fn refs(from: usize, n: usize, step: usize) -> String {
    let each: Vec<String> = (0..n).map(|i| format!("{} 0 R", from + i * step)).collect();
    each.join(" ")
}

fn named(letter: char, from: usize, n: usize) -> String {
    (0..n).map(|i| format!("/{letter}{i} {} 0 R", from + i)).collect()
}

fn optional_content(layers: usize) -> String {
    if layers == 0 {
        return String::new();
    }
    let all = refs(FIRST_LAYER, layers, 1);
    format!("/OCProperties <</OCGs [{all}]/D <</ON [{all}]/Order [{all}]>>>>")
}

fn stream(dict: &str, content: &str) -> String {
    format!("<<{dict}/Length {}>>\nstream\n{content}\nendstream", content.len())
}

fn assemble(objects: &[String], trailer: &str) -> Vec<u8> {
    let mut out = b"%PDF-1.6\n%\xE2\xE3\xCF\xD3\n".to_vec();
    let mut offsets = Vec::with_capacity(objects.len());
    for (i, body) in objects.iter().enumerate() {
        offsets.push(out.len());
        out.extend_from_slice(format!("{} 0 obj\n{body}\nendobj\n", i + 1).as_bytes());
    }
    let table = out.len();
    let mut tail = format!("xref\n0 {}\n0000000000 65535 f \n", objects.len() + 1);
    for offset in offsets {
        let _ = writeln!(tail, "{offset:010} 00000 n ");
    }
    let id = "00112233445566778899AABBCCDDEEFF";
    let size = objects.len() + 1;
    let _ = write!(tail, "trailer\n<</Size {size}/Root 1 0 R/Info 4 0 R/ID [<{id}><{id}>]{trailer}>>\nstartxref\n{table}\n%%EOF\n");
    out.extend_from_slice(tail.as_bytes());
    out
}
