//! The only way out to an address that somebody typed, and to the console's own public one: names are resolved here, the address is judged, and the connection is made to that very address, so that a name cannot mean something else a moment later.
//! What a server sends on to is judged again. No proxy, no cookies, no pool: each request is its own connection, with an end in time and
//! in bytes.
//!
//! Not in here: what is asked and what is expected of the answer, signatures, the database.

mod address;
mod http1;
mod names;
mod tls;
mod trouble;

pub use address::{Allowed, Ranges};
pub use http1::{Answer, BODY_MOST, Request};
pub use rustls::pki_types::CertificateDer;
pub use trouble::Trouble;

use names::Names;
use rustls::{client::WebPkiServerVerifier, pki_types::ServerName};
use std::{
    future::Future,
    net::{IpAddr, SocketAddr},
    sync::Arc,
    time::Duration,
};
use tokio::net::TcpStream;
use tokio_rustls::{TlsConnector, client::TlsStream};

/// How the console names itself.
pub const AGENT: &str = concat!("ops-console/", env!("CARGO_PKG_VERSION"), " (synthetic checks and webhooks)");

/// The way out, with what it may reach.
#[derive(Clone, Debug)]
pub struct Outbound {
    allowed: Allowed,
    verifier: Arc<WebPkiServerVerifier>,
    names: Names,
}

impl Outbound {
    /// `roots` are believed besides those of the machine.
    ///
    /// # Errors
    /// When there are no roots at all.
    pub fn new(allowed: Allowed, roots: &[CertificateDer<'static>]) -> Result<Self, String> {
        Ok(Self { allowed, verifier: tls::verifier(roots)?, names: Names::Machine })
    }

    /// The same with another resolver than this machine's. What it says is judged all the same; a name without an address is not known.
    #[must_use]
    pub fn resolving(self, resolver: impl Fn(&str) -> Vec<IpAddr> + Send + Sync + 'static) -> Self {
        Self { names: Names::Told(Arc::new(resolver)), ..self }
    }

    /// One request, with its redirects if it wants them.
    ///
    /// # Errors
    /// Why there is no answer. An answer of any status is one.
    pub async fn fetch(&self, request: Request<'_>, limit: Duration) -> Result<Answer, Trouble> {
        within(limit, http1::fetch(self, request)).await
    }

    /// Whether somebody takes connections there.
    ///
    /// # Errors
    /// Why not.
    pub async fn touch(&self, host: &str, port: u16, limit: Duration) -> Result<(), Trouble> {
        within(limit, async { self.connect(host, port).await.map(drop) }).await
    }

    /// What a name resolves to. Connects to none of it.
    ///
    /// # Errors
    /// When it is not known.
    pub async fn names(&self, host: &str, limit: Duration) -> Result<Vec<IpAddr>, Trouble> {
        within(limit, async { Ok(self.names.resolve(host, 0).await?.into_iter().map(|address| address.ip()).collect()) }).await
    }

    /// Until when (seconds since 1970) the certificate there holds, and why it is not accepted if so.
    ///
    /// # Errors
    /// When there is none to be seen.
    pub async fn certificate(&self, host: &str, port: u16, limit: Duration) -> Result<(i64, Option<Trouble>), Trouble> {
        within(limit, async {
            let (stream, _) = self.connect(host, port).await?;
            let (ends, shaken) = self.shake(stream, host).await;
            match (ends, shaken) {
                (Some(ends), shaken) => Ok((ends, shaken.err())),
                (None, Err(trouble)) => Err(trouble),
                (None, Ok(_)) => Err(Trouble::BadCertificate { host: host.to_owned(), why: "it does not say until when it holds".into() }),
            }
        })
        .await
    }

    /// A connection to the first judged address that takes one. If any address of a name is closed, the name is.
    async fn connect(&self, host: &str, port: u16) -> Result<(TcpStream, SocketAddr), Trouble> {
        let addresses = self.names.resolve(host, port).await?;
        for address in &addresses {
            if let Some(what) = self.allowed.closed(address.ip()) {
                return Err(Trouble::Closed { host: host.to_owned(), address: address.ip(), what });
            }
        }
        let mut why = "there is no address".to_owned();
        for address in addresses {
            match TcpStream::connect(address).await {
                Ok(stream) => return Ok((stream, address)),
                Err(error) => why = error.to_string(),
            }
        }
        Err(Trouble::NoConnection { host: host.to_owned(), why })
    }

    async fn shake(&self, stream: TcpStream, host: &str) -> (Option<i64>, Result<TlsStream<TcpStream>, Trouble>) {
        let bad = |why: String| Trouble::BadCertificate { host: host.to_owned(), why };
        let (config, noted) = match tls::config(&self.verifier) {
            Ok(both) => both,
            Err(error) => return (None, Err(bad(error.to_string()))),
        };
        let Ok(name) = ServerName::try_from(host.trim_matches(['[', ']']).to_owned()) else {
            return (None, Err(Trouble::BadUrl(host.to_owned())));
        };
        let shaken = TlsConnector::from(config).connect(name, stream).await;
        let ends = *noted.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        (ends, shaken.map_err(|error| bad(error.to_string().replace("invalid peer certificate: ", ""))))
    }
}

async fn within<T>(limit: Duration, work: impl Future<Output = Result<T, Trouble>>) -> Result<T, Trouble> {
    tokio::time::timeout(limit, work).await.unwrap_or(Err(Trouble::TooSlow(limit.as_secs().max(1))))
}
