//! `runtime.json` in the data directory: what a tool beside the console needs to find it. Readable by
//! its owner only, because the bus URL may hold a password.

use serde::Serialize;
use std::{io::Write, os::unix::fs::OpenOptionsExt, path::Path};

#[derive(Serialize)]
pub struct Runtime<'a> {
    pub console_url: &'a str,
    /// For a host of the bus: the role `ops_bus` on the console's database.
    pub bus_url: &'a str,
    /// One-time link of the first administrator, while nobody has enrolled.
    pub enrol_url: Option<&'a str>,
    pub pid: u32,
    pub started_at_ms: i64,
}

/// Writes the file so that a reader sees all of it or the one before.
pub fn write(data_dir: &Path, runtime: &Runtime<'_>) -> std::io::Result<()> {
    let part = data_dir.join("runtime.json.part");
    std::fs::remove_file(&part).ok();
    let mut file = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&part)?;
    file.write_all(serde_json::to_string_pretty(runtime)?.as_bytes())?;
    file.sync_all()?;
    std::fs::rename(&part, data_dir.join("runtime.json"))
}
