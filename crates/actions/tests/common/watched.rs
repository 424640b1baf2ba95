//! What is watched, for the walks: one of each thing the deeds about checks, alerts and webhooks are about.

use super::World;
use serde_json::{Value, json};
use uuid::Uuid;

/// Numbers of what is there.
#[derive(Clone, Copy, Default)]
pub struct Watched {
    pub check: i64,
    pub maintenance: i64,
    pub rule: i64,
    pub alert: i64,
    pub webhook: i64,
    pub delivery: Uuid,
    pub account: Uuid,
}

/// What seals in these tests: not encryption, but bound to its place like it.
pub struct Boxes;

impl gate::Seal for Boxes {
    fn seal(&self, what: &str, plain: &[u8]) -> Vec<u8> {
        let plain: Vec<u8> = plain.iter().map(|byte| byte ^ 0x5a).collect();
        [what.as_bytes(), b"\0", &plain].concat()
    }
    fn open(&self, what: &str, sealed: &[u8]) -> Option<Vec<u8>> {
        let plain = sealed.strip_prefix([what.as_bytes(), b"\0"].concat().as_slice())?;
        Some(plain.iter().map(|byte| byte ^ 0x5a).collect())
    }
    fn random(&self) -> [u8; 32] {
        let (a, b) = (super::rand_u128().to_be_bytes(), super::rand_u128().to_be_bytes());
        [a, b].concat().try_into().expect("32 bytes")
    }
}

impl World {
    /// One of each, as its deed finds it.
    pub async fn watched(&self) -> Watched {
        let mut db = self.db().await;
        let (check, maintenance, rule, alert, webhook, delivery) = sqlx::query_as(
            "with gone as (delete from ops.check where name = 'A walked one'), free as (delete from ops.alert_rule where name = 'A walked one'),
               c as (insert into ops.check (name, kind, spec, saved_by, next_run_at) values ('Walked ' || gen_random_uuid(), 'TCP', '{\"target\": \"db.example:5432\"}', 'Anna', now() + interval '1 hour') returning id),
               m as (insert into ops.maintenance (check_id, starts_at, ends_at, reason, saved_by) select id, now(), now() + interval '1 hour', 'walked', 'Anna' from c returning id),
               r as (insert into ops.alert_rule (name, source, condition, severity, saved_by) values ('Walked ' || gen_random_uuid(), 'CHECK', 'ABOVE', 'WARNING', 'Anna') returning id),
               a as (insert into ops.alert (rule_id, rule_name, severity, subject, title, value) select id, 'Walked', 'WARNING', '', 'walked', 1 from r returning id),
               w as (insert into ops.webhook (name, form, url_sealed, secret_sealed, host, saved_by) values ('Walked ' || gen_random_uuid(), 'STANDARD', '', '', 'h', 'Anna') returning id),
               d as (insert into ops.delivery (webhook_id, event, body, state) select id, 'test', '{}', 'DEAD' from w returning id)
             select c.id, m.id, r.id, a.id, w.id, d.id from c, m, r, a, w, d",
        )
        .fetch_one(&mut db)
        .await
        .expect("one of each");
        let account = sqlx::query_scalar(
            "with s as (insert into console.staff (id, email, name) select id, id || '@console.invalid', 'Ended ' || $1::text from gen_random_uuid() id returning id),
               i as (insert into console.sign_in (id, staff_id, kind, token_hash, scope_hash, second_factor_at, expires_at)
                     select id, id, 'service', decode(md5(id::text), 'hex'), decode(md5(id::text || 's'), 'hex'), now(), now() + interval '1 hour' from s returning id)
             insert into console.service_account (staff_id, sign_in_id, sponsor, permissions, ends_at) select id, id, id, '{read}', now() + interval '59 minutes' from i returning staff_id",
        )
        .bind(webhook)
        .fetch_one(&mut db)
        .await
        .expect("an account of a script");
        Watched { check, maintenance, rule, alert, webhook, delivery, account }
    }
}

/// A fitting input for each action about what is watched.
pub fn watched_input(action: &str, on: &Watched) -> Option<Value> {
    Some(match action {
        "save-check" => json!({"name": "A walked one", "kind": "TCP", "target": "db.example:5432"}),
        "delete-check" | "run-check" => json!({"check": on.check}),
        "pause-check" => json!({"check": on.check, "paused": true}),
        "save-maintenance" => json!({"check": on.check, "until": "2h", "because": "The database moves"}),
        "end-maintenance" => json!({"maintenance": on.maintenance}),
        "save-alert-rule" => json!({"rule": on.rule, "name": "A walked one", "source": "WAITING", "threshold": 100}),
        "delete-alert-rule" => json!({"rule": on.rule}),
        "silence-alert-rule" => json!({"rule": on.rule, "until": "4h"}),
        "acknowledge-alert" => json!({"alert": on.alert, "note": "I look into it"}),
        "save-webhook" => json!({"webhook": on.webhook, "name": format!("Mine {}", on.webhook), "url": "https://chat.example/hook/secret"}),
        "delete-webhook" | "test-webhook" => json!({"webhook": on.webhook}),
        "redeliver" => json!({"delivery": on.delivery}),
        "issue-service-account" => json!({"name": format!("Walked {}", on.webhook), "permissions": ["read"], "minutes": 5}),
        "end-service-account" => json!({"account": on.account}),
        _ => return None,
    })
}

/// Whether such an action did what it is there for: a statement over its number, and the number.
pub fn watched_effect(action: &str, on: &Watched) -> Option<(&'static str, i64)> {
    Some(match action {
        "save-check" => ("select exists (select from ops.check where name = 'A walked one' and id > $1)", on.check),
        "delete-check" => ("select not exists (select from ops.check where id = $1)", on.check),
        "run-check" => ("select next_run_at <= now() from ops.check where id = $1", on.check),
        "pause-check" => ("select paused from ops.check where id = $1", on.check),
        "save-maintenance" => ("select count(*) = 2 from ops.maintenance where check_id = $1", on.check),
        "end-maintenance" => ("select ended_at is not null from ops.maintenance where id = $1", on.maintenance),
        "save-alert-rule" => ("select source = 'WAITING' from ops.alert_rule where id = $1", on.rule),
        "delete-alert-rule" => ("select not exists (select from ops.alert_rule where id = $1)", on.rule),
        "silence-alert-rule" => ("select silenced_until is not null from ops.alert_rule where id = $1", on.rule),
        "acknowledge-alert" => ("select state = 'ACKNOWLEDGED' from ops.alert where id = $1", on.alert),
        "save-webhook" => ("select host = 'chat.example' and length(url_sealed) > 0 from ops.webhook where id = $1", on.webhook),
        "delete-webhook" => ("select not exists (select from ops.webhook where id = $1)", on.webhook),
        "test-webhook" => ("select count(*) = 2 from ops.delivery where webhook_id = $1", on.webhook),
        "issue-service-account" => (
            "select exists (select from console.staff s join console.service_account a on a.staff_id = s.id where s.name like 'Walked ' || $1::text || ' (for%')",
            on.webhook,
        ),
        "end-service-account" => (
            "select i.revoked_at is not null from console.sign_in i join console.staff s on s.id = i.staff_id where s.name = 'Ended ' || $1::text",
            on.webhook,
        ),
        "redeliver" => ("select state = 'WAITING' from ops.delivery where webhook_id = $1", on.webhook),
        _ => return None,
    })
}
