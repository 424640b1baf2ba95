//! A WebAssembly module becomes a table of addresses by what its DWARF says; where it has none, by the names of its functions.

use crate::Error;
use domain::ArtifactKind;
use symbolic::{
    debuginfo::wasm::WasmObject,
    symcache::{SymCache, SymCacheConverter},
};

/// The table of a module, and whether it gives lines.
pub(crate) fn table(bytes: &[u8]) -> Result<(Vec<u8>, bool), Error> {
    let module = WasmObject::parse(bytes).map_err(|error| Error::NotAModule(said(&error)))?;
    let lines = module.has_debug_info();
    if !lines && module.symbols().all(|symbol| symbol.name.is_none()) {
        return Err(Error::Bare);
    }
    let mut converter = SymCacheConverter::new();
    converter.process_object(&module).map_err(|error| Error::NotAModule(said(&error)))?;
    let mut table = Vec::new();
    converter.serialize(&mut table).map_err(|_| Error::Broken(ArtifactKind::Wasm))?;
    if SymCache::parse(&table).is_ok_and(|read| read.functions().next().is_none() && read.files().next().is_none()) {
        return Err(Error::Bare);
    }
    Ok((table, lines))
}

/// What the reader says, with what is behind it.
fn said(error: &dyn std::error::Error) -> String {
    let within = error.source().map(|cause| format!(" ({cause})")).unwrap_or_default();
    [error.to_string(), within].concat().chars().take(200).collect()
}
