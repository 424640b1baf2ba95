//! A body read to its end, decompressed and held to its limits: before anything in it is believed, and never more of it in memory than may
//! be. Only gzip is undone; what is compressed in another way or twice is refused.

use axum::{
    body::Body,
    http::{HeaderMap, StatusCode, header},
};
use flate2::read::MultiGzDecoder;
use std::{io::Read, time::Duration};

/// How long a body may take to come: a page that is slow is cut off before it holds a place for ever.
const PATIENCE: Duration = Duration::from_secs(20);

/// What is refused, as the status that says it.
pub(super) async fn read(body: Body, headers: &HeaderMap, most: usize) -> Result<Vec<u8>, StatusCode> {
    let packed =
        match headers.get(header::CONTENT_ENCODING).map(|encoding| encoding.as_bytes().trim_ascii().to_ascii_lowercase()).as_deref() {
            None | Some(b"" | b"identity") => false,
            Some(b"gzip" | b"x-gzip") => true,
            Some(_) => return Err(StatusCode::UNSUPPORTED_MEDIA_TYPE),
        };
    let Ok(came) = tokio::time::timeout(PATIENCE, axum::body::to_bytes(body, most)).await else {
        return Err(StatusCode::REQUEST_TIMEOUT);
    };
    let came = came.map_err(|error| {
        // What is too long is told from what broke off: the sender can do something about the first.
        let long = std::error::Error::source(&error).is_some_and(|cause| cause.is::<http_body_util::LengthLimitError>());
        if long { StatusCode::PAYLOAD_TOO_LARGE } else { StatusCode::BAD_REQUEST }
    })?;
    if packed { unpacked(&came, most) } else { Ok(came.into()) }
}

fn unpacked(came: &[u8], most: usize) -> Result<Vec<u8>, StatusCode> {
    let mut text = Vec::with_capacity(came.len().saturating_mul(4).min(most));
    // One byte more than may be says that there is more.
    let read = MultiGzDecoder::new(came).take(most as u64 + 1).read_to_end(&mut text);
    match read {
        Ok(_) if text.len() > most => Err(StatusCode::PAYLOAD_TOO_LARGE),
        Ok(_) => Ok(text),
        Err(_) => Err(StatusCode::BAD_REQUEST),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::{Compression, write::GzEncoder};
    use std::io::Write;

    fn packed(text: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(text).expect("packed");
        encoder.finish().expect("packed")
    }

    #[tokio::test]
    async fn a_bomb_is_not_unpacked_and_another_encoding_not_tried() {
        let mut headers = HeaderMap::new();
        let read = async |headers: &HeaderMap, bytes: Vec<u8>| read(Body::from(bytes), headers, 64 * 1024).await;
        assert_eq!(read(&headers, vec![b'x'; 64 * 1024]).await.map(|body| body.len()), Ok(64 * 1024));
        assert_eq!(read(&headers, vec![b'x'; 64 * 1024 + 1]).await, Err(StatusCode::PAYLOAD_TOO_LARGE));
        headers.insert(header::CONTENT_ENCODING, "gzip".parse().expect("a value"));
        assert_eq!(read(&headers, packed(b"{}")).await.as_deref(), Ok(&b"{}"[..]));
        // As a client packs that appends: one after the other, and all of it is read.
        assert_eq!(read(&headers, [packed(b"{}\n"), packed(b"{}")].concat()).await.as_deref(), Ok(&b"{}\n{}"[..]));
        headers.insert(header::CONTENT_ENCODING, " GZip".parse().expect("a value"));
        assert_eq!(read(&headers, packed(b"{}")).await.as_deref(), Ok(&b"{}"[..]));
        let bomb = packed(&vec![b' '; 50_000_000]);
        assert!(bomb.len() < 64 * 1024, "it is small until it is unpacked: {}", bomb.len());
        assert_eq!(read(&headers, bomb.clone()).await, Err(StatusCode::PAYLOAD_TOO_LARGE));
        // Within another: what comes out is no JSON, and is not unpacked again.
        assert_eq!(read(&headers, packed(&bomb)).await, Ok(bomb));
        assert_eq!(read(&headers, b"not gzip".to_vec()).await, Err(StatusCode::BAD_REQUEST));
        assert_eq!(read(&headers, packed(b"cut off in the middle")[..20].to_vec()).await, Err(StatusCode::BAD_REQUEST));
        for other in ["br", "deflate", "zstd", "gzip, gzip", "gzip, br"] {
            headers.insert(header::CONTENT_ENCODING, other.parse().expect("a value"));
            assert_eq!(read(&headers, packed(b"{}")).await, Err(StatusCode::UNSUPPORTED_MEDIA_TYPE), "{other}");
        }
    }
}
