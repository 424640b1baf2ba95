//! The beacon's WASM core: scrubs one raw event of a page and says which group it belongs to. No allocator, no imports,
//! no bindings, no state: the loader writes text into the module's memory, which is exported as `m`, calls [`clean`], as
//! `c`, and reads the answer. Names of one letter, because every visitor of every page loads this file. Not in here: hooks, batches, timers and the network, which are the loader's; and what a secret is, which is `scrub`'s.
#![no_std]

mod memory;

use memory::{INPUT, Memory, OUTPUT, Pen, RULES};
use scrub::{Rule, Sink, Tally, Text, fingerprint_text, put_rule_name, scrub_text, text_end};

#[cfg(target_family = "wasm")]
#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    core::arch::wasm32::unreachable()
}

const FIELDS: usize = 5;

/// The numbers of the rules that removed something.
struct Removed(Pen);

impl Tally for Removed {
    fn count(&mut self, rule: Rule) {
        self.0.put(rule as u8);
    }
}

/// Scrubs the fields at [`INPUT`], `message NUL stack NUL route NUL websocket NUL correlation NUL` in UTF-8, and writes to
/// [`OUTPUT`] what is left of each with a NUL behind it, then the fingerprint in hex, then a NUL and the names of the
/// rules that removed something, each with a space behind it. Returns where the answer ends.
#[unsafe(export_name = "c")]
pub extern "C" fn clean(kind: u32) -> usize {
    let mut out = Pen(OUTPUT);
    let mut removed = Removed(Pen(RULES));
    let mut end = INPUT;
    for _ in 0..FIELDS {
        end = text_end(Memory, end) + 1;
    }
    // All at once: no rule looks beyond a NUL, and what follows one is at the beginning.
    scrub_text(Memory, INPUT, end, &mut out, &mut removed);
    let message = text_end(Memory, OUTPUT);
    let stack = text_end(Memory, message + 1);
    let group = fingerprint_text(kind as u8, Memory, (OUTPUT, message), (message + 1, stack));
    let mut shift = 64;
    while shift > 0 {
        shift -= 4;
        let digit = (group >> shift) as u8 & 15;
        out.put(if digit > 9 { b'a' - 10 + digit } else { b'0' + digit });
    }
    out.put(0);
    for i in RULES..removed.0.0 {
        put_rule_name(Memory.at(i) as usize, &mut out, Memory, INPUT);
        out.put(b' ');
    }
    out.0
}
