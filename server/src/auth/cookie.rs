//! What a client shows to say who it is: the console's cookie, or a bearer token. Not in here: whether
//! that is still somebody (see `gate`).

use axum::http::{HeaderMap, HeaderValue, header};
use gate::Token;

/// The prefix makes browsers refuse it with a domain, without `Secure`, or for part of the site only.
const NAME: &str = "__Host-ops";
const ATTRIBUTES: &str = "Path=/; Secure; HttpOnly; SameSite=Strict";

/// The token of a request. One that carries any `Authorization` is not a browser's: its cookies do not count.
#[must_use]
pub fn token_of(headers: &HeaderMap) -> Option<Token> {
    if let Some(authorization) = headers.get(header::AUTHORIZATION) {
        let (scheme, token) = authorization.to_str().ok()?.split_once(' ')?;
        return if scheme.eq_ignore_ascii_case("bearer") { Token::parse(token.trim()) } else { None };
    }
    from_cookie(headers)
}

fn from_cookie(headers: &HeaderMap) -> Option<Token> {
    let pairs = headers.get_all(header::COOKIE).into_iter().filter_map(|value| value.to_str().ok()).flat_map(|value| value.split(';'));
    let mut ours = pairs.filter_map(|pair| pair.trim().split_once('=')).filter(|(name, _)| *name == NAME);
    Token::parse(ours.next()?.1)
}

/// `Set-Cookie` that lets the browser in; gone when the browser closes.
pub(super) fn set(token: &Token) -> HeaderValue {
    let text = format!("{NAME}={}; {ATTRIBUTES}", token.expose());
    // Hexadecimal digits always fit.
    HeaderValue::try_from(text).unwrap_or(HeaderValue::from_static(""))
}

/// `Set-Cookie` that makes the browser forget.
pub(super) fn forget() -> HeaderValue {
    HeaderValue::from_static("__Host-ops=; Path=/; Secure; HttpOnly; SameSite=Strict; Max-Age=0")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(pairs: &[(header::HeaderName, String)]) -> Option<String> {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.append(name.clone(), value.parse().expect("a header"));
        }
        token_of(&headers).map(|token| token.expose().to_owned())
    }

    #[test]
    fn a_cookie_or_a_bearer_but_never_both() {
        let (a, b) = ("a".repeat(64), "b".repeat(64));
        let cookie = (header::COOKIE, format!("theme=dark; __Host-ops={a}"));
        assert_eq!(asked(std::slice::from_ref(&cookie)), Some(a.clone()));
        assert_eq!(asked(&[(header::AUTHORIZATION, format!("Bearer {b}"))]), Some(b.clone()));
        assert_eq!(asked(&[cookie.clone(), (header::AUTHORIZATION, format!("bearer {b}"))]), Some(b));
        // Anything else in Authorization silences the cookie too: it is how a request passes as no browser's.
        for other in ["Bearer nonsense", "Bearer", "Basic YTpi", ""] {
            assert_eq!(asked(&[cookie.clone(), (header::AUTHORIZATION, other.to_owned())]), None, "{other}");
        }
    }

    #[test]
    fn other_cookies_are_not_ours() {
        let a = "a".repeat(64);
        for cookie in [
            format!("__host-ops={a}"),
            format!("ops={a}"),
            format!("x__Host-ops={a}"),
            "__Host-ops=short".to_owned(),
            "__Host-ops".to_owned(),
        ] {
            assert_eq!(asked(&[(header::COOKIE, cookie.clone())]), None, "{cookie}");
        }
    }

    #[test]
    fn what_is_set_is_what_is_read() {
        let token = Token::from_bytes([7; 32]);
        let set = set(&token);
        let text = set.to_str().expect("text");
        assert!(text.ends_with("; Path=/; Secure; HttpOnly; SameSite=Strict"), "{text}");
        assert!(!text.contains("Domain") && !text.contains("Max-Age") && !text.contains("Expires"), "{text}");
        let pair = text.split(';').next().expect("a pair").to_owned();
        assert_eq!(asked(&[(header::COOKIE, pair)]), Some(token.expose().to_owned()));
        assert!(forget().to_str().expect("text").contains("Max-Age=0"));
    }
}
