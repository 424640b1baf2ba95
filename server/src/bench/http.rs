//! As much of an HTTP client as a measurement needs: one kept connection, GET, a body of known length or in chunks. Blocking
//! and without a pool, so that the time measured is the server's.

use std::{
    io::{BufRead, BufReader, Error, ErrorKind, Read, Result, Write},
    net::TcpStream,
    time::Duration,
};

use gate::Token;

const PATIENCE: Duration = Duration::from_secs(10);

pub struct Client {
    address: String,
    /// What a signed-in browser sends.
    cookie: String,
    stream: BufReader<TcpStream>,
}

pub struct Answer {
    pub status: u16,
    pub body: Vec<u8>,
}

/// How the end of a body is known.
enum Framing {
    Length(u64),
    Chunks,
}

fn garbled(what: &str) -> Error {
    Error::new(ErrorKind::InvalidData, format!("the console's answer cannot be read: {what}"))
}

impl Client {
    /// A connection, signed in when there is a token.
    pub fn open(address: &str, token: Option<&Token>) -> Result<Self> {
        let stream = TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        let cookie = token.map_or_else(String::new, |token| format!("Cookie: __Host-ops={}\r\n", token.expose()));
        Ok(Self { address: address.to_owned(), cookie, stream: BufReader::new(stream) })
    }

    /// A page to its last byte.
    pub fn get(&mut self, path: &str) -> Result<Answer> {
        self.ask(path, "text/html", "none")?;
        self.answer()
    }

    fn answer(&mut self) -> Result<Answer> {
        let (status, framing) = self.head()?;
        let mut body = Vec::new();
        match framing {
            Framing::Length(length) => (&mut self.stream).take(length).read_to_end(&mut body)?,
            Framing::Chunks => Chunks::of(&mut self.stream).read_to_end(&mut body)?,
        };
        Ok(Answer { status, body })
    }

    /// What an action answers to a JSON body.
    pub fn post(&mut self, path: &str, body: &str) -> Result<Answer> {
        let (address, cookie) = (&self.address, &self.cookie);
        let length = body.len();
        let request = format!(
            "POST {path} HTTP/1.1\r\nHost: {address}\r\n{cookie}Content-Type: application/json\r\nContent-Length: {length}\r\nSec-Fetch-Site: same-origin\r\n\r\n{body}"
        );
        self.stream.get_mut().write_all(request.as_bytes())?;
        self.answer()
    }

    /// What a view answers.
    pub fn data(&mut self, path: &str) -> Result<Answer> {
        self.ask(path, "application/json", "same-origin")?;
        self.answer()
    }

    /// A stream of events that stays open.
    pub fn events(mut self, path: &str) -> Result<impl BufRead + Send + 'static> {
        self.ask(path, "text/event-stream", "same-origin")?;
        match self.head()? {
            (200, Framing::Chunks) => Ok(BufReader::new(Chunks::of(self.stream))),
            (status, _) => Err(garbled(&format!("{path} answered {status}"))),
        }
    }

    fn ask(&mut self, path: &str, accept: &str, from: &str) -> Result<()> {
        let (address, cookie) = (&self.address, &self.cookie);
        let request = format!("GET {path} HTTP/1.1\r\nHost: {address}\r\n{cookie}Accept: {accept}\r\nSec-Fetch-Site: {from}\r\n\r\n");
        self.stream.get_mut().write_all(request.as_bytes())
    }

    fn head(&mut self) -> Result<(u16, Framing)> {
        let first = line(&mut self.stream)?;
        let status = first.split(' ').nth(1).and_then(|code| code.parse().ok()).ok_or_else(|| garbled(&first))?;
        let mut framing = Framing::Length(0);
        loop {
            let header = line(&mut self.stream)?.to_ascii_lowercase();
            match header.split_once(':').map(|(name, value)| (name, value.trim())) {
                None => return Ok((status, framing)),
                Some(("content-length", length)) => framing = Framing::Length(length.parse().map_err(|_| garbled(&header))?),
                Some(("transfer-encoding", "chunked")) => framing = Framing::Chunks,
                Some(_) => {}
            }
        }
    }
}

/// A line without its end; the end of the connection is an error.
fn line(from: &mut impl BufRead) -> Result<String> {
    let mut text = String::new();
    if from.read_line(&mut text)? == 0 {
        return Err(ErrorKind::UnexpectedEof.into());
    }
    text.truncate(text.trim_end().len());
    Ok(text)
}

/// A body in chunks, joined.
struct Chunks<R> {
    inner: R,
    left: u64,
    ended: bool,
}

impl<R: BufRead> Chunks<R> {
    fn of(inner: R) -> Self {
        Self { inner, left: 0, ended: false }
    }
}

impl<R: BufRead> Read for Chunks<R> {
    fn read(&mut self, into: &mut [u8]) -> Result<usize> {
        if self.ended || into.is_empty() {
            return Ok(0);
        }
        if self.left == 0 {
            let size = line(&mut self.inner)?;
            self.left = u64::from_str_radix(&size, 16).map_err(|_| garbled(&size))?;
            if self.left == 0 {
                line(&mut self.inner)?;
                self.ended = true;
                return Ok(0);
            }
        }
        let read = (&mut self.inner).take(self.left).read(into)?;
        if read == 0 {
            return Err(ErrorKind::UnexpectedEof.into());
        }
        self.left -= read as u64;
        if self.left == 0 {
            line(&mut self.inner)?;
        }
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chunks_are_joined_and_a_broken_end_is_an_error() {
        let mut text = String::new();
        Chunks::of(&b"5\r\nHello\r\n7\r\n, world\r\n0\r\n\r\nnext"[..]).read_to_string(&mut text).expect("a body");
        assert_eq!(text, "Hello, world");
        assert!(Chunks::of(&b"5\r\nHel"[..]).read_to_string(&mut text).is_err());
        assert!(Chunks::of(&b"zz\r\n"[..]).read_to_string(&mut text).is_err());
    }
}
