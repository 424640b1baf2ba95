//! Alerts, the rules that raise them, and where they are sent to; read as they change. Not in here: checks, and what the deeds take (see
//! `watch`).

use super::{
    filters::text_of,
    pieces::{clock, loaded, when},
    watch,
};
use crate::{
    arrival::use_location,
    components::{CliLine, EmptyState, Head, Panel, StateMark, Table, Tone},
    data::load,
    deeds::{DeedDialogs, OnPlain, PlainButton, latch_plain},
    icons::Icon,
    live::{Kind, on_live},
    routes,
    text::counted,
};
use actions::deeds::{
    acknowledge_alert::AcknowledgeAlert, delete_alert_rule::DeleteAlertRule, delete_webhook::DeleteWebhook, redeliver::Redeliver,
    save_alert_rule::SaveAlertRule, save_webhook::SaveWebhook, silence_alert_rule::SilenceAlertRule, test_webhook::TestWebhook,
};
use actions::views::{
    alert_rules::{AlertRuleRow, AlertRules, AlertRulesOutput},
    alerts::{AlertRow, Alerts, AlertsOutput},
    webhooks::{DeliveryRow, WebhookRow, Webhooks, WebhooksOutput},
};
use domain::{Action as _, AlertState, At, DeliveryState, Severity};
use leptos::prelude::*;
use leptos_router::params::ParamsMap;
use markup::{Html, view};

/// The page: alerts, rules, webhooks.
#[must_use]
pub fn page() -> Html {
    let query = use_location().query;
    let alerts = load(move || query.with(filter_of));
    let rules = load(|| AlertRules {});
    let hooks = load(Webhooks::default);
    on_live(&[Kind::Alert], move || {
        alerts.refetch();
        rules.refetch();
    });
    on_live(&[Kind::Webhook], move || hooks.refetch());
    let asked = latch_plain(move |word, of| {
        let number = || of.and_then(|of| of.parse::<i64>().ok());
        let wanted = Wanted { word, of, number: number() };
        let (alerts, rules, hooks) = (alerts.good(), rules.good(), hooks.good());
        let of_alerts = alerts.and_then(|output| wanted.of_alerts(&output));
        of_alerts.or_else(|| wanted.of_rules(&*rules?)).or_else(|| wanted.of_hooks(&*hooks?))
    });
    let done = move |()| {
        alerts.refetch();
        rules.refetch();
        hooks.refetch();
    };
    view! {
        {loaded(alerts, move |output| alerts_of(output, query.with_untracked(filter_of).all))}
        {loaded(rules, rules_of)}
        {loaded(hooks, hooks_of)}
        <DeedDialogs asked done/>
    }
}

/// The deed that is asked for, and the number of what it is about.
struct Wanted<'a> {
    word: &'a str,
    of: Option<&'a str>,
    number: Option<i64>,
}

impl Wanted<'_> {
    fn of_alerts(&self, output: &AlertsOutput) -> Option<OnPlain> {
        let alert = output.rows.iter().find(|row| self.word == AcknowledgeAlert::META.name && Some(row.alert) == self.number)?;
        Some(watch::acknowledge(alert.alert, &alert.title))
    }

    fn of_rules(&self, output: &AlertRulesOutput) -> Option<OnPlain> {
        let rule = output.rules.iter().find(|rule| Some(rule.rule) == self.number);
        match self.word {
            word if word == SaveAlertRule::META.name => Some(watch::save_rule(rule)),
            word if word == SilenceAlertRule::META.name => rule.map(watch::silence),
            word if word == DeleteAlertRule::META.name => rule.map(watch::delete_rule),
            _ => None,
        }
    }

    fn of_hooks(&self, output: &WebhooksOutput) -> Option<OnPlain> {
        let hook = output.hooks.iter().find(|hook| Some(hook.webhook) == self.number);
        match self.word {
            word if word == SaveWebhook::META.name => Some(watch::save_webhook(hook)),
            word if word == TestWebhook::META.name => hook.map(watch::test_webhook),
            word if word == DeleteWebhook::META.name => hook.map(watch::delete_webhook),
            word if word == Redeliver::META.name => {
                let sent = output.deliveries.iter().find(|sent| Some(sent.delivery.to_string().as_str()) == self.of)?;
                Some(watch::redeliver(sent.delivery, &[&sent.event, " to ", &sent.webhook_name].concat()))
            }
            _ => None,
        }
    }
}

fn filter_of(query: &ParamsMap) -> Alerts {
    Alerts {
        all: text_of(query, "all").is_some(),
        before: text_of(query, "before").and_then(|text| text.parse().ok()),
        ..Alerts::default()
    }
}

