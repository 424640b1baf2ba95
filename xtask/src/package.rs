//! The beacon as a package of npm's shape, for pages that are bundled: the files that the console serves, their types, and what says so.

use std::path::Path;

use anyhow::{Context, Result};
use serde_json::json;

use crate::workspace;

/// Writes it into a directory that is there and empty; `beacon` holds the built files.
pub fn write(beacon: &Path, into: &Path) -> Result<()> {
    let copy = |from: &Path, name: &str| {
        std::fs::copy(from, into.join(name)).map(drop).with_context(|| format!("{} cannot be packed", from.display()))
    };
    copy(&beacon.join("loader.js"), "index.js")?;
    copy(&beacon.join("core.wasm"), "core.wasm")?;
    let source = workspace::root().join("crates/beacon/package");
    copy(&source.join("index.d.ts"), "index.d.ts")?;
    copy(&source.join("README.md"), "README.md")?;
    let package = json!({
        "name": "@ops-console/beacon",
        "version": env!("CARGO_PKG_VERSION"),
        "description": "Tells the support console what goes wrong in a page",
        "type": "module",
        // Loading it may start it, where a script's tag says so.
        "sideEffects": true,
        "exports": { ".": { "types": "./index.d.ts", "default": "./index.js" }, "./core.wasm": "./core.wasm" },
        "types": "./index.d.ts",
        "files": ["index.js", "index.d.ts", "core.wasm", "README.md"],
    });
    Ok(std::fs::write(into.join("package.json"), serde_json::to_string_pretty(&package)? + "\n")?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{command::command, workspace::Temporary};

    #[test]
    fn npm_packs_what_it_names_and_a_bundler_finds_it() {
        let dir = Temporary::new("package").unwrap();
        let (built, package) = (dir.path().join("built"), dir.path().join("node_modules/@ops-console/beacon"));
        std::fs::create_dir_all(&built).unwrap();
        std::fs::create_dir_all(&package).unwrap();
        std::fs::copy(workspace::root().join("crates/beacon/loader/loader.mjs"), built.join("loader.js")).unwrap();
        std::fs::write(built.join("core.wasm"), b"\0asm\x01\0\0\0").unwrap();
        write(&built, &package).unwrap();
        let packed = command("npm").args(["pack", "--dry-run", "--json"]).current_dir(&package).output().unwrap();
        let packed: serde_json::Value = serde_json::from_slice(&packed.stdout).unwrap();
        let mut files: Vec<&str> = packed[0]["files"].as_array().unwrap().iter().filter_map(|file| file["path"].as_str()).collect();
        files.sort_unstable();
        assert_eq!(files, ["README.md", "core.wasm", "index.d.ts", "index.js", "package.json"]);
        std::fs::write(
            dir.path().join("page.mjs"),
            "import * as beacon from '@ops-console/beacon'; import.meta.resolve('@ops-console/beacon/core.wasm'); console.log(Object.keys(beacon).join());",
        )
        .unwrap();
        let said = command("node").arg("page.mjs").current_dir(dir.path()).output().unwrap();
        assert_eq!(String::from_utf8_lossy(&said.stdout).trim(), "start", "{}", String::from_utf8_lossy(&said.stderr));
        typed(dir.path());
    }

    /// The types say what the loader takes, and let nothing else through.
    fn typed(dir: &Path) {
        let right = "import { start, type Beacon } from '@ops-console/beacon';
            const beacon: Beacon = start({ url: '/api/ops/frontend-log?k=K', wasm: new URL('https://h/core.wasm'), build: 'b1' });
            beacon.correlate(undefined);
            beacon.stop();";
        let wrong = "import { start } from '@ops-console/beacon';
            // @ts-expect-error
            start({});
            // @ts-expect-error
            start({ url: '/', sampleRate: 1 });
            // @ts-expect-error
            start({ url: '/' }).correlate(7);";
        std::fs::write(dir.join("right.ts"), right).unwrap();
        std::fs::write(dir.join("wrong.ts"), wrong).unwrap();
        let mut tsc = command(workspace::npm_program("tsc"));
        tsc.args(["--noEmit", "--strict", "--skipLibCheck", "false", "--module", "nodenext", "--moduleResolution", "nodenext"]);
        let said = tsc.args(["--target", "es2022", "--lib", "es2022,dom", "right.ts", "wrong.ts"]).current_dir(dir).output().unwrap();
        assert!(said.status.success(), "{}", String::from_utf8_lossy(&said.stdout));
    }
}
