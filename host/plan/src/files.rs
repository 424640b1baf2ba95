//! The files the steps hand to each other: their shapes, and reading and writing them.
//!
//! `strokes.bin` has its own room, [`crate::ingest::strokes`].

use crate::Refusal;
use crate::geometry::Pt;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::path::Path;

/// `document.json`: what is known of the upload.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Document {
    pub bytes: u64,
    /// 128-bit FNV-1a of the bytes, in hex. It tells uploads apart; it proves nothing against forgery.
    pub fingerprint: String,
    pub pdf_version: String,
    pub producer: Option<String>,
    pub title: Option<String>,
    pub made_at: Option<String>,
    /// The end of the file was missing or wrong and its objects were found by searching.
    pub repaired: bool,
    pub pages: Vec<PageSize>,
}

/// A page's size in points, as it is seen (after rotation).
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct PageSize {
    pub page: usize,
    pub width: f64,
    pub height: f64,
}

/// `text.json`: the words on the sheets.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Text {
    pub pages: Vec<PageSize>,
    pub scale: Option<Scale>,
    pub runs: Vec<TextRun>,
}

/// A scale found in the text, and the words it was found in.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Scale {
    pub denominator: f64,
    pub found_in: String,
}

/// A line of text on one base line, in points.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TextRun {
    pub page: usize,
    pub text: String,
    /// Where the base line begins and ends.
    pub from: Pt,
    pub to: Pt,
    /// The height of the type.
    pub size: f64,
}

/// `walls.json`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Walls {
    pub page: usize,
    pub scale: f64,
    /// Where the scale comes from, as a sentence.
    pub scale_reason: String,
    /// How the wall strokes were told from the others, as a sentence.
    pub pen_reason: String,
    pub walls: Vec<Wall>,
}

/// A straight wall: its centre line and its thickness in millimetres.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Wall {
    pub id: String,
    pub a: Pt,
    pub b: Pt,
    pub thickness: f64,
    pub confidence: f64,
    pub reasons: Vec<String>,
}

/// `rooms.json`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Rooms {
    pub rooms: Vec<Room>,
    pub openings: Vec<Opening>,
}

/// A room: the inner faces of its walls, counter-clockwise.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Room {
    pub id: String,
    pub name: String,
    pub number: Option<String>,
    pub area_m2: f64,
    pub confidence: f64,
    pub reasons: Vec<String>,
    pub polygon: Vec<Pt>,
    /// Blocks standing free inside the room; their area is not counted.
    pub holes: Vec<Vec<Pt>>,
}

/// A gap in a wall that was closed to tell two rooms apart.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Opening {
    pub a: Pt,
    pub b: Pt,
    pub thickness: f64,
    /// The swing of a door leaf was drawn at it.
    pub door_drawn: bool,
}

/// Reads a whole file of an earlier step.
pub fn read(dir: &Path, name: &str) -> Result<Vec<u8>, Refusal> {
    std::fs::read(dir.join(name)).map_err(|e| unread(name, &e))
}

/// How many bytes a file of an earlier step has.
pub fn size(dir: &Path, name: &str) -> Result<u64, Refusal> {
    std::fs::metadata(dir.join(name)).map(|about| about.len()).map_err(|e| unread(name, &e))
}

fn unread(name: &str, error: &std::io::Error) -> Refusal {
    match error.kind() {
        std::io::ErrorKind::NotFound => Refusal::BadInput { name: name.to_owned(), detail: "is missing".to_owned() },
        _ => Refusal::Io { name: name.to_owned(), deed: "read", detail: error.to_string() },
    }
}

/// Reads a JSON file of an earlier step.
pub fn read_json<T: DeserializeOwned>(dir: &Path, name: &str) -> Result<T, Refusal> {
    serde_json::from_slice(&read(dir, name)?)
        .map_err(|e| Refusal::BadInput { name: name.to_owned(), detail: format!("cannot be understood ({e})") })
}

/// Writes a file of this step.
pub fn write(dir: &Path, name: &str, bytes: &[u8]) -> Result<(), Refusal> {
    std::fs::write(dir.join(name), bytes).map_err(|e| Refusal::Io { name: name.to_owned(), deed: "written", detail: e.to_string() })
}

/// Writes a JSON file of this step.
pub fn write_json<T: Serialize>(dir: &Path, name: &str, value: &T) -> Result<(), Refusal> {
    let bytes = serde_json::to_vec(value).map_err(|e| Refusal::Io { name: name.to_owned(), deed: "written", detail: e.to_string() })?;
    write(dir, name, &bytes)
}
