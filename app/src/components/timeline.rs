//! Timeline of deeds, skimmable: time, kind, sentence, detail. Not in here: reading the audit or checking its chain.

use super::diff_view::{Change, DiffView};
use crate::{icons::Icon, text::moment};
use domain::At;
use leptos::prelude::*;
use markup::{Html, IntoHtml, view};

/// What sort of deed a row tells of; decides icon and colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeedKind {
    Looked,
    Wrote,
    Refused,
    Rehearsed,
    /// Sessions and sign-in.
    Session,
}

impl DeedKind {
    const fn key(self) -> &'static str {
        match self {
            Self::Looked => "look",
            Self::Wrote => "write",
            Self::Refused => "refused",
            Self::Rehearsed => "rehearsed",
            Self::Session => "sign",
        }
    }

    const fn icon(self) -> Icon {
        match self {
            Self::Looked => Icon::Eye,
            Self::Wrote => Icon::Pencil,
            Self::Refused => Icon::Lock,
            Self::Rehearsed => Icon::Playbooks,
            Self::Session => Icon::Key,
        }
    }

    /// The kind in a word, for those who do not see the icon.
    const fn word(self) -> &'static str {
        match self {
            Self::Looked => "Looked: ",
            Self::Wrote => "Changed: ",
            Self::Refused => "Refused: ",
            Self::Rehearsed => "Rehearsed: ",
            Self::Session => "Session: ",
        }
    }
}

/// One row of the timeline.
#[derive(Clone, Debug, PartialEq)]
pub struct DeedRow {
    pub at: At,
    pub kind: DeedKind,
    /// `Reprocessed East wing, level 3 from wall_detection`.
    pub what: String,
    /// Who, for whom, on which ticket; joined by the component.
    pub who: Vec<String>,
    pub detail: Option<String>,
    pub changes: Vec<Change>,
    pub seq: i64,
    pub href: Option<String>,
}

/// Deeds by day, in the order given.
#[component]
pub fn Timeline(deeds: Vec<DeedRow>) -> Html {
    let mut days: Vec<(String, Vec<DeedRow>)> = Vec::new();
    for deed in deeds {
        let date = deed.at.date();
        match days.last_mut() {
            Some((day, rows)) if *day == date => rows.push(deed),
            _ => days.push((date, vec![deed])),
        }
    }
    days.into_iter()
        .map(|(day, rows)| {
            view! {
                <h2 class="day">{day}</h2>
                <ol class="timeline">{rows.into_iter().map(row).collect::<Vec<_>>()}</ol>
            }
        })
        .collect::<Vec<_>>()
        .into_html()
}

fn row(deed: DeedRow) -> Html {
    let number = format!("#{}", deed.seq);
    let seq = match deed.href {
        Some(href) => view! { <a class="seq" href=href>{number}</a> },
        None => view! { <span class="seq">{number}</span> },
    };
    let who = (!deed.who.is_empty()).then(|| view! { <span class="who">{deed.who.join(" · ")}</span> });
    let changes = (!deed.changes.is_empty()).then(|| view! { <DiffView changes=deed.changes/> });
    view! {
        <li class="deed" data-kind=deed.kind.key() id=format!("deed-{}", deed.seq)>
            <time datetime=iso(deed.at) title=moment(deed.at)>{deed.at.clock()}</time>
            <span class="dot"><Icon of=deed.kind.icon()/></span>
            <div class="body">
                <span class="what"><span class="visually-hidden">{deed.kind.word()}</span>{deed.what}</span>
                {who}
                {deed.detail.map(|detail| view! { <span class="detail">{detail}</span> })}
                {changes}
            </div>
            {seq}
        </li>
    }
}

/// `2026-11-21T10:24:31Z`
pub(super) fn iso(at: At) -> String {
    format!("{}T{}Z", at.date(), at.clock())
}
