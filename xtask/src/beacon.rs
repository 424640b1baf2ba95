//! The two files of the beacon, which every visitor of every page of every customer downloads: here bytes are worth more
//! than the time of the build. What is measured and what it may be is `size`; where it is put is `site`.

use std::path::Path;

use anyhow::{Context, Result};

use crate::bindgen::{FEATURES, read};
use crate::command::{command, run_quietly, step};
use crate::workspace;

/// Taking the code apart and putting its branches together again finds what one round of `-Oz` does not.
const PASSES: [&str; 6] = ["-Oz", "--flatten", "--rereloop", "-Oz", "-Oz", "--converge"];
/// What the module exports to the loader; the linker exports more.
const EXPORTS: &str = r#"[{"name": "loader", "root": true, "reaches": ["memory", "clean"]},
    {"name": "memory", "export": "m"}, {"name": "clean", "export": "c"}]"#;
/// Nothing `unsafe`, which takes what may throw for what cannot; nothing that writes a function out where it is called.
const COMPRESS: &str = "ecma=2020,passes=5,toplevel,inline=1,reduce_funcs=false";
/// The texts on the wire keep their names of one letter, so that an object of them need not name each twice.
const MANGLE: &str = "toplevel,reserved=['m','s','r','w','q','h','x']";
/// The oldest language that has all of what the loader's source uses; anything older would be written out at length.
const LANGUAGE: &str = "--target=es2021";

/// The core's bytes from the module that rustc wrote.
pub fn core(module: &Path, work: &Path) -> Result<Vec<u8>> {
    let (graph, bare, out) = (work.join("exports.json"), work.join("bare.wasm"), work.join("core.wasm"));
    std::fs::write(&graph, EXPORTS).with_context(|| format!("{} cannot be written", graph.display()))?;
    step("making core.wasm small", || {
        let mut bare_of = command(workspace::npm_program("wasm-metadce"));
        run_quietly(bare_of.args(FEATURES).arg(module).arg("-f").arg(&graph).arg("-o").arg(&bare))?;
        run_quietly(command(workspace::npm_program("wasm-opt")).args(FEATURES).args(PASSES).arg(&bare).arg("-o").arg(&out))
    })?;
    read(&out)
}

/// The loader's bytes. `esbuild` is better at syntax and `terser` at names.
pub fn loader(script: &Path, work: &Path) -> Result<Vec<u8>> {
    let (plain, out) = (work.join("plain.js"), work.join("loader.js"));
    let mut esbuild = command(workspace::npm_program("esbuild"));
    esbuild.arg(script).args(["--bundle", "--minify-syntax", "--minify-whitespace", "--format=esm", "--legal-comments=none"]);
    run_quietly(esbuild.args(["--log-level=warning", LANGUAGE]).arg(format!("--outfile={}", plain.display())))?;
    let mut terser = command(workspace::npm_program("terser"));
    terser.arg(&plain).args(["--module", "--ecma", "2020", "--mangle", MANGLE, "--compress", COMPRESS]);
    run_quietly(terser.arg("--output").arg(&out))?;
    read(&out)
}

/// The flags, for stamps.
pub fn recipe() -> String {
    format!("{PASSES:?} {EXPORTS} {COMPRESS} {MANGLE} {LANGUAGE}")
}
