//! What turns the frames of a page's stack into files and lines: a source map or a WASM module is digested once into a table, and a
//! frame is looked up in it. Bytes in, bytes out.
//!
//! Not in here: where tables are kept, whose they are, and how long digesting may take (see the deed `upload-artifact`).

mod cache;
mod error;
mod frame;
mod packed;
mod source_map;
mod stack;
mod wasm;

pub use cache::{Cache, Place};
pub use error::Error;
pub use frame::{Frame, Spot, frame};
pub use stack::{Line, resolve};

use domain::ArtifactKind;
use sha2::{Digest, Sha256};
use std::panic::catch_unwind;

/// The largest file that is digested, once it is unpacked.
pub const LARGEST: usize = 64 * 1024 * 1024;
/// Bytes a file may become: more is not kept, nor looked through for a frame.
pub const LARGEST_DIGEST: usize = 96 * 1024 * 1024;

/// What of an artifact is kept.
#[derive(Debug, PartialEq, Eq)]
pub struct Digested {
    /// Of the file, once it is unpacked.
    pub sha256: String,
    /// Its size in bytes, once it is unpacked.
    pub size: usize,
    /// False: frames get the names of their functions and no lines, because the module was built without debug information.
    pub lines: bool,
    /// For [`Cache::open`].
    pub cache: Vec<u8>,
}

/// Makes a table of an artifact, as it is or as gzip packs it. Takes up to some seconds for large ones, and several times their size in
/// memory. A panic does not reach further; a module made to overflow the stack of whoever reads it does, so that files of others belong
/// into a process of their own.
pub fn digest(kind: ArtifactKind, file: &[u8]) -> Result<Digested, Error> {
    let file = packed::unpacked(file)?;
    // The readers are made by others, for files that tools wrote.
    let read = catch_unwind(|| match kind {
        ArtifactKind::SourceMap => source_map::table(&file).map(|table| (table, true)),
        ArtifactKind::Wasm => wasm::table(&file),
    });
    let (table, lines) = read.unwrap_or(Err(Error::Broken(kind)))?;
    let sha256 = hex::encode(Sha256::digest(&file));
    Ok(Digested { sha256, size: file.len(), lines, cache: cache::sealed(kind, &table) })
}
