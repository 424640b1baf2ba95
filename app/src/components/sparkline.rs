//! Sparkline: the shape of a number over time. Not in here: axes or values; the figure beside it says those.

use super::state_mark::Tone;
use leptos::prelude::*;
use markup::{Html, IntoHtml, view};

/// A line over its area, from zero, ending in a dot. Fewer than two points draw nothing.
#[component]
pub fn Sparkline(
    /// Counts, oldest first.
    points: Vec<u32>,
    /// `Tone::Fail` draws it in the colour of failure.
    #[prop(optional_no_strip, into)]
    tone: Option<Tone>,
) -> Html {
    line_of(&points).map(|line| drawing(line, tone)).into_html()
}

fn drawing(line: String, tone: Option<Tone>) -> Html {
    let last = line.rsplit_once(' ').and_then(|(_, last)| last.split_once(',')).unwrap_or_default();
    let (x, y) = (last.0.to_owned(), last.1.to_owned());
    view! {
        <svg class="spark" viewBox="0 0 100 32" preserveAspectRatio="none" aria-hidden="true" data-tone=tone.map(Tone::key)>
            <polygon class="area" points=format!("0,32 {line} 100,32")/>
            <polyline class="line" points=line/>
            <line class="last" x1=x.clone() y1=y.clone() x2=x y2=y/>
        </svg>
    }
}

/// Points in a box of 100 × 32, two units of air above.
fn line_of(points: &[u32]) -> Option<String> {
    let steps = points.len().checked_sub(1).filter(|steps| *steps > 0)?;
    let most = points.iter().copied().max().unwrap_or(0).max(1);
    let at = |(place, count): (usize, &u32)| {
        let x = place * 100 / steps;
        let y = 30 - u64::from(*count) * 28 / u64::from(most);
        format!("{x},{y}")
    };
    Some(points.iter().enumerate().map(at).collect::<Vec<_>>().join(" "))
}

#[cfg(test)]
mod tests {
    use super::line_of;

    #[test]
    fn the_line_goes_from_edge_to_edge_and_from_zero() {
        assert_eq!(line_of(&[0, 5, 10]).as_deref(), Some("0,30 50,16 100,2"));
        assert_eq!(line_of(&[0, 0]).as_deref(), Some("0,30 100,30"));
        assert_eq!(line_of(&[u32::MAX, 0]).as_deref(), Some("0,2 100,30"));
        assert_eq!(line_of(&[7]), None);
    }
}
