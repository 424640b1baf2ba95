//! HTTP/1.1 over a connection that was judged: one request, a capped answer, redirects followed by hand so that each is judged again.

use crate::{AGENT, Outbound, Trouble};
use http::{HeaderMap, Method, header};
use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use url::Url;

/// Most bytes of an answer's body that are read; what is longer is cut there, and the answer says so.
pub const BODY_MOST: usize = 256 * 1024;
/// Most times an answer may send somewhere else.
pub const REDIRECTS_MOST: usize = 5;

/// What is asked.
#[derive(Clone, Debug)]
pub struct Request<'a> {
    pub method: Method,
    pub url: &'a str,
    pub headers: Vec<(&'static str, String)>,
    pub body: Vec<u8>,
    /// Follow where a GET is sent on to.
    pub follow: bool,
}

impl<'a> Request<'a> {
    /// A GET that follows redirects.
    #[must_use]
    pub fn get(url: &'a str) -> Self {
        Self { method: Method::GET, url, headers: Vec::new(), body: Vec::new(), follow: true }
    }
}

/// What came back.
#[derive(Clone, Debug)]
pub struct Answer {
    pub status: u16,
    headers: HeaderMap,
    pub body: Vec<u8>,
    /// True: the body is longer than [`BODY_MOST`], and this is its beginning.
    pub cut: bool,
}

pub(crate) async fn fetch(out: &Outbound, request: Request<'_>) -> Result<Answer, Trouble> {
    let mut url = readable(request.url)?;
    for _ in 0..=REDIRECTS_MOST {
        let answer = once(out, &request, &url).await?;
        let to = answer.headers.get(header::LOCATION).and_then(|to| to.to_str().ok());
        match to {
            Some(to) if request.follow && matches!(answer.status, 301 | 302 | 303 | 307 | 308) => {
                let next = url.join(to).map_err(|_| Trouble::BadUrl(to.chars().take(200).collect()))?;
                url = readable(next.as_str())?;
            }
            _ => return Ok(answer),
        }
    }
    Err(Trouble::TooManyRedirects(REDIRECTS_MOST))
}

/// An address of HTTP or HTTPS with a host, and nobody's password in it.
fn readable(text: &str) -> Result<Url, Trouble> {
    let bad = || Trouble::BadUrl(text.chars().take(200).collect());
    let url = Url::parse(text).map_err(|_| bad())?;
    let fits =
        matches!(url.scheme(), "http" | "https") && url.host_str().is_some() && url.username().is_empty() && url.password().is_none();
    if fits { Ok(url) } else { Err(bad()) }
}

async fn once(out: &Outbound, request: &Request<'_>, url: &Url) -> Result<Answer, Trouble> {
    let host = url.host_str().unwrap_or_default().to_owned();
    let port = url.port_or_known_default().unwrap_or(80);
    let (stream, _) = out.connect(&host, port).await?;
    if url.scheme() == "https" {
        let stream = out.shake(stream, &host).await.1?;
        exchange(stream, request, url, &host).await
    } else {
        exchange(stream, request, url, &host).await
    }
}

async fn exchange<S: AsyncRead + AsyncWrite + Unpin + Send + 'static>(
    stream: S,
    request: &Request<'_>,
    url: &Url,
    host: &str,
) -> Result<Answer, Trouble> {
    let broke = |error: hyper::Error| Trouble::BrokeOff { host: host.to_owned(), why: error.to_string() };
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.map_err(broke)?;
    let wire = Guard(tokio::spawn(async move { drop(connection.await) }));
    let path = url.query().map_or_else(|| url.path().to_owned(), |query| format!("{}?{query}", url.path()));
    let named = url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"));
    let mut sent = http::Request::builder()
        .method(request.method.clone())
        .uri(path)
        .header(header::HOST, named)
        .header(header::USER_AGENT, AGENT)
        .header(header::ACCEPT, "*/*");
    for (name, value) in &request.headers {
        sent = sent.header(*name, value);
    }
    let sent =
        sent.body(Full::new(Bytes::from(request.body.clone()))).map_err(|_| Trouble::BadUrl(url.as_str().chars().take(200).collect()))?;
    let answer = sender.send_request(sent).await.map_err(broke)?;
    let (parts, body) = answer.into_parts();
    let (body, cut) = read(body).await.map_err(broke)?;
    drop(wire);
    Ok(Answer { status: parts.status.as_u16(), headers: parts.headers, body, cut })
}

async fn read(mut body: Incoming) -> Result<(Vec<u8>, bool), hyper::Error> {
    let mut whole = Vec::new();
    while let Some(frame) = body.frame().await {
        let Ok(data) = frame?.into_data() else { continue };
        let room = BODY_MOST - whole.len();
        whole.extend_from_slice(&data[..data.len().min(room)]);
        if data.len() > room {
            return Ok((whole, true));
        }
    }
    Ok((whole, false))
}

/// The connection's task ends with the request, also when nobody waits for it any more.
struct Guard(tokio::task::JoinHandle<()>);

impl Drop for Guard {
    fn drop(&mut self) {
        self.0.abort();
    }
}
