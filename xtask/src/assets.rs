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

/// `<stem>.<hash>.<extension>`: a name that may be cached for ever.
pub fn hashed(stem: &str, extension: &str, bytes: &[u8]) -> String {
    format!("{stem}.{}.{extension}", short_hash(bytes))
}

/// Writes `bytes` under its hashed name.
pub fn write_hashed(dir: &Path, stem: &str, extension: &str, bytes: &[u8]) -> Result<PathBuf> {
    let path = dir.join(hashed(stem, extension, bytes));
    write(&path, bytes)?;
    Ok(path)
}

/// Removes what earlier builds left in `dir`: everything but `kept` and their compressed copies.
pub fn sweep(dir: &Path, kept: &[PathBuf]) -> Result<()> {
    let kept: Vec<PathBuf> = kept.iter().flat_map(|path| [path.clone(), compressed(path)]).collect();
    for entry in std::fs::read_dir(dir).into_iter().flatten().flatten() {
        if entry.file_type()?.is_file() && !kept.contains(&entry.path()) {
            std::fs::remove_file(entry.path())?;
        }
    }
    Ok(())
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
    fn a_new_build_leaves_nothing_of_the_one_before() {
        let dir = std::env::temp_dir().join(format!("xtask-assets-{}", std::process::id()));
        let first = write_hashed(&dir, "console", "js", b"one").unwrap();
        let part = write_hashed(&dir, "gone", "wasm", b"part").unwrap();
        let css = write_hashed(&dir, "console", "css", b"c").unwrap();
        let second = write_hashed(&dir, "console", "js", b"two").unwrap();
        sweep(&dir, &[css.clone(), second.clone()]).unwrap();
        assert!(!first.exists() && !compressed(&first).exists() && !part.exists());
        assert!(second.exists() && compressed(&second).exists() && css.exists());
        std::fs::remove_dir_all(&dir).unwrap();
    }

    #[test]
    fn brotli_makes_repetition_small() {
        assert!(brotli(&[b'a'; 10_000]).unwrap().len() < 50);
    }
}
