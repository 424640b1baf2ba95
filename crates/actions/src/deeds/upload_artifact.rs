//! Takes what a build left beside what it serves, a source map or a module with its debug information, so that frames of its pages get
//! files and lines. Not in here: how a file is digested (see the room `symbols`), and how frames are looked up (`views/resolved.rs`).

use domain::{Action, ArtifactKind, Kind, Meta, Permission, Subject};
use serde::{Deserialize, Serialize};
use serde_json::Value;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UploadArtifact {
    /// As the pages of this build say it.
    pub build: String,
    /// The last segments of the file's address, such as `assets/app-3f2a.js` or `app_bg.wasm`: of the file, not of its map.
    pub name: String,
    /// source-map or wasm.
    pub kind: ArtifactKind,
    /// Slug or id of the tenant it is for; for all when empty.
    #[serde(default)]
    pub tenant: Option<String>,
    /// The file in base64, as it is or as gzip packs it; at most 64 MiB once it is unpacked.
    pub content: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Uploaded {
    /// Its number.
    pub artifact: i64,
    /// True: it was there already, and nothing was changed.
    pub repeated: bool,
    /// False: the module has no debug information, so that frames get the names of functions and no lines.
    pub lines: bool,
}

impl Action for UploadArtifact {
    const META: Meta = Meta {
        name: "upload-artifact",
        title: "Upload an artifact of a build",
        help: "Keeps a source map, or a WebAssembly module as it was before it was stripped, of one build. From then on frames of errors in pages of this build are shown with function, file and line. The same file again changes nothing; another one under the name replaces it. When too much is kept, the oldest builds are forgotten. Customers notice nothing.",
        path: "/fn/upload-artifact",
        cli: "opsctl artifacts upload {content} --build {build} --tenant {tenant} --name {name}",
        kind: Kind::Write,
        permission: Permission::DeployRecord,
        consent: false,
        approval: false,
    };
    type Output = Uploaded;
    fn subject(&self) -> Subject {
        Subject::Console
    }
    fn without_content(input: &mut Value) {
        if let Some(text) = input["content"].as_str() {
            input["content"] = format!("\u{2026} ({} characters)", text.len()).into();
        }
    }
}

#[cfg(feature = "server")]
mod server;
