//! Ids that tie a label to its field and a tip to its button. Not in here: ids of anything that is stored.

use leptos::prelude::is_server;
use std::sync::atomic::{AtomicUsize, Ordering};

static NEXT: AtomicUsize = AtomicUsize::new(0);

/// An id no other element of the page has. Server and browser count apart, and hydration keeps the server's attributes, so both
/// ends of a tie must be plain attributes made from one call, never closures.
pub(crate) fn unique_id(what: &str) -> String {
    let side = if is_server() { "s" } else { "b" };
    format!("{what}-{side}{}", NEXT.fetch_add(1, Ordering::Relaxed))
}
