//! Cuts the console's module into the parts that `app/src/parts.rs` names, so that a browser loads a page's code when the page is
//! opened first. The tool makes a file for each set of parts that have something in common, dozens of them; here the small ones
//! become two files. What the bindings are and how files are made small is `bindgen`.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow, bail, ensure};
use wasmparser::{Import, Parser, Payload, TypeRef};

use crate::bindgen::{FEATURES, read};
use crate::command::{command, run_quietly, step};
use crate::workspace;

/// What several parts have in common and is smaller than this (before it is made small) is not worth a request of its own.
const SMALL: u64 = 28_672;
/// The file of what is small and one of the heaviest needs, and the file of all else that is small: they do not carry what only lighter
/// pages have in common.
const SHARED: &str = "shared";
const ASIDE: &str = "aside";
/// The heaviest: of the pages, and of what is opened on one.
const HEAVIEST: [&str; 3] = ["edit", "job", "queue"];
/// Parts that only ever come to a page that is there, and whose it is: what they have in common with it is in its file.
const RIDERS: [(&str, &str); 2] = [("compare", "job"), ("long", "job")];
/// The module the tool's files import memory, table and globals from.
const FROM: &str = "__wasm_split";
/// What the main module's functions that fetch a part are imported from; `LINK` is written there.
pub const LINK_MODULE: &str = "./parts.js";
const LINK: &str = include_str!("parts.js");

/// What the console's module was cut into.
pub struct Split {
    /// What every page needs.
    pub main: PathBuf,
    /// The rest by its names.
    pub files: BTreeMap<String, PathBuf>,
    /// The names of the files each part consists of.
    pub parts: BTreeMap<String, Vec<String>>,
}

/// Who a piece is needed by, but for those that come after somebody else who needs it; several of these need whom they come to.
fn without_riders(mut parts: BTreeSet<String>) -> BTreeSet<String> {
    let several = parts.len() > 1;
    for (rider, of) in RIDERS {
        let only_riders = parts.iter().all(|part| part == of || RIDERS.contains(&(part, of)));
        if several && parts.contains(rider) && (only_riders || parts.contains(of)) {
            parts.remove(rider);
            parts.insert(of.to_owned());
        }
    }
    parts
}

/// Cuts `module`, which was linked with `--emit-relocs`, and puts the pieces in `work`.
pub fn split(module: &Path, work: &Path) -> Result<Split> {
    let whole = read(module)?;
    let main = work.join("main.wasm");
    let mut options = wasm_split_cli_support::Options::new(&whole);
    (options.output_dir, options.main_out_path, options.link_name) = (work, &main, LINK_MODULE);
    let cut = wasm_split_cli_support::transform(options).map_err(|error| anyhow!("{error:?}"))?;
    let mut needed_by: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (part, pieces) in cut.prefetch_map {
        for piece in pieces {
            needed_by.entry(piece).or_default().insert(part.clone());
        }
    }
    let mut grouped: BTreeMap<String, Group> = BTreeMap::new();
    for piece in cut.split_modules {
        let stem = piece.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let parts = without_riders(needed_by.remove(&stem).with_context(|| format!("nothing loads {stem}"))?);
        let small = parts.len() > 1 && std::fs::metadata(&piece)?.len() < SMALL;
        let name = if small { common_file(&parts).to_owned() } else { parts.iter().cloned().collect::<Vec<_>>().join("-") };
        let group = grouped.entry(name).or_default();
        group.pieces.push(piece);
        group.parts.extend(parts);
    }
    let files = grouped.iter().map(|(name, group)| Ok((name.clone(), merged(name, &group.pieces, work)?))).collect::<Result<_>>()?;
    let mut parts: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (file, group) in grouped {
        group.parts.into_iter().for_each(|part| parts.entry(part).or_default().push(file.clone()));
    }
    Ok(Split { main, files, parts })
}

/// Where something small goes that these have in common.
fn common_file(parts: &BTreeSet<String>) -> &'static str {
    if HEAVIEST.iter().any(|heavy| parts.contains(*heavy)) { SHARED } else { ASIDE }
}

