//! One batch: up to 32 groups of events in the order in which they first happened, each with its count.
//! Not in here: how text is escaped (`json`), how often anything is sent (the loader).

use scrub::{CUT_MARK, Counts, Sink, edge, fingerprint, fit, scrub};

use crate::json::Buffer;

/// Bytes of raw text an event may have.
pub(crate) const INPUT: usize = 16_384;
/// Bytes of JSON a batch may have: what the loader sends at once.
const OUTPUT: usize = 16_384;
/// Scrubbed text may be longer than raw text: a mark can be longer than the secret was.
const CLEAN: usize = 18_432;
const SLOTS: usize = 32;

/// UTF-16 units, so at least as many bytes, from which on the loader cuts.
const RAW_MESSAGE: usize = 2_048;
const RAW_STACK: usize = 4_096;

const ROUTE: usize = 256;
const SHORT: usize = 64;
const MESSAGE: usize = 1_024;
const STACK: usize = 4_096;

/// A group of this batch.
#[derive(Clone, Copy)]
struct Slot {
    fingerprint: u64,
    /// How often.
    count: u32,
    /// Where in the output the count is to stand.
    place: usize,
}

#[repr(C)]
pub(crate) struct Batch {
    input: [u8; INPUT],
    output: Buffer<OUTPUT>,
    clean: Buffer<CLEAN>,
    slots: [Slot; SLOTS],
    used: usize,
    removed: Counts,
}

impl Batch {
    pub(crate) const fn new() -> Self {
        Self {
            input: [0; INPUT],
            output: Buffer::new(),
            clean: Buffer::new(),
            slots: [Slot { fingerprint: 0, count: 0, place: 0 }; SLOTS],
            used: 0,
            removed: Counts::new(),
        }
    }

    pub(crate) fn input(&self) -> *const u8 {
        self.input.as_ptr()
    }

    pub(crate) fn event(&mut self, length: usize, kind: u32, millis: u32, times: u32) -> u32 {
        let Self { input, output, clean, slots, used, removed } = self;
        let mut fields = input.get(..length).unwrap_or(&[]).splitn(5, |byte| *byte == 0);
        let mut next = || fields.next().unwrap_or(&[]);
        let (route, socket, correlation, message, stack) = (next(), next(), next(), next(), next());

        clean.rewind(0);
        // What is as long as the loader's limits has been cut off there, and a stack where the input ended.
        let cut = message.len() >= RAW_MESSAGE || stack.len() >= RAW_STACK || length + 4 > INPUT;
        let mut counts = scrub(shortened(message, message.len() >= RAW_MESSAGE), clean);
        let middle = clean.used();
        counts.add(&scrub(shortened(stack, stack.len() >= RAW_STACK || length + 4 > INPUT), clean));
        let lost = clean.is_full();
        let (message, stack) = (fit(clean.slice(0, middle), MESSAGE), fit(clean.slice(middle, clean.used()), STACK));
        // Of what is sent, so that the receiver finds the same when it looks for itself; a mark takes a message's
        // middle, which does not count.
        let group = fingerprint(kind as u8, message.head, stack.head);
        for slot in slots.iter_mut().take(*used) {
            if slot.fingerprint == group {
                slot.count = slot.count.saturating_add(times);
                output.count(slot.place, slot.count);
                return 1;
            }
        }
        let Some(slot) = slots.get_mut(*used) else { return 0 };

        let start = output.used();
        output.put(if start == 0 { b"{\"e\":[{\"k\":" } else { b",{\"k\":" });
        output.number(kind);
        output.put(b",\"t\":");
        output.number(millis);
        string(output, b"m", message);
        string(output, b"s", stack);
        let cut = cut || lost || message.cut || stack.cut;
        for (name, text, most) in [(b"r", route, ROUTE), (b"w", socket, SHORT), (b"q", correlation, SHORT)] {
            if !text.is_empty() {
                clean.rewind(0);
                counts.add(&scrub(text, clean));
                string(output, name, fit(clean.slice(0, clean.used()), most));
            }
        }
        output.put(b",\"h\":\"");
        output.hex(group);
        output.put(if cut { b"\",\"cut\":true,\"c\":" } else { b"\",\"c\":" });
        *slot = Slot { fingerprint: group, count: times, place: output.used() };
        output.put(b"0000000}");
        output.count(slot.place, times);
        // Room for the end of the batch, `close` has no second chance.
        let end = output.used();
        if end + END > OUTPUT {
            output.rewind(start);
            return 0;
        }
        removed.add(&counts);
        *used += 1;
        1
    }

    pub(crate) fn close(&mut self) -> usize {
        let Self { output, used, removed, .. } = self;
        if *used == 0 {
            output.put(b"{\"e\":[");
        }
        output.put(b"],\"x\":{");
        let mut separator: &[u8] = b"\"";
        for (name, count) in removed.iter() {
            output.put(separator);
            output.put(name.as_bytes());
            output.put(b"\":");
            output.number(count);
            separator = b",\"";
        }
        output.put(b"}}");
        let length = output.used();
        output.rewind(0);
        *used = 0;
        *removed = Counts::new();
        length
    }
}

/// The longest end of a batch: ten rules with ten digits each.
const END: usize = 256;

/// A text whose end was cut off before it was scrubbed, without the secret that may have been cut in two.
fn shortened(text: &[u8], cut: bool) -> &[u8] {
    if !cut { text } else { text.get(..edge(text)).unwrap_or(&[]) }
}

fn string(output: &mut Buffer<OUTPUT>, name: &[u8], text: scrub::Fit<'_>) {
    output.put(b",\"");
    output.put(name);
    output.put(b"\":\"");
    output.text(text.head);
    if text.cut {
        output.put(CUT_MARK);
        output.text(text.tail);
    }
    output.byte(b'"');
}
