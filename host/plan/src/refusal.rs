//! Why a step would not go on: the code a machine reads, the class the bus acts on, the sentence a person reads.
//!
//! The sentences are written so that support staff can send them to the customer as they are.
//! Running out of memory is not in this list: it kills the process, and the parent says so.

use serde::Serialize;
use thiserror::Error;

/// What the bus should do with the command.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Class {
    /// The same input would fail again, but support can change something (a limit, a parameter).
    Permanent,
    /// Trying again may help.
    Transient,
    /// The customer has to send something else.
    Business,
}

/// A step's refusal. Its `Display` is the sentence.
#[derive(Clone, Debug, PartialEq, Error)]
pub enum Refusal {
    #[error(
        "The uploaded file is empty (0 bytes), so there is nothing to read. The upload was probably interrupted; please upload the file again."
    )]
    EmptyFile,
    #[error(
        "The uploaded file is not a PDF: it starts with {start}. Please export the plan as PDF from the drawing program and upload that file."
    )]
    NotAPdf { start: String },
    #[error(
        "The PDF is {megabytes:.1} MB and larger than the {limit:.0} MB this pipeline accepts. Please export the plan without embedded pictures, or ask support to raise the limit."
    )]
    TooLarge { megabytes: f64, limit: f64 },
    #[error("The PDF is protected with a password, so its drawing cannot be read. Please save it without a password and upload it again.")]
    Encrypted,
    #[error("The PDF has no pages, so there is no plan in it. Please export the drawing again and check that it opens.")]
    NoPages,
    #[error(
        "The PDF has {pages} pages and this pipeline accepts at most {limit}. Please upload only the sheets with floor plans, or ask support to raise the limit."
    )]
    TooManyPages { pages: usize, limit: usize },
    #[error(
        "The PDF ends in the middle: {detail}. It was probably cut off while being saved or uploaded; please upload the complete file again."
    )]
    Truncated { detail: String },
    #[error("The PDF is damaged and cannot be read, although its end is there. Please export the plan again and upload the new file.")]
    Damaged,
    #[error(
        "The PDF contains no drawn lines{hint}, so no walls can be measured. Please export the plan as vector PDF from the drawing program instead of scanning or photographing it."
    )]
    NoVectors { hint: String },
    #[error("The PDF has {pages} pages but page {page} was asked for. Choose a page between 1 and {pages}.")]
    NoSuchPage { page: usize, pages: usize },
    #[error(
        "No walls were found on page {page} among {strokes} lines: {detail}. If the walls are drawn with a particular pen, set its width in millimetres as wall_pen_mm and run the step again."
    )]
    NoWalls { page: usize, strokes: usize, detail: String },
    #[error(
        "{walls} walls were found but they enclose no room. Gaps wider than {max_door_mm:.0} mm are not closed as doors; raise max_door_mm and run the step again if the plan has wider openings."
    )]
    NoRooms { walls: usize, max_door_mm: f64 },
    #[error("The parameters of this step cannot be used: {detail}. Correct them and run the step again.")]
    BadParams { detail: String },
    #[error("The file {name} of an earlier step {detail}. Run the pipeline again from the step that writes it.")]
    BadInput { name: String, detail: String },
    #[error("The file {name} could not be {deed}: {detail}. The disk may be full or slow; the step can be tried again.")]
    Io { name: String, deed: &'static str, detail: String },
    #[error(
        "The PDF contains something this pipeline cannot digest ({detail}). Please keep the file for the developers; exporting the plan with another program may help."
    )]
    Crashed { detail: String },
}

impl Refusal {
    /// The stable code, as stored and shown.
    pub fn code(&self) -> &'static str {
        match self {
            Self::EmptyFile => "EMPTY_FILE",
            Self::NotAPdf { .. } => "NOT_A_PDF",
            Self::TooLarge { .. } => "TOO_LARGE",
            Self::Encrypted => "ENCRYPTED",
            Self::NoPages => "NO_PAGES",
            Self::TooManyPages { .. } => "TOO_MANY_PAGES",
            Self::Truncated { .. } => "TRUNCATED",
            Self::Damaged => "DAMAGED",
            Self::NoVectors { .. } => "NO_VECTORS",
            Self::NoSuchPage { .. } => "NO_SUCH_PAGE",
            Self::NoWalls { .. } => "NO_WALLS",
            Self::NoRooms { .. } => "NO_ROOMS",
            Self::BadParams { .. } => "BAD_PARAMS",
            Self::BadInput { .. } => "BAD_INPUT",
            Self::Io { .. } => "IO",
            Self::Crashed { .. } => "CRASHED",
        }
    }

    /// Who can do something about it.
    pub fn class(&self) -> Class {
        match self {
            Self::EmptyFile
            | Self::NotAPdf { .. }
            | Self::Encrypted
            | Self::NoPages
            | Self::Truncated { .. }
            | Self::Damaged
            | Self::NoVectors { .. } => Class::Business,
            Self::Io { .. } => Class::Transient,
            Self::TooLarge { .. }
            | Self::TooManyPages { .. }
            | Self::NoSuchPage { .. }
            | Self::NoWalls { .. }
            | Self::NoRooms { .. }
            | Self::BadParams { .. }
            | Self::BadInput { .. }
            | Self::Crashed { .. } => Class::Permanent,
        }
    }

    /// The object of `failure.json`.
    pub fn report(&self) -> serde_json::Value {
        serde_json::json!({ "code": self.code(), "message": self.to_string(), "class": self.class() })
    }
}
