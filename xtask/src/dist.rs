//! `cargo xtask dist`: one directory that runs on a machine without Rust or Node. It needs PostgreSQL's programs there, or a
//! DATABASE_URL.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use anyhow::{Context, Result};

use crate::command::step;
use crate::{package, run, workspace};

const PROGRAMS: [&str; 5] = ["ops-console", "demo", "plan-step", "plan-sample", "opsctl"];

const START: &str = r#"#!/bin/sh
# Starts the console. Further flags are passed on: ./start --listen 0.0.0.0:3000 --help
here=$(CDPATH= cd -- "$(dirname -- "$0")" && pwd) || exit 1
exec "$here/bin/ops-console" serve --site "$here/site" --data-dir "${OPS_DATA_DIR:-$here/data}" "$@"
"#;

const README: &str = "\
Support operations console

  ./start                     the console on http://127.0.0.1:3000, data in ./data
  ./start --help              every flag, and the environment variable that does the same
  bin/opsctl --help           the same from a terminal
  npm/beacon                  the beacon as a package, for pages that are bundled
  bin/demo serve --help       a small product to support, to try things out

PostgreSQL 15 to 18 is all it needs: either its programs on this machine (`apt-get install postgresql`; the console starts
a private one under its data directory), or a database of yours named in DATABASE_URL.
The first start prints a link, valid once, with which the first administrator signs up.
";

/// Builds and packs.
pub fn dist() -> Result<()> {
    run::build(true)?;
    step("packing dist/", || {
        let dist = workspace::root().join("dist");
        if dist.exists() {
            std::fs::remove_dir_all(&dist)?;
        }
        std::fs::create_dir_all(dist.join("bin"))?;
        for name in PROGRAMS {
            let from = workspace::bin("release").join(name);
            std::fs::copy(&from, dist.join("bin").join(name)).with_context(|| format!("{} is missing", from.display()))?;
        }
        copy_all(&workspace::site(), &dist.join("site"))?;
        std::fs::create_dir_all(dist.join("npm/beacon"))?;
        package::write(&workspace::site().join("beacon"), &dist.join("npm/beacon"))?;
        std::fs::write(dist.join("README.txt"), README)?;
        std::fs::write(dist.join("start"), START)?;
        Ok(std::fs::set_permissions(dist.join("start"), std::fs::Permissions::from_mode(0o755))?)
    })
}

fn copy_all(from: &Path, to: &Path) -> Result<()> {
    for file in workspace::files(from, &[]) {
        let target = to.join(file.strip_prefix(from)?);
        std::fs::create_dir_all(target.parent().context("a file lies in a directory")?)?;
        std::fs::copy(&file, &target)?;
    }
    Ok(())
}
