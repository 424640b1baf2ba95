//! Keys that walk the steps of a run: j and k from anywhere; arrows, Home and End once a step has the focus;
//! / to find one. Enter follows the link that has the focus.

use crate::pages::keys::{focus_first, on_key};
use leptos::prelude::*;

/// What a key asks of the tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    Down,
    Up,
    First,
    Last,
}

/// What a key means; those of the page's own scrolling only where a step has the focus.
fn meaning(key: &str, on_a_step: bool) -> Option<Step> {
    Some(match (key, on_a_step) {
        ("j", _) | ("ArrowDown", true) => Step::Down,
        ("k", _) | ("ArrowUp", true) => Step::Up,
        ("Home", true) => Step::First,
        ("End", true) => Step::Last,
        _ => return None,
    })
}

/// The line to go to from `at`, of so many; `start` is where one begins.
fn target(step: Step, at: Option<i64>, start: i64, count: i64) -> Option<i64> {
    let last = count.checked_sub(1).filter(|last| *last >= 0)?;
    Some(match (step, at) {
        (Step::First, _) => 0,
        (Step::Last, _) => last,
        (Step::Down | Step::Up, None) => start.clamp(0, last),
        (Step::Down, Some(at)) => (at + 1).min(last),
        (Step::Up, Some(at)) => (at - 1).clamp(0, last),
    })
}

/// Listens as long as the tree is there. `lines` says how many there are and which is that of the chosen step; `wants` is the line
/// that gets the focus as soon as it is there; `go` gives it to one.
pub(super) fn keys(lines: impl Fn() -> (i64, i64) + 'static, wants: impl Fn() -> Option<i64> + 'static, go: impl Fn(i64) + 'static) {
    on_key(move |event, in_sequence| {
        if in_sequence {
            return;
        }
        let at = wants().or_else(focused_line);
        if event.key() == "/" {
            focus_first("form.tree-find input");
        } else if let Some(step) = meaning(&event.key(), at.is_some()) {
            let (count, start) = lines();
            if let Some(line) = target(step, at, start, count) {
                go(line);
            }
        } else {
            return;
        }
        event.prevent_default();
    });
}

/// The line whose link has the focus.
fn focused_line() -> Option<i64> {
    document().active_element()?.closest(".tree a.node").ok()??.id().strip_prefix("row-")?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arrows_are_the_pages_own_until_a_step_has_the_focus() {
        assert_eq!(meaning("ArrowDown", false), None);
        assert_eq!(meaning("ArrowDown", true), Some(Step::Down));
        assert_eq!(meaning("j", false), Some(Step::Down));
        assert_eq!(meaning("Enter", true), None);
    }

    #[test]
    fn one_begins_at_the_chosen_step_and_never_leaves_the_list() {
        assert_eq!(target(Step::Down, None, 137, 20_000), Some(137));
        assert_eq!(target(Step::Down, Some(137), 137, 20_000), Some(138));
        assert_eq!(target(Step::Down, Some(19_999), 0, 20_000), Some(19_999));
        assert_eq!(target(Step::Up, Some(0), 0, 20_000), Some(0));
        assert_eq!(target(Step::Up, Some(7), 0, 3), Some(2), "the list got shorter");
        assert_eq!((target(Step::First, Some(5), 5, 9), target(Step::Last, None, 5, 9)), (Some(0), Some(8)));
        assert_eq!(target(Step::Last, None, 0, 0), None);
    }
}
