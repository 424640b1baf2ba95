//! The beacon's WASM core: takes a page's raw events, scrubs and fingerprints them, counts duplicates and writes the
//! batch's JSON (`WIRE.md`). No allocator, no imports, no bindings: the loader writes text into [`input`] and reads the
//! answer behind it. Not in here: hooks, timers and the network, which are the loader's; and what a secret is, which is
//! `scrub`'s.
#![no_std]

mod batch;
mod json;

use batch::{Batch, INPUT};

#[cfg(target_family = "wasm")]
#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    core::arch::wasm32::unreachable()
}

static mut BATCH: Batch = Batch::new();

/// The one batch of this module.
fn batch() -> &'static mut Batch {
    // SAFETY: a WebAssembly module without threads runs one exported function at a time, none of them calls another,
    // and each takes this reference once.
    unsafe { &mut *(&raw mut BATCH) }
}

/// Where the loader writes an event's text: `route NUL websocket NUL correlation NUL message NUL stack` in UTF-8.
/// The batch's JSON lies [`INPUT`] bytes further on.
#[unsafe(no_mangle)]
pub extern "C" fn input() -> *const u8 {
    batch().input()
}

/// Adds an event that happened `times` times and whose first `length` bytes of text are in [`input`]. Returns 0 when the
/// batch has no room for it: close the batch and come again.
#[unsafe(no_mangle)]
pub extern "C" fn event(length: usize, kind: u32, millis: u32, times: u32) -> u32 {
    batch().event(length.min(INPUT), kind, millis, times)
}

/// Ends the batch and begins the next. Returns the length of its JSON, `{"e":[…],"x":{…}}`.
#[unsafe(no_mangle)]
pub extern "C" fn close() -> usize {
    batch().close()
}
