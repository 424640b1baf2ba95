//! Whatever somebody sends, scrubbing looks at a text a bounded number of times: twice as much text costs twice as much, for every text that
//! repeats pieces which a rule looks ahead from. Looks are counted, not timed.

use scrub::{Counts, Text, scrub_text};
use std::cell::Cell;

#[derive(Clone, Copy)]
struct Counted<'a> {
    text: &'a [u8],
    looks: &'a Cell<usize>,
}

impl Text for Counted<'_> {
    fn at(self, i: usize) -> u8 {
        self.looks.set(self.looks.get() + 1);
        self.text.get(i).copied().unwrap_or(0)
    }
}

/// How often a byte of `piece` over and over is looked at, on average.
fn looks(piece: &str, bytes: usize) -> f64 {
    let text = piece.repeat(bytes.div_ceil(piece.len()));
    let looks = Cell::new(0);
    scrub_text(Counted { text: text.as_bytes(), looks: &looks }, 0, text.len(), &mut Vec::new(), &mut Counts::new());
    looks.get() as f64 / text.len() as f64
}

const PIECES: [&str; 40] = [
    "basic ",
    "bearer ",
    "basic",
    "b-",
    "p-i-",
    "pin",
    "token",
    "token=",
    "token: ",
    "authorization",
    "=",
    ":",
    " ",
    "-",
    "_",
    ".",
    "@",
    "a@b.",
    "%40",
    "eyJ",
    "://",
    "/",
    "?",
    "&",
    "#",
    "1",
    "1 ",
    "1-",
    "4111 ",
    "DE12 ",
    "\"",
    "\\",
    "'",
    "[",
    "]",
    "{",
    "-----BEGIN ",
    "-----END",
    "\u{fc}",
    "\n",
];

#[test]
fn no_text_is_looked_at_more_often_the_longer_it_is() {
    for one in PIECES {
        for other in PIECES {
            for piece in [[one, other].concat(), [one, other, "x"].concat(), ["x", one, one, other].concat()] {
                let (short, long) = (looks(&piece, 2_000), looks(&piece, 16_000));
                assert!(long < 1.5 * short + 10.0, "{piece:?}: each byte {short:.0} times, and {long:.0} times in a longer text");
                assert!(long < 1_000.0, "{piece:?}: each byte is looked at {long:.0} times");
            }
        }
    }
}
