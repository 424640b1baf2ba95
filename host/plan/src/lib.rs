//! Floor plans, from the customer's PDF to rooms with names and areas, in five steps.
//!
//! Each step is one function of [`steps`] and runs as a process of its own (`plan-step`), reading files from a
//! directory and writing files into another; nothing is shared in memory, so a step that needs more memory than it
//! was given dies alone. What a step refuses is a [`Refusal`]: a code, a class and a sentence for a person.
//!
//! | step | reads | writes |
//! |---|---|---|
//! | `pdf_upload` | `upload.pdf` | `document.json` |
//! | `text_extraction` | `upload.pdf`, `document.json` | `text.json`, `strokes.bin` |
//! | `wall_detection` | `text.json`, `strokes.bin` | `walls.json` |
//! | `room_detection` | `text.json`, `strokes.bin`, `walls.json` | `rooms.json` |
//! | `bim_generation` | `document.json`, `walls.json`, `rooms.json` | `plan.json`, `objects.json`, `plan.geojson`, `plan.ifc` |
//!
//! Units: `text.json` and `strokes.bin` are in PDF points on paper, y up, origin at the lower left of the page.
//! From `walls.json` on everything is millimetres in the building, y up, same origin. `plan.json` alone is y down
//! with its origin at the top left, because it is drawn as SVG.
//!
//! Not here: who runs the steps, limits their memory, retries them or stores what they wrote.

pub mod bim;
pub mod files;
pub mod geometry;
pub mod ingest;
pub mod params;
pub mod refusal;
pub mod rooms;
pub mod sample;
pub mod steps;
pub mod walls;

pub use params::Params;
pub use refusal::{Class, Refusal};
pub use steps::{Step, run};
