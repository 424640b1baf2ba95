//! Writing into fixed buffers: raw bytes, and text as the inside of a JSON string. What is written where is not known here.

use scrub::Sink;

/// A piece of memory that is filled from the front and remembers when it was too small.
pub(crate) struct Buffer<const N: usize> {
    bytes: [u8; N],
    used: usize,
    full: bool,
}

impl<const N: usize> Buffer<N> {
    pub(crate) const fn new() -> Self {
        Self { bytes: [0; N], used: 0, full: false }
    }

    pub(crate) fn used(&self) -> usize {
        self.used
    }

    pub(crate) fn is_full(&self) -> bool {
        self.full
    }

    /// Forgets everything from `used` on.
    pub(crate) fn rewind(&mut self, used: usize) {
        self.used = used;
        self.full = false;
    }

    pub(crate) fn slice(&self, from: usize, to: usize) -> &[u8] {
        self.bytes.get(from..to).unwrap_or(&[])
    }

    pub(crate) fn byte(&mut self, byte: u8) {
        match self.bytes.get_mut(self.used) {
            Some(slot) => {
                *slot = byte;
                self.used += 1;
            }
            None => self.full = true,
        }
    }

    /// A decimal number.
    pub(crate) fn number(&mut self, value: u32) {
        let mut unit = 1_000_000_000;
        while unit > 0 {
            let digit = value / unit;
            if digit > 0 || unit == 1 {
                self.byte(b'0' + (digit % 10) as u8);
            }
            unit /= 10;
        }
    }

    /// A number of [`Self::COUNT`] places at `at`, padded with spaces in front; what does not fit is all nines.
    pub(crate) fn count(&mut self, at: usize, mut value: u32) {
        value = value.min(9_999_999);
        for place in (0..Self::COUNT).rev() {
            if let Some(slot) = self.bytes.get_mut(at + place) {
                *slot = if value > 0 { b'0' + (value % 10) as u8 } else { b' ' };
            }
            value /= 10;
        }
    }

    pub(crate) const COUNT: usize = 7;

    /// 16 hex digits.
    pub(crate) fn hex(&mut self, value: u64) {
        let mut shift = 64;
        while shift > 0 {
            shift -= 4;
            let digit = (value >> shift) as u8 & 15;
            self.byte(if digit > 9 { b'a' - 10 + digit } else { b'0' + digit });
        }
    }

    /// Text as it may stand between the quotes of a JSON string. Control characters other than the line feed mean
    /// nothing in a message and can steer a terminal: they become spaces.
    pub(crate) fn text(&mut self, text: &[u8]) {
        for byte in text {
            match *byte {
                b'\n' => self.put(b"\\n"),
                b'"' | b'\\' => {
                    self.byte(b'\\');
                    self.byte(*byte);
                }
                0..=0x1f | 0x7f => self.byte(b' '),
                other => self.byte(other),
            }
        }
    }
}

impl<const N: usize> Sink for Buffer<N> {
    fn put(&mut self, piece: &[u8]) {
        for byte in piece {
            self.byte(*byte);
        }
    }
}
