//! The REST door from outside: one address, one token, answers as JSON, refusals as problems.
//! Not in here: what is asked, and how answers look.

use crate::failure::Failure;
use domain::{Action, Ask, Problem, View};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use std::{io::Read, time::Duration};
use ureq::{
    Agent, Body,
    http::{Request, Response},
    tls::{RootCerts, TlsConfig},
};

/// Answers are lists of at most a few hundred rows; more than this is not the console's.
const MAX_ANSWER: u64 = 64 << 20;

/// One console, as one person.
pub struct Client {
    agent: Agent,
    pub url: String,
    token: Option<String>,
}

impl Client {
    pub fn new(url: String, token: Option<String>) -> Self {
        let tls = TlsConfig::builder().root_certs(RootCerts::PlatformVerifier).build();
        let mut config = Agent::config_builder()
            .tls_config(tls)
            // A redirect would carry the request, and on a careless client the token, elsewhere.
            .max_redirects(0)
            .http_status_as_error(false)
            .timeout_connect(Some(Duration::from_secs(10)))
            .user_agent(concat!("opsctl/", env!("CARGO_PKG_VERSION")));
        if is_loopback(&url) {
            config = config.proxy(None);
        }
        Self { agent: config.build().into(), url, token }
    }

    /// The same console as the same person, for another thread.
    pub fn again(&self) -> Self {
        Self { agent: self.agent.clone(), url: self.url.clone(), token: self.token.clone() }
    }

    /// What a view answers.
    pub fn view<V: View>(&self, input: &V) -> Result<Value, Failure> {
        let mut path = format!("/api/v1/support/{}", V::META.name);
        let fields = serde_json::to_value(input).unwrap_or_default();
        let mut joint = '?';
        for (name, value) in fields.as_object().into_iter().flatten() {
            let text = match value {
                Value::Null | Value::Bool(false) => continue,
                Value::String(text) => text.clone(),
                other => other.to_string(),
            };
            path.push(joint);
            path.push_str(name);
            path.push('=');
            percent_encode(&text, &mut path);
            joint = '&';
        }
        self.send("GET", &path, None)
    }

    /// What an action did, or with a rehearsal would do.
    pub fn act<A: Action>(&self, input: &A, ask: &Ask) -> Result<Value, Failure> {
        let path = format!("/api/v1/support/actions/{}", A::META.name);
        self.send("POST", &path, Some(json!({ "ask": ask, "input": input })))
    }

    /// The same for an action whose input is a file: a slow line may take its time.
    pub fn upload<A: Action>(&self, input: &A, ask: &Ask) -> Result<Value, Failure> {
        let path = format!("/api/v1/support/actions/{}", A::META.name);
        self.send_within("POST", &path, Some(json!({ "ask": ask, "input": input })), Duration::from_secs(300))
    }

    /// Any request whose answer is JSON or nothing.
    pub fn send(&self, method: &str, path: &str, body: Option<Value>) -> Result<Value, Failure> {
        // Long enough for an action that waits for a lock; a stream has no such end.
        self.send_within(method, path, body, Duration::from_secs(60))
    }

    fn send_within(&self, method: &str, path: &str, body: Option<Value>, longest: Duration) -> Result<Value, Failure> {
        let answer = self.request(method, path, body, longest)?;
        let status = answer.status().as_u16();
        let text = self.text(answer, method)?;
        if !(200..300).contains(&status) {
            return Err(self.refusal(status, &text));
        }
        if text.trim().is_empty() {
            return Ok(Value::Null);
        }
        serde_json::from_str(&text).map_err(|_| Failure::NotTheConsole { url: self.url.clone(), status })
    }

    /// A stream of changes, from after `last` if given.
    pub fn stream(&self, path: &str, last: Option<&str>) -> Result<impl Read + use<>, Failure> {
        let request = self.builder("GET", path, "text/event-stream");
        self.read(if let Some(last) = last { request.header("Last-Event-ID", last) } else { request })
    }

    /// A file, however long it is.
    pub fn download(&self, path: &str) -> Result<impl Read + use<>, Failure> {
        self.read(self.builder("GET", path, "*/*"))
    }

