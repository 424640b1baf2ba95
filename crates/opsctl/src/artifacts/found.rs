//! Which files are artifacts, of which kind, and what they are called in a page.

use crate::failure::Failure;
use domain::ArtifactKind;
use serde::Deserialize;
use std::{
    fs,
    io::{self, Read},
    path::{Path, PathBuf},
};

/// More the console does not take.
pub const LARGEST: u64 = 64 * 1024 * 1024;
/// Files of one upload. A directory with more is not what a page loads.
const MOST: usize = 2_000;

#[derive(Debug, PartialEq, Eq)]
pub struct Found {
    pub path: PathBuf,
    /// The end of the file's address.
    pub name: String,
    pub kind: ArtifactKind,
    pub size: u64,
}

/// The files that are named, and those in the directories that are.
pub fn all(paths: &[PathBuf]) -> Result<Vec<Found>, Failure> {
    let mut found = Vec::new();
    for path in paths {
        let unread = |why: io::Error| Failure::Usage(format!("{} cannot be read: {why}.", path.display()));
        let about = fs::metadata(path).map_err(unread)?;
        if about.is_dir() {
            within(path, "", &mut found).map_err(unread)?;
        } else {
            found.push(named(path, about.len()).map_err(unread)?);
        }
        if found.len() > MOST {
            return Err(Failure::Usage(format!(
                "{} has more than {MOST} artifacts. Name the directory of what is served.",
                path.display()
            )));
        }
    }
    if found.is_empty() {
        return Err(Failure::Usage(
            "There are no files called *.map or *.wasm. Have the bundler write source maps, and name the directory they are in.".to_owned(),
        ));
    }
    Ok(found)
}

/// What is in a directory, by name. Links are not followed, so that no two of them lead in a circle.
fn within(directory: &Path, front: &str, found: &mut Vec<Found>) -> io::Result<()> {
    let mut entries: Vec<fs::DirEntry> = fs::read_dir(directory)?.collect::<Result<_, _>>()?;
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        let (file, about) = (entry.file_name(), entry.file_type()?);
        // A name that is no text is in no address.
        let Some(file) = file.to_str() else { continue };
        let name = format!("{front}{file}");
        if about.is_dir() {
            if file != "node_modules" && !file.starts_with('.') {
                within(&entry.path(), &format!("{name}/"), found)?;
            }
        } else if about.is_file() && found.len() <= MOST {
            // No frame lies in a style sheet.
            let map = name.strip_suffix(".map").filter(|of| !of.ends_with(".css") && !of.ends_with(".d.ts"));
            let kind = if map.is_some() { Some(ArtifactKind::SourceMap) } else { name.ends_with(".wasm").then_some(ArtifactKind::Wasm) };
            if let Some(kind) = kind {
                let name = map.map_or_else(|| name.clone(), str::to_owned);
                found.push(Found { path: entry.path(), name, kind, size: entry.metadata()?.len() });
            }
        }
    }
    Ok(())
}

/// A file that somebody names may be called anything: what it is, it says itself.
fn named(path: &Path, size: u64) -> io::Result<Found> {
    let file = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let mut head = [0; 4];
    let read = fs::File::open(path)?.read(&mut head)?;
    let (kind, name) = if head[..read] == *b"\0asm" || file.ends_with(".wasm") {
        (ArtifactKind::Wasm, file)
    } else {
        let name = match file.strip_suffix(".map") {
            Some(name) => name.to_owned(),
            None => file_of(path, size).unwrap_or(file),
        };
        (ArtifactKind::SourceMap, name)
    };
    Ok(Found { path: path.to_owned(), name, kind, size })
}

/// What a map says that it is of.
fn file_of(path: &Path, size: u64) -> Option<String> {
    #[derive(Deserialize)]
    struct Map {
        file: Option<String>,
    }
    if size > LARGEST {
        return None;
    }
    let map: Map = serde_json::from_slice(&fs::read(path).ok()?).ok()?;
    map.file.filter(|name| !name.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A directory of what a bundler writes, under a name of its own.
    fn built(name: &str) -> PathBuf {
        let root = std::env::temp_dir().join(format!("opsctl-artifacts-{name}-{}", std::process::id()));
        for (file, text) in [
            ("assets/app-3f2a.js.map", "{}"),
            ("assets/app-3f2a.js", ""),
            ("assets/main.css.map", "{}"),
            ("app_bg.wasm", "\0asm"),
            ("node_modules/x/x.js.map", "{}"),
            ("plain.json", "{\"file\": \"plain.js\"}"),
            ("module", "\0asm\u{1}"),
        ] {
            let path = root.join(file);
            fs::create_dir_all(path.parent().expect("a parent")).expect("a directory");
            fs::write(path, text).expect("written");
        }
        root
    }

    fn named(found: &[Found]) -> Vec<(&str, ArtifactKind)> {
        found.iter().map(|file| (file.name.as_str(), file.kind)).collect()
    }

    #[test]
    fn directories_and_files_are_looked_into() {
        let root = built("all");
        let found = all(std::slice::from_ref(&root)).expect("found");
        assert_eq!(named(&found), [("app_bg.wasm", ArtifactKind::Wasm), ("assets/app-3f2a.js", ArtifactKind::SourceMap)]);
        let found = all(&[root.join("assets/app-3f2a.js.map"), root.join("plain.json"), root.join("module")]).expect("found");
        assert_eq!(
            named(&found),
            [("app-3f2a.js", ArtifactKind::SourceMap), ("plain.js", ArtifactKind::SourceMap), ("module", ArtifactKind::Wasm)]
        );
        fs::remove_dir_all(root).expect("removed");
    }

    #[test]
    fn nothing_found_is_said() {
        let root = built("none");
        for path in [root.join("node_modules/x/y"), root.join("assets/nothing.map")] {
            assert!(all(&[path]).expect_err("not there").to_string().contains("cannot be read"));
        }
        fs::create_dir_all(root.join("empty")).expect("a directory");
        assert!(all(&[root.join("empty")]).expect_err("empty").to_string().contains("*.map"));
        fs::remove_dir_all(root).expect("removed");
    }
}
