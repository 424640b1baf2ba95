//! What the browser downloads, in bytes as sent (brotli 11), against its limits. Nothing is measured that is not served.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use anyhow::{Context, Result};

use crate::assets::brotli;
use crate::figures::{Figure, print};
use crate::{site, tools, workspace};

/// Parts that come on top of a page when they are opened there, and are counted for themselves.
const ON_TOP: [&str; 5] = ["deeds", "many", "edit", "long", "compare"];
/// The largest of them, and the page it is opened on.
const EDITOR: (&str, &str) = ("edit", "queue");

/// Builds the site and prints the rows; `false` when one is over.
pub fn size(json: bool) -> Result<bool> {
    tools::wasm_target()?;
    tools::npm(false)?;
    site::build()?;
    Ok(print(&rows()?, json))
}

fn rows() -> Result<Vec<Figure>> {
    let manifest = site::Manifest::read()?;
    let mut rows = console(&manifest)?;
    rows.push(Figure::at_most("console css", served(&manifest.css)?, "B", None));
    rows.extend(beacon()?);
    Ok(rows)
}

/// What every visitor of every page of every customer downloads; the site has to be built.
pub fn beacon() -> Result<Vec<Figure>> {
    let [loader, core] = ["loader.js", "core.wasm"].map(|name| workspace::site().join("beacon").join(name));
    let (loader, core) = (sent(&loader)?, sent(&core)?);
    Ok(vec![
        Figure::at_most("loader of the beacon alone", loader, "B", Some(1536.0)),
        Figure::at_most("loader and wasm of the beacon", loader + core, "B", Some(4096.0)),
    ])
}

/// What everybody downloads, what comes with single pages, and the most that one page with a dialog on it comes to.
fn console(manifest: &site::Manifest) -> Result<Vec<Figure>> {
    let (wasm, js) = (served(&manifest.wasm)?, served(&manifest.js)?);
    let main = wasm + js;
    let mut rows = vec![
        Figure::at_most("console wasm", wasm, "B", None),
        Figure::at_most("console js", js, "B", None),
        Figure::at_most("console wasm+js", main, "B", None),
    ];
    let mut pieces = BTreeMap::new();
    for piece in manifest.pieces() {
        let bytes = served(piece)?;
        rows.push(Figure::at_most(&format!("piece {}", stem(piece)), bytes, "B", None));
        pieces.insert(piece.as_str(), bytes);
    }
    let (name, largest) = largest(manifest, &pieces);
    rows.push(Figure::at_most(&format!("largest page ({name})"), main + largest, "B", Some(250_000.0)));
    let editor = together(manifest, &pieces, EDITOR.1, EDITOR.0);
    rows.push(Figure::at_most(&format!("{} with the editor", EDITOR.1), main + editor, "B", Some(290_000.0)));
    rows.push(Figure::at_most("all pages", main + pieces.values().sum::<f64>(), "B", None));
    Ok(rows)
}

/// What a page comes to with something on top of it, besides what everybody downloads; each file once.
fn together(manifest: &site::Manifest, bytes: &BTreeMap<&str, f64>, page: &str, on_top: &str) -> f64 {
    let files_of = |part: &str| manifest.parts.get(part).into_iter().flatten().map(String::as_str);
    let files: BTreeSet<&str> = files_of(page).chain(files_of(on_top)).collect();
    files.into_iter().filter_map(|file| bytes.get(file)).sum()
}

/// The page with the most besides what everybody downloads, and how much that is.
fn largest<'a>(manifest: &'a site::Manifest, bytes: &BTreeMap<&str, f64>) -> (&'a str, f64) {
    let pages = manifest.parts.keys().map(String::as_str).filter(|part| !ON_TOP.contains(part));
    let pages = pages.map(|page| (page, together(manifest, bytes, page, page)));
    pages.max_by(|one, other| one.1.total_cmp(&other.1)).unwrap_or(("the only one", 0.0))
}

fn stem(piece: &str) -> &str {
    piece.rsplit('/').next().and_then(|file| file.split('.').next()).unwrap_or_default()
}

fn served(path: &str) -> Result<f64> {
    sent(&workspace::site().join(path.trim_start_matches('/')))
}

fn sent(path: &Path) -> Result<f64> {
    Ok(brotli(&std::fs::read(path).with_context(|| format!("{} was not built", path.display()))?)?.len() as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_largest_page_has_each_file_once_and_nothing_on_top() {
        let parts = [("jobs", vec!["shared", "jobs"]), ("job", vec!["job", "shared"]), ("deeds", vec!["shared", "deeds"])];
        let parts = parts.map(|(part, files)| (part.to_owned(), files.into_iter().map(str::to_owned).collect()));
        let manifest = site::Manifest { parts: parts.into(), ..site::Manifest::default() };
        let bytes = BTreeMap::from([("shared", 100.0), ("jobs", 10.0), ("job", 20.0), ("deeds", 1.0)]);
        assert_eq!(largest(&manifest, &bytes), ("job", 120.0));
        assert_eq!(together(&manifest, &bytes, "job", "deeds"), 121.0, "what both have is counted once");
        assert_eq!(largest(&site::Manifest::default(), &bytes), ("the only one", 0.0));
        assert_eq!(stem("/pkg/shared.0123456789.wasm"), "shared");
    }
}
