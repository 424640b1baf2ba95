//! The same functions for rooms with an allocator: text in, text out. No rule lives here.

use alloc::string::String;
use alloc::vec::Vec;

use crate::{CUT_MARK, Counts, Sink, fit, scrub};

impl Sink for Vec<u8> {
    fn put(&mut self, byte: u8) {
        self.push(byte);
    }
}

/// `text` without its secrets, and how many of which rule were removed.
#[must_use]
pub fn scrub_to_string(text: &str) -> (String, Counts) {
    #[cfg(feature = "quick")]
    if !crate::quick::suspect(text.as_bytes()) {
        return (String::from(text), Counts::new());
    }
    let mut clean = Vec::with_capacity(text.len());
    let counts = scrub(text.as_bytes(), &mut clean);
    (into_string(clean), counts)
}

/// `text` shortened to at most `max` bytes, and whether that took something away.
#[must_use]
pub fn fit_to_string(text: &str, max: usize) -> (String, bool) {
    let part = fit(text.as_bytes(), max);
    let mut short = Vec::with_capacity(max.min(text.len()));
    short.extend_from_slice(part.head);
    if part.cut && max >= CUT_MARK.len() {
        short.extend_from_slice(CUT_MARK);
        short.extend_from_slice(part.tail);
    }
    (into_string(short), part.cut)
}

/// A fingerprint as it travels: 16 hex digits, because a JavaScript number cannot hold 64 bits.
#[must_use]
pub fn fingerprint_hex(fingerprint: u64) -> String {
    alloc::format!("{fingerprint:016x}")
}

/// Every cut is made at an ASCII byte or between characters, so the lossy branch is never taken for a `&str`.
fn into_string(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).unwrap_or_else(|broken| String::from_utf8_lossy(broken.as_bytes()).into_owned())
}
