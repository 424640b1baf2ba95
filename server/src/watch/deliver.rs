//! Sends a message to a webhook, in the form of Standard Webhooks: `webhook-id` (the same however often it is sent), `webhook-timestamp`
//! (of this attempt) and `webhook-signature` (`v1,` and the HMAC-SHA256 of `id.timestamp.body`). 2xx is taken; 410 is no for good; all else
//! is tried again, later each time.

use super::Watch;
use crate::edge;
use domain::Problem;
use gate::{Letter, Seal};
use hmac::{Hmac, KeyInit, Mac};
use http::Method;
use outbound::{Request, Trouble};
use sha2::Sha256;
use std::time::Duration;

/// How long a receiver may take. Shorter than the lease of a message.
const LIMIT: Duration = Duration::from_secs(15);

/// `v1,` and the base64 of the HMAC-SHA256 of `id.timestamp.body`; the secret is `whsec_` and base64.
#[must_use]
pub fn signature(secret: &str, id: &str, timestamp: i64, body: &str) -> Option<String> {
    let key = data_encoding::BASE64.decode(secret.strip_prefix("whsec_")?.as_bytes()).ok()?;
    let mut mac = Hmac::<Sha256>::new_from_slice(&key).ok()?;
    for part in [id, ".", &timestamp.to_string(), ".", body] {
        mac.update(part.as_bytes());
    }
    Some(format!("v1,{}", data_encoding::BASE64.encode(&mac.finalize().into_bytes())))
}

pub(super) async fn send(watch: &Watch, letter: &Letter) -> Result<(), Problem> {
    let hook = letter.hook.webhook_id;
    let open = |what: &str, sealed: &[u8]| {
        watch.key.open(&format!("webhook {hook} {what}"), sealed).and_then(|plain| String::from_utf8(plain).ok())
    };
    let [chance] = edge::random_bytes::<1>();
    let (Some(url), Some(secret)) = (open("url", &letter.hook.url_sealed), open("secret", &letter.hook.secret_sealed)) else {
        let why = "What is kept of this webhook cannot be opened with the key of this server. Save its address anew and let it have a new secret.";
        return watch.monitor.undelivered(letter, None, why, true, chance).await.map(drop);
    };
    let (id, now) = (format!("msg_{}", letter.id.simple()), edge::now().millis() / 1000);
    let Some(signature) = signature(&secret, &id, now, &letter.body) else {
        return watch
            .monitor
            .undelivered(letter, None, "The secret of this webhook cannot be used. Let it have a new one.", true, chance)
            .await
            .map(drop);
    };
    let headers = vec![
        ("content-type", "application/json".to_owned()),
        ("webhook-id", id),
        ("webhook-timestamp", now.to_string()),
        ("webhook-signature", signature),
    ];
    let request = Request { method: Method::POST, url: &url, headers, body: letter.body.clone().into_bytes(), follow: false };
    match watch.out.fetch(request, LIMIT).await {
        Ok(answer) if (200..300).contains(&answer.status) => watch.monitor.delivered(letter, answer.status).await.map(drop),
        Ok(answer) => {
            let why = if answer.status == 410 {
                "The receiver says that it wants no more (410).".into()
            } else {
                format!("The receiver answered {}.", answer.status)
            };
            watch.monitor.undelivered(letter, Some(answer.status), &why, answer.status == 410, chance).await.map(drop)
        }
        // Never the address: it may be a secret.
        Err(Trouble::BadUrl(_)) => {
            watch.monitor.undelivered(letter, None, "Its address cannot be read. Save the right one.", true, chance).await.map(drop)
        }
        Err(trouble) => {
            watch.monitor.undelivered(letter, None, &format!("It did not get there: {trouble}."), false, chance).await.map(drop)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::signature;

    /// The example that the specification of Standard Webhooks gives.
    #[test]
    fn signed_as_everybody_signs() {
        let said =
            signature("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, "{\"test\": 2432232314}");
        assert_eq!(said.as_deref(), Some("v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="));
        assert_eq!(signature("no prefix", "a", 1, ""), None);
    }
}