const fn severity(severity: Severity) -> (Tone, &'static str) {
    match severity {
        Severity::Critical => (Tone::Fail, "Critical"),
        Severity::Warning => (Tone::Warn, "Warning"),
        Severity::Info => (Tone::Skip, "Info"),
    }
}

fn alerts_of(output: AlertsOutput, all: bool) -> Html {
    let now = clock(output.now);
    let about = [&counted(output.open, false, "alert", "alerts"), " nobody looks after. One closes by itself when it is over."].concat();
    let (href, label) = if all {
        (routes::ALERTS.to_owned(), "Only what is not over")
    } else {
        (routes::url(routes::ALERTS, &[("all", "1")]), "Also what is over")
    };
    let older = output.next.map(|next| {
        let next = next.to_string();
        let query: &[(&str, &str)] = &[("all", if all { "1" } else { "" }), ("before", &next)];
        view! { <p class="pad"><a class="btn" href=routes::url(routes::ALERTS, query)>"Older"</a></p> }
    });
    let list = if output.rows.is_empty() {
        view! { <EmptyState title="Nothing is wrong" about="No rule finds anything. The rules stand below." tone=Tone::Ok><CliLine line="opsctl alerts rules"/></EmptyState> }
    } else {
        let heads = vec![
            Head::text("State"),
            Head::text("Severity"),
            Head::text("What"),
            Head::text("Rule"),
            Head::num("Seen"),
            Head::text("Since"),
            Head::text("Last"),
            Head::text("Looked after by"),
        ];
        let lines = output.rows.iter().map(|row| alert_line(row, now)).collect::<Vec<_>>();
        view! { <Table caption="Alerts, newest first" heads><tbody>{lines}</tbody></Table> {older} }
    };
    view! {
        <div class="head">
            <div><h1>"Alerts"</h1><p class="soft">{about}</p></div>
            <div class="actions"><a class="btn" href=href>{label}</a><a class="btn" href=routes::CHECKS>"Checks"</a></div>
        </div>
        <section class="panel">{list}</section>
    }
}

fn alert_line(row: &AlertRow, now: Signal<At>) -> Html {
    let (tone, word) = match row.state {
        AlertState::Open => (Tone::Fail, "Open"),
        AlertState::Acknowledged => (Tone::Run, "Acknowledged"),
        AlertState::Closed => (Tone::Ok, "Closed"),
    };
    let (severity_tone, severity_word) = severity(row.severity);
    let by = match (&row.acked_by, &row.note) {
        (Some(who), Some(note)) => view! { <span>{who.clone()}": "{note.clone()}</span> },
        (Some(who), None) => view! { <span>{who.clone()}</span> },
        (None, _) if row.state == AlertState::Open => {
            view! { <PlainButton meta=const { &AcknowledgeAlert::META } label="Acknowledge\u{2026}" icon=Icon::Eye of=row.alert.to_string()/> }
        }
        (None, _) => Html::Nothing,
    };
    let title = match row.subject.strip_prefix("check:").and_then(|id| id.parse().ok()) {
        Some(check) => view! { <a class="strong" href=routes::check(check)>{row.title.clone()}</a> },
        None => view! { <span class="strong">{row.title.clone()}</span> },
    };
    view! {
        <tr>
            <td><StateMark tone word/></td>
            <td><StateMark tone=severity_tone word=severity_word/></td>
            <td class="grow">{title}</td>
            <td class="soft">{row.rule_name.clone()}</td>
            <td class="num">{row.seen.to_string()}</td>
            <td class="soft">{when(row.opened_at, now)}</td>
            <td class="soft">{when(row.closed_at.unwrap_or(row.last_seen), now)}</td>
            <td>{by}</td>
        </tr>
    }
}

fn rules_of(output: AlertRulesOutput) -> Html {
    let now = clock(output.now);
    let new = || view! { <PlainButton meta=const { &SaveAlertRule::META } label="New rule\u{2026}" icon=Icon::Plus/> };
    if output.rules.is_empty() {
        return view! { <Panel title="Rules"><EmptyState title="No rule looks" about="Without one no alert is raised." icon=Icon::Shield>{new()}</EmptyState></Panel> };
    }
    let line = |rule: &AlertRuleRow| {
        let (tone, word) = severity(rule.severity);
        let state = match rule.silenced_until {
            _ if !rule.on => view! { <span class="faint">"off"</span> },
            Some(until) => view! { <span class="soft">"silenced until "{when(until, now)}</span> },
            None => view! { <span>"on"</span> },
        };
        view! {
            <tr>
                <td class="num">{rule.rule.to_string()}</td>
                <td><StateMark tone word/></td>
                <td class="grow"><span class="strong">{rule.name.clone()}</span>" "<span class="faint">{rule.words()}</span></td>
                <td>{state}</td>
                <td class="soft">{rule.saved_by.clone()}</td>
                <td class="num">
                    <PlainButton meta=const { &SaveAlertRule::META } label="Change\u{2026}" icon=Icon::Pencil bare=true of=rule.rule.to_string()/>
                    <PlainButton meta=const { &SilenceAlertRule::META } label="Silence\u{2026}" icon=Icon::Clock bare=true of=rule.rule.to_string()/>
                    <PlainButton meta=const { &DeleteAlertRule::META } label="Delete\u{2026}" icon=Icon::Cancel bare=true of=rule.rule.to_string()/>
                </td>
            </tr>
        }
    };
    let heads =
        vec![Head::num("Rule"), Head::text("Severity"), Head::text("When"), Head::text("State"), Head::text("Saved by"), Head::text("")];
    let lines = output.rules.iter().map(line).collect::<Vec<_>>();
    view! { <Panel title="Rules" end=new><Table caption="Rules that raise alerts" heads><tbody>{lines}</tbody></Table></Panel> }
}

