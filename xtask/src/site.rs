//! `site/`, all that browsers are served: the console's WASM, JavaScript and CSS under hashed names with a manifest, fonts,
//! the files of `public/`, and the beacon. A stage whose inputs are unchanged is skipped.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};

use crate::assets;
use crate::beacon;
use crate::bindgen;
use crate::command::{cargo, command, run, run_quietly, step};
use crate::stamp::Stamp;
use crate::workspace;

/// What the server reads to link the hashed files.
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    pub js: String,
    pub wasm: String,
    pub css: String,
    /// What a part of the console consists of besides.
    #[serde(default)]
    pub parts: BTreeMap<String, Vec<String>>,
}

impl Manifest {
    /// Every file of a part, once.
    pub fn pieces(&self) -> BTreeSet<&String> {
        self.parts.values().flatten().collect()
    }

    /// The one of the last build.
    pub fn read() -> Result<Self> {
        let path = workspace::site().join("manifest.json");
        let text = std::fs::read(&path).with_context(|| format!("{} is missing: run `cargo xtask build`", path.display()))?;
        Ok(serde_json::from_slice(&text)?)
    }
}

const FONTS: [(&str, &str); 2] = [
    ("inter/files/inter-latin-wght-normal.woff2", "inter.woff2"),
    ("jetbrains-mono/files/jetbrains-mono-latin-wght-normal.woff2", "jetbrains-mono.woff2"),
];

/// Builds what has changed.
pub fn build() -> Result<()> {
    let modules = compile()?;
    let before = Manifest::read().unwrap_or_default();
    let mut after = console(&modules.frontend, &before)?;
    after.css = styles(&before)?;
    customers(&modules.beacon)?;
    fonts()?;
    public()?;
    if after != before {
        assets::put(&workspace::site().join("manifest.json"), &serde_json::to_vec_pretty(&after)?)?;
    }
    let kept: Vec<PathBuf> = [&after.js, &after.wasm, &after.css].into_iter().chain(after.pieces()).map(|name| path(name)).collect();
    assets::sweep(&workspace::site().join("pkg"), &kept)
}

struct Modules {
    frontend: PathBuf,
    beacon: PathBuf,
}

/// Cargo knows best whether these are fresh.
fn compile() -> Result<Modules> {
    let build = |package: &str| {
        step(&format!("compiling {package} for the browser"), || {
            let mut build = cargo();
            build.args(["rustc", "--quiet", "--lib", "--profile", "wasm", "--target", "wasm32-unknown-unknown", "-p", package]);
            if package == "frontend" {
                // What the module is cut by; none of it is left in what is served.
                build.args(["--", "-Clink-arg=--emit-relocs", "-Cstrip=none"]);
            }
            run(build.env("CARGO_ENCODED_RUSTFLAGS", flags()?))
        })
    };
    build("frontend")?;
    build("beacon")?;
    let dir = workspace::target().join("wasm32-unknown-unknown/wasm");
    Ok(Modules { frontend: dir.join("frontend.wasm"), beacon: dir.join("beacon.wasm") })
}

/// Passes of LLVM that are left out. They rewrite the counters and ends of loops for machines with registers and cheap
/// additions; in WebAssembly each of them is more bytes and nothing else.
const LLVM: [&str; 3] = ["-Cllvm-args=-disable-lsr", "-Cllvm-args=-disable-lftr", "-Cllvm-args=-replexitval=never"];

/// What rustc is told. Besides the above: to keep the directories of this machine out of what everybody downloads, because
/// panics name their source file.
fn flags() -> Result<String> {
    let home = std::env::var_os("CARGO_HOME").map(PathBuf::from).or_else(|| std::env::home_dir().map(|home| home.join(".cargo")));
    let registries = home.map(|home| home.join("registry/src")).and_then(|sources| std::fs::read_dir(sources).ok());
    let sysroot = run_quietly(command("rustc").args(["--print", "sysroot"]))?;
    let mut prefixes: Vec<PathBuf> = registries.into_iter().flatten().flatten().map(|registry| registry.path()).collect();
    prefixes.push(Path::new(sysroot.trim()).join("lib/rustlib/src/rust/library"));
    let short = prefixes.iter().map(|prefix| format!("--remap-path-prefix={}=", prefix.display()));
    Ok(LLVM.map(str::to_owned).into_iter().chain(short).collect::<Vec<_>>().join("\u{1f}"))
}

fn served(path: &Path) -> String {
    format!("/{}", path.strip_prefix(workspace::site()).unwrap_or(path).display())
}

/// Where a file named in the manifest is.
fn path(served: &str) -> PathBuf {
    workspace::site().join(served.trim_start_matches('/'))
}

/// A file named in the manifest, on disk, with its compressed copy.
fn on_disk(served: &str) -> [PathBuf; 2] {
    let path = path(served);
    [path.clone(), assets::compressed(&path)]
}

