//! The module's memory, and the only `unsafe` code: one array at a fixed address, looked at and written byte by byte.
//! What lies where in it is said here; what it means is not.

use scrub::{Sink, Text};

/// Where the text that comes in begins. The loader gives at most 1,024 + 4,096 + 256 + 64 + 64 UTF-16 units, each of three
/// bytes at most, and what parts them.
pub(crate) const INPUT: usize = 0;
/// Where the answer begins. Scrubbed text may be longer than raw text, because a mark can be longer than the secret was:
/// nothing but `://a@` becomes 2.8 times as long, and names as many rules as add 1.8 times its length again.
pub(crate) const OUTPUT: usize = 20_480;
/// Where the numbers of the rules that removed something are kept until their names go behind the answer.
pub(crate) const RULES: usize = OUTPUT + 28_672;
const ALL: usize = RULES + 2_048;

static mut BYTES: [u8; ALL] = [0; ALL];

/// All of it, as text; 0 stands beyond its end.
#[derive(Clone, Copy)]
pub(crate) struct Memory;

impl Text for Memory {
    #[inline(always)]
    fn at(self, i: usize) -> u8 {
        load(i) as u8
    }
}

/// The byte at a place as what the machine calculates with: from a `u8` every caller would cut off the bits above.
#[inline(never)]
fn load(i: usize) -> u32 {
    if i < ALL {
        // SAFETY: the place is inside the array; a module without threads has no other access at the same time.
        u32::from(unsafe { (&raw const BYTES).cast::<u8>().add(i).read() })
    } else {
        0
    }
}

pub(crate) fn address() -> *const u8 {
    (&raw const BYTES).cast()
}

/// Writes byte after byte from a place on, and not beyond the end.
pub(crate) struct Pen(pub(crate) usize);

impl Sink for Pen {
    #[inline(never)]
    fn put(&mut self, byte: u8) {
        if self.0 < ALL {
            // SAFETY: as for `load`.
            unsafe { (&raw mut BYTES).cast::<u8>().add(self.0).write(byte) }
            self.0 += 1;
        }
    }
}
