//! What must be installed before anything can be built or tested: found, else installed, else a sentence that says how.
//! Everything here is quick when the thing is there.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use crate::command::{cargo, command, on_path, run, run_quietly, step};
use crate::workspace;

/// The standard library for WebAssembly.
pub fn wasm_target() -> Result<()> {
    let triple = "wasm32-unknown-unknown";
    let there = || -> bool {
        let asked = run_quietly(command("rustc").args(["--print", "target-libdir", "--target", triple]));
        let dir = asked.map(|dir| PathBuf::from(dir.trim())).unwrap_or_default();
        std::fs::read_dir(dir).is_ok_and(|mut dir| dir.next().is_some())
    };
    if there() {
        return Ok(());
    }
    if !on_path("rustup") {
        bail!(
            "This Rust has no standard library for {triple} and there is no rustup to add it. Install Rust with rustup (https://rustup.rs)."
        );
    }
    step("adding the WebAssembly target to Rust", || run(command("rustup").args(["target", "add", triple])))?;
    if !there() {
        bail!("`rustup target add {triple}` ran but this toolchain still lacks it; run it by hand and read what it says.");
    }
    Ok(())
}

/// The npm tools pinned in `end2end/package-lock.json`. `afresh` reinstalls whatever is there.
pub fn npm(afresh: bool) -> Result<()> {
    let dir = workspace::root().join("end2end");
    let lock = dir.join("package-lock.json");
    // npm writes this file at the end of every install.
    let installed = dir.join("node_modules/.package-lock.json");
    if !afresh && is_newer(&installed, &lock) {
        return Ok(());
    }
    if !on_path("npm") {
        bail!(
            "Node and npm are needed to build what the browser downloads, and `npm` was not found. Install them with `apt-get install -y nodejs npm`."
        );
    }
    let node = run_quietly(command("node").arg("--version"))?;
    if node_is_old(&node) {
        bail!(
            "Node {} is too old: the tools that build what the browser downloads need Node 20 or newer (https://nodejs.org).",
            node.trim()
        );
    }
    step("installing the npm tools", || {
        let mut npm = command("npm");
        npm.current_dir(&dir).args(["ci", "--no-audit", "--no-fund"]).env("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1");
        run_quietly(&mut npm).map(drop)
    })
}

/// From what `node --version` says; what cannot be read is given the benefit of the doubt.
fn node_is_old(said: &str) -> bool {
    let major = said.trim().trim_start_matches('v').split('.').next().and_then(|major| major.parse::<u32>().ok());
    major.is_some_and(|major| major < 20)
}

fn is_newer(file: &Path, than: &Path) -> bool {
    let time = |path: &Path| std::fs::metadata(path).and_then(|meta| meta.modified()).ok();
    matches!((time(file), time(than)), (Some(file), Some(than)) if file >= than)
}

/// A PostgreSQL server to start, unless somebody else's is named.
pub fn postgres() -> Result<()> {
    if std::env::var_os("DATABASE_URL").is_some() {
        return Ok(());
    }
    server_binaries()
}

/// A PostgreSQL server to start: the tests always start their own.
pub fn server_binaries() -> Result<()> {
    let Err(missing) = cluster::Binaries::find() else {
        return Ok(());
    };
    if !apt_install("postgresql")? {
        return Err(missing.into());
    }
    cluster::Binaries::find().map(drop).map_err(Into::into)
}

/// A Chromium for the end-to-end tests.
pub fn chromium() -> Result<PathBuf> {
    let find = || {
        let named = std::env::var_os("CHROMIUM").map(PathBuf::from);
        let usual = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].map(PathBuf::from);
        named.into_iter().chain(usual).find(|path| path.is_file())
    };
    if find().is_none() {
        apt_install("chromium")?;
    }
    find().context("The end-to-end tests need Chromium: install it with `apt-get install -y chromium`, or name it in CHROMIUM")
}

/// A web server whose logs the tests read.
pub fn nginx() -> Result<()> {
    let there = || ["/usr/sbin/nginx", "/usr/bin/nginx"].iter().any(|path| Path::new(path).is_file());
    if !there() {
        apt_install("nginx-light")?;
    }
    if !there() {
        bail!("The tests of logs need nginx: install it with `apt-get install -y nginx-light`.");
    }
    Ok(())
}

/// What reads the system's journal, and what writes one for the tests: neither needs anything that runs.
pub fn journal() -> Result<()> {
    let writer = || Path::new("/lib/systemd/systemd-journal-remote").is_file();
    for (there, package) in [(on_path("journalctl"), "systemd"), (writer(), "systemd-journal-remote")] {
        if !there {
            apt_install(package)?;
        }
    }
    if !on_path("journalctl") || !writer() {
        bail!("The tests of logs need a journal: install it with `apt-get install -y systemd systemd-journal-remote`.");
    }
    Ok(())
}

/// A container engine and something to run in its containers, for the tests of logs. Installed is not enough: a machine that is a container
/// itself may not run any. So one is run; the error says what came of it.
pub fn containers() -> Result<()> {
    // `runc` first: `podman` would bring another, which does not run everywhere.
    for (program, package) in [("runc", "runc"), ("podman", "podman"), ("busybox", "busybox-static")] {
        if !on_path(program) {
            apt_install(package)?;
        }
    }
    let dir = std::env::temp_dir().join(format!("xtask-containers-{}", std::process::id()));
    std::fs::create_dir_all(&dir).with_context(|| format!("{} cannot be made", dir.display()))?;
    let podman = workspace::root().join("crates/logs/tests/podman.sh");
    let tried = run_quietly(command("sh").arg(podman).arg(&dir).args(["run", "true", "--rm"]));
    drop(std::fs::remove_dir_all(&dir));
    tried.map(drop)
}

/// `false` when we are not root or this is no Debian: then somebody has to be told.
fn apt_install(package: &str) -> Result<bool> {
    if !on_path("apt-get") || run_quietly(command("id").arg("-u"))?.trim() != "0" {
        return Ok(false);
    }
    step(&format!("installing {package}"), || {
        let apt = |args: &[&str]| run_quietly(command("apt-get").args(args).env("DEBIAN_FRONTEND", "noninteractive").env("RUNLEVEL", "1"));
        apt(&["update", "-q"])?;
        apt(&["install", "-y", "-q", "--no-install-recommends", package])
    })?;
    Ok(true)
}

/// Whether `cargo nextest` is there; `cargo test` does as well, only slower.
pub fn has_nextest() -> bool {
    cargo().args(["nextest", "--version"]).output().is_ok_and(|out| out.status.success())
}

#[cfg(test)]
mod tests {
    use super::node_is_old;

    #[test]
    fn only_a_node_that_is_known_to_be_old_is_refused() {
        for (said, old) in [("v18.19.0\n", true), ("v20.0.0", false), ("v24.1.0-nightly", false), ("something else", false)] {
            assert_eq!(node_is_old(said), old, "{said}");
        }
    }
}