/// The manifest but for what is not the console's code.
fn console(module: &Path, before: &Manifest) -> Result<Manifest> {
    let inputs = [module.to_path_buf()];
    let stamp = |made: &Manifest| {
        let outputs: Vec<_> = [&made.js, &made.wasm].into_iter().chain(made.pieces()).flat_map(|name| on_disk(name)).collect();
        Stamp::of("console", &bindgen::recipe()?, &inputs, &outputs)
    };
    if stamp(before)?.is_fresh() {
        return Ok(Manifest { css: String::new(), ..before.clone() });
    }
    let made = bindgen::console(module, &workspace::target().join("site-work/console"))?;
    let dir = workspace::site().join("pkg");
    let manifest = step("compressing the console", || {
        for piece in &made.files {
            assets::write(&dir.join(&piece.name), &piece.wasm)?;
        }
        let js = served(&assets::write_hashed(&dir, "console", "js", &made.js)?);
        let wasm = served(&assets::write_hashed(&dir, "console", "wasm", &made.wasm)?);
        let in_dir = |names: Vec<String>| names.iter().map(|name| served(&dir.join(name))).collect();
        let parts = made.parts.into_iter().map(|(part, names)| (part, in_dir(names))).collect();
        Ok(Manifest { js, wasm, css: String::new(), parts })
    })?;
    stamp(&manifest)?.keep()?;
    Ok(manifest)
}

fn styles(before: &Manifest) -> Result<String> {
    let inputs = workspace::files(&workspace::root().join("style"), &["css"]);
    let stamp = |css: &str| Stamp::of("css", &bindgen::recipe()?, &inputs, &on_disk(css));
    if stamp(&before.css)?.is_fresh() {
        return Ok(before.css.clone());
    }
    let css = step("bundling the styles", || {
        let work = workspace::target().join("site-work/main.css");
        std::fs::create_dir_all(work.parent().context("a directory")?)?;
        let mut lightning = command(workspace::npm_program("lightningcss"));
        // Browsers that know light-dark(): older ones would get every colour twice.
        lightning.args(["--bundle", "--minify", "--targets", "chrome >= 123, firefox >= 120, safari >= 17.5", "style/main.css", "-o"]);
        run_quietly(lightning.arg(&work))?;
        let dir = workspace::site().join("pkg");
        assets::write_hashed(&dir, "console", "css", &std::fs::read(work)?).map(|path| served(&path))
    })?;
    stamp(&css)?.keep()?;
    Ok(css)
}

/// The customer's side: a loader and its WASM core, under fixed names because customers link to them.
fn customers(module: &Path) -> Result<()> {
    let loader = workspace::root().join("crates/beacon/loader/loader.mjs");
    if !loader.exists() {
        eprintln!("  no beacon: {} does not exist", loader.display());
        return Ok(());
    }
    let dir = workspace::site().join("beacon");
    let (core, script) = (dir.join("core.wasm"), dir.join("loader.js"));
    let outputs = [core.clone(), assets::compressed(&core), script.clone(), assets::compressed(&script)];
    let mut inputs = workspace::files(&workspace::root().join("crates/beacon/loader"), &["mjs", "js"]);
    inputs.push(module.to_path_buf());
    let stamp = Stamp::of("beacon", &(bindgen::recipe()? + &beacon::recipe()), &inputs, &outputs)?;
    if stamp.is_fresh() {
        return Ok(());
    }
    let work = workspace::target().join("site-work/beacon");
    std::fs::create_dir_all(&work)?;
    assets::write(&core, &beacon::core(module, &work)?)?;
    assets::write(&script, &beacon::loader(&loader, &work)?)?;
    stamp.keep()
}

/// Already compressed by their format.
fn fonts() -> Result<()> {
    let packages = workspace::root().join("end2end/node_modules/@fontsource-variable");
    FONTS.iter().try_for_each(|(from, to)| copy(&packages.join(from), &workspace::site().join("fonts").join(to), false))
}

fn public() -> Result<()> {
    let from = workspace::root().join("public");
    for file in workspace::files(&from, &[]) {
        let to = workspace::site().join(file.strip_prefix(&from)?);
        let text =
            file.extension().is_some_and(|ext| ["svg", "txt", "js", "mjs", "css", "html", "json", "webmanifest"].iter().any(|t| ext == *t));
        copy(&file, &to, text)?;
    }
    Ok(())
}

fn copy(from: &Path, to: &Path, compress: bool) -> Result<()> {
    let bytes = std::fs::read(from).with_context(|| format!("{} cannot be read", from.display()))?;
    if std::fs::read(to).is_ok_and(|there| there == bytes) {
        return Ok(());
    }
    if compress { assets::write(to, &bytes) } else { assets::put(to, &bytes) }
}
