//! Accounts of scripts and agents: whose they are, what they may do, until when. Not in here: how people sign in.

use super::pieces::{clock, loaded, when};
use crate::{
    components::{CliLine, EmptyState, Head, StateMark, Table, Tone},
    data::load,
    deeds::{DeedDialogs, OnPlain, PlainButton, PlainField, PlainKind, latch_plain},
    icons::Icon,
};
use actions::{
    deeds::{
        end_service_account::EndServiceAccount,
        issue_service_account::{IssueServiceAccount, MOST_MINUTES},
    },
    views::service_accounts::{ServiceAccountRow, ServiceAccounts, ServiceAccountsOutput},
};
use domain::{Action as _, At};
use leptos::prelude::*;
use markup::{Html, IntoHtml as _, view};
use serde_json::json;

/// What a script may be given, as whoever gives it reads it.
const MAY: &[(&str, &str)] = &[
    ("read", "Lists, states and counts of all tenants"),
    ("logs.read", "Logs and support bundles"),
    ("deploy.record", "Say that something was deployed"),
    ("check.manage", "Save and pause checks"),
    ("alert.acknowledge", "Acknowledge alerts"),
    ("group.triage", "Say where a group of errors stands"),
    ("audit.read", "Everybody\u{2019}s audit entries"),
];

/// The list.
#[must_use]
pub fn page() -> Html {
    let data = load(|| ServiceAccounts {});
    let asked = latch_plain(move |word, of| match word {
        word if word == IssueServiceAccount::META.name => Some(issue()),
        word if word == EndServiceAccount::META.name => {
            let output = data.good()?;
            let row = output.accounts.iter().find(|row| Some(row.account.to_string().as_str()) == of)?;
            Some(end(row))
        }
        _ => None,
    });
    view! {
        {loaded(data, content)}
        <DeedDialogs asked done=move |()| data.refetch()/>
    }
}

fn issue() -> OnPlain {
    let fields = vec![
        PlainField::new("name", "Name", "What it is called in the audit, such as laptop agent", PlainKind::Text).required(),
        PlainField::new("permissions", "What it may do", "", PlainKind::Several(MAY)).required().value(Some("read".to_owned())),
        PlainField::new(
            "tenant",
            "Only this tenant",
            "Its short name; all when empty. It may then read, and nothing else",
            PlainKind::Code,
        ),
        PlainField::new("minutes", "Minutes until it ends", "60 unless said", PlainKind::Number(1, MOST_MINUTES)),
    ];
    let about = "It acts under its own name, and you answer for it".to_owned();
    OnPlain { meta: const { &IssueServiceAccount::META }, about, verb: "Issue it", known: json!({}), fields }
}

fn end(row: &ServiceAccountRow) -> OnPlain {
    let known = json!({ "account": row.account });
    OnPlain { meta: const { &EndServiceAccount::META }, about: row.name.clone(), verb: "End it", known, fields: Vec::new() }
}

fn content(output: ServiceAccountsOutput) -> Html {
    let now = clock(output.now);
    let new = || view! { <PlainButton meta=const { &IssueServiceAccount::META } label="Issue one\u{2026}" icon=Icon::Plus/> };
    let list = if output.accounts.is_empty() {
        let about = "A script or an agent gets a token for an hour at most, for what you say and nothing else.";
        view! {
            <EmptyState title="No script has an account" about icon=Icon::Terminal>
                {new()}
                <CliLine line="opsctl service issue \"laptop agent\" --may read,logs.read --reason \"\u{2026}\""/>
            </EmptyState>
        }
    } else {
        let heads = vec![
            Head::text("State"),
            Head::text("Name"),
            Head::text("May"),
            Head::text("Sees"),
            Head::text("Issued"),
            Head::text("Seen"),
            Head::text("Ends"),
            Head::text(""),
        ];
        let at = output.now;
        let lines = output.accounts.iter().map(|row| line(row, at, now)).collect::<Vec<_>>();
        view! { <Table caption="Accounts of scripts, those that go on first" heads><tbody>{lines}</tbody></Table> }
    };
    view! {
        <div class="head">
            <div><h1>"Service accounts"</h1><p class="soft">"Scripts and agents, each under a name of its own in the audit. They open no support session, and somebody answers for each."</p></div>
            <div class="actions">{new()}</div>
        </div>
        <section class="panel">{list}</section>
    }
}

fn line(row: &ServiceAccountRow, at: At, now: Signal<At>) -> Html {
    let (tone, word) = match &row.ended_by {
        _ if row.goes_on(at) => (Tone::Ok, "Open"),
        Some(_) => (Tone::Skip, "Ended"),
        None => (Tone::Skip, "Over"),
    };
    let end = row.goes_on(at).then(
        || view! { <PlainButton meta=const { &EndServiceAccount::META } label="End\u{2026}" icon=Icon::Close danger=true of=row.account.to_string()/> },
    );
    let by = row.ended_by.clone().map(|who| view! { " "<span class="faint">"by "{who}</span> });
    view! {
        <tr>
            <td><StateMark tone word/></td>
            <td class="grow"><span class="strong">{row.name.clone()}</span></td>
            <td class="soft">{row.permissions.join(", ")}</td>
            <td class="soft">{row.tenant.clone().unwrap_or_else(|| "all tenants".to_owned())}</td>
            <td class="soft">{when(row.issued_at, now)}</td>
            <td class="soft">{row.last_seen_at.map_or_else(|| "never".into_html(), |at| when(at, now))}</td>
            <td class="soft">{when(row.ended_at.unwrap_or(row.ends_at), now)}{by}</td>
            <td>{end}</td>
        </tr>
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn what_may_be_given_is_what_the_policy_says() {
        let said: Vec<&str> = super::MAY.iter().map(|(word, _)| *word).collect();
        let may: Vec<&str> = domain::Permission::OF_SERVICES.iter().map(|permission| permission.word()).collect();
        assert_eq!(said, may);
    }
}
