//! What is done to checks, alerts and webhooks: each deed with the values it takes. Not in here: the pages, and scripts' accounts.

use crate::deeds::{OnPlain, PlainField, PlainKind};
use actions::{
    deeds::{
        acknowledge_alert::AcknowledgeAlert, delete_alert_rule::DeleteAlertRule, delete_check::DeleteCheck, delete_webhook::DeleteWebhook,
        end_maintenance::EndMaintenance, pause_check::PauseCheck, redeliver::Redeliver, run_check::RunCheck,
        save_alert_rule::SaveAlertRule, save_check::SaveCheck, save_maintenance::SaveMaintenance, save_webhook::SaveWebhook,
        silence_alert_rule::SilenceAlertRule, test_webhook::TestWebhook,
    },
    views::{alert_rules::AlertRuleRow, check::CheckOutput, webhooks::WebhookRow},
};
use domain::{Action, CheckSpec};
use serde_json::{Value, json};

type Words = &'static [(&'static str, &'static str)];

const SOURCES: Words = &[
    ("WAITING", "Commands that wait for a person"),
    ("ARRIVALS", "Commands that fail"),
    ("GROUP", "One group of failures"),
    ("FRONTEND", "Errors of pages"),
    ("CHECK", "Checks and heartbeats that are down"),
    ("WORKER", "Domains no worker is heard from"),
    ("QUEUE", "Commands nobody takes"),
    ("AUDIT", "The audit chain"),
    ("RUN", "Runs that fail"),
    ("BUDGET", "Budgets used up"),
    ("DEPLOY", "Deploys"),
];
const CONDITIONS: Words = &[("ABOVE", "More than so many"), ("ABSENT", "None at all"), ("TIMES", "So many times what was before")];
const SEVERITIES: Words = &[("WARNING", "Warning"), ("CRITICAL", "Critical"), ("INFO", "Info")];
const FORMS: Words = &[("STANDARD", "Standard Webhooks, signed"), ("DISCORD", "As Discord takes them")];
const KINDS: Words = &[
    ("HTTP", "HTTP: a page answers"),
    ("TCP", "TCP: a port is open"),
    ("DNS", "DNS: a name resolves"),
    ("CERTIFICATE", "Certificate: it holds long enough"),
    ("BEACON", "Beacon: a page carries it and its core loads"),
    ("HEARTBEAT", "Heartbeat: a job reports"),
];
const ASKED: &[&str] = &["HTTP", "TCP", "DNS", "CERTIFICATE", "BEACON"];
const CONDITIONED: &[&str] = &["ARRIVALS", "FRONTEND", "RUN", "DEPLOY"];
const THRESHOLD: &[&str] = &["WAITING", "ARRIVALS", "GROUP", "FRONTEND", "RUN"];
const WINDOWED: &[&str] = &["ARRIVALS", "FRONTEND", "RUN", "DEPLOY", "WORKER", "QUEUE"];

/// A deed that takes nothing but what it is about.
fn bare<A: Action>(known: Value, about: &str, verb: &'static str) -> OnPlain {
    with::<A>(known, about, verb, Vec::new())
}

fn with<A: Action>(known: Value, about: &str, verb: &'static str, fields: Vec<PlainField>) -> OnPlain {
    OnPlain { meta: const { &A::META }, about: about.to_owned(), verb, known, fields }
}

fn number(value: Option<i64>) -> Option<String> {
    value.map(|value| value.to_string())
}

fn span(secs: Option<i64>) -> Option<String> {
    secs.filter(|secs| *secs > 0).map(|secs| [&secs.to_string(), "s"].concat())
}

pub(super) fn acknowledge(alert: i64, about: &str) -> OnPlain {
    let note = PlainField::new("note", "What others should know", "At most 500 characters", PlainKind::Long);
    with::<AcknowledgeAlert>(json!({ "alert": alert }), about, "I look after it", vec![note])
}