#[derive(Default)]
struct Group {
    pieces: Vec<PathBuf>,
    parts: BTreeSet<String>,
}

/// Pieces as one module. They hold the same memory and table, which they find in a bridge between them and the main module.
fn merged(name: &str, pieces: &[PathBuf], work: &Path) -> Result<PathBuf> {
    let (bridge, out) = (work.join(format!("{name}.bridge.wat")), work.join(format!("{name}.wasm")));
    std::fs::write(&bridge, bridge_of(pieces)?)?;
    step(&format!("putting {name} together"), || {
        let mut merge = command(workspace::npm_program("wasm-merge"));
        merge.args(FEATURES).arg(&bridge).arg(FROM);
        for (at, piece) in pieces.iter().enumerate() {
            merge.arg(piece).arg(format!("piece{at}"));
        }
        run_quietly(merge.arg("-o").arg(&out))
    })?;
    Ok(out)
}

/// Hands on what pieces import, each thing once, under names that are short.
fn bridge_of(pieces: &[PathBuf]) -> Result<String> {
    let mut imported = BTreeMap::new();
    for piece in pieces {
        let bytes = read(piece)?;
        for payload in Parser::new(0).parse_all(&bytes) {
            let Payload::ImportSection(section) = payload? else { continue };
            for import in section.into_imports() {
                let import = import?;
                imported.entry(import.name.to_owned()).or_insert(kind_of(&import)?);
            }
        }
    }
    let mut bridge = String::from("(module\n");
    for (name, (_, kind)) in &imported {
        writeln!(bridge, "(import \"m\" \"{name}\" ({kind}))")?;
    }
    let mut counts = BTreeMap::new();
    for (name, (what, _)) in &imported {
        let at = counts.entry(*what).or_insert(0);
        writeln!(bridge, "(export \"{name}\" ({what} {at}))")?;
        *at += 1;
    }
    bridge.push(')');
    Ok(bridge)
}

/// What is imported and of what type.
fn kind_of(import: &Import<'_>) -> Result<(&'static str, String)> {
    ensure!(import.module == FROM, "a part imports {} from {}, which only the main module can", import.name, import.module);
    Ok(match import.ty {
        TypeRef::Memory(memory) => ("memory", format!("memory {}", memory.initial)),
        TypeRef::Table(table) => ("table", format!("table {} funcref", table.initial)),
        TypeRef::Global(global) if global.mutable => ("global", format!("global (mut {})", global.content_type)),
        TypeRef::Global(global) => ("global", format!("global {}", global.content_type)),
        other => bail!("a part imports {}, which is a {other:?}", import.name),
    })
}

/// The JavaScript that fetches parts: `files` gives the names a browser knows the files of each part by.
pub fn link(files: &BTreeMap<String, Vec<String>>) -> Result<String> {
    let mut link = LINK.to_owned();
    for (part, files) in files {
        let files = serde_json::to_string(files)?;
        // The name is what the main module imports; the macro at the split point makes it.
        writeln!(link, "export const __wasm_split_load_{part} = part({files});")?;
    }
    Ok(link)
}

/// What shapes the outcome, for stamps.
pub fn recipe() -> String {
    format!("split 0.2.4 {SMALL} {HEAVIEST:?} {LINK}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_rider_has_in_common_with_its_page_is_the_pages() {
        let of = |parts: &[&str]| {
            without_riders(parts.iter().map(|part| (*part).to_owned()).collect()).into_iter().collect::<Vec<_>>().join(" ")
        };
        assert_eq!(of(&["long"]), "long");
        assert_eq!(of(&["job", "long"]), "job");
        assert_eq!(of(&["compare", "long"]), "job");
        assert_eq!(of(&["audit", "compare"]), "audit compare");
        assert_eq!(of(&["audit", "compare", "job", "long"]), "audit job");
    }

    #[test]
    fn the_heaviest_do_not_carry_what_lighter_pages_have_in_common() {
        let of = |parts: &[&str]| common_file(&parts.iter().map(|part| (*part).to_owned()).collect());
        assert_eq!((of(&["audit", "logs"]), of(&["audit", "job"]), of(&["edit", "many"])), (ASIDE, SHARED, SHARED));
    }
}
