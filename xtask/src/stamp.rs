//! Whether a build stage has to run: a stage is fresh when its inputs, its recipe and its outputs are those of the last
//! time. Contents count, not times, so a fresh checkout with a warm cache stays warm.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use sha2::{Digest, Sha256};

use crate::workspace;

/// One stage's memory.
pub struct Stamp {
    path: PathBuf,
    key: String,
    outputs: Vec<PathBuf>,
}

impl Stamp {
    /// `recipe` is everything besides the inputs that shapes the outputs (versions, flags).
    pub fn of(stage: &str, recipe: &str, inputs: &[PathBuf], outputs: &[PathBuf]) -> Result<Self> {
        let mut hash = Sha256::new();
        hash.update(recipe.as_bytes());
        for input in inputs {
            let bytes = std::fs::read(input).with_context(|| format!("{} cannot be read", input.display()))?;
            hash.update(input.strip_prefix(workspace::root()).unwrap_or(input).as_os_str().as_encoded_bytes());
            hash.update((bytes.len() as u64).to_le_bytes());
            hash.update(&bytes);
        }
        let path = workspace::target().join("site-stamps").join(stage);
        Ok(Self { path, key: hex::encode(hash.finalize()), outputs: outputs.to_vec() })
    }

    /// Whether the stage may be skipped.
    pub fn is_fresh(&self) -> bool {
        let known = std::fs::read_to_string(&self.path).unwrap_or_default();
        known.split_once('\n').is_some_and(|(key, state)| key == self.key && state == self.outputs_state())
    }

    /// Remembers that the stage has run.
    pub fn keep(&self) -> Result<()> {
        std::fs::create_dir_all(self.path.parent().context("a stamp lies in a directory")?)?;
        Ok(std::fs::write(&self.path, format!("{}\n{}", self.key, self.outputs_state()))?)
    }

    /// Outputs are looked at by size only: nobody edits them, but they may be missing or cut short.
    fn outputs_state(&self) -> String {
        let size = |path: &Path| std::fs::metadata(path).map_or(-1, |meta| i64::try_from(meta.len()).unwrap_or(-1));
        self.outputs.iter().map(|path| format!("{} {}\n", path.display(), size(path))).collect()
    }
}

/// Ten hexadecimal digits of a content's hash, for names that may be cached for ever.
pub fn short_hash(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes)).chars().take(10).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fresh_only_with_the_same_input_recipe_and_output() {
        let dir = std::env::temp_dir().join(format!("xtask-stamp-{}", std::process::id()));
        std::fs::create_dir_all(&dir).unwrap();
        let (input, output) = (dir.join("in"), dir.join("out"));
        std::fs::write(&input, "a").unwrap();
        std::fs::write(&output, "x").unwrap();
        let name = format!("test-{}", std::process::id());
        let stamp = |recipe: &str| Stamp::of(&name, recipe, std::slice::from_ref(&input), std::slice::from_ref(&output)).unwrap();
        assert!(!stamp("1").is_fresh());
        stamp("1").keep().unwrap();
        assert!(stamp("1").is_fresh());
        assert!(!stamp("2").is_fresh(), "another recipe");
        std::fs::write(&input, "b").unwrap();
        assert!(!stamp("1").is_fresh(), "another input");
        std::fs::write(&input, "a").unwrap();
        std::fs::remove_file(&output).unwrap();
        assert!(!stamp("1").is_fresh(), "no output");
        std::fs::remove_file(&stamp("1").path).unwrap();
        std::fs::remove_dir_all(&dir).unwrap();
    }
}