/// A new rule, or one that is changed.
pub(super) fn save_rule(rule: Option<&AlertRuleRow>) -> OnPlain {
    let of = |read: fn(&AlertRuleRow) -> String| rule.map(read);
    let fields = vec![
        PlainField::new("name", "Name", "", PlainKind::Text).required().value(of(|rule| rule.name.clone())),
        PlainField::new("source", "What it looks at", "", PlainKind::Choice(SOURCES))
            .value(of(|rule| rule.source.word().to_owned()).or_else(|| Some("WAITING".to_owned()))),
        PlainField::new("group", "Number of the group", "As in its address", PlainKind::Number(1, i64::MAX))
            .required()
            .only("source", &["GROUP"])
            .value(number(rule.and_then(|rule| rule.group))),
        PlainField::new("condition", "When", "", PlainKind::Choice(CONDITIONS))
            .only("source", CONDITIONED)
            .value(of(|rule| rule.condition.word().to_owned()).or_else(|| Some("ABOVE".to_owned()))),
        PlainField::new("threshold", "More than", "0 unless said", PlainKind::Number(0, i64::MAX))
            .only("source", THRESHOLD)
            .value(of(|rule| rule.threshold.to_string())),
        PlainField::new("factor", "So many times", "What the window before had", PlainKind::Number(2, 1000))
            .required()
            .only("condition", &["TIMES"])
            .value(of(|rule| rule.factor.to_string())),
        PlainField::new("window", "Within", "A span such as 10m", PlainKind::Code)
            .only("source", WINDOWED)
            .value(span(rule.map(|rule| rule.window_secs))),
        PlainField::new("hold", "It closes once gone for", "A span such as 60s", PlainKind::Code)
            .value(of(|rule| [&rule.hold_secs.to_string(), "s"].concat())),
        PlainField::new("severity", "Severity", "", PlainKind::Choice(SEVERITIES))
            .value(of(|rule| rule.severity.word().to_owned()).or_else(|| Some("WARNING".to_owned()))),
        PlainField::new("off", "Keep it and do not look", "", PlainKind::Check)
            .value(rule.filter(|rule| !rule.on).map(|_| "true".to_owned())),
    ];
    let about = of(|rule| rule.name.clone()).unwrap_or_else(|| "A new rule".to_owned());
    with::<SaveAlertRule>(rule.map_or_else(|| json!({}), |rule| json!({ "rule": rule.rule })), &about, "Save", fields)
}

pub(super) fn silence(rule: &AlertRuleRow) -> OnPlain {
    let until = PlainField::new("until", "Until", "A span such as 4h, or a moment; it speaks again when this is empty", PlainKind::Code)
        .value(rule.silenced_until.is_none().then(|| "4h".to_owned()));
    with::<SilenceAlertRule>(json!({ "rule": rule.rule }), &rule.name, "Save", vec![until])
}

pub(super) fn delete_rule(rule: &AlertRuleRow) -> OnPlain {
    bare::<DeleteAlertRule>(json!({ "rule": rule.rule }), &rule.name, "Delete the rule")
}

/// A new webhook, or one that is changed: its address stays unless another is given.
pub(super) fn save_webhook(hook: Option<&WebhookRow>) -> OnPlain {
    let of = |read: fn(&WebhookRow) -> String| hook.map(read);
    let address = PlainField::new("url", "Address", "Kept encrypted: only its host is shown again", PlainKind::Code);
    let rotate = PlainField::new("rotate", "Give it a new secret", "", PlainKind::Check);
    let mut fields = vec![
        PlainField::new("name", "Name", "", PlainKind::Text).required().value(of(|hook| hook.name.clone())),
        if hook.is_none() { address.required() } else { address },
        PlainField::new("form", "Form", "", PlainKind::Choice(FORMS))
            .value(of(|hook| hook.form.word().to_owned()).or_else(|| Some("STANDARD".to_owned()))),
        PlainField::new("least", "The least that is sent", "", PlainKind::Choice(SEVERITIES))
            .value(of(|hook| hook.least.word().to_owned()).or_else(|| Some("WARNING".to_owned()))),
        PlainField::new("off", "Keep it and send nothing", "", PlainKind::Check)
            .value(hook.filter(|hook| !hook.on).map(|_| "true".to_owned())),
    ];
    fields.extend(hook.map(|_| rotate));
    let about = of(|hook| [&hook.name, " \u{b7} ", &hook.host].concat()).unwrap_or_else(|| "A new webhook".to_owned());
    with::<SaveWebhook>(hook.map_or_else(|| json!({}), |hook| json!({ "webhook": hook.webhook })), &about, "Save", fields)
}

pub(super) fn test_webhook(hook: &WebhookRow) -> OnPlain {
    bare::<TestWebhook>(json!({ "webhook": hook.webhook }), &hook.name, "Send a test")
}

pub(super) fn delete_webhook(hook: &WebhookRow) -> OnPlain {
    bare::<DeleteWebhook>(json!({ "webhook": hook.webhook }), &hook.name, "Delete the webhook")
}

pub(super) fn redeliver(delivery: uuid::Uuid, about: &str) -> OnPlain {
    bare::<Redeliver>(json!({ "delivery": delivery }), about, "Send it again")
}

