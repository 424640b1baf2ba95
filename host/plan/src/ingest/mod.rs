//! From the upload to words and strokes: checking the file, reading its content, the stroke file.
//!
//! What the strokes mean is not decided here.

pub mod extract;
pub mod phrases;
pub mod strokes;
pub mod upload;
