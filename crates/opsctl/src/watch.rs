//! Checks, heartbeats, alerts and webhooks in a terminal: from the words typed to views and actions, and their answers printed.

use crate::{
    args::{AlertPart, Alerts as AlertsWords, AlertsPart, CheckPart, ChecksList, HeartbeatPart, WebhooksPart, Why},
    client::Client,
    deeds::act,
    failure::Failure,
    print,
    terminal::Terminal,
};
use actions::{
    deeds::{
        acknowledge_alert::AcknowledgeAlert,
        delete_alert_rule::DeleteAlertRule,
        delete_check::DeleteCheck,
        delete_webhook::DeleteWebhook,
        end_maintenance::EndMaintenance,
        pause_check::PauseCheck,
        redeliver::Redeliver,
        run_check::RunCheck,
        save_alert_rule::SaveAlertRule,
        save_check::{SaveCheck, SavedCheck},
        save_maintenance::SaveMaintenance,
        save_webhook::{SaveWebhook, SavedWebhook},
        silence_alert_rule::SilenceAlertRule,
        test_webhook::TestWebhook,
    },
    views::{
        alert_rules::{AlertRules, AlertRulesOutput},
        alerts::{Alerts, AlertsOutput},
        check::{Check, CheckOutput},
        checks::{Checks, ChecksOutput, cron_line},
        webhooks::{Webhooks, WebhooksOutput},
    },
};
use domain::{Ask, CheckKind, Receipt};

pub fn checks(words: ChecksList, client: &Client, terminal: Terminal) -> Result<(), Failure> {
    let ChecksList { stands, kind, limit, cursor } = words;
    terminal.answer::<ChecksOutput>(client.view(&Checks { stands, kind, limit, cursor })?, print::watch::checks)
}

pub fn check(part: CheckPart, client: &Client, terminal: Terminal) -> Result<(), Failure> {
    match part {
        CheckPart::Show { check } => terminal.answer::<CheckOutput>(client.view(&Check { check })?, print::watch::check),
        CheckPart::Save(words) => {
            let w = *words;
            let input = SaveCheck {
                check: w.check,
                target: w.target,
                every: w.every,
                timeout: w.timeout,
                fail_after: w.fail_after,
                pass_after: w.pass_after,
                status: w.status,
                max_ms: w.max_ms,
                has: w.has,
                lacks: w.lacks,
                pointer: w.pointer,
                equals: w.equals,
                resolves_to: w.resolves_to,
                days_left: w.days_left,
                ..named(w.name, w.kind)
            };
            act(&input, w.why, client, terminal)
        }
        CheckPart::Run(words) => act(&RunCheck { check: words.check }, words.why, client, terminal),
        CheckPart::Pause(words) => act(&PauseCheck { check: words.check, paused: true }, words.why, client, terminal),
        CheckPart::Resume(words) => act(&PauseCheck { check: words.check, paused: false }, words.why, client, terminal),
        CheckPart::Delete(words) => act(&DeleteCheck { check: words.check }, words.why, client, terminal),
        CheckPart::Maintenance { check, from, until, because, why } => {
            act(&SaveMaintenance { check, from, until, because }, why, client, terminal)
        }
        CheckPart::EndMaintenance { maintenance, why } => act(&EndMaintenance { maintenance }, why, client, terminal),
    }
}

fn named(name: String, kind: CheckKind) -> SaveCheck {
    SaveCheck {
        check: None,
        name,
        kind,
        target: String::new(),
        every: None,
        timeout: None,
        fail_after: None,
        pass_after: None,
        status: None,
        max_ms: None,
        has: None,
        lacks: None,
        pointer: None,
        equals: None,
        resolves_to: None,
        days_left: None,
        period: None,
        cron: None,
        zone: None,
        grace: None,
    }
}

