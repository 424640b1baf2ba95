//! The common time axis of a pipeline tree. Steps that ran again hours later would leave the bars as
//! hairlines in an empty strip, so long pauses between steps are shortened. Not in here: drawing.

/// When a step started and ended, in milliseconds since 1970.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::views) struct Span {
    pub(in crate::views) start: Option<i64>,
    pub(in crate::views) end: Option<i64>,
}

/// Pauses up to this stay as they are.
const PAUSE_MS: i64 = 10_000;

/// The same spans from the start of the axis, its length, and whether a pause was shortened.
/// `now` ends what is still running.
pub(in crate::views) fn lay_out(spans: &[Span], now: i64) -> (Vec<Span>, i64, bool) {
    let busy: i64 = spans.iter().filter_map(|span| Some((span.end.unwrap_or(now) - span.start?).max(0))).sum();
    let longest_pause = PAUSE_MS.max(busy / 20);
    let (mut shift, mut reached, mut shortened) = (None::<i64>, i64::MIN, false);
    let place = |span: &Span| {
        let Some(start) = span.start else {
            return Span { start: None, end: None };
        };
        let mut by = *shift.get_or_insert(start);
        if reached > i64::MIN && start - reached > longest_pause {
            by += start - reached - longest_pause;
            shortened = true;
        }
        shift = Some(by);
        let end = span.end.unwrap_or(now).max(start);
        reached = reached.max(end);
        Span { start: Some((start - by).max(0)), end: span.end.map(|_| (end - by).max(0)) }
    };
    let placed: Vec<_> = spans.iter().map(place).collect();
    let total = (reached - shift.unwrap_or(reached)).max(1);
    (placed, total, shortened)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn span(start: i64, end: i64) -> Span {
        Span { start: Some(start), end: Some(end) }
    }

    #[test]
    fn bars_follow_one_another_from_zero() {
        let (placed, total, shortened) = lay_out(&[span(1_000, 3_000), span(3_100, 8_100)], 0);
        assert_eq!((placed, total, shortened), (vec![span(0, 2_000), span(2_100, 7_100)], 7_100, false));
    }

    #[test]
    fn an_hour_of_waiting_does_not_flatten_the_bars() {
        let (placed, total, shortened) = lay_out(&[span(0, 2_000), span(3_602_000, 3_607_000)], 0);
        assert_eq!(placed[1], span(12_000, 17_000));
        assert_eq!((total, shortened), (17_000, true));
    }

    #[test]
    fn what_runs_has_no_end_and_reaches_now() {
        let running = Span { start: Some(5_000), end: None };
        let (placed, total, _) = lay_out(&[span(0, 5_000), running, Span { start: None, end: None }], 9_000);
        assert_eq!(placed[1], Span { start: Some(5_000), end: None });
        assert_eq!((placed[2].start, total), (None, 9_000));
    }

    #[test]
    fn nothing_started_is_an_empty_axis() {
        assert_eq!(lay_out(&[Span { start: None, end: None }], 7), (vec![Span { start: None, end: None }], 1, false));
    }
}