    /// An answer that is read as it comes.
    fn read(&self, request: ureq::http::request::Builder) -> Result<impl Read + use<>, Failure> {
        let request = request.body(()).map_err(|why| self.unreachable(&why))?;
        // The console says something at least every half minute; longer silence is a dead line.
        let request = self.agent.configure_request(request).timeout_per_read(Some(Duration::from_secs(90))).build();
        let answer = self.agent.run(request).map_err(|why| self.unreachable(&why))?;
        let status = answer.status().as_u16();
        if status != 200 {
            let text = self.text(answer, "GET")?;
            return Err(self.refusal(status, &text));
        }
        Ok(answer.into_body().into_reader())
    }

    fn request(&self, method: &str, path: &str, body: Option<Value>, longest: Duration) -> Result<Response<Body>, Failure> {
        let limit = Some(longest);
        let request = self.builder(method, path, "application/json");
        let sent = match body {
            None => {
                let request = request.body(()).map_err(|why| self.unreachable(&why))?;
                self.agent.run(self.agent.configure_request(request).timeout_global(limit).build())
            }
            Some(body) => {
                let request = request.header("Content-Type", "application/json").body(body.to_string());
                let request = request.map_err(|why| self.unreachable(&why))?;
                self.agent.run(self.agent.configure_request(request).timeout_global(limit).build())
            }
        };
        sent.map_err(|why| {
            if method == "GET" || never_sent(&why) {
                self.unreachable(&why)
            } else {
                Failure::CutOff { url: self.url.clone(), why: why.to_string() }
            }
        })
    }

    fn builder(&self, method: &str, path: &str, accept: &str) -> ureq::http::request::Builder {
        let mut request = Request::builder().method(method).uri(format!("{}{path}", self.url)).header("Accept", accept);
        if let Some(token) = &self.token {
            request = request.header("Authorization", format!("Bearer {token}"));
        }
        request
    }

    fn text(&self, answer: Response<Body>, method: &str) -> Result<String, Failure> {
        answer.into_body().into_with_config().limit(MAX_ANSWER).lossy_utf8(true).read_to_string().map_err(|why| {
            if method == "GET" { self.unreachable(&why) } else { Failure::CutOff { url: self.url.clone(), why: why.to_string() } }
        })
    }

    fn refusal(&self, status: u16, text: &str) -> Failure {
        match serde_json::from_str::<Problem>(text) {
            Ok(problem) => Failure::Problem(problem),
            Err(_) => Failure::NotTheConsole { url: self.url.clone(), status },
        }
    }

    fn unreachable(&self, why: &dyn std::fmt::Display) -> Failure {
        Failure::Unreachable { url: self.url.clone(), why: why.to_string() }
    }
}

/// The typed form of an answer, for printing.
pub fn typed<T: DeserializeOwned>(answer: Value) -> Result<T, Failure> {
    serde_json::from_value(answer).map_err(|why| Failure::OtherVersion { why: why.to_string() })
}

/// True when the request cannot have reached the console.
fn never_sent(why: &ureq::Error) -> bool {
    use ureq::{Error, Timeout};
    match why {
        // A certificate that is not believed ends the handshake, before the request.
        Error::Io(why) => why.kind() == std::io::ErrorKind::ConnectionRefused || why.to_string().contains("invalid peer certificate"),
        Error::Timeout(at) => matches!(at, Timeout::Connect | Timeout::Resolve),
        Error::HostNotFound | Error::ConnectionFailed | Error::BadUri(_) | Error::Http(_) | Error::Tls(_) => true,
        _ => false,
    }
}

/// True for this very machine: no proxy is asked, and plain HTTP harms nobody.
pub fn is_loopback(url: &str) -> bool {
    let Ok(uri) = url.parse::<ureq::http::Uri>() else {
        return false;
    };
    let host = uri.host().unwrap_or_default().trim_matches(['[', ']']);
    host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

pub fn percent_encode(text: &str, to: &mut String) {
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => to.push(char::from(byte)),
            _ => to.push_str(&format!("%{byte:02X}")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_this_machine_is_loopback() {
        for url in ["http://127.0.0.1:3000", "http://localhost", "http://[::1]:3000"] {
            assert!(is_loopback(url), "{url}");
        }
        for url in ["https://console.example.com", "http://127.0.0.1.example.com", "http://10.0.0.1"] {
            assert!(!is_loopback(url), "{url}");
        }
    }

    #[test]
    fn values_survive_the_address() {
        let mut to = String::new();
        percent_encode("a b&c=ü/+", &mut to);
        assert_eq!(to, "a%20b%26c%3D%C3%BC%2F%2B");
    }
}
