//! Checks, alerts and webhooks as tables.

use super::{Paint, cut, jobs::foot, table::facts, table::table, words};
use actions::views::{
    alert_rules::{AlertRuleRow, AlertRulesOutput},
    alerts::{AlertRow, AlertsOutput},
    check::CheckOutput,
    checks::{CheckRow, ChecksOutput, Stands, percent},
    webhooks::{DeliveryRow, WebhookRow, WebhooksOutput},
};
use domain::{AlertState, At, DeliveryState, Severity};

pub fn checks(list: &ChecksOutput, paint: Paint) -> String {
    if list.rows.is_empty() {
        let none = "No check fits. Save one: opsctl check save Shop --kind http --target https://shop.example/health\n";
        return none.to_owned();
    }
    let rows: Vec<Vec<String>> = list.rows.iter().map(|row| line(row, list.now, paint)).collect();
    let heads = ["CHECK", "STATE", "NAME", "KIND", "TARGET", "DAY", "WEEK", "TOOK", "LATELY", "LAST", "NEXT", "WHY"];
    let about = format!("{} of {}, {} down", rows.len(), words::count(list.total, false, "check"), list.down);
    let mut text = table(paint, &heads, &rows) + &*foot(paint, &about, list.next.as_deref());
    for window in &list.maintenance {
        let what = window.check_name.as_deref().unwrap_or("all checks");
        text.push_str(&paint.dim(&format!(
            "Maintenance {} of {what}: {} to {} UTC, {} ({})\n",
            window.maintenance,
            window.starts_at.clock(),
            window.ends_at.clock(),
            window.reason,
            window.saved_by
        )));
    }
    text
}

fn line(row: &CheckRow, now: At, paint: Paint) -> Vec<String> {
    let share = |share: Option<i64>| share.map_or_else(|| "\u{2013}".to_owned(), percent);
    vec![
        row.check.to_string(),
        stands(row.stands, paint),
        paint.bold(&row.name),
        row.kind.word().to_ascii_lowercase(),
        cut(&row.target, 40),
        share(row.uptime_day),
        share(row.uptime_week),
        row.last_ms.map(|ms| format!("{ms} ms")).unwrap_or_default(),
        words::spark(&row.spark),
        row.last_at.map(|at| words::ago(now, at)).unwrap_or_default(),
        row.next_at.map(|at| words::ago(now, at)).unwrap_or_default(),
        cut(row.last_error.as_deref().unwrap_or_default(), 60),
    ]
}

fn stands(stands: Stands, paint: Paint) -> String {
    match stands {
        Stands::Up => paint.good("\u{2713} up"),
        Stands::Down => paint.bad("\u{2717} down"),
        Stands::New => paint.dim("\u{25cb} new"),
        Stands::Paused => paint.dim("\u{2016} paused"),
        Stands::Maintenance => paint.warn("~ maintenance"),
        Stands::NotChecked => paint.warn("? not checked"),
    }
}

pub fn check(one: &CheckOutput, paint: Paint) -> String {
    let row = &one.row;
    let mut text = format!("{} {} {}\n", stands(row.stands, paint), paint.bold(&row.name), paint.dim(&row.target));
    let every = domain::human_millis(one.every_secs * 1000);
    text.push_str(&facts(
        paint,
        &[
            ("kind", row.kind.word().to_ascii_lowercase()),
            ("runs", format!("every {every}, within {} s; down after {}, up after {}", one.timeout_secs, one.fail_after, one.pass_after)),
            ("day / week", [row.uptime_day, row.uptime_week].map(|share| share.map_or_else(|| "\u{2013}".to_owned(), percent)).join(" / ")),
            ("why", row.last_error.clone().unwrap_or_default()),
            ("saved by", one.saved_by.clone()),
        ],
    ));
    for gap in &one.gaps {
        text.push_str(&paint.warn(&format!(
            "Not checked from {} {} to {} {} UTC\n",
            gap.from.date(),
            gap.from.clock(),
            gap.to.date(),
            gap.to.clock()
        )));
    }
    for incident in &one.incidents {
        let until = incident.up_at.map_or_else(|| "now".to_owned(), |at| format!("{} {}", at.date(), at.clock()));
        text.push_str(&paint.bad(&format!(
            "Down from {} {} to {until}: {}\n",
            incident.down_since.date(),
            incident.down_since.clock(),
            incident.error
        )));
    }
    let rows: Vec<Vec<String>> = one
        .results
        .iter()
        .map(|result| {
            let ok = if result.ok { paint.good("\u{2713}") } else { paint.bad("\u{2717}") };
            let took = result.took_ms.map(|ms| format!("{ms} ms")).unwrap_or_default();
            let why = result.error.clone().unwrap_or_default();
            vec![ok, format!("{} {}", result.at.date(), result.at.clock()), took, why, result.runner.clone()]
        })
        .collect();
    text.push('\n');
    text.push_str(&table(paint, &["", "AT", "TOOK", "WHY", "BY"], &rows));
    if let Some(output) = one.results.iter().find_map(|result| result.output.as_ref()) {
        text.push_str(&format!("\nWhat it printed last:\n{output}\n"));
    }
    text
}

