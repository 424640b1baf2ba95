//! The words of artifacts: uploaded, listed, deleted.

use super::Why;
use clap::{Args, Subcommand};
use std::path::PathBuf;

#[derive(Debug, Subcommand)]
pub enum ArtifactsPart {
    /// Upload source maps and unstripped WASM of a build; the same again changes nothing.
    #[command(
        after_help = "Examples:\n  opsctl artifacts upload dist --build \"$BUILD\"\n  opsctl artifacts upload target/app_bg.wasm --build \"$BUILD\" --tenant acme\n\nIn directories, files called *.map and *.wasm are found. A map is named after its file without .map, with the directories below\nthe one that was given: dist/assets/app.js.map is assets/app.js, the end of the file's address in a page."
    )]
    Upload(ArtifactsUpload),
    /// What is kept, newest first.
    #[command(after_help = "Example:\n  opsctl artifacts list --build \"$BUILD\"")]
    List(ArtifactsList),
    /// Forget the artifacts of a build, or one of them.
    #[command(after_help = "Example:\n  opsctl artifacts delete \"$BUILD\" --name assets/app.js")]
    Delete(ArtifactsDelete),
}

#[derive(Debug, Args)]
pub struct ArtifactsUpload {
    /// Files, and directories to look into.
    #[arg(required = true, value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    /// As the pages of this build say it.
    #[arg(long)]
    pub build: String,
    /// Slug or id of the tenant it is for; for all when left out.
    #[arg(long)]
    pub tenant: Option<String>,
    /// The end of the file's address in a page, where the file here is called otherwise; for one file.
    #[arg(long)]
    pub name: Option<String>,
    #[command(flatten)]
    pub why: Why,
}

#[derive(Debug, Args)]
pub struct ArtifactsList {
    #[arg(long)]
    pub build: Option<String>,
    /// Slug or id: its own, and those for all.
    #[arg(long)]
    pub tenant: Option<String>,
    /// Rows on a page.
    #[arg(long, value_parser = clap::value_parser!(i64).range(1..=500))]
    pub limit: Option<i64>,
    /// Where the page before ended; printed under it.
    #[arg(long)]
    pub before: Option<i64>,
}

#[derive(Debug, Args)]
pub struct ArtifactsDelete {
    pub build: String,
    /// Slug or id of the tenant they are for; those for all when left out.
    #[arg(long)]
    pub tenant: Option<String>,
    /// One of them only.
    #[arg(long)]
    pub name: Option<String>,
    #[command(flatten)]
    pub why: Why,
}
