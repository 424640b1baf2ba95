//! Joins pieces of text into lines, and finds the scale among them.
//!
//! Programs write a word as one operator, as one per letter, or anything between; people read lines.

use crate::files::{Scale, TextRun};

/// Joins pieces that follow each other on one base line.
pub fn join(runs: Vec<TextRun>) -> Vec<TextRun> {
    let mut lines: Vec<TextRun> = Vec::new();
    for run in runs {
        match lines.last_mut().filter(|last| follows(last, &run)) {
            Some(last) => {
                let gap = last.to.distance(run.from);
                if gap > 0.18 * run.size && !last.text.ends_with(' ') && !run.text.starts_with(' ') {
                    last.text.push(' ');
                }
                last.text.push_str(&run.text);
                last.to = run.to;
            }
            None => lines.push(run),
        }
    }
    for line in &mut lines {
        line.text = line.text.split_whitespace().collect::<Vec<_>>().join(" ");
    }
    lines.retain(|l| !l.text.is_empty());
    lines
}

fn follows(last: &TextRun, next: &TextRun) -> bool {
    if last.page != next.page || (last.size - next.size).abs() > 0.05 * last.size {
        return false;
    }
    let along = (last.to - last.from).unit();
    let gap = next.from - last.to;
    let turned = along.cross((next.to - next.from).unit()).abs() > 0.02 || along.dot(next.to - next.from) < 0.0;
    let (ahead, beside) = (along.dot(gap), along.cross(gap).abs());
    !turned && beside < 0.15 * last.size && ahead > -0.3 * last.size && ahead < 0.8 * last.size
}

/// The scale of the plan: "1:100" or "1/50", preferring a line that also says "scale", then the larger type.
pub fn scale(lines: &[TextRun]) -> Option<Scale> {
    let words = ["scale", "maßstab", "massstab", "échelle", "echelle", "escala", "m ", "m."];
    let weight = |l: &TextRun| {
        let low = l.text.to_lowercase();
        (words.iter().any(|w| low.starts_with(w)) || low.contains("scale"), l.size)
    };
    let mut best: Option<((bool, f64), Scale)> = None;
    for line in lines {
        let Some(denominator) = ratio(&line.text) else {
            continue;
        };
        let rank = weight(line);
        if best.as_ref().is_none_or(|(b, _)| rank > *b) {
            best = Some((rank, Scale { denominator, found_in: line.text.clone() }));
        }
    }
    best.map(|(_, scale)| scale)
}

/// "1:100", "1 : 50" or "1/200" with a usual denominator.
fn ratio(text: &str) -> Option<f64> {
    let bytes: Vec<char> = text.chars().filter(|c| !c.is_whitespace()).collect();
    for i in 0..bytes.len().saturating_sub(2) {
        let alone = i == 0 || !(bytes[i - 1].is_ascii_digit() || bytes[i - 1] == '.' || bytes[i - 1] == ',');
        if bytes[i] != '1' || !matches!(bytes[i + 1], ':' | '/') || !alone {
            continue;
        }
        let digits: String = bytes[i + 2..].iter().take_while(|c| c.is_ascii_digit()).collect();
        match digits.parse::<f64>() {
            Ok(d) if (5.0..=2000.0).contains(&d) && (d % 5.0 == 0.0) => return Some(d),
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geometry::pt;

    fn run(text: &str, x: f64, width: f64) -> TextRun {
        TextRun { page: 1, text: text.to_owned(), from: pt(x, 10.0), to: pt(x + width, 10.0), size: 10.0 }
    }

    #[test]
    fn letters_and_words_become_lines() {
        let lines = join(vec![run("W", 0., 9.), run("ard", 9.1, 14.), run("1", 26.5, 5.), run("Sluice", 200., 30.)]);
        let texts: Vec<_> = lines.iter().map(|l| l.text.as_str()).collect();
        assert_eq!(texts, ["Ward 1", "Sluice"]);
    }

    #[test]
    fn scale_is_a_ratio_and_prefers_the_line_that_says_so() {
        let found = scale(&[run("Detail 1:20", 0., 9.), run("Scale 1:100", 50., 9.), run("11:50", 0., 1.)]).expect("a scale");
        assert_eq!((found.denominator, found.found_in.as_str()), (100.0, "Scale 1:100"));
        assert_eq!(scale(&[run("01/12/2025", 0., 9.)]), None);
    }
}
