//! The certificate people meet at the public URL: until when it holds. Not in here: whether a browser trusts who signed it.

use domain::{At, Fact, PartStatus, Reading};
use outbound::Outbound;
use std::time::Duration;
use url::Url;

const PATIENCE: Duration = Duration::from_secs(4);
/// Days before its end at which somebody should look, and at which it is nearly too late.
const DAYS: (i64, i64) = (21, 3);

/// Connects and looks. The address is the configuration's own, so it may be a private one.
pub(super) async fn read(url: &str) -> Result<Reading, String> {
    let url: Url = url.parse().map_err(|error| format!("The public URL is none: {error}."))?;
    if url.scheme() != "https" {
        return Ok(Reading::of("nothing", vec![Fact::text("public URL", "not https: there is no certificate")]));
    }
    let (host, port) = (url.host_str().unwrap_or_default(), url.port_or_known_default().unwrap_or(443));
    let out = Outbound::new("0.0.0.0/0, ::/0".parse()?, &[])?;
    let met = out.certificate(host, port, PATIENCE).await;
    let (until, _) = met.map_err(|trouble| format!("The certificate of {host} cannot be read: {trouble}."))?;
    Ok(judged(host, At::from_millis(until.saturating_mul(1_000)), crate::edge::now()))
}

fn judged(host: &str, until: At, now: At) -> Reading {
    let days = until.secs_since(now).div_euclid(86_400);
    let facts = vec![Fact::text("host", host), Fact::number("days left", days, "days"), Fact::text("holds until", until.to_string())];
    let reading = Reading::of(&format!("the handshake with {host}"), facts);
    match days {
        ..0 => reading.but(PartStatus::Fail, format!("The certificate of {host} has run out: browsers refuse it.")),
        left if left < DAYS.1 => reading.but(PartStatus::Fail, format!("The certificate of {host} runs out in {left} days.")),
        left if left < DAYS.0 => reading.but(PartStatus::Warn, format!("The certificate of {host} runs out in {left} days.")),
        _ => reading,
    }
}
