//! Writing the document: JSON by hand around what collectors give, sums over exactly the bytes that stand in it, compressed on the
//! way. Runs in a thread of its own, because it computes. Not in here: what is collected.

use axum::body::Bytes;
use flate2::{Compression, write::GzEncoder};
use serde::Serialize;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::io::{self, Write};
use tokio::sync::mpsc;

/// What is sent at once.
const PIECE: usize = 64 * 1024;

/// What the collectors hand over.
pub(super) enum Part {
    /// The facts of the bundle itself, first.
    Head(Value),
    /// The whole of a collector; its status comes next.
    Whole(String, Value),
    /// A collector of lines begins.
    Lines(String),
    /// So many lines, as they stand in the document.
    More(u64, Vec<u8>),
    Status(Status),
    /// What was removed, and how it ended.
    Report(Value),
}

/// How a collector ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Ending {
    Ok,
    Failed,
    /// There was more than a cap.
    Cut,
    TimedOut,
}

pub(super) struct Status {
    pub ending: Ending,
    pub ms: u64,
    /// Sentences: why it failed, what was left out.
    pub said: Vec<String>,
}

/// A line of the manifest.
#[derive(Serialize)]
struct Listed {
    name: String,
    status: Ending,
    bytes: u64,
    lines: Option<u64>,
    ms: u64,
    sha256: String,
    said: Vec<String>,
}

/// Writes until nothing more comes, or nobody reads any more.
pub(super) fn write(mut parts: mpsc::Receiver<Part>, to: mpsc::Sender<io::Result<Bytes>>) {
    let mut document =
        Document { out: GzEncoder::new(Pieces { piece: Vec::new(), to }, Compression::fast()), now: None, listed: Vec::new() };
    while let Some(part) = parts.blocking_recv() {
        if document.take(part).is_err() {
            return;
        }
    }
    // What breaks here is what nobody reads.
    document.end().ok();
}

/// The body of the answer, in pieces.
struct Pieces {
    piece: Vec<u8>,
    to: mpsc::Sender<io::Result<Bytes>>,
}

impl Pieces {
    fn send(&mut self) -> io::Result<()> {
        let piece = std::mem::take(&mut self.piece);
        self.to.blocking_send(Ok(piece.into())).map_err(|_| io::ErrorKind::BrokenPipe.into())
    }
}

impl Write for Pieces {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.piece.extend_from_slice(bytes);
        if self.piece.len() >= PIECE {
            self.send()?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.piece.is_empty() { Ok(()) } else { self.send() }
    }
}

struct Document {
    out: GzEncoder<Pieces>,
    now: Option<Collector>,
    listed: Vec<Listed>,
}

struct Collector {
    name: String,
    bytes: u64,
    lines: Option<u64>,
    sum: Sha256,
}

impl Document {
    fn take(&mut self, part: Part) -> io::Result<()> {
        match part {
            Part::Head(head) => {
                write!(self.out, "{{\"bundle\":{head},\n\"collectors\":[")?;
                // At once: whoever waits sees that it comes.
                self.out.flush()
            }
            Part::Whole(name, value) => {
                self.begin(name, None)?;
                self.data(value.to_string().as_bytes())
            }
            Part::Lines(name) => {
                self.begin(name, Some(0))?;
                self.data(b"[")
            }
            Part::More(lines, text) => {
                if let Some(all) = self.now.as_mut().and_then(|now| now.lines.as_mut()) {
                    *all += lines;
                }
                self.data(&text)
            }
            Part::Status(status) => self.finish(status),
            Part::Report(mut report) => {
                report["manifest"] = json!(self.listed);
                let text = report.to_string();
                // The braces are the document's own.
                write!(self.out, "\n],\n{}", text.trim_start_matches('{'))
            }
        }
    }

    fn begin(&mut self, name: String, lines: Option<u64>) -> io::Result<()> {
        let comma = if self.listed.is_empty() { "" } else { "," };
        write!(self.out, "{comma}\n{{\"name\":{},\"data\":", json!(name))?;
        self.now = Some(Collector { name, bytes: 0, lines, sum: Sha256::new() });
        Ok(())
    }

    fn data(&mut self, bytes: &[u8]) -> io::Result<()> {
        if let Some(now) = &mut self.now {
            now.bytes += bytes.len() as u64;
            now.sum.update(bytes);
        }
        self.out.write_all(bytes)
    }

    fn finish(&mut self, status: Status) -> io::Result<()> {
        if self.now.as_ref().is_some_and(|now| now.lines.is_some()) {
            self.data(b"\n]")?;
        }
        let Some(Collector { name, bytes, lines, sum }) = self.now.take() else { return Ok(()) };
        let Status { ending, ms, said } = status;
        let listed = Listed { name, status: ending, bytes, lines, ms, sha256: hex::encode(sum.finalize()), said };
        write!(self.out, ",\"status\":{}}}", json!(listed.status))?;
        self.listed.push(listed);
        Ok(())
    }

    fn end(mut self) -> io::Result<()> {
        self.out.write_all(b"\n")?;
        self.out.finish()?.flush()
    }
}
