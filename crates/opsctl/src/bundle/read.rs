//! A bundle from a file: unpacked within a limit, and each part held against its sum.

use crate::failure::Failure;
use flate2::read::GzDecoder;
use serde::Deserialize;
use serde_json::{Value, json, value::RawValue};
use sha2::{Digest, Sha256};
use std::{fs::File, io::Read, path::Path};

/// Larger is no bundle of the console's, which writes about half of it at most.
const LARGEST: u64 = 1 << 30;

#[derive(Deserialize)]
struct Document {
    bundle: Value,
    collectors: Vec<Collector>,
    #[serde(default)]
    redaction: Value,
    manifest: Vec<Value>,
}

#[derive(Deserialize)]
struct Collector {
    name: String,
    data: Box<RawValue>,
}

pub struct Opened {
    pub head: Value,
    pub redaction: Value,
    pub collectors: Vec<Found>,
}

pub struct Found {
    pub name: String,
    pub data: Box<RawValue>,
    pub bytes: u64,
    /// Its line of the manifest.
    pub listed: Value,
    /// The sum over its bytes is that of the manifest.
    pub whole: bool,
}

impl Found {
    pub fn facts(&self) -> Value {
        json!({ "name": self.name, "whole": self.whole, "listed": self.listed })
    }
}

pub fn open(path: &Path) -> Result<Opened, Failure> {
    let wrong = |why: &dyn std::fmt::Display| Failure::Usage(format!("{} is not a whole support bundle: {why}.", path.display()));
    let file = File::open(path).map_err(|why| Failure::Usage(format!("{} cannot be read: {why}.", path.display())))?;
    let mut text = String::new();
    let read = GzDecoder::new(file).take(LARGEST).read_to_string(&mut text).map_err(|why| wrong(&why))?;
    if read as u64 == LARGEST {
        return Err(wrong(&"it is larger than 1 GB"));
    }
    let Document { bundle, collectors, redaction, manifest } = serde_json::from_str(&text).map_err(|why| wrong(&why))?;
    if manifest.len() != collectors.len() {
        return Err(wrong(&"its manifest has another number of parts"));
    }
    let found = |(collector, listed): (Collector, Value)| {
        let bytes = collector.data.get().as_bytes();
        let sum: String = Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect();
        let whole = listed["sha256"] == sum && listed["name"] == collector.name && listed["bytes"] == bytes.len();
        Found { name: collector.name, bytes: bytes.len() as u64, data: collector.data, listed, whole }
    };
    Ok(Opened { head: bundle, redaction, collectors: collectors.into_iter().zip(manifest).map(found).collect() })
}
