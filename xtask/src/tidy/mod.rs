//! The laws of the code base that no compiler knows, each as code. A law is a function from the files to what breaks it;
//! this file gathers the files, runs the laws and tells. Exceptions are lines of `xtask/allow.txt`, a list that only shrinks.

mod allowed;
mod deeds;
mod doors;
mod packages;
mod rust;
mod shape;
mod states;
mod words;

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::command::{command, run_quietly};
use crate::workspace;

/// One file as the laws see it: its path from the root, and its text.
pub struct Source {
    pub path: String,
    pub text: String,
}

/// The names of the workspace's packages.
pub fn packages() -> Result<Vec<String>> {
    Ok(packages::read()?.into_iter().map(|package| package.name).collect())
}

/// What breaks a law, and where.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Breach {
    pub path: String,
    /// 0 when it is about the whole file.
    pub line: usize,
    /// The law's short name, as `allow.txt` spells it.
    pub law: &'static str,
    pub why: String,
}

impl Source {
    /// The file's extension, or nothing.
    pub fn extension(&self) -> &str {
        Path::new(&self.path).extension().and_then(|ext| ext.to_str()).unwrap_or_default()
    }

    /// A breach in this file.
    pub fn breach(&self, line: usize, law: &'static str, why: impl Into<String>) -> Breach {
        Breach { path: self.path.clone(), line, law, why: why.into() }
    }
}

/// Prints every breach; `true` when there is none.
pub fn tidy() -> Result<bool> {
    let sources = sources()?;
    let list = workspace::root().join("xtask/allow.txt");
    let list = std::fs::read_to_string(&list).with_context(|| format!("{} cannot be read", list.display()))?;
    let mut breaches = laws(&sources);
    breaches.extend(packages::breaches(&packages::read()?));
    let mut breaches = allowed::apply(&list, breaches);
    breaches.sort();
    for breach in &breaches {
        eprintln!("{}:{}: [{}] {}", breach.path, breach.line, breach.law, breach.why);
    }
    eprintln!("tidy: {} files, {} breaches", sources.len(), breaches.len());
    Ok(breaches.is_empty())
}

fn laws(sources: &[Source]) -> Vec<Breach> {
    let mut breaches = [deeds::breaches(sources), states::breaches(sources)].concat();
    for source in sources {
        breaches.extend(shape::breaches(source));
        breaches.extend(doors::breaches(source));
        breaches.extend(words::breaches(source));
    }
    breaches
}

/// Every text file that is or could be committed.
fn sources() -> Result<Vec<Source>> {
    let listed = run_quietly(command("git").args(["ls-files", "--cached", "--others", "--exclude-standard"]))?;
    let read = |path: &str| -> Option<Source> {
        let file: PathBuf = workspace::root().join(path);
        // Not text, or deleted but not yet committed so: nothing to say about it.
        let text = std::fs::read_to_string(file).ok()?;
        Some(Source { path: path.to_owned(), text })
    };
    Ok(listed.lines().filter_map(read).collect())
}

#[cfg(test)]
mod planted {
    //! For the laws' own tests: a file made of nothing but its breach.

    use super::{Breach, Source};

    pub fn file(path: &str, text: &str) -> Source {
        Source { path: path.into(), text: text.into() }
    }

    pub fn laws(breaches: &[Breach]) -> Vec<&'static str> {
        breaches.iter().map(|breach| breach.law).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::planted::file;
    use super::*;

    #[test]
    fn every_law_is_asked() {
        let bad = [
            file("crates/store/src/lib.rs", "fn a() { todo!() }"),
            file("README.md", concat!("see /wor", "k/main")),
            file("crates/actions/src/deeds/lost.rs", "//! A deed.\nimpl Action for Lost {}"),
            file("crates/domain/src/state.rs", "    Lost = \"LOST\","),
            file("crates/bus/src/lib.rs", "say(\"LOST\")"),
        ];
        let laws: std::collections::BTreeSet<_> = laws(&bad).into_iter().map(|breach| breach.law).collect();
        assert!(laws.is_superset(&["head", "unfinished", "word", "deed", "state-word"].into()), "{laws:?}");
    }

    #[test]
    fn the_files_of_this_checkout_are_seen() {
        let sources = sources().unwrap();
        assert!(sources.iter().any(|source| source.path == "xtask/src/tidy/mod.rs"));
        assert!(!sources.iter().any(|source| source.path.contains("node_modules/")));
    }
}
