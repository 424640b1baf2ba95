//! Which room may depend on what, read from the Cargo.toml files, and that every room takes the workspace's lints.

use anyhow::{Context, Result};

use super::Breach;
use crate::workspace;

/// One package: its name, where its manifest is, and the manifest.
pub struct Package {
    pub name: String,
    pub path: String,
    pub manifest: toml::Table,
}

/// A dependency and the only packages that may have it.
const ONLY: &[(&str, &[&str])] = &[
    ("sqlx", &["store", "gate", "bus", "actions", "demo"]),
    ("pgmq", &["store", "bus"]),
    ("axum", &["server", "demo"]),
    ("leptos_axum", &["server"]),
    ("tower-http", &["server", "demo"]),
    ("leptos", &["app", "frontend", "server", "markup"]),
    ("leptos_router", &["app", "server"]),
    // The direction of flow: who may know these rooms.
    ("gate", &["actions", "server"]),
    ("bus", &["demo"]),
    ("app", &["frontend", "server"]),
    ("plan", &["demo"]),
    ("cluster", &["server", "xtask"]),
    // Reads files that others wrote: in a process of its own, and what became of them when somebody looks.
    ("symbols", &["actions", "server"]),
    ("symbolic", &["symbols"]),
    // The only way out, and what it is made of.
    ("outbound", &["server"]),
    ("rustls", &["outbound"]),
    // Also spoken to a container engine, over its socket on this machine.
    ("hyper", &["outbound", "logs"]),
];

/// These must stay free of what reaches outside.
const PURE: [(&str, &[&str]); 4] = [
    ("domain", &["tokio", "reqwest", "sqlx", "store", "actions", "tracing"]),
    ("exact", &["serde", "serde_json", "regex", "tokio", "sqlx"]),
    // Its `quick` feature has a `regex`; the beacon, which has no room for one, has a limit of its own.
    ("scrub", &["serde", "tokio"]),
    ("symbols", &["tokio", "sqlx", "reqwest", "store", "gate"]),
];

/// Outside the workspace's lints on purpose: it is the one place with `unsafe`.
const OWN_LINTS: [&str; 1] = ["beacon"];

/// Every member of the workspace.
pub fn read() -> Result<Vec<Package>> {
    let root = parse("Cargo.toml")?;
    let members = root.get("workspace").and_then(|w| w.get("members")).and_then(|m| m.as_array());
    let members = members.context("Cargo.toml lists no members")?.iter().filter_map(|member| member.as_str());
    members.map(package).collect()
}

fn package(member: &str) -> Result<Package> {
    let path = format!("{member}/Cargo.toml");
    let manifest = parse(&path)?;
    let name = manifest.get("package").and_then(|p| p.get("name")).and_then(|n| n.as_str());
    Ok(Package { name: name.with_context(|| format!("{path} has no name"))?.to_owned(), path, manifest })
}

fn parse(path: &str) -> Result<toml::Table> {
    let text = std::fs::read_to_string(workspace::root().join(path)).with_context(|| format!("{path} cannot be read"))?;
    text.parse().with_context(|| format!("{path} is not TOML"))
}

pub fn breaches(packages: &[Package]) -> Vec<Breach> {
    packages.iter().flat_map(|package| directions(package).into_iter().chain(lints(package))).collect()
}

fn directions(package: &Package) -> Vec<Breach> {
    let mut found = Vec::new();
    let name = package.name.as_str();
    let dependencies = package.manifest.get("dependencies").and_then(|d| d.as_table());
    for (dependency, details) in dependencies.into_iter().flatten() {
        let only = ONLY.iter().find(|(what, _)| what == dependency);
        if let Some((_, who)) = only.filter(|(_, who)| !who.contains(&name)) {
            found.push(breach(package, "direction", format!("`{name}` must not depend on `{dependency}`: only {} may", who.join(", "))));
        }
        if PURE.iter().any(|(pure, what)| *pure == name && what.contains(&dependency.as_str())) {
            found.push(breach(package, "direction", format!("`{name}` is pure: `{dependency}` reaches outside")));
        }
        let optional = details.get("optional").and_then(toml::Value::as_bool) == Some(true);
        if name == "actions" && ["sqlx", "gate", "store"].contains(&dependency.as_str()) && !optional {
            found.push(breach(package, "direction", format!("`{dependency}` belongs to the server half of `actions`: make it optional")));
        }
    }
    found
}

fn lints(package: &Package) -> Option<Breach> {
    let takes = package.manifest.get("lints").and_then(|l| l.get("workspace")).and_then(toml::Value::as_bool) == Some(true);
    let why = "has no `[lints] workspace = true`: the workspace's lints do not apply to it";
    (!takes && !OWN_LINTS.contains(&package.name.as_str())).then(|| breach(package, "lints", why.into()))
}

fn breach(package: &Package, law: &'static str, why: String) -> Breach {
    Breach { path: package.path.clone(), line: 0, law, why }
}

#[cfg(test)]
mod tests {
    use super::super::planted::laws;
    use super::*;

    fn package(name: &str, manifest: &str) -> Vec<&'static str> {
        let manifest = format!("[lints]\nworkspace = true\n[dependencies]\n{manifest}").parse().unwrap();
        laws(&breaches(&[Package { name: name.into(), path: "x/Cargo.toml".into(), manifest }]))
    }

    #[test]
    fn wrong_directions_are_found() {
        assert_eq!(package("app", "sqlx.workspace = true"), ["direction"]);
        assert_eq!(package("store", "sqlx.workspace = true"), [] as [&str; 0]);
        assert_eq!(package("gate", "axum = \"0.8\""), ["direction"]);
        assert_eq!(package("store", "gate.workspace = true"), ["direction"]);
        assert_eq!(package("domain", "tokio = \"1\""), ["direction"]);
        assert_eq!(package("actions", "sqlx.workspace = true"), ["direction"]);
        assert_eq!(package("actions", "sqlx = { workspace = true, optional = true }"), [] as [&str; 0]);
        assert_eq!(package("server", "bus.workspace = true"), ["direction"]);
        assert_eq!(package("gate", "symbols.workspace = true"), ["direction"]);
        assert_eq!(package("symbols", "tokio.workspace = true"), ["direction"]);
    }

    #[test]
    fn lints_are_taken_by_everyone_but_the_beacon() {
        let bare = |name: &str| {
            let manifest = "[package]\nname = \"x\"\n".parse().unwrap();
            laws(&breaches(&[Package { name: name.into(), path: "x/Cargo.toml".into(), manifest }]))
        };
        assert_eq!(bare("bus"), ["lints"]);
        assert_eq!(bare("beacon"), [] as [&str; 0]);
    }

    #[test]
    fn this_workspace_can_be_read() {
        assert!(read().unwrap().iter().any(|package| package.name == "xtask"));
    }
}