pub fn heartbeat(part: HeartbeatPart, client: &Client, terminal: Terminal) -> Result<(), Failure> {
    match part {
        HeartbeatPart::List => {
            let input = Checks { kind: Some(CheckKind::Heartbeat), ..Checks::default() };
            terminal.answer::<ChecksOutput>(client.view(&input)?, print::watch::checks)
        }
        HeartbeatPart::Add { name, period, cron, zone, grace, why } => {
            let input = SaveCheck { period, cron: cron.clone(), zone, grace, ..named(name, CheckKind::Heartbeat) };
            once::<_, SavedCheck>(&input, why, client, terminal, |saved| {
                let line = cron_line(&client.url, saved.token.as_deref()?, cron.as_deref());
                Some(format!(
                    "For the crontab of its machine, with /path/to/job as it is called there. The token is shown this once:\n\n  {line}\n"
                ))
            })
        }
    }
}

pub fn alerts(words: AlertsWords, client: &Client, terminal: Terminal) -> Result<(), Failure> {
    let list = |input: &Alerts| terminal.answer::<AlertsOutput>(client.view(input)?, print::watch::alerts);
    match words.part {
        None => list(&Alerts::default()),
        Some(AlertsPart::List { state, all, limit, before }) => list(&Alerts { state, all, limit, before }),
        Some(AlertsPart::Rules) => terminal.answer::<AlertRulesOutput>(client.view(&AlertRules {})?, print::watch::rules),
        Some(AlertsPart::SaveRule(w)) => {
            let input = SaveAlertRule {
                rule: w.rule,
                name: w.name,
                source: w.source,
                condition: w.condition,
                threshold: w.threshold,
                factor: w.factor,
                window: w.window,
                hold: w.hold,
                severity: w.severity,
                group: w.group,
                off: w.off,
            };
            act(&input, w.why, client, terminal)
        }
        Some(AlertsPart::DeleteRule { rule, why }) => act(&DeleteAlertRule { rule }, why, client, terminal),
        Some(AlertsPart::Silence { rule, until, why }) => act(&SilenceAlertRule { rule, until }, why, client, terminal),
    }
}

pub fn alert(part: AlertPart, client: &Client, terminal: Terminal) -> Result<(), Failure> {
    let AlertPart::Ack { alert, note, why } = part;
    act(&AcknowledgeAlert { alert, note }, why, client, terminal)
}

pub fn webhooks(part: WebhooksPart, client: &Client, terminal: Terminal) -> Result<(), Failure> {
    match part {
        WebhooksPart::List { webhook } => terminal.answer::<WebhooksOutput>(client.view(&Webhooks { webhook })?, print::watch::webhooks),
        WebhooksPart::Save { name, webhook, target, form, least, off, rotate, why } => {
            let input = SaveWebhook { webhook, name, url: target, form, least, off, rotate };
            once::<_, SavedWebhook>(&input, why, client, terminal, |saved| {
                Some(format!("Its messages are signed with this secret, which is shown this once:\n\n  {}\n", saved.secret.as_deref()?))
            })
        }
        WebhooksPart::Test { webhook, why } => act(&TestWebhook { webhook }, why, client, terminal),
        WebhooksPart::Delete { webhook, why } => act(&DeleteWebhook { webhook }, why, client, terminal),
        WebhooksPart::Redeliver { delivery, why } => act(&Redeliver { delivery }, why, client, terminal),
    }
}

/// A deed whose answer holds something that is shown only now.
pub fn once<A: domain::Action, O: serde::de::DeserializeOwned>(
    input: &A,
    why: Why,
    client: &Client,
    terminal: Terminal,
    shown: impl FnOnce(&O) -> Option<String>,
) -> Result<(), Failure> {
    let answer = client.act(input, &Ask { reason: why.reason, rehearse: why.dry_run })?;
    terminal.answer::<Receipt<serde_json::Value>>(answer, |receipt, paint| {
        let text = print::receipt::receipt(A::META.title, receipt, paint);
        let shown = serde_json::from_value(receipt.output.clone()).ok().and_then(|output| shown(&output));
        shown.map_or_else(|| text.clone(), |shown| format!("{text}\n{shown}"))
    })
}
