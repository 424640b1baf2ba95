//! The module's memory, and the only `unsafe` code: one page of 64 KiB, looked at and written byte by byte at addresses
//! that the loader knows too. What lies where in it is said here; what it means is not.

use core::ptr::{with_exposed_provenance, with_exposed_provenance_mut};

use scrub::{Sink, Text};

/// Where the text that comes in begins; the stack and the tables lie before it (see `build.rs`). The loader gives at most
/// 1,024 + 4,096 + 256 + 64 + 64 UTF-16 units, each of three bytes at most, and what parts them.
pub(crate) const INPUT: usize = 10_000;
/// Where the answer begins. Scrubbed text may be longer than raw text, because a mark can be longer than the secret was:
/// nothing but `://a@` becomes 2.8 times as long, and names as many rules as add 1.8 times its length again.
pub(crate) const OUTPUT: usize = 30_000;
/// Where the numbers of the rules that removed something are kept until their names go behind the answer.
pub(crate) const RULES: usize = OUTPUT + 28_672;
const END: usize = RULES + 2_048;

/// All of it from [`INPUT`] on, as text; 0 stands beyond its end.
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
    if i < END {
        // SAFETY: the module's memory is one page long, and no Rust object lies where texts are.
        u32::from(unsafe { with_exposed_provenance::<u8>(i).read() })
    } else {
        0
    }
}

/// Writes byte after byte from a place on, and not beyond the end.
pub(crate) struct Pen(pub(crate) usize);

impl Sink for Pen {
    #[inline(never)]
    fn put(&mut self, byte: u8) {
        if self.0 < END {
            // SAFETY: as for `load`; what is before `INPUT` is never written, because a pen only goes on.
            unsafe { with_exposed_provenance_mut::<u8>(self.0).write(byte) }
            self.0 += 1;
        }
    }
}
