//! The outer layer: who may send what from where, and the headers every answer carries.

use super::AppState;
use axum::{
    extract::{Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, Method, header},
    middleware::Next,
    response::Response,
};
use domain::{Problem, ProblemKind};

const FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// Refuses what another site made the browser send. Links to pages may come from anywhere; everything
/// that acts or answers data has to come from here, or carry a bearer token, which no other site has.
pub(super) async fn same_origin(State(state): State<AppState>, mut request: Request, next: Next) -> Response {
    let path = request.uri().path();
    let data = ["/api/", "/fn/", "/live"].iter().any(|prefix| path.starts_with(prefix));
    let safe = matches!(*request.method(), Method::GET | Method::HEAD);
    if (data || !safe) && !from_here(request.headers(), &state.origin) {
        let problem = Problem::new(
            ProblemKind::Refused,
            "This request came from another site, so it was not looked at. Open the console itself and try again.",
        );
        return super::rest::problem(&problem);
    }
    if path.starts_with("/fn/") {
        // With text/html a server function would answer with a redirect to the Referer.
        request.headers_mut().insert(header::ACCEPT, HeaderValue::from_static("application/json"));
    }
    next.run(request).await
}

fn from_here(headers: &HeaderMap, origin: &str) -> bool {
    let text = |name: &HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
    match (text(&header::ORIGIN), text(&FETCH_SITE)) {
        // A browser says so itself; pages cannot forge it.
        (_, Some(site)) => site == "same-origin" || site == "none",
        (Some(from), None) => from == origin,
        // No browser at all: a script with a bearer token, or with nothing that would let it in.
        (None, None) => headers.contains_key(header::AUTHORIZATION) || !headers.contains_key(header::COOKIE),
    }
}

/// Headers on every answer. Pages bring their own policy with a nonce.
pub(super) async fn headers(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    let always = [
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "same-origin"),
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
        (HeaderName::from_static("permissions-policy"), "camera=(), microphone=(), geolocation=()"),
    ];
    for (name, value) in always {
        headers.insert(name, HeaderValue::from_static(value));
    }
    let corp = HeaderName::from_static("cross-origin-resource-policy");
    headers.entry(corp).or_insert(HeaderValue::from_static("same-origin"));
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    headers.entry(header::CONTENT_SECURITY_POLICY).or_insert(HeaderValue::from_static(PLAIN_POLICY));
    response
}

/// For everything that runs no script: sign-in, enrolment, errors, data.
const PLAIN_POLICY: &str = "default-src 'none'; style-src 'self'; img-src 'self' data:; font-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

/// For the app: scripts by nonce only, and WebAssembly.
pub(super) fn page_policy(nonce: &str) -> String {
    format!(
        "default-src 'none'; script-src 'nonce-{nonce}' 'strict-dynamic' 'wasm-unsafe-eval'; style-src 'self'; connect-src 'self'; img-src 'self' data:; font-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_this_site_and_bearers_act() {
        let ask = |pairs: &[(&str, &str)]| {
            let headers =
                pairs.iter().map(|(k, v)| (k.parse::<HeaderName>().expect("name"), v.parse::<HeaderValue>().expect("value"))).collect();
            from_here(&headers, "http://127.0.0.1:3000")
        };
        assert!(ask(&[("sec-fetch-site", "same-origin"), ("cookie", "a=b")]));
        assert!(ask(&[("origin", "http://127.0.0.1:3000"), ("cookie", "a=b")]));
        assert!(ask(&[("authorization", "Bearer x")]));
        for hostile in
            ["null", "http://127.0.0.1:3001", "https://127.0.0.1:3000", "http://127.0.0.1:3000.evil.example", "http://evil.example"]
        {
            assert!(!ask(&[("origin", hostile), ("cookie", "a=b")]), "{hostile}");
            assert!(!ask(&[("origin", hostile), ("authorization", "Bearer x")]), "{hostile}");
        }
        for site in ["cross-site", "same-site"] {
            assert!(!ask(&[("sec-fetch-site", site), ("origin", "http://127.0.0.1:3000")]), "{site}");
        }
        assert!(!ask(&[("cookie", "a=b")]), "a cookie without any sign of where it came from");
    }
}
