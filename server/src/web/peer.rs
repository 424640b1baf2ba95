//! Whom a request comes from: who is connected, or, where that is a proxy which the configuration trusts, whom it names. Limits by
//! network are worth nothing when all the world seems to come from the proxy before the console.

use super::AppState;
use axum::{
    extract::{ConnectInfo, FromRequestParts, Request, State},
    http::{HeaderMap, request::Parts},
    middleware::Next,
    response::Response,
};
use outbound::Ranges;
use std::{
    convert::Infallible,
    net::{IpAddr, SocketAddr},
};

/// The address the request came from; absent only where a test calls the router directly.
pub(super) struct Peer(pub(super) Option<IpAddr>);

impl Peer {
    /// Whether it is this machine itself.
    pub(super) fn is_loopback(&self) -> bool {
        self.0.is_some_and(|ip| ip.to_canonical().is_loopback())
    }
}

impl<S: Sync> FromRequestParts<S> for Peer {
    type Rejection = Infallible;
    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        Ok(Self(parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|info| info.0.ip())))
    }
}

/// Puts the client in the place of the proxy.
pub(super) async fn behind_proxies(State(state): State<AppState>, mut request: Request, next: Next) -> Response {
    if let Some(ConnectInfo(connected)) = request.extensions().get::<ConnectInfo<SocketAddr>>().copied() {
        let client = client(connected.ip(), request.headers(), &state.proxies);
        request.extensions_mut().insert(ConnectInfo(SocketAddr::new(client, connected.port())));
    }
    next.run(request).await
}

/// The last one that is named by somebody trusted. What stands before it was said by the client, who may say anything.
fn client(connected: IpAddr, headers: &HeaderMap, trusted: &Ranges) -> IpAddr {
    let named: Vec<&str> = headers.get_all("x-forwarded-for").iter().flat_map(|value| value.to_str().unwrap_or("?").split(',')).collect();
    let mut known = connected;
    for name in named.into_iter().rev() {
        if !trusted.hold(known) {
            break;
        }
        let Some(before) = address(name.trim()) else { break };
        known = before;
    }
    known
}

/// Some proxies name the port too.
fn address(name: &str) -> Option<IpAddr> {
    let bare = || name.strip_prefix('[')?.strip_suffix(']')?.parse().ok();
    name.parse().ok().or_else(bare).or_else(|| name.parse::<SocketAddr>().ok().map(|socket| socket.ip()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Who it is taken for, with the proxies on this machine and in 10.0.0.0/8 trusted.
    fn from(connected: &str, forwarded: &[&str]) -> String {
        let mut headers = HeaderMap::new();
        for value in forwarded {
            headers.append("x-forwarded-for", value.parse().expect("a value"));
        }
        client(connected.parse().expect("an address"), &headers, &"127.0.0.0/8, ::1, 10.0.0.0/8".parse().expect("ranges")).to_string()
    }

    #[test]
    fn a_trusted_proxy_names_the_client_and_nobody_else_does() {
        for (connected, forwarded, client) in [
            ("203.0.113.9", &[][..], "203.0.113.9"),
            ("203.0.113.9", &["198.51.100.7"], "203.0.113.9"),
            ("127.0.0.1", &["198.51.100.7"], "198.51.100.7"),
            ("::ffff:127.0.0.1", &["198.51.100.7"], "198.51.100.7"),
            ("::1", &["2001:db8::7"], "2001:db8::7"),
            ("127.0.0.1", &["198.51.100.7:4711"], "198.51.100.7"),
            ("127.0.0.1", &["[2001:db8::7]:4711"], "2001:db8::7"),
            ("127.0.0.1", &["[2001:db8::7]"], "2001:db8::7"),
            // Through two; what the client itself said before is not believed.
            ("127.0.0.1", &["1.1.1.1, 198.51.100.7, 10.1.2.3"], "198.51.100.7"),
            ("127.0.0.1", &["1.1.1.1", "198.51.100.7", "10.1.2.3"], "198.51.100.7"),
            ("127.0.0.1", &["127.0.0.1, 198.51.100.7"], "198.51.100.7"),
            // Whoever is named by nobody.
            ("127.0.0.1", &[], "127.0.0.1"),
            ("127.0.0.1", &["unknown"], "127.0.0.1"),
            ("127.0.0.1", &["198.51.100.7, _hidden, 10.1.2.3"], "10.1.2.3"),
            ("127.0.0.1", &[""], "127.0.0.1"),
        ] {
            assert_eq!(from(connected, forwarded), client, "{connected} {forwarded:?}");
        }
    }
}
