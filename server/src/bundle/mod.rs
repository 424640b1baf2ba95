//! A support bundle: one JSON document, compressed and sent while it is made. Collectors come in order, each with its status; one
//! that fails never stops the rest. Not in here: HTTP, and who may take one.

mod clean;
mod collect;
mod writer;

pub use collect::{Limits, Taking, take};
