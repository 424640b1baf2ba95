//! A container's log, from the engine's socket: HTTP over a unix socket. A container without a terminal sends its two streams in
//! frames, one with a terminal sends them as they are; which it is is asked first. Not in here: what lines mean.

use crate::{
    Refused,
    refine::{Given, Refine, Split},
    stamp,
};
use domain::LogLine;
use http_body_util::{BodyExt, Empty, Limited};
use hyper::{Request, Response, body::Bytes, body::Incoming, client::conn::http1};
use hyper_util::rt::TokioIo;
use std::{path::Path, time::Duration};
use tokio::net::UnixStream;

const LIMIT: Duration = Duration::from_secs(10);
const FACTS: usize = 1 << 20;

/// What a container's log is read from.
pub(crate) struct Stream {
    body: Incoming,
    frames: Option<Frames>,
    /// One for each stream: a line of one may end within a line of the other.
    splits: [Split; 2],
}

/// Asks for the last `lines`, and for what comes after them when `follow`.
pub(crate) async fn open(socket: &Path, container: &str, lines: u64, follow: bool) -> Result<Stream, Refused> {
    let facts = get(socket, &format!("/containers/{container}/json")).await?;
    let facts = Limited::new(facts, FACTS).collect().await.map_err(|error| lost(socket, &*error))?.to_bytes();
    let facts: serde_json::Value = serde_json::from_slice(&facts).map_err(|error| lost(socket, &error))?;
    let terminal = facts["Config"]["Tty"].as_bool().unwrap_or(false);
    let follow = u8::from(follow);
    let path = format!("/containers/{container}/logs?stdout=1&stderr=1&timestamps=1&tail={lines}&follow={follow}");
    let body = get(socket, &path).await?;
    Ok(Stream { body, frames: (!terminal).then(Frames::default), splits: Default::default() })
}

/// Reads the last lines and hands them over until `each` has enough.
pub(crate) async fn read(
    socket: &Path,
    container: &str,
    lines: u64,
    refine: &mut Refine,
    each: &mut (dyn FnMut(LogLine) -> bool + Send),
) -> Result<(), Refused> {
    let read = async {
        let mut stream = open(socket, container, lines, false).await?;
        let mut goes_on = true;
        while goes_on && stream.next(refine, &mut |line| goes_on = goes_on && each(line)).await? {}
        Ok(())
    };
    let late = || Refused::Unreadable(format!("The container engine did not answer within {} s.", LIMIT.as_secs()));
    tokio::time::timeout(LIMIT, read).await.unwrap_or_else(|_| Err(late()))
}

impl Stream {
    /// Hands over what came next; false at the end.
    pub(crate) async fn next(&mut self, refine: &mut Refine, each: &mut (dyn FnMut(LogLine) + Send)) -> Result<bool, Refused> {
        let Some(frame) = self.body.frame().await else {
            for split in &mut self.splits {
                split.finish(|line, over| line_of(line, over, refine).into_iter().for_each(&mut *each));
            }
            return Ok(false);
        };
        let frame = frame.map_err(|error| Refused::Unreadable(format!("The container engine broke off: {error}.")))?;
        let Some(bytes) = frame.data_ref() else { return Ok(true) };
        let [out, err] = &mut self.splits;
        match &mut self.frames {
            None => out.push(bytes, |line, over| line_of(line, over, refine).into_iter().for_each(&mut *each)),
            Some(frames) => frames.push(bytes, |stream, part| {
                let split = if stream == 2 { &mut *err } else { &mut *out };
                split.push(part, |line, over| line_of(line, over, refine).into_iter().for_each(&mut *each));
            }),
        }
        Ok(true)
    }
}

/// The engine puts its own stamp before each line: one clock for all its containers, whatever time the message says.
fn line_of(line: &[u8], over: u64, refine: &mut Refine) -> Option<LogLine> {
    let epoch = domain::At::from_millis(0);
    match stamp::at_start(line, epoch) {
        Some((ts, end)) if line.get(end) == Some(&b' ') => refine.line(&line[end + 1..], over, Given { ts: Some(ts), level: None }),
        _ => refine.line(line, over, Given::default()),
    }
}

async fn get(socket: &Path, path: &str) -> Result<Incoming, Refused> {
    let answer = tokio::time::timeout(LIMIT, ask(socket, path)).await;
    let answer = answer.map_err(|_| {
        Refused::Unreadable(format!("The container engine at {} did not answer within {} s.", socket.display(), LIMIT.as_secs()))
    })??;
    match answer.status().as_u16() {
        200 => Ok(answer.into_body()),
        404 => Err(Refused::Unreadable(format!("The container engine at {} knows no such container.", socket.display()))),
        status => Err(Refused::Unreadable(format!("The container engine at {} answered with {status}.", socket.display()))),
    }
}

async fn ask(socket: &Path, path: &str) -> Result<Response<Incoming>, Refused> {
    let stream = UnixStream::connect(socket).await.map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => Refused::Unreadable(format!("There is no container engine at {}.", socket.display())),
        std::io::ErrorKind::PermissionDenied => {
            Refused::Unreadable(format!("The console may not open {}: put its user into the engine's group.", socket.display()))
        }
        _ => lost(socket, &error),
    })?;
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.map_err(|error| lost(socket, &error))?;
    // Ends with the answer, or when the answer is dropped.
    tokio::spawn(connection);
    let request = Request::get(path).header("Host", "engine").body(Empty::<Bytes>::new()).map_err(|error| lost(socket, &error))?;
    sender.send_request(request).await.map_err(|error| lost(socket, &error))
}

fn lost(socket: &Path, why: &dyn std::error::Error) -> Refused {
    Refused::Unreadable(format!("The container engine at {} cannot be understood: {why}.", socket.display()))
}

/// Takes the frames of a log apart: which stream, three zeros, the length in four bytes, then the text.
#[derive(Default)]
struct Frames {
    head: Vec<u8>,
    stream: u8,
    left: usize,
}

impl Frames {
    fn push(&mut self, mut bytes: &[u8], mut each: impl FnMut(u8, &[u8])) {
        while !bytes.is_empty() {
            if self.left == 0 {
                let wanted = (8 - self.head.len()).min(bytes.len());
                self.head.extend_from_slice(&bytes[..wanted]);
                bytes = &bytes[wanted..];
                if let [stream, _, _, _, a, b, c, d] = self.head[..] {
                    (self.stream, self.left) = (stream, u32::from_be_bytes([a, b, c, d]) as usize);
                    self.head.clear();
                }
                continue;
            }
            let part = self.left.min(bytes.len());
            each(self.stream, &bytes[..part]);
            self.left -= part;
            bytes = &bytes[part..];
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Frames;

    #[test]
    fn frames_are_taken_apart_wherever_the_reads_part_them() {
        let mut sent = Vec::new();
        for (stream, text) in [(1_u8, "one "), (2, "err\n"), (1, ""), (1, "line\n"), (0, "typed")] {
            sent.extend([stream, 0, 0, 0]);
            sent.extend(u32::try_from(text.len()).expect("short").to_be_bytes());
            sent.extend(text.as_bytes());
        }
        for piece in 1..=sent.len() {
            let (mut frames, mut out, mut err) = (Frames::default(), Vec::new(), Vec::new());
            for part in sent.chunks(piece) {
                frames.push(part, |stream, text| if stream == 2 { &mut err } else { &mut out }.extend_from_slice(text));
            }
            assert_eq!((out.as_slice(), err.as_slice()), (&b"one line\ntyped"[..], &b"err\n"[..]), "in pieces of {piece}");
        }
    }
}
