//! From the compiled frontend to what the browser loads: bindings, size optimisation, minified glue. The compiling is
//! `site`; compression and names are `assets`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::assets;
use crate::command::{command, run_quietly, step};
use crate::split::{self, Split};
use crate::workspace;

/// What a current browser understands. `--all-features` would make a module that none of them loads.
pub const FEATURES: [&str; 6] = [
    "--enable-bulk-memory",
    "--enable-nontrapping-float-to-int",
    "--enable-sign-ext",
    "--enable-mutable-globals",
    "--enable-reference-types",
    "--enable-multivalue",
];

/// What makes the console's module smallest as it is sent. `-Oz` makes it smaller and its text less regular, which costs more
/// than it saves once it is compressed.
const PASSES: [&str; 7] = ["-O2", "--flatten", "--rereloop", "-O2", "--converge", "--strip-producers", "--strip-target-features"];

/// The files of the console.
pub struct Console {
    pub js: Vec<u8>,
    /// What every page needs.
    pub wasm: Vec<u8>,
    /// What comes when a page of its part is opened, by its name.
    pub files: Vec<Piece>,
    /// The names of each part's files.
    pub parts: BTreeMap<String, Vec<String>>,
}

/// One file of a part.
pub struct Piece {
    pub name: String,
    pub wasm: Vec<u8>,
}

/// Makes them in `work` from the module rustc wrote.
pub fn console(module: &Path, work: &Path) -> Result<Console> {
    if work.exists() {
        std::fs::remove_dir_all(work)?;
    }
    std::fs::create_dir_all(work)?;
    let Split { main, files, parts } = step("cutting the console into its parts", || split::split(module, work))?;
    step("writing the JavaScript bindings", || {
        let mut bindgen = wasm_bindgen_cli_support::Bindgen::new();
        // Parts find memory, table and stack of the main module among its exports.
        bindgen.input_path(&main).web(true)?.typescript(false).out_name("console").keep_lld_exports(true);
        // The module's name carries its hash and is handed to the start function by the page.
        bindgen.omit_default_module_path(true).remove_name_section(true).remove_producers_section(true);
        bindgen.generate(work)
    })?;
    let wasm = optimised(&work.join("console_bg.wasm"), &work.join("console.wasm"))?;
    let mut pieces = Vec::new();
    let mut names = BTreeMap::new();
    for (file, path) in files {
        let wasm = optimised(&path, &path.with_extension("small.wasm"))?;
        let name = assets::hashed(&file, "wasm", &wasm);
        names.insert(file, name.clone());
        pieces.push(Piece { name, wasm });
    }
    let named = |files: Vec<String>| files.iter().filter_map(|file| names.get(file).cloned()).collect();
    let parts = parts.into_iter().map(|(part, files)| (part, named(files))).collect();
    std::fs::write(work.join(split::LINK_MODULE), split::link(&parts)?)?;
    let js = minified(&work.join("console.js"), &work.join("console.min.js"), "es2022")?;
    Ok(Console { js, wasm, files: pieces, parts })
}

/// `wasm-opt` from `module` to `out`, and its bytes.
pub fn optimised(module: &Path, out: &Path) -> Result<Vec<u8>> {
    let name = out.file_name().unwrap_or_default().to_string_lossy().into_owned();
    step(&format!("making {name} small"), || {
        run_quietly(command(workspace::npm_program("wasm-opt")).args(FEATURES).args(PASSES).arg(module).arg("-o").arg(out))
    })?;
    read(out)
}

/// `esbuild` from `script` (with whatever it imports) to `out`, and its bytes.
pub fn minified(script: &Path, out: &Path, language: &str) -> Result<Vec<u8>> {
    let mut esbuild = command(workspace::npm_program("esbuild"));
    esbuild.arg(script).args(["--bundle", "--minify", "--format=esm", "--legal-comments=none", "--log-level=warning"]);
    esbuild.arg(format!("--target={language}")).arg(format!("--outfile={}", out.display()));
    run_quietly(&mut esbuild)?;
    read(out)
}

pub fn read(path: &Path) -> Result<Vec<u8>> {
    std::fs::read(path).with_context(|| format!("{} was not written", path.display()))
}

/// The tools' versions and flags, for stamps.
pub fn recipe() -> Result<String> {
    let lock: PathBuf = workspace::root().join("end2end/package-lock.json");
    let lock = std::fs::read_to_string(lock)?;
    Ok(format!("bindgen 0.2.130 {FEATURES:?} {PASSES:?} {} {}", split::recipe(), crate::stamp::short_hash(lock.as_bytes())))
}
