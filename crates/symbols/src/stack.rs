//! A whole stack: its lines as they are, and beside each where in the source it is.

use crate::{Cache, Frame, Place, frame};

/// One line of a stack.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line<'a> {
    /// As the engine wrote it.
    pub raw: &'a str,
    /// The innermost function first; empty where nothing is known of it.
    pub places: Vec<Place>,
}

/// Resolves each line by the table that `of` finds for its file.
pub fn resolve<'s, 'c: 't, 't>(stack: &'s str, of: impl Fn(&str) -> Option<&'t Cache<'c>>) -> Vec<Line<'s>> {
    let lines = stack.lines().map(str::trim).filter(|line| !line.is_empty());
    let mut frames: Vec<Option<Frame<'s>>> = Vec::new();
    let mut resolved: Vec<Line<'s>> = Vec::new();
    for raw in lines {
        let read = frame(raw);
        let places = read.as_ref().and_then(|read| Some(of(read.file)?.places(read))).unwrap_or_default();
        frames.push(read);
        resolved.push(Line { raw, places });
    }
    name(&frames, &mut resolved);
    resolved
}

/// What was built calls its functions by short names. A map knows what stood at the place of the call: that is what the function above
/// is called, unless it was not called from there, or has no name of its own.
fn name(frames: &[Option<Frame<'_>>], lines: &mut [Line<'_>]) {
    for at in 1..lines.len() {
        let (Some(Some(above)), Some(Some(below))) = (frames.get(at - 1), frames.get(at)) else { continue };
        let called = lines[at].places.first().and_then(|place| place.calls.clone());
        let (Some(called), Some(_), false) = (called, above.function, below.awaited) else { continue };
        if let [place] = lines[at - 1].places.as_mut_slice() {
            place.function = called;
        }
    }
}
