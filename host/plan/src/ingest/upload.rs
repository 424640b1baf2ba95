//! Is the upload a PDF this pipeline can read? Every "no" is a sentence for the customer.
//!
//! The drawing itself is not looked at here, only the file, its pages and their sizes.

use crate::files::{Document, PageSize};
use crate::{Params, Refusal};
use hayro_syntax::object::DateTime;
use hayro_syntax::{DecryptionError, LoadPdfError, Pdf};

/// Opens a PDF; the flag says that its end was missing and its objects had to be searched for.
pub fn open(bytes: Vec<u8>) -> Result<(Pdf, bool), Refusal> {
    let ending = ending(&bytes);
    if let Ending::Cut(detail) = ending {
        return Err(Refusal::Truncated { detail });
    }
    let no_page_objects = !mentions_page(&bytes);
    match Pdf::new(bytes) {
        Ok(pdf) => Ok((pdf, ending == Ending::Missing)),
        Err(LoadPdfError::Decryption(
            DecryptionError::PasswordProtected
            | DecryptionError::MissingIDEntry
            | DecryptionError::InvalidEncryption
            | DecryptionError::UnsupportedAlgorithm,
        )) => Err(Refusal::Encrypted),
        Err(LoadPdfError::Invalid) if ending == Ending::Missing => {
            Err(Refusal::Truncated { detail: "its table of contents is missing".to_owned() })
        }
        Err(LoadPdfError::Invalid) if no_page_objects => Err(Refusal::NoPages),
        Err(LoadPdfError::Invalid) => Err(Refusal::Damaged),
    }
}

/// Whether an upload of so many bytes is looked at.
pub fn fits(bytes: u64, params: &Params) -> Result<(), Refusal> {
    let megabytes = bytes as f64 / 1e6;
    if megabytes > params.max_mb { Err(Refusal::TooLarge { megabytes, limit: params.max_mb }) } else { Ok(()) }
}

/// Checks the upload and says what it is.
pub fn check(bytes: Vec<u8>, params: &Params) -> Result<Document, Refusal> {
    if bytes.is_empty() {
        return Err(Refusal::EmptyFile);
    }
    fits(bytes.len() as u64, params)?;
    if find(&bytes[..bytes.len().min(1024)], b"%PDF-").is_none() {
        return Err(Refusal::NotAPdf { start: describe_start(&bytes) });
    }
    let (size, fingerprint) = (bytes.len() as u64, fingerprint(&bytes));
    let (pdf, repaired) = open(bytes)?;
    let count = pdf.pages().len();
    if count == 0 {
        return Err(Refusal::NoPages);
    }
    if count > params.max_pages {
        return Err(Refusal::TooManyPages { pages: count, limit: params.max_pages });
    }
    let meta = pdf.metadata();
    let words = |b: &Option<Box<[u8]>>| b.as_deref().map(pdf_text).filter(|s| !s.is_empty());
    Ok(Document {
        bytes: size,
        fingerprint,
        pdf_version: format!("{:?}", pdf.version()).replace("Pdf1", "1.").replace("Pdf20", "2.0"),
        producer: words(&meta.producer),
        title: words(&meta.title),
        made_at: meta.creation_date.as_ref().map(iso),
        repaired,
        pages: page_sizes(&pdf),
    })
}

/// The pages' sizes as they are seen.
pub fn page_sizes(pdf: &Pdf) -> Vec<PageSize> {
    let size = |(i, page): (usize, &hayro_syntax::page::Page<'_>)| {
        let (width, height) = page.render_dimensions();
        PageSize { page: i + 1, width: width.into(), height: height.into() }
    };
    pdf.pages().iter().enumerate().map(size).collect()
}