fn hooks_of(output: WebhooksOutput) -> Html {
    let now = clock(output.now);
    let new = || view! { <PlainButton meta=const { &SaveWebhook::META } label="New webhook\u{2026}" icon=Icon::Plus/> };
    if output.hooks.is_empty() {
        return view! {
            <Panel title="Webhooks">
                <EmptyState title="Alerts are sent nowhere" about="They stand here only. Say where they go, signed as Standard Webhooks or as Discord takes them." icon=Icon::External>
                    {new()}
                </EmptyState>
            </Panel>
        };
    }
    let hook = |hook: &WebhookRow| {
        view! {
            <tr>
                <td class="num">{hook.webhook.to_string()}</td>
                <td class="grow"><span class="strong">{hook.name.clone()}</span>" "<span class="faint">{hook.host.clone()}</span></td>
                <td class="soft">{hook.form.word().to_ascii_lowercase()}", from "{severity(hook.least).1}</td>
                <td>{if hook.on { "on" } else { "off" }}</td>
                <td class="num">{hook.waiting.to_string()}</td>
                <td class="num">{hook.dead.to_string()}</td>
                <td class="num">
                    <PlainButton meta=const { &TestWebhook::META } label="Test\u{2026}" icon=Icon::External bare=true of=hook.webhook.to_string()/>
                    <PlainButton meta=const { &SaveWebhook::META } label="Change\u{2026}" icon=Icon::Pencil bare=true of=hook.webhook.to_string()/>
                    <PlainButton meta=const { &DeleteWebhook::META } label="Delete\u{2026}" icon=Icon::Cancel bare=true of=hook.webhook.to_string()/>
                </td>
            </tr>
        }
    };
    let heads = vec![
        Head::num("Webhook"),
        Head::text("Where"),
        Head::text("Form"),
        Head::text("State"),
        Head::num("Waiting"),
        Head::num("Dead"),
        Head::text(""),
    ];
    let hooks = output.hooks.iter().map(hook).collect::<Vec<_>>();
    let sent = output.deliveries.iter().map(|sent| delivery(sent, now)).collect::<Vec<_>>();
    let sent_heads =
        vec![Head::text("State"), Head::text("Message"), Head::text("To"), Head::num("Attempts"), Head::text("Written"), Head::text("Why")];
    view! {
        <Panel title="Webhooks" end=new><Table caption="Where alerts are sent to" heads><tbody>{hooks}</tbody></Table></Panel>
        <Panel title="Messages" about="the newest fifty"><Table caption="Messages to webhooks, newest first" heads=sent_heads><tbody>{sent}</tbody></Table></Panel>
    }
}

fn delivery(sent: &DeliveryRow, now: Signal<At>) -> Html {
    let (tone, word) = match sent.state {
        DeliveryState::Waiting => (Tone::Run, "Waiting"),
        DeliveryState::Delivered => (Tone::Ok, "Delivered"),
        DeliveryState::Dead => (Tone::Fail, "Dead"),
    };
    let again = (sent.state == DeliveryState::Dead).then(
        || view! { <PlainButton meta=const { &Redeliver::META } label="Send again\u{2026}" icon=Icon::Retry of=sent.delivery.to_string()/> },
    );
    view! {
        <tr>
            <td><StateMark tone word/></td>
            <td>{sent.event.clone()}" "<code class="faint">{sent.delivery.to_string()}</code></td>
            <td class="soft">{sent.webhook_name.clone()}</td>
            <td class="num">{sent.attempts.to_string()}</td>
            <td class="soft">{when(sent.created_at, now)}</td>
            <td class="grow">{sent.last_error.clone()}" "{again}</td>
        </tr>
    }
}