fn severity(severity: Severity, paint: Paint) -> String {
    match severity {
        Severity::Critical => paint.bad("!! critical"),
        Severity::Warning => paint.warn("! warning"),
        Severity::Info => paint.dim("\u{b7} info"),
    }
}

pub fn alerts(list: &AlertsOutput, paint: Paint) -> String {
    if list.rows.is_empty() {
        return "No alert is open. What raises one: opsctl alerts rules\n".to_owned();
    }
    let line = |row: &AlertRow| {
        let state = match row.state {
            AlertState::Open => paint.bad("\u{2717} open"),
            AlertState::Acknowledged => paint.busy("\u{25cf} acknowledged"),
            AlertState::Closed => paint.dim("\u{2713} closed"),
        };
        let by = row.acked_by.clone().map(|who| row.note.as_ref().map_or(who.clone(), |note| format!("{who}: {note}"))).unwrap_or_default();
        let (since, last) = (words::ago(list.now, row.opened_at), words::ago(list.now, row.closed_at.unwrap_or(row.last_seen)));
        vec![
            row.alert.to_string(),
            state,
            severity(row.severity, paint),
            paint.bold(&cut(&row.title, 80)),
            row.rule_name.clone(),
            since,
            last,
            cut(&by, 50),
        ]
    };
    let rows: Vec<Vec<String>> = list.rows.iter().map(line).collect();
    let about = format!("{} shown, {} nobody looks after", words::count(i64::try_from(rows.len()).unwrap_or(0), false, "alert"), list.open);
    let next = list.next.map(|next| next.to_string());
    table(paint, &["ALERT", "STATE", "SEVERITY", "WHAT", "RULE", "SINCE", "LAST", "LOOKED AFTER BY"], &rows)
        + &*foot(paint, &about, next.as_deref())
}

pub fn rules(list: &AlertRulesOutput, paint: Paint) -> String {
    if list.rules.is_empty() {
        return "No rule raises alerts. Save one: opsctl alerts save-rule \"Many wait\" --source waiting --threshold 500\n".to_owned();
    }
    let line = |rule: &AlertRuleRow| {
        let state = match rule.silenced_until {
            _ if !rule.on => paint.dim("off"),
            Some(until) => paint.warn(&format!("silenced, ends {}", words::ago(list.now, until))),
            None => paint.good("on"),
        };
        vec![rule.rule.to_string(), state, severity(rule.severity, paint), paint.bold(&rule.name), rule.words(), rule.saved_by.clone()]
    };
    table(paint, &["RULE", "STATE", "SEVERITY", "NAME", "WHEN", "BY"], &list.rules.iter().map(line).collect::<Vec<_>>())
}

