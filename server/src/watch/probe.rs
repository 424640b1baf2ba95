//! One run of a check: asks, and compares what came with what is expected. Says why not in a sentence; what a server answered is never in
//! it but for its status, because an answer may hold anything.

use actions::views::ingest_keys::snippet;
use domain::{CheckKind, CheckSpec, DAYS_LEFT};
use gate::{Claimed, Found};
use http::Method;
use outbound::{Answer, Outbound, Request, Trouble};
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::time::{Duration, Instant};

/// Runs a check; takes no longer than its time limit.
pub(super) async fn run(out: &Outbound, run: &Claimed) -> Found {
    let started = Instant::now();
    let limit = Duration::from_secs(run.timeout_secs.into());
    let found = tokio::time::timeout(limit, ask(out, run.kind, &run.spec, limit)).await;
    let took = i32::try_from(started.elapsed().as_millis()).unwrap_or(i32::MAX);
    let error = match found {
        Ok(Ok(())) => slow(&run.spec, took),
        Ok(Err(why)) => Some(why),
        Err(_) => Some(Trouble::TooSlow(run.timeout_secs.into()).to_string()),
    };
    Found { took_ms: took, error: error.map(|error| scrub::scrub_to_string(&error).0) }
}

fn slow(spec: &CheckSpec, took: i32) -> Option<String> {
    spec.max_ms.filter(|most| i64::from(took) > *most).map(|most| format!("it took {took} ms, more than {most} ms"))
}

async fn ask(out: &Outbound, kind: CheckKind, spec: &CheckSpec, limit: Duration) -> Result<(), String> {
    let said = |trouble: Trouble| trouble.to_string();
    match kind {
        CheckKind::Http => answered(spec, &out.fetch(Request::get(&spec.target), limit).await.map_err(said)?),
        CheckKind::Tcp => {
            let (host, port) =
                spec.target.rsplit_once(':').and_then(|(host, port)| Some((host, port.parse().ok()?))).ok_or("there is no port")?;
            out.touch(host, port, limit).await.map_err(said)
        }
        CheckKind::Dns => {
            let found = out.names(&spec.target, limit).await.map_err(said)?;
            match spec.resolves_to.as_ref().and_then(|address| address.parse().ok()) {
                Some(address) if !found.contains(&address) => Err(format!("it resolves to {}, not to {address}", list(&found))),
                _ => Ok(()),
            }
        }
        CheckKind::Certificate => certificate(out, spec, limit).await,
        CheckKind::Beacon => beacon(out, &spec.target, limit).await,
        // Nothing is asked of a heartbeat, and none is ever claimed.
        CheckKind::Heartbeat => Ok(()),
    }
}

