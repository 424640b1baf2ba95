//! The beacon's WASM core: scrubs one raw event of a page and says which group it belongs to. No allocator, no imports,
//! no bindings, no state: the loader writes text into [`input`], calls [`clean`] and reads the answer behind it. Not in
//! here: hooks, batches, timers and the network, which are the loader's; and what a secret is, which is `scrub`'s.
#![no_std]

mod memory;

use memory::{INPUT, Memory, NAMES, OUTPUT, Pen};
use scrub::{Rule, Sink, Tally, Text, fingerprint_text, scrub_text};

#[cfg(target_family = "wasm")]
#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    core::arch::wasm32::unreachable()
}

/// Where the loader writes the event's fields: `message NUL stack NUL route NUL websocket NUL correlation NUL` in UTF-8.
#[unsafe(no_mangle)]
pub extern "C" fn input() -> *const u8 {
    memory::address()
}

/// The names of the rules that removed something, each followed by a space.
struct Removed(Pen);

impl Tally for Removed {
    fn count(&mut self, rule: Rule) {
        rule.letters(|letter| self.0.put(letter));
        self.0.put(b' ');
    }
}

/// Scrubs the fields in [`input`] and writes, 20,480 bytes further on, what is left of each with a NUL behind it, then
/// the fingerprint in hex, then a NUL and the names of the rules that removed something. Returns the answer's length.
#[unsafe(no_mangle)]
pub extern "C" fn clean(kind: u32) -> usize {
    let mut out = Pen(OUTPUT);
    let mut removed = Removed(Pen(NAMES));
    let mut places = [OUTPUT; 3];
    let mut from = INPUT;
    for field in 0..5 {
        let mut to = from;
        while Memory.at(to) != 0 {
            to += 1;
        }
        scrub_text(Memory, from, to, &mut out, &mut removed);
        if let Some(place) = places.get_mut(field + 1) {
            *place = out.0;
        }
        out.put(0);
        from = to + 1;
    }
    let [message, stack, end] = places;
    let group = fingerprint_text(kind as u8, Memory, (message, stack), (stack + 1, end));
    let mut shift = 64;
    while shift > 0 {
        shift -= 4;
        let digit = (group >> shift) as u8 & 15;
        out.put(if digit > 9 { b'a' - 10 + digit } else { b'0' + digit });
    }
    out.put(0);
    for i in NAMES..removed.0.0 {
        out.put(Memory.at(i));
    }
    out.0 - OUTPUT
}
