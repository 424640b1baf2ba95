//! `docs/generated`: what the server can say about itself (actions, policy, OpenAPI), written by the server, committed, and
//! compared in tests. Nothing in it is written by hand.

use std::collections::BTreeSet;
use std::path::Path;

use anyhow::{Result, bail};

use crate::command::{cargo, command, run_quietly};
use crate::workspace;

/// Writes the files anew, or with `check` says whether the committed ones are what would be written.
pub fn generate(check: bool) -> Result<bool> {
    let committed = workspace::root().join("docs/generated");
    if !check {
        write_to(&committed)?;
        return Ok(true);
    }
    let fresh = workspace::target().join("generated");
    if fresh.exists() {
        std::fs::remove_dir_all(&fresh)?;
    }
    write_to(&fresh)?;
    let differing = differing(&committed, &fresh);
    for name in &differing {
        let (old, new) = (committed.join(name), fresh.join(name));
        // `diff` ends with 1 when there is a difference: its output is what we are after.
        let diff = command("diff").arg("-uN").args([old, new]).output()?;
        eprint!("{}", String::from_utf8_lossy(&diff.stdout));
    }
    if !differing.is_empty() {
        eprintln!("docs/generated is not what the code says ({}): run `cargo xtask gen` and commit.", differing.join(", "));
    }
    Ok(differing.is_empty())
}

fn write_to(dir: &Path) -> Result<()> {
    std::fs::create_dir_all(dir)?;
    run_quietly(cargo().args(["run", "--quiet", "-p", "server", "--bin", "ops-console", "--", "generate", "--out"]).arg(dir))?;
    if workspace::files(dir, &[]).is_empty() {
        bail!("`ops-console generate` wrote nothing");
    }
    Ok(())
}

fn differing(one: &Path, other: &Path) -> Vec<String> {
    let names: BTreeSet<String> = [one, other]
        .iter()
        .flat_map(|dir| {
            workspace::files(dir, &[]).into_iter().filter_map(move |path| Some(path.strip_prefix(dir).ok()?.to_string_lossy().into_owned()))
        })
        .collect();
    names.into_iter().filter(|name| std::fs::read(one.join(name)).ok() != std::fs::read(other.join(name)).ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn missing_changed_and_surplus_files_differ() {
        let base = std::env::temp_dir().join(format!("xtask-generated-{}", std::process::id()));
        let (a, b) = (base.join("a"), base.join("b"));
        std::fs::create_dir_all(&a).unwrap();
        std::fs::create_dir_all(&b).unwrap();
        for (dir, name, text) in
            [(&a, "same", "1"), (&b, "same", "1"), (&a, "changed", "1"), (&b, "changed", "2"), (&a, "gone", ""), (&b, "new", "")]
        {
            std::fs::write(dir.join(name), text).unwrap();
        }
        assert_eq!(differing(&a, &b), ["changed", "gone", "new"]);
        std::fs::remove_dir_all(&base).unwrap();
    }
}
