//! Asking a server on this machine whether it is there. One GET, no redirects, no TLS.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::time::Duration;

use anyhow::{Context, Result};

/// The status of `GET <base><path>`, or why there is none.
pub fn status(base: &str, path: &str) -> Result<u16> {
    let address = base.strip_prefix("http://").context("only http:// is asked")?.trim_end_matches('/');
    let mut stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(Duration::from_secs(5)))?;
    // In one piece: `write!` sends each of its parts, and who answers after the first has hung up before the last.
    stream.write_all(format!("GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n").as_bytes())?;
    let mut head = String::new();
    BufReader::new(stream).take(1024).read_line(&mut head)?;
    let code = head.split(' ').nth(1).and_then(|code| code.parse().ok());
    code.with_context(|| format!("{address} does not speak HTTP"))
}

/// An address nobody listens on right now.
pub fn free_address() -> Result<String> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_status_and_says_when_nobody_is_there() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let server = std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let asked: Vec<String> = BufReader::new(&stream).lines().map(Result::unwrap).take_while(|line| !line.is_empty()).collect();
            for piece in ["HTTP/1.1 ", "503 Service Unavailable\r\n", "\r\n"] {
                stream.write_all(piece.as_bytes()).unwrap();
            }
            asked
        });
        assert_eq!(status(&base, "/readyz").unwrap(), 503);
        assert_eq!(server.join().unwrap()[0], "GET /readyz HTTP/1.1");
        assert!(status(&format!("http://{}", free_address().unwrap()), "/").is_err());
    }
}
