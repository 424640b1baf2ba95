//! What the browser downloads, in bytes as sent (brotli 11), against its limits. Nothing is measured that is not served.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::assets::brotli;
use crate::figures::{Figure, print};
use crate::{site, tools, workspace};

/// Builds the site and prints the rows; `false` when one is over.
pub fn size(json: bool) -> Result<bool> {
    tools::wasm_target()?;
    tools::npm(false)?;
    site::build()?;
    Ok(print(&rows()?, json))
}

fn rows() -> Result<Vec<Figure>> {
    let manifest = site::Manifest::read()?;
    let served = |path: &str| workspace::site().join(path.trim_start_matches('/'));
    let (wasm, js, css) = (sent(&served(&manifest.wasm))?, sent(&served(&manifest.js))?, sent(&served(&manifest.css))?);
    let mut rows = vec![
        Figure::at_most("console wasm", wasm, "B", None),
        Figure::at_most("console js", js, "B", None),
        Figure::at_most("console wasm+js", wasm + js, "B", Some(250_000.0)),
        Figure::at_most("console css", css, "B", None),
    ];
    let beacon: Vec<PathBuf> = ["loader.js", "core.wasm"].map(|name| workspace::site().join("beacon").join(name)).into();
    let (loader, core) = (sent(&beacon[0])?, sent(&beacon[1])?);
    rows.push(Figure::at_most("beacon loader", loader, "B", Some(1536.0)));
    rows.push(Figure::at_most("beacon wasm", core, "B", None));
    rows.push(Figure::at_most("beacon loader+wasm", loader + core, "B", Some(4096.0)));
    Ok(rows)
}

fn sent(path: &Path) -> Result<f64> {
    Ok(brotli(&std::fs::read(path).with_context(|| format!("{} was not built", path.display()))?)?.len() as f64)
}
