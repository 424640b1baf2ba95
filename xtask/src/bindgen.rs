//! From the compiled frontend to what the browser loads: bindings, size optimisation, minified glue. The compiling is
//! `site`; compression and names are `assets`.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::command::{command, run_quietly, step};
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
const PASSES: [&str; 5] = ["-O2", "--flatten", "--rereloop", "-O2", "--converge"];

/// The two files of the console.
pub struct Console {
    pub js: Vec<u8>,
    pub wasm: Vec<u8>,
}

/// Makes them in `work` from the module rustc wrote.
pub fn console(module: &Path, work: &Path) -> Result<Console> {
    if work.exists() {
        std::fs::remove_dir_all(work)?;
    }
    std::fs::create_dir_all(work)?;
    step("writing the JavaScript bindings", || {
        let mut bindgen = wasm_bindgen_cli_support::Bindgen::new();
        bindgen.input_path(module).web(true)?.typescript(false).out_name("console");
        // The module's name carries its hash and is handed to the start function by the page.
        bindgen.omit_default_module_path(true).remove_name_section(true).remove_producers_section(true);
        bindgen.generate(work)
    })?;
    let wasm = optimised(&work.join("console_bg.wasm"), &work.join("console.wasm"))?;
    let js = minified(&work.join("console.js"), &work.join("console.min.js"), "es2022")?;
    Ok(Console { js, wasm })
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
    Ok(format!("bindgen 0.2.130 {FEATURES:?} {PASSES:?} {}", crate::stamp::short_hash(lock.as_bytes())))
}
