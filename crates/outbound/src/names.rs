//! What names mean. Not in here: which of their addresses may be reached.

use crate::Trouble;
use std::{
    fmt,
    net::{IpAddr, SocketAddr},
    sync::Arc,
};
use tokio::net::lookup_host;

/// Who is asked.
#[derive(Clone)]
pub(crate) enum Names {
    /// This machine's resolver: numbers in any spelling are numbers there, too.
    Machine,
    Told(Arc<Resolver>),
}

/// Says the addresses of a name; none: it is not known.
type Resolver = dyn Fn(&str) -> Vec<IpAddr> + Send + Sync;

impl fmt::Debug for Names {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Machine => "this machine's",
            Self::Told(_) => "another",
        })
    }
}

impl Names {
    /// All addresses of a host.
    pub(crate) async fn resolve(&self, host: &str, port: u16) -> Result<Vec<SocketAddr>, Trouble> {
        let bare = host.trim_matches(['[', ']']);
        if bare.is_empty() || bare.len() > 253 || bare.contains(['/', '@', '%', ' ']) {
            return Err(Trouble::BadUrl(host.to_owned()));
        }
        let found: Vec<SocketAddr> = match self {
            Self::Machine => lookup_host((bare, port)).await.map_err(|_| Trouble::NoName(bare.to_owned()))?.collect(),
            Self::Told(resolver) => resolver(bare).into_iter().map(|address| SocketAddr::new(address, port)).collect(),
        };
        if found.is_empty() { Err(Trouble::NoName(bare.to_owned())) } else { Ok(found) }
    }
}
