//! Files as the server serves them: with a hash in the name where they may be cached for ever, and a precompressed
//! brotli copy beside each. What goes into them is `site`.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::stamp::short_hash;

/// Brotli at its best, as sent by the server.
pub fn brotli(bytes: &[u8]) -> Result<Vec<u8>> {
    let params = brotli::enc::BrotliEncoderParams { quality: 11, lgwin: 24, size_hint: bytes.len(), ..Default::default() };
    let mut out = Vec::new();
    brotli::BrotliCompress(&mut &bytes[..], &mut out, &params)?;
    Ok(out)
}

/// Writes `bytes` and its compressed copy. The name appears whole or not at all, also under a running server.
pub fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    put(path, bytes)?;
    put(&compressed(path), &brotli(bytes)?)
}

/// Writes `<dir>/<stem>.<hash>.<extension>` and removes what earlier builds left under other hashes.
pub fn write_hashed(dir: &Path, stem: &str, extension: &str, bytes: &[u8]) -> Result<PathBuf> {
    let path = dir.join(format!("{stem}.{}.{extension}", short_hash(bytes)));
    write(&path, bytes)?;
    for entry in std::fs::read_dir(dir)?.flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        let ours = name.starts_with(&format!("{stem}.")) && name.trim_end_matches(".br").ends_with(&format!(".{extension}"));
        if ours && entry.path() != path && entry.path() != compressed(&path) {
            std::fs::remove_file(entry.path())?;
        }
    }
    Ok(path)
}

/// The name of the compressed copy.
pub fn compressed(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".br");
    name.into()
}

/// Writes a file through a neighbour, so that no reader sees half of it.
pub fn put(path: &Path, bytes: &[u8]) -> Result<()> {
    let dir = path.parent().context("a file lies in a directory")?;
    std::fs::create_dir_all(dir)?;
    let fresh = dir.join(format!(".{}.new", path.file_name().unwrap_or_default().to_string_lossy()));
    std::fs::write(&fresh, bytes)
        .and_then(|()| std::fs::rename(&fresh, path))
        .with_context(|| format!("{} cannot be written", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_hash_replaces_the_old_files_and_nothing_else() {
        let dir = std::env::temp_dir().join(format!("xtask-assets-{}", std::process::id()));
        put(&dir.join("console.js.txt"), b"not ours").unwrap();
        let first = write_hashed(&dir, "console", "js", b"one").unwrap();
        let css = write_hashed(&dir, "console", "css", b"c").unwrap();
        let second = write_hashed(&dir, "console", "js", b"two").unwrap();
        assert!(!first.exists() && !compressed(&first).exists());
        assert!(second.exists() && compressed(&second).exists() && css.exists() && dir.join("console.js.txt").exists());
        std::fs::remove_dir_all(&dir).unwrap();
    }

    #[test]
    fn brotli_makes_repetition_small() {
        assert!(brotli(&[b'a'; 10_000]).unwrap().len() < 50);
    }
}
