//! The five steps as functions of two directories, the parameters and a log.
//!
//! A step says what it does in whole sentences as it goes, so that the log of one that died shows how far it came.

use crate::files::{Document, Rooms, Text, Walls, read, read_json, size, write, write_json};
use crate::ingest::strokes::Strokes;
use crate::ingest::{extract, phrases, upload};
use crate::{Params, Refusal, bim, rooms, walls};
use serde_json::{Value, json};
use std::path::Path;

/// A step of the pipeline, by the name the host uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    PdfUpload,
    TextExtraction,
    WallDetection,
    RoomDetection,
    BimGeneration,
}

impl Step {
    /// In the order they run.
    pub const ALL: [Self; 5] = [Self::PdfUpload, Self::TextExtraction, Self::WallDetection, Self::RoomDetection, Self::BimGeneration];

    pub fn name(self) -> &'static str {
        match self {
            Self::PdfUpload => "pdf_upload",
            Self::TextExtraction => "text_extraction",
            Self::WallDetection => "wall_detection",
            Self::RoomDetection => "room_detection",
            Self::BimGeneration => "bim_generation",
        }
    }

    /// The files the step writes when it succeeds, besides `outcome.json`.
    pub fn outputs(self) -> &'static [&'static str] {
        match self {
            Self::PdfUpload => &["document.json"],
            Self::TextExtraction => &["text.json", "strokes.bin"],
            Self::WallDetection => &["walls.json"],
            Self::RoomDetection => &["rooms.json"],
            Self::BimGeneration => &["plan.json", "objects.json", "plan.geojson", "plan.ifc"],
        }
    }
}

impl std::str::FromStr for Step {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        Self::ALL.into_iter().find(|s| s.name() == name).ok_or_else(|| {
            let names: Vec<_> = Self::ALL.iter().map(|s| s.name()).collect();
            format!("there is no step “{name}”; the steps are {}", names.join(", "))
        })
    }
}

/// Runs one step and writes its files; the value is the summary for `outcome.json`.
pub fn run(step: Step, input: &Path, output: &Path, params: &Params, log: &mut dyn FnMut(&str)) -> Result<Value, Refusal> {
    match step {
        Step::PdfUpload => pdf_upload(input, output, params, log),
        Step::TextExtraction => text_extraction(input, output, log),
        Step::WallDetection => wall_detection(input, output, params, log),
        Step::RoomDetection => room_detection(input, output, params, log),
        Step::BimGeneration => bim_generation(input, output, params, log),
    }
}

fn pdf_upload(input: &Path, output: &Path, params: &Params, log: &mut dyn FnMut(&str)) -> Result<Value, Refusal> {
    // Before it is read: a file that is too large is so for the memory of this step as well.
    upload::fits(size(input, "upload.pdf")?, params)?;
    let bytes = read(input, "upload.pdf")?;
    log(&format!("checking an upload of {} bytes", grouped(bytes.len())));
    let document = upload::check(bytes, params)?;
    if document.repaired {
        log("the end of the file is missing; all its objects are complete, so it was put together again");
    }
    log(&format!("a PDF {} with {} page(s)", document.pdf_version, document.pages.len()));
    write_json(output, "document.json", &document)?;
    Ok(json!({
        "pages": document.pages.len(), "bytes": document.bytes, "fingerprint": document.fingerprint,
        "repaired": document.repaired,
    }))
}

fn text_extraction(input: &Path, output: &Path, log: &mut dyn FnMut(&str)) -> Result<Value, Refusal> {
    let (pdf, _) = upload::open(read(input, "upload.pdf")?)?;
    let content = extract::read(&pdf, log);
    if content.strokes.all.is_empty() {
        let hint = if content.pictures > 0 { " (it holds a picture, probably a scan)" } else { "" };
        return Err(Refusal::NoVectors { hint: hint.to_owned() });
    }
    let runs = phrases::join(content.runs);
    let scale = phrases::scale(&runs);
    match &scale {
        Some(s) => log(&format!("scale 1:{:.0}, read from “{}”", s.denominator, s.found_in)),
        None => log("no scale is written on the plan"),
    }
    let summary = json!({
        "strokes": content.strokes.all.len(), "layers": content.strokes.layers.len(), "texts": runs.len(),
        "filled_shapes_not_read": content.filled_shapes, "pictures_not_read": content.pictures,
        "scale": scale.as_ref().map(|s| s.denominator),
    });
    write(output, "strokes.bin", &content.strokes.to_bytes())?;
    write_json(output, "text.json", &Text { pages: upload::page_sizes(&pdf), scale, runs })?;
    Ok(summary)
}

fn wall_detection(input: &Path, output: &Path, params: &Params, log: &mut dyn FnMut(&str)) -> Result<Value, Refusal> {
    let text: Text = read_json(input, "text.json")?;
    let strokes = Strokes::from_bytes(&read(input, "strokes.bin")?)?;
    log(&format!("{} strokes read", grouped(strokes.all.len())));
    let (found, summary) = walls::detect(strokes, &text, params, log)?;
    write_json(output, "walls.json", &found)?;
    Ok(summary)
}

fn room_detection(input: &Path, output: &Path, params: &Params, log: &mut dyn FnMut(&str)) -> Result<Value, Refusal> {
    let text: Text = read_json(input, "text.json")?;
    let walls: Walls = read_json(input, "walls.json")?;
    let strokes = Strokes::from_bytes(&read(input, "strokes.bin")?)?;
    let swings = rooms::doors::swings(&strokes, &walls);
    drop(strokes);
    let (found, summary) = rooms::detect(&walls, &text, &swings, params, log)?;
    write_json(output, "rooms.json", &found)?;
    Ok(summary)
}

fn bim_generation(input: &Path, output: &Path, params: &Params, log: &mut dyn FnMut(&str)) -> Result<Value, Refusal> {
    let document: Document = read_json(input, "document.json")?;
    let walls: Walls = read_json(input, "walls.json")?;
    let rooms: Rooms = read_json(input, "rooms.json")?;
    let model = bim::Model::new(&document, &walls, &rooms, params);
    write_json(output, "plan.json", &model.plan_json())?;
    write_json(output, "objects.json", &model.objects_json())?;
    write_json(output, "plan.geojson", &bim::geojson::feature_collection(&model))?;
    let (ifc, entities) = bim::ifc::write(&model);
    write(output, "plan.ifc", ifc.as_bytes())?;
    let area: f64 = rooms.rooms.iter().map(|r| r.area_m2).sum();
    log(&format!(
        "{} walls and {} rooms ({area:.1} m²) written as plan, objects, GeoJSON and IFC4 ({} entities)",
        walls.walls.len(),
        rooms.rooms.len(),
        grouped(entities)
    ));
    Ok(
        json!({ "walls": walls.walls.len(), "rooms": rooms.rooms.len(), "area_m2": crate::geometry::tenths(area), "ifc_entities": entities }),
    )
}

/// A count with its thousands set apart: 73560 becomes "73,560".
pub fn grouped(n: usize) -> String {
    let digits = n.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (i, c) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(c);
    }
    out
}
