//! Why an artifact is of no use, as sentences.

use domain::ArtifactKind;

#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    #[error("The file is larger than 64 MiB. Split what is built into smaller files, or leave the sources out of the map.")]
    TooLarge,
    #[error("The file is compressed, but not as gzip writes it, or it broke off. Send it again, or as it is.")]
    Unpackable,
    #[error(
        "This is no source map: {0}. A source map is a JSON object with `version`, `sources` and `mappings`; was another file sent, or half of it?"
    )]
    NotAMap(String),
    #[error("The source map points to its parts by address, which nobody fetches. Have the bundler write one map with everything in it.")]
    Elsewhere,
    #[error("The source map has {0}, more than are kept. Split what is built into smaller files.")]
    TooMuch(&'static str),
    #[error("This is no WebAssembly module that can be read: {0}. Send the unstripped .wasm file that the build wrote, whole.")]
    NotAModule(String),
    #[error(
        "The module has neither debug information nor names of functions, so it tells nothing. Send the file as it is before it is stripped."
    )]
    Bare,
    #[error("The {0} is damaged in a way that cannot be named. Build it again, and send what the build wrote.")]
    Broken(ArtifactKind),
    #[error("What was kept of the artifact cannot be read. Upload it again.")]
    Unreadable,
}
