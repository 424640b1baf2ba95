//! Where things are: the checkout, the target directory, the programs that were built. Builds nothing.

use std::path::{Path, PathBuf};

/// The checkout this xtask belongs to.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("xtask lies in the checkout")
}

/// Cargo's target directory, absolute.
pub fn target() -> PathBuf {
    let named = std::env::var_os("CARGO_TARGET_DIR").map(PathBuf::from);
    root().join(named.unwrap_or_else(|| "target".into()))
}

/// Where cargo puts programs: `debug` for the `dev` profile, `release`.
pub fn bin(profile: &str) -> PathBuf {
    target().join(profile)
}

/// What the server serves to browsers.
pub fn site() -> PathBuf {
    root().join("site")
}

/// A program that npm installed.
pub fn npm_program(name: &str) -> PathBuf {
    root().join("end2end/node_modules/.bin").join(name)
}

/// A directory for one run, removed afterwards. Under the system's temporary directory, because the database's user must be
/// able to enter it, which it cannot below a home directory.
pub struct Temporary(PathBuf);

impl Temporary {
    pub fn new(name: &str) -> std::io::Result<Self> {
        let dir = std::env::temp_dir().join(format!("ops-xtask-{name}-{}", std::process::id()));
        if dir.exists() {
            std::fs::remove_dir_all(&dir)?;
        }
        std::fs::create_dir_all(&dir)?;
        Ok(Self(dir))
    }

    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        if let Err(e) = std::fs::remove_dir_all(&self.0) {
            eprintln!("{} is left behind: {e}", self.0.display());
        }
    }
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
                if !matches!(name.as_str(), "node_modules" | "target" | "site" | "dist") && !name.starts_with('.') {
                    todo.push(path);
                }
            } else if extensions.is_empty() || extensions.iter().any(|ext| path.extension().is_some_and(|e| e == *ext)) {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}