/// Text of a PDF string object: UTF-16 with its mark, else taken as Latin-1.
pub fn pdf_text(bytes: &[u8]) -> String {
    if let Some(wide) = bytes.strip_prefix(&[0xFE, 0xFF]) {
        let units: Vec<u16> = wide.chunks_exact(2).map(|c| u16::from_be_bytes([c[0], c[1]])).collect();
        return String::from_utf16_lossy(&units);
    }
    let bytes = bytes.strip_prefix(&[0xEF, 0xBB, 0xBF]).unwrap_or(bytes);
    match std::str::from_utf8(bytes) {
        Ok(s) => s.to_owned(),
        Err(_) => bytes.iter().map(|&b| char::from(b)).collect(),
    }
}

/// 128-bit FNV-1a, in hex.
pub fn fingerprint(bytes: &[u8]) -> String {
    const PRIME: u128 = 0x0000_0000_0100_0000_0000_0000_0000_013B;
    let start: u128 = 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d;
    let hash = bytes.iter().fold(start, |h, &b| (h ^ u128::from(b)).wrapping_mul(PRIME));
    format!("{hash:032x}")
}

#[derive(PartialEq)]
enum Ending {
    Whole,
    /// Only the table at the end is gone; every object is complete.
    Missing,
    /// The last object is cut through.
    Cut(String),
}

fn ending(bytes: &[u8]) -> Ending {
    let tail = &bytes[bytes.len().saturating_sub(2048)..];
    if rfind(tail, b"%%EOF").is_some() {
        return Ending::Whole;
    }
    let last_end = rfind(bytes, b"endobj").unwrap_or(0);
    let after = &bytes[last_end..];
    // `12 0 obj` after the last `endobj` is an object that was begun and never finished.
    match find(after, b" obj") {
        Some(_) if find(after, b"stream").is_some() => Ending::Cut("the drawing of a page stops part of the way through".to_owned()),
        Some(_) => Ending::Cut("its last object is incomplete".to_owned()),
        None if last_end == 0 => Ending::Cut("not one complete object is in it".to_owned()),
        None => Ending::Missing,
    }
}

/// Whether a page object is written out in the file; compressed object streams may hide some.
fn mentions_page(bytes: &[u8]) -> bool {
    let mut rest = bytes;
    if find(bytes, b"/ObjStm").is_some() {
        return true;
    }
    while let Some(at) = find(rest, b"/Page") {
        rest = &rest[at + 5..];
        if !rest.first().is_some_and(u8::is_ascii_alphabetic) {
            return true;
        }
    }
    false
}

fn describe_start(bytes: &[u8]) -> String {
    let known: [(&[u8], &str); 6] = [
        (b"\x89PNG", "a PNG picture's signature"),
        (b"\xFF\xD8\xFF", "a JPEG photograph's signature"),
        (b"PK\x03\x04", "a ZIP or Office file's signature"),
        (b"AC10", "an AutoCAD drawing's (DWG) signature"),
        (b"<!DOCTYPE", "a web page"),
        (b"<html", "a web page"),
    ];
    if let Some((_, what)) = known.iter().find(|(magic, _)| bytes.starts_with(magic)) {
        return (*what).to_owned();
    }
    let start: String = bytes.iter().take(24).map(|&b| char::from(b)).filter(|c| c.is_ascii_graphic() || *c == ' ').collect();
    if start.trim().is_empty() { "bytes that are no text".to_owned() } else { format!("“{}”", start.trim()) }
}

fn iso(d: &DateTime) -> String {
    let zone = match (d.utc_offset_hour, d.utc_offset_minute) {
        (0, 0) => "Z".to_owned(),
        (h, m) => format!("{h:+03}:{m:02}"),
    };
    format!("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}{zone}", d.year, d.month, d.day, d.hour, d.minute, d.second)
}

fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    haystack.windows(needle.len()).position(|w| w == needle)
}

fn rfind(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    haystack.windows(needle.len()).rposition(|w| w == needle)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fingerprint_is_fnv1a_128() {
        // Reference values of the FNV authors' test suite for "" and "a".
        assert_eq!(fingerprint(b""), "6c62272e07bb014262b821756295c58d");
        assert_eq!(fingerprint(b"a"), "d228cb696f1a8caf78912b704e4a8964");
    }
}
