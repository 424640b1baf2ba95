//! Sample uploads: floor plans drawn from a seed, with what should be found in them, and files that should be refused.
//!
//! The same seed gives the same bytes. Nothing here is used by the pipeline.

mod drawing;
mod layout;
mod pdf;
mod random;
mod sheet;

use drawing::Style;
pub use layout::{ExpectedRoom, Layout};
use pdf::Page;
use random::Random;

/// A plan and the truth about it.
pub struct Sample {
    pub pdf: Vec<u8>,
    pub rooms: Vec<ExpectedRoom>,
}

/// The kinds of file `plan-sample` can write.
pub const KINDS: [&str; 11] =
    ["ordinary", "heavy", "hospital", "hatched", "not-a-pdf", "encrypted", "empty", "no-pages", "many-pages", "truncated", "scanned"];

/// A file by the name of its kind.
pub fn by_name(kind: &str, seed: u64) -> Option<Vec<u8>> {
    Some(match kind {
        "ordinary" => ordinary(seed),
        "heavy" => heavy(seed),
        "hospital" => hospital(seed),
        "hatched" => hatched(seed),
        "not-a-pdf" => not_a_pdf(seed),
        "encrypted" => encrypted(seed),
        "empty" => Vec::new(),
        "no-pages" => no_pages(),
        "many-pages" => many_pages(2000),
        "truncated" => truncated(seed),
        "scanned" => scanned(),
        _ => return None,
    })
}

/// A small practice or office of 7 to 12 rooms.
pub fn ordinary(seed: u64) -> Vec<u8> {
    ordinary_sample(seed).pdf
}

/// A hospital storey of 61 rooms.
pub fn hospital(seed: u64) -> Vec<u8> {
    hospital_sample(seed).pdf
}

/// The hospital, its floors hatched with the pen of the walls: pairing its strokes takes hundreds of megabytes.
pub fn heavy(seed: u64) -> Vec<u8> {
    heavy_sample(seed).pdf
}

/// An ordinary plan with two rooms hatched with the pen of the walls: more work, but within an ordinary limit.
pub fn hatched(seed: u64) -> Vec<u8> {
    hatched_sample(seed).pdf
}

pub fn ordinary_sample(seed: u64) -> Sample {
    let mut random = Random::new(seed);
    let layout = Layout::small(&mut random);
    draw(&layout, &mut random, Style { layers: seed % 2 == 1, tilt: tilt(seed), ..Style::default() })
}

pub fn hospital_sample(seed: u64) -> Sample {
    let mut random = Random::new(seed ^ 0x0068_6f73_7069_7461);
    let layout = Layout::hospital(&mut random);
    draw(&layout, &mut random, Style { layers: seed % 2 == 1, ..Style::default() })
}

pub fn heavy_sample(seed: u64) -> Sample {
    let mut random = Random::new(seed ^ 0x0068_6f73_7069_7461);
    let layout = Layout::hospital(&mut random);
    draw(&layout, &mut random, Style { hatched_rooms: usize::MAX, hatch_spacing_mm: 13.0, ..Style::default() })
}

pub fn hatched_sample(seed: u64) -> Sample {
    let mut random = Random::new(seed);
    let layout = Layout::small(&mut random);
    draw(&layout, &mut random, Style { hatched_rooms: 2, hatch_spacing_mm: 40.0, tilt: tilt(seed), ..Style::default() })
}

/// Every third building stands askew on its sheet.
fn tilt(seed: u64) -> f64 {
    if seed % 3 == 2 { [7.0, -12.5, 30.0, 3.3][(seed / 3 % 4) as usize] } else { 0.0 }
}

fn draw(layout: &Layout, random: &mut Random, style: Style) -> Sample {
    let (page, blocks) = drawing::draw(layout, random, &style);
    Sample { pdf: pdf::document(&[page], &blocks, style.layers, &layout.title), rooms: layout.expected() }
}

/// What people upload instead of a PDF.
pub fn not_a_pdf(seed: u64) -> Vec<u8> {
    let start: &[u8] =
        [b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".as_slice(), b"PK\x03\x04\x14\0\x06\0word/document.xml", b"AC1032\0\0\0\0\0"][(seed % 3) as usize];
    let mut random = Random::new(seed);
    start.iter().copied().chain((0..5000).map(|_| random.below(256) as u8)).collect()
}

/// An ordinary plan behind a password nobody has.
pub fn encrypted(seed: u64) -> Vec<u8> {
    let mut random = Random::new(seed);
    let layout = Layout::small(&mut random);
    let (page, blocks) = drawing::draw(&layout, &mut random, &Style::default());
    let mut key = || (0..32).map(|_| format!("{:02X}", random.below(256))).collect::<String>();
    let lock = format!("/Encrypt <</Filter/Standard/V 1/R 2/P -44/O <{}>/U <{}>>>", key(), key());
    pdf::with_trailer(&[page], &blocks, false, &layout.title, &lock)
}

/// A PDF whose page tree is empty.
pub fn no_pages() -> Vec<u8> {
    pdf::document(&[], &[], false, "Empty")
}

/// A set of nearly empty sheets.
pub fn many_pages(count: usize) -> Vec<u8> {
    let page = |i: usize| {
        let mut page = Page::new(595.0, 842.0);
        page.text(72.0, 760.0, 14.0, 0.0, &format!("Sheet {}", i + 1));
        page
    };
    pdf::document(&(0..count).map(page).collect::<Vec<_>>(), &[], false, "Sheets")
}

/// An ordinary plan of which the upload stopped after three fifths.
pub fn truncated(seed: u64) -> Vec<u8> {
    let mut whole = ordinary(seed);
    whole.truncate(whole.len() * 3 / 5);
    whole
}

/// A page with nothing but a picture on it.
pub fn scanned() -> Vec<u8> {
    let mut page = Page::new(842.0, 595.0);
    page.raw("q 800 0 0 560 20 20 cm BI /W 8 /H 8 /BPC 1 /CS /G /F /AHx ID 81422418182442A5> EI Q\n");
    pdf::document(&[page], &[], false, "Scan")
}
