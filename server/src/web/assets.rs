//! Files of the build: hashed names for ever, everything precompressed.

use anyhow::Context;
use app::parts::Part;
use axum::{
    Router,
    http::{HeaderValue, header},
};
use serde::Deserialize;
use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
};
use tower_http::{services::ServeDir, set_header::SetResponseHeaderLayer};

/// What the build left: names of the hashed files, and where they are.
#[derive(Clone, Debug)]
pub struct Site {
    pub dir: PathBuf,
    pub js: String,
    pub wasm: String,
    pub css: String,
    /// The files of each part of the console, by the part's name.
    pub parts: BTreeMap<String, Vec<String>>,
}

#[derive(Deserialize)]
struct Manifest {
    js: String,
    wasm: String,
    css: String,
    parts: BTreeMap<String, Vec<String>>,
}

impl Site {
    /// Reads `manifest.json` of the directory.
    pub fn read(dir: &Path) -> anyhow::Result<Self> {
        let path = dir.join("manifest.json");
        let text = std::fs::read(&path).with_context(|| {
            format!("{} is not there. Build the pages with `cargo xtask build`, or point --site at a built directory.", path.display())
        })?;
        let manifest: Manifest =
            serde_json::from_slice(&text).with_context(|| format!("{} cannot be read; build the pages anew.", path.display()))?;
        Ok(Self { dir: dir.to_owned(), js: manifest.js, wasm: manifest.wasm, css: manifest.css, parts: manifest.parts })
    }

    /// The files an address needs besides the first, each once.
    pub fn needed(&self, path: &str, search: &str) -> Vec<String> {
        let files: BTreeSet<&String> = Part::needed(path, search).filter_map(|part| self.parts.get(part.name())).flatten().collect();
        files.into_iter().cloned().collect()
    }
}

const FOR_EVER: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");
const AN_HOUR: HeaderValue = HeaderValue::from_static("public, max-age=3600");
const ANYWHERE: HeaderValue = HeaderValue::from_static("*");

pub(super) fn router(site: &Site) -> Router {
    let files = |name: &str| ServeDir::new(site.dir.join(name)).precompressed_br();
    let cached = |value| SetResponseHeaderLayer::overriding(header::CACHE_CONTROL, value);
    let hashed = Router::new().nest_service("/pkg", files("pkg")).nest_service("/fonts", files("fonts")).layer(cached(FOR_EVER));
    // The beacon is loaded by pages of other origins.
    let beacon = Router::new()
        .nest_service("/beacon", files("beacon"))
        .layer(cached(AN_HOUR))
        .layer(SetResponseHeaderLayer::overriding(header::ACCESS_CONTROL_ALLOW_ORIGIN, ANYWHERE))
        .layer(SetResponseHeaderLayer::overriding(
            header::HeaderName::from_static("cross-origin-resource-policy"),
            HeaderValue::from_static("cross-origin"),
        ));
    let icon = Router::new()
        .route_service("/favicon.svg", tower_http::services::ServeFile::new(site.dir.join("favicon.svg")))
        .layer(cached(AN_HOUR));
    hashed.merge(beacon).merge(icon)
}
