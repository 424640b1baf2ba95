//! Where things are: the checkout, the target directory, the programs that were built. Builds nothing.

use std::path::{Path, PathBuf};

/// The checkout this xtask belongs to.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("xtask lies in the checkout")
}

/// Cargo's target directory, absolute.
pub fn target() -> PathBuf {
    let named = std::env::var_os("CARGO_TARGET_DIR").map(PathBuf::from);
    root().join(named.unwrap_or_else(|| "target".into()))
}

/// A program built with the `dev` (`debug`) or `release` profile.
pub fn program(profile: &str, name: &str) -> PathBuf {
    target().join(profile).join(name)
}

/// What the server serves to browsers.
pub fn site() -> PathBuf {
    root().join("site")
}

/// A program that npm installed.
pub fn npm_program(name: &str) -> PathBuf {
    root().join("end2end/node_modules/.bin").join(name)
}

/// Every file below `dir` with one of the extensions (all when none is given), sorted, without built or installed ones.
pub fn files(dir: &Path, extensions: &[&str]) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut todo = vec![dir.to_path_buf()];
    while let Some(dir) = todo.pop() {
        for entry in std::fs::read_dir(dir).into_iter().flatten().flatten() {
            let path = entry.path();
            let name = entry.file_name().to_string_lossy().into_owned();
            if path.is_dir() {
                if !matches!(name.as_str(), "node_modules" | "target" | "site" | "dist")
                    && !name.starts_with('.')
                {
                    todo.push(path);
                }
            } else if extensions.is_empty()
                || extensions
                    .iter()
                    .any(|ext| path.extension().is_some_and(|e| e == *ext))
            {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}