/// A new check, or one that is changed.
pub(super) fn save_check(check: Option<&CheckOutput>) -> OnPlain {
    let spec = |read: fn(&CheckSpec) -> Option<String>| check.and_then(|check| read(&check.spec));
    let code = |name, label, hint| PlainField::new(name, label, hint, PlainKind::Code);
    let kind = check.map_or_else(|| "HTTP".to_owned(), |check| check.row.kind.word().to_owned());
    let fields = vec![
        PlainField::new("name", "Name", "", PlainKind::Text).required().value(check.map(|check| check.row.name.clone())),
        PlainField::new("kind", "What is asked", "", PlainKind::Choice(KINDS)).value(Some(kind)),
        code("target", "Target", "A URL, a host and port, or a name")
            .required()
            .only("kind", ASKED)
            .value(spec(|spec| Some(spec.target.clone()))),
        code("every", "How often", "1s to 24h; 60s unless said").only("kind", ASKED).value(span(check.map(|check| check.every_secs))),
        code("timeout", "How long an answer may take", "1s to 60s; 10s unless said")
            .only("kind", ASKED)
            .value(span(check.map(|check| check.timeout_secs))),
        PlainField::new("status", "Status", "Any from 200 to 299 unless said", PlainKind::Number(100, 599))
            .only("kind", &["HTTP"])
            .value(spec(|spec| number(spec.status))),
        code("has", "Text that has to be in it", "").only("kind", &["HTTP"]).value(spec(|spec| spec.has.clone())),
        code("lacks", "Text that must not be in it", "").only("kind", &["HTTP"]).value(spec(|spec| spec.lacks.clone())),
        code("pointer", "Place in a JSON answer", "Such as /status").only("kind", &["HTTP"]).value(spec(|spec| spec.pointer.clone())),
        code("equals", "What stands there", "").only("kind", &["HTTP"]).value(spec(|spec| spec.equals.clone())),
        PlainField::new("max_ms", "Slowest answer that is right", "In milliseconds", PlainKind::Number(1, 60_000))
            .only("kind", &["HTTP", "TCP", "DNS", "BEACON"])
            .value(spec(|spec| number(spec.max_ms))),
        code("resolves_to", "An address it resolves to", "").only("kind", &["DNS"]).value(spec(|spec| spec.resolves_to.clone())),
        PlainField::new("days_left", "Days it has to hold", "14 unless said", PlainKind::Number(1, 398))
            .only("kind", &["CERTIFICATE"])
            .value(spec(|spec| number(spec.days_left))),
        code("period", "How often the job runs", "Such as 1h; or the line of cron below")
            .only("kind", &["HEARTBEAT"])
            .value(span(check.and_then(|check| check.spec.period_secs))),
        code("cron", "Its line of cron", "Such as 30 3 * * *").only("kind", &["HEARTBEAT"]).value(spec(|spec| spec.cron.clone())),
        code("zone", "Its time zone", "Such as Europe/Vienna; UTC unless said")
            .only("kind", &["HEARTBEAT"])
            .value(spec(|spec| spec.zone.clone())),
        code("grace", "How late it may be", "5m unless said")
            .only("kind", &["HEARTBEAT"])
            .value(span(check.and_then(|check| check.spec.grace_secs))),
        PlainField::new("fail_after", "Down after failures in a row", "3 unless said", PlainKind::Number(1, 100))
            .value(number(check.map(|check| check.fail_after))),
        PlainField::new("pass_after", "Up after successes in a row", "2 unless said", PlainKind::Number(1, 100))
            .value(number(check.map(|check| check.pass_after))),
    ];
    let about = check.map_or_else(|| "A new check".to_owned(), |check| check.row.name.clone());
    with::<SaveCheck>(check.map_or_else(|| json!({}), |check| json!({ "check": check.row.check })), &about, "Save", fields)
}

pub(super) fn run_check(check: i64, name: &str) -> OnPlain {
    bare::<RunCheck>(json!({ "check": check }), name, "Run it now")
}

pub(super) fn pause_check(check: i64, name: &str, paused: bool) -> OnPlain {
    bare::<PauseCheck>(json!({ "check": check, "paused": paused }), name, if paused { "Pause it" } else { "Let it go on" })
}

pub(super) fn delete_check(check: i64, name: &str) -> OnPlain {
    bare::<DeleteCheck>(json!({ "check": check }), name, "Delete the check")
}

/// Maintenance of one check, or of all.
pub(super) fn maintenance(check: Option<(i64, &str)>) -> OnPlain {
    let fields = vec![
        PlainField::new("from", "From", "A span from now such as 10m, or a moment; now when empty", PlainKind::Code),
        PlainField::new("until", "For", "A span such as 2h, or a moment; at most 14 days", PlainKind::Code)
            .required()
            .value(Some("2h".to_owned())),
        PlainField::new("because", "Why, for those who see it", "1 to 300 characters", PlainKind::Text).required(),
    ];
    let (known, about) = check.map_or_else(|| (json!({}), "All checks"), |(check, name)| (json!({ "check": check }), name));
    with::<SaveMaintenance>(known, about, "Announce it", fields)
}

pub(super) fn end_maintenance(maintenance: i64, about: &str) -> OnPlain {
    bare::<EndMaintenance>(json!({ "maintenance": maintenance }), about, "End it")
}