pub fn webhooks(list: &WebhooksOutput, paint: Paint) -> String {
    if list.hooks.is_empty() {
        return "Alerts are sent nowhere. Say where: opsctl webhooks save Pager --target https://pager.example/hook\n".to_owned();
    }
    let hook = |hook: &WebhookRow| {
        let state = if hook.on { paint.good("on") } else { paint.dim("off") };
        let least = hook.least.word().to_ascii_lowercase();
        vec![
            hook.webhook.to_string(),
            state,
            paint.bold(&hook.name),
            hook.host.clone(),
            hook.form.word().to_ascii_lowercase(),
            least,
            hook.waiting.to_string(),
            hook.dead.to_string(),
        ]
    };
    let hooks: Vec<Vec<String>> = list.hooks.iter().map(hook).collect();
    let mut text = table(paint, &["WEBHOOK", "STATE", "NAME", "HOST", "FORM", "LEAST", "WAITING", "DEAD"], &hooks);
    let sent = |sent: &DeliveryRow| {
        let state = match sent.state {
            DeliveryState::Waiting => paint.busy("\u{25cf} waiting"),
            DeliveryState::Delivered => paint.good("\u{2713} delivered"),
            DeliveryState::Dead => paint.bad("\u{2717} dead"),
        };
        let why = sent.last_error.clone().unwrap_or_default();
        vec![
            sent.delivery.to_string(),
            state,
            sent.webhook_name.clone(),
            sent.event.clone(),
            sent.attempts.to_string(),
            words::ago(list.now, sent.created_at),
            why,
        ]
    };
    if !list.deliveries.is_empty() {
        text.push('\n');
        text.push_str(&table(
            paint,
            &["MESSAGE", "STATE", "WEBHOOK", "EVENT", "ATTEMPTS", "WRITTEN", "WHY"],
            &list.deliveries.iter().map(sent).collect::<Vec<_>>(),
        ));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{from_value, json};

    #[test]
    fn a_check_is_one_line_with_its_last_error() {
        let list: ChecksOutput = from_value(json!({
            "now": "2026-11-21T10:00:00Z", "next": null, "total": 1, "down": 1,
            "rows": [{"check": 7, "name": "Shop", "kind": "HTTP", "target": "https://shop.example/health", "stands": "down",
                "state_at": "2026-11-21T09:50:00Z", "last_at": "2026-11-21T09:59:50Z", "last_ms": 120, "last_error": "it answered 503",
                "next_at": "2026-11-21T10:00:50Z", "uptime_day": 9905, "uptime_week": null, "spark": [10, 20, 0]}],
            "maintenance": [{"maintenance": 3, "check": null, "check_name": null, "starts_at": "2026-11-21T11:00:00Z",
                "ends_at": "2026-11-21T12:00:00Z", "reason": "move", "saved_by": "Ada"}]}))
        .expect("checks");
        let text = checks(&list, Paint(false));
        let row = text.lines().nth(1).expect("a row");
        for told in ["7", "\u{2717} down", "Shop", "99.05 %", "120 ms", "it answered 503", "in 50 s"] {
            assert!(row.contains(told), "{told}: {row}");
        }
        assert!(text.contains("Maintenance 3 of all checks"), "{text}");
    }

    #[test]
    fn an_alert_says_who_looks_after_it() {
        let list: AlertsOutput = from_value(json!({"now": "2026-11-21T10:00:00Z", "next": null, "open": 0, "rows": [{
            "alert": 12, "rule": 1, "rule_name": "No worker", "severity": "CRITICAL", "subject": "domain:plans", "title": "No worker of plans is heard from",
            "state": "ACKNOWLEDGED", "value": 1, "seen": 30, "opened_at": "2026-11-21T09:50:00Z", "last_seen": "2026-11-21T09:59:58Z", "quiet_since": null,
            "acked_by": "Ada", "acked_at": "2026-11-21T09:51:00Z", "note": "restarting", "closed_at": null}]}))
        .expect("alerts");
        let text = alerts(&list, Paint(false));
        for told in ["12", "acknowledged", "!! critical", "No worker of plans", "10 m ago", "Ada: restarting"] {
            assert!(text.contains(told), "{told}: {text}");
        }
        let none = AlertsOutput { rows: Vec::new(), ..list };
        assert!(alerts(&none, Paint(false)).contains("opsctl alerts rules"));
    }

    #[test]
    fn a_dead_message_says_why() {
        let list: WebhooksOutput = from_value(json!({"now": "2026-11-21T10:00:00Z",
            "hooks": [{"webhook": 2, "name": "Pager", "form": "STANDARD", "host": "pager.example", "least": "CRITICAL", "on": true, "saved_by": "Ada", "waiting": 0, "dead": 1}],
            "deliveries": [{"delivery": "01931f3c-7a10-7c3e-9b9e-2f6f1f0a1b2c", "webhook": 2, "webhook_name": "Pager", "alert": 12, "event": "alert.opened",
                "state": "DEAD", "attempts": 12, "created_at": "2026-11-21T09:00:00Z", "next_at": null, "last_status": 500, "last_error": "The receiver answered 500."}]}))
        .expect("webhooks");
        let text = webhooks(&list, Paint(false));
        for told in ["pager.example", "\u{2717} dead", "12", "The receiver answered 500."] {
            assert!(text.contains(told), "{told}: {text}");
        }
    }
}