fn list(found: &[std::net::IpAddr]) -> String {
    found.iter().take(8).map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

fn answered(spec: &CheckSpec, answer: &Answer) -> Result<(), String> {
    match spec.status {
        Some(status) if i64::from(answer.status) != status => return Err(format!("it answered {}, not {status}", answer.status)),
        None if !(200..300).contains(&answer.status) => return Err(format!("it answered {}", answer.status)),
        _ => {}
    }
    let text = String::from_utf8_lossy(&answer.body);
    let cut = if answer.cut { " (of a longer answer only the first 256 kB are read)" } else { "" };
    if spec.has.as_ref().is_some_and(|has| !text.contains(has.as_str())) {
        return Err(format!("the answer lacks the text it should have{cut}"));
    }
    if spec.lacks.as_ref().is_some_and(|lacks| text.contains(lacks.as_str())) {
        return Err("the answer has the text it should not have".to_owned());
    }
    let (Some(pointer), Some(equals)) = (&spec.pointer, &spec.equals) else { return Ok(()) };
    let json: Value = serde_json::from_slice(&answer.body).map_err(|_| format!("the answer is not JSON{cut}"))?;
    let there = json.pointer(pointer).ok_or_else(|| format!("the answer has nothing at {pointer}"))?;
    let said = there.as_str().map_or_else(|| there.to_string(), str::to_owned);
    let same = said == *equals;
    if same { Ok(()) } else { Err(format!("at {pointer} the answer has another value than expected")) }
}

async fn certificate(out: &Outbound, spec: &CheckSpec, limit: Duration) -> Result<(), String> {
    let (host, port) = match spec.target.rsplit_once(':') {
        Some((host, port)) if !host.contains(':') || host.starts_with('[') => (host, port.parse().map_err(|_| "there is no such port")?),
        _ => (spec.target.as_str(), 443),
    };
    let (ends, trouble) = out.certificate(host, port, limit).await.map_err(|trouble| trouble.to_string())?;
    let left = ends - crate::edge::now().millis() / 1000;
    let days = left.div_euclid(86_400);
    let wanted = spec.days_left.unwrap_or(DAYS_LEFT);
    match trouble {
        _ if left < -86_400 => Err(format!("the certificate of {host} ended {} days ago", -left / 86_400)),
        _ if left < 0 => Err(format!("the certificate of {host} ended within the last day")),
        Some(trouble) => Err(trouble.to_string()),
        None if days < wanted => Err(format!("the certificate of {host} holds {days} days more, less than {wanted}")),
        None => Ok(()),
    }
}

/// What a browser would do with a page that has the beacon, without one: the page, its loader, the core the loader names, and one batch
/// that a page without errors sends.
async fn beacon(out: &Outbound, page: &str, limit: Duration) -> Result<(), String> {
    let html = fetched(out, page, "the page", limit).await?;
    let html = String::from_utf8_lossy(&html);
    let tag = beacon_tag(&html).ok_or("the page has no line that loads the beacon")?;
    let attribute = |name: &str| between(tag, &format!("{name}=\""), "\"").map(|text| text.replace("&amp;", "&"));
    let (loader, url, core) = (attribute("src"), attribute("data-url"), attribute("data-wasm"));
    let (Some(url), true) = (url, loader.is_some() || core.is_some()) else {
        return Err(format!("the line that loads the beacon is not whole; it reads {}", one_line(&snippet("https://console", "KEY"))));
    };
    let base = url::Url::parse(page).map_err(|_| "the page has no address")?;
    let at = |path: &str| base.join(path).map_err(|_| "the page names an address that is none".to_owned());
    let mut core = core.map(|path| at(&path)).transpose()?;
    // Without `src` the page carries the loader itself.
    if let Some(loader) = loader {
        let loader = at(&loader)?;
        let script = fetched(out, loader.as_str(), "the loader", limit).await?;
        if script.len() > 16 * 1024 {
            return Err(format!("the loader is {} bytes, more than any of ours", script.len()));
        }
        core = core.or_else(|| loader.join("core.wasm").ok());
    }
    let core = core.ok_or("the loader has no address")?;
    let core = fetched(out, core.as_str(), "the core", limit).await?;
    if !core.starts_with(b"\0asm") {
        return Err(format!("the core is no WebAssembly ({} bytes, sha256 {})", core.len(), &hex::encode(Sha256::digest(&core))[..12]));
    }
    let report = at(&url)?;
    let batch = serde_json::json!({ "v": 1, "b": "synthetic-check", "p": "synthetic-check", "n": 0, "e": [], "d": {} });
    let headers = vec![("content-type", "text/plain".to_owned()), ("origin", base.origin().ascii_serialization())];
    let request = Request { method: Method::POST, url: report.as_str(), headers, body: batch.to_string().into_bytes(), follow: false };
    match out.fetch(request, limit).await.map_err(|trouble| trouble.to_string())?.status {
        204 => Ok(()),
        status => Err(format!("what the page reports is answered {status}, not 204")),
    }
}

async fn fetched(out: &Outbound, url: &str, what: &str, limit: Duration) -> Result<Vec<u8>, String> {
    let answer = out.fetch(Request::get(url), limit).await.map_err(|trouble| format!("{what}: {trouble}"))?;
    if answer.status == 200 { Ok(answer.body) } else { Err(format!("{what} is answered {}", answer.status)) }
}

/// The script element with the beacon's attributes.
fn beacon_tag(html: &str) -> Option<&str> {
    html.split("<script").skip(1).filter_map(|rest| rest.split('>').next()).find(|tag| tag.contains("data-url="))
}

fn between<'a>(text: &'a str, from: &str, to: &str) -> Option<&'a str> {
    text.split_once(from)?.1.split_once(to).map(|(inside, _)| inside)
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
