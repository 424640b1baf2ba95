//! What is written in a room: its name, its number, its area.

use crate::files::{Text, TextRun};
use crate::geometry::{Pt, bounds, centroid, contains, pt};

/// The words of the page, in building mm.
pub struct Labels {
    words: Vec<Word>,
}

struct Word {
    middle: Pt,
    /// The direction it is read in.
    along: Pt,
    size: f64,
    text: String,
}

/// What the words in a room say.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Label {
    pub name: Option<String>,
    pub number: Option<String>,
    pub area_m2: Option<f64>,
}

impl Labels {
    /// `mm` is what a point on paper is in the building.
    pub fn new(text: &Text, page: usize, mm: f64) -> Self {
        let word = |r: &TextRun| {
            let along = (r.to - r.from).unit();
            let middle = (r.from + r.to) * 0.5 + along.left() * (r.size * 0.35);
            Word { middle: middle * mm, along, size: r.size * mm, text: r.text.clone() }
        };
        Self { words: text.runs.iter().filter(|r| r.page == page).map(word).collect() }
    }

    /// Reads the words whose middle lies in the ring.
    pub fn inside(&self, ring: &[Pt]) -> Label {
        let (lo, hi) = bounds(ring.iter().copied()).unwrap_or((pt(0., 0.), pt(0., 0.)));
        let near = |p: Pt| p.x >= lo.x && p.x <= hi.x && p.y >= lo.y && p.y <= hi.y;
        let inside: Vec<&Word> = self.words.iter().filter(|w| near(w.middle) && contains(ring, w.middle)).collect();
        let mut label = Label::default();
        let mut names: Vec<&Word> = Vec::new();
        for word in inside {
            if let Some(area) = area(&word.text) {
                label.area_m2 = Some(area);
            } else if is_number(&word.text) {
                label.number = Some(word.text.clone());
            } else {
                names.push(word);
            }
        }
        label.name = name(names, centroid(ring));
        label
    }
}

/// The largest words; of equals the ones nearest to the middle, with the lines of the same size above and below.
fn name(words: Vec<&Word>, middle: Pt) -> Option<String> {
    let wordy = |w: &&&Word| w.text.chars().filter(|c| c.is_alphabetic()).count() >= 2;
    let largest = words.iter().filter(wordy).map(|w| w.size).fold(0.0, f64::max);
    let mut big: Vec<&Word> = words.into_iter().filter(|w| (0.95..=1.05).contains(&(w.size / largest))).collect();
    big.sort_by(|a, b| a.middle.distance(middle).total_cmp(&b.middle.distance(middle)));
    let first = *big.iter().find(wordy)?;
    let mut lines: Vec<&Word> = vec![first];
    // A name of several lines: each next line is within one and a half line heights of one already taken. The second
    // line may be a mere number ("Treatment" above "1").
    while let Some(at) = big.iter().position(|w| !lines.iter().any(|l| std::ptr::eq(*l, *w)) && lines.iter().any(|l| stacked(l, w))) {
        lines.push(big[at]);
    }
    let down = |w: &Word| -first.along.cross(w.middle - first.middle);
    lines.sort_by(|a, b| down(a).total_cmp(&down(b)));
    Some(lines.iter().map(|w| w.text.as_str()).collect::<Vec<_>>().join(" "))
}

fn stacked(a: &Word, b: &Word) -> bool {
    let d = b.middle - a.middle;
    let (beside, below) = (a.along.dot(d).abs(), a.along.cross(d).abs());
    below > 0.5 * a.size && below <= 1.6 * a.size && beside <= 6.0 * a.size
}

/// "18.4 m²", "18,4 m2".
fn area(text: &str) -> Option<f64> {
    let low = text.to_lowercase().replace(' ', "");
    let digits = low.strip_suffix("m²").or_else(|| low.strip_suffix("m2")).or_else(|| low.strip_suffix("sqm"))?;
    let digits = digits.trim_start_matches(|c: char| !c.is_ascii_digit());
    digits.replace(',', ".").parse().ok()
}

/// "1.04", "E2.117a", "0-12": a room number; "4 250" or "2.5" without a second part is a measure.
fn is_number(text: &str) -> bool {
    let core = text.trim_start_matches(|c: char| c.is_ascii_uppercase()).trim_end_matches(|c: char| c.is_ascii_lowercase());
    let Some((storey, room)) = core.split_once(['.', '-']) else {
        return false;
    };
    let digits = |s: &str, longest: usize| !s.is_empty() && s.len() <= longest && s.bytes().all(|b| b.is_ascii_digit());
    digits(storey, 2) && digits(room, 3) && room.len() >= 2 && text.len() - core.len() <= 2
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_areas_and_measures_are_told_apart() {
        for n in ["1.04", "E2.117a", "0-12"] {
            assert!(is_number(n), "{n}");
        }
        for n in ["4 250", "2.5", "Ward 1", "1.2345", "12", "m"] {
            assert!(!is_number(n), "{n}");
        }
        assert_eq!(area("18,4 m²"), Some(18.4));
        assert_eq!(area("A = 7.5 m2"), Some(7.5));
        assert_eq!(area("Ward 2"), None);
    }

    #[test]
    fn the_largest_words_name_the_room_over_two_lines() {
        let run =
            |text: &str, x: f64, y: f64, size: f64| TextRun { page: 1, text: text.to_owned(), from: pt(x, y), to: pt(x + 20., y), size };
        let text = Text {
            runs: vec![
                run("Nurse", 40., 60., 8.),
                run("station", 40., 50., 8.),
                run("1.07", 40., 40., 5.),
                run("12.5 m²", 40., 32., 5.),
                run("tap", 5., 5., 4.),
            ],
            ..Text::default()
        };
        let ring = [pt(0., 0.), pt(100., 0.), pt(100., 100.), pt(0., 100.)];
        let label = Labels::new(&text, 1, 1.0).inside(&ring);
        assert_eq!(label, Label { name: Some("Nurse station".to_owned()), number: Some("1.07".to_owned()), area_m2: Some(12.5) });
    }
}
