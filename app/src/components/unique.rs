//! Ids that tie a label to its field and a tip to its button. Not in here: ids of anything that is stored.

use std::sync::atomic::{AtomicUsize, Ordering};

static NEXT: AtomicUsize = AtomicUsize::new(0);

/// True in the part that runs in the browser; a fact of the build, so it holds in tests and without any context.
pub(super) const IN_BROWSER: bool = cfg!(target_arch = "wasm32");

/// An id no other element of the page has. Server and browser count apart, and hydration keeps the server's attributes, so both
/// ends of a tie must be plain attributes made from one call, never closures.
pub(crate) fn unique_id(what: &str) -> String {
    let side = if IN_BROWSER { "b" } else { "s" };
    format!("{what}-{side}{}", NEXT.fetch_add(1, Ordering::Relaxed))
}
