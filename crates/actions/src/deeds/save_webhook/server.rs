//! How a webhook is saved: its address and its secret are sealed by the process, so that the database alone gives neither away.

use super::{SaveWebhook, SavedWebhook};
use crate::deeds::watched::{fit, said, taken};
use domain::{Severity, WebhookForm};
use gate::{Change, Execute, Failed};
use serde_json::{Value, json};

impl Execute for SaveWebhook {
    async fn execute(self, change: &mut Change) -> Result<SavedWebhook, Failed> {
        let (name, url) = (fit("name", &self.name, 80)?, said(self.url));
        let host = url.as_deref().map(host_of).transpose()?;
        let form = self.form.unwrap_or(WebhookForm::Standard);
        let least = self.least.unwrap_or(Severity::Info);
        let after = |host: &str| json!({ "host": host, "form": form, "least": least, "on": !self.off });
        let (webhook, new) = match (self.webhook, host) {
            (None, None) => return Err(Failed::BadInput("A webhook has an address such as https://chat.example/hook.".into())),
            (None, Some(host)) => {
                let who = change.actor().name.clone();
                // Sealed for their row, whose number is known only once it is there.
                let id: i64 = sqlx::query_scalar(
                    "insert into ops.webhook (name, form, url_sealed, secret_sealed, host, least, enabled, saved_by) values ($1, $2, '', '', $3, $4, $5, $6) returning id",
                )
                .bind(&name)
                .bind(form.word())
                .bind(&host)
                .bind(least.word())
                .bind(!self.off)
                .bind(who)
                .fetch_one(change.conn())
                .await
                .map_err(taken(&name))?;
                change.changed("webhook", &name, Value::Null, after(&host));
                (id, true)
            }
            (Some(id), host) => {
                let before: Option<(String, String, String, String, bool)> =
                    sqlx::query_as("select name, host, form, least, enabled from ops.webhook where id = $1 for update")
                        .bind(id)
                        .fetch_optional(change.conn())
                        .await?;
                let (_, old_host, old_form, old_least, on) = before.ok_or(Failed::NotFound)?;
                let host = host.unwrap_or_else(|| old_host.clone());
                sqlx::query("update ops.webhook set name = $2, host = $3, form = $4, least = $5, enabled = $6 where id = $1")
                    .bind(id)
                    .bind(&name)
                    .bind(&host)
                    .bind(form.word())
                    .bind(least.word())
                    .bind(!self.off)
                    .execute(change.conn())
                    .await
                    .map_err(taken(&name))?;
                let before = json!({ "host": old_host, "form": old_form, "least": old_least, "on": on });
                change.changed("webhook", &name, before, after(&host));
                (id, false)
            }
        };
        if let Some(url) = &url {
            keep(change, webhook, "url", url).await?;
            if !new {
                change.changed("webhook", &format!("{name}: address"), "as it was", "a new one");
            }
        }
        let secret = if new || self.rotate { Some(renewed(change, webhook, &name, new).await?) } else { None };
        Ok(SavedWebhook { webhook, secret: secret.filter(|_| !change.rehearses()) })
    }
}

/// A secret in the form of Standard Webhooks: 32 random bytes.
async fn renewed(change: &mut Change, webhook: i64, name: &str, new: bool) -> Result<String, Failed> {
    let secret: String = sqlx::query_scalar(
        "select 'whsec_' || encode(sha256(convert_to(gen_random_uuid()::text || gen_random_uuid()::text, 'UTF8')), 'base64')",
    )
    .fetch_one(change.conn())
    .await?;
    keep(change, webhook, "secret", &secret).await?;
    if !new {
        change.changed("webhook", &format!("{name}: secret"), "as it was", "a new one");
    }
    Ok(secret)
}

async fn keep(change: &mut Change, webhook: i64, what: &str, plain: &str) -> Result<(), Failed> {
    let sealed = change.seal(&format!("webhook {webhook} {what}"), plain.as_bytes())?;
    let sql = match what {
        "url" => "update ops.webhook set url_sealed = $2 where id = $1",
        _ => "update ops.webhook set secret_sealed = $2 where id = $1",
    };
    sqlx::query(sql).bind(webhook).bind(sealed).execute(change.conn()).await?;
    Ok(())
}

/// The host of an address: all of it that is ever shown again. Whether it may be reached is judged when it is.
fn host_of(url: &str) -> Result<String, Failed> {
    let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"));
    let host = rest.and_then(|rest| rest.split(['/', '?', '#']).next()).unwrap_or_default();
    let of_a_host = |c: char| c.is_alphanumeric() || ['.', '-', '_', ':', '[', ']'].contains(&c);
    let port = host.rsplit_once(':').filter(|_| !host.ends_with(']')).map(|(_, port)| port);
    let fits = (1..=300).contains(&host.len())
        && host.chars().all(of_a_host)
        && port.is_none_or(|port| port.parse::<u16>().is_ok())
        && url.len() <= 2_000
        && !url.contains(char::is_whitespace);
    if fits {
        Ok(host.to_owned())
    } else {
        Err(Failed::BadInput("The address begins with https:// or http://, has a host, and no password in it.".into()))
    }
}

#[cfg(test)]
mod tests {
    use super::host_of;

    #[test]
    fn only_the_host_is_shown() {
        assert_eq!(host_of("https://discord.com/api/webhooks/1/secret").expect("a host"), "discord.com");
        assert_eq!(host_of("http://127.0.0.1:9000?token=1").expect("a host"), "127.0.0.1:9000");
        for bad in ["", "discord.com", "https://", "https://user:pw@host/", "ftp://x", "https://a b/", "https://a:99999/", "https://a^b/"] {
            assert!(host_of(bad).is_err(), "{bad}");
        }
    }
}
