//! The button of a deed: never hidden. Where even a rehearsal is not possible it is dashed, says
//! what is missing and where to get it, and does nothing.

use super::{
    asked::ask,
    kind::DeedKind,
    standing::{missing_to_rehearse, remedy, sentence},
};
use crate::{
    frame::{use_here, use_me},
    icons::Icon,
};
use domain::{Kind, Meta, TenantId};
use leptos::prelude::*;
use markup::{Html, IntoHtml, memo, view};

/// Opens the dialog of a deed.
#[component]
pub fn DeedButton(
    kind: DeedKind,
    /// Whose the subject is; left out for what is nobody's.
    #[prop(optional, into)]
    tenant: Option<TenantId>,
    /// What on, where the page has more than one subject.
    #[prop(optional, into)]
    of: Option<String>,
    label: &'static str,
    #[prop(optional)] key: Option<&'static str>,
    #[prop(optional)] primary: bool,
    /// Why the thing itself does not allow it, whatever the person may.
    #[prop(optional_no_strip, into)]
    blocked: Option<String>,
) -> Html {
    let open = ask();
    let on = of.clone();
    let opens = Opens {
        meta: kind.meta(),
        tenant,
        word: kind.word(),
        of,
        class: class_of(kind, primary),
        icon: icon_of(kind),
        label,
        key,
        blocked,
        icon_only: false,
        writes: kind.meta().kind == Kind::Write,
    };
    open_button(opens, move || open(kind, on.as_deref()))
}

/// A button that opens a dialog.
pub(super) struct Opens {
    pub(super) meta: &'static Meta,
    pub(super) tenant: Option<TenantId>,
    /// What the deed is called in the URL.
    pub(super) word: &'static str,
    pub(super) of: Option<String>,
    pub(super) class: &'static str,
    pub(super) icon: Icon,
    pub(super) label: &'static str,
    pub(super) key: Option<&'static str>,
    pub(super) blocked: Option<String>,
    /// Its words are read to those who do not see it, and shown when it is pointed at.
    pub(super) icon_only: bool,
    /// Marked as what changes something of a customer's.
    pub(super) writes: bool,
}

/// The button of a deed, whatever it opens.
pub(super) fn open_button(opens: Opens, open: impl Fn() + 'static) -> Html {
    let Opens { meta, tenant, word, of, class, icon, label, key, blocked, icon_only, writes } = opens;
    let (me, here) = (use_me(), use_here());
    let missing = memo(move || missing_to_rehearse(me, meta, tenant));
    let blocked = StoredValue::new(blocked);
    let why_not = memo(move || blocked.get_value().or_else(|| missing.with(|missing| (!missing.is_empty()).then(|| sentence(missing)))));
    let is_off = move || why_not.with(Option::is_some);
    let fix = move || {
        let able = blocked.with_value(Option::is_none);
        able.then(|| missing.get().iter().find_map(|one| remedy(one, here, tenant))).flatten()
    };
    let tip = ["needs-", word, "-", of.as_deref().unwrap_or("page")].concat();
    let described_by = tip.clone();
    let press = move |_| {
        if why_not.with_untracked(Option::is_none) {
            open();
        }
    };
    view! {
        <span class="needs-wrap">
            <button type="button" class=class data-writes=writes.then_some("") data-deed=word title=icon_only.then_some(label)
                aria-disabled=move || is_off().then_some("true")
                aria-describedby=move || is_off().then(|| described_by.clone())
                on:click=press>
                <Icon of=icon/>
                {if icon_only { view! { <span class="visually-hidden">{label}</span> } } else { label.into_html() }}
                {key.map(|key| view! { <kbd>{key}</kbd> })}
            </button>
            {move || why_not.get().map(|why| view! {
                <span class="needs-tip" id=tip.clone()>
                    {why}
                    {fix().map(|(words, href)| view! { " "<a data-noscroll="" href=href>{words}</a> })}
                </span>
            })}
        </span>
    }
}

const fn class_of(kind: DeedKind, primary: bool) -> &'static str {
    match (primary, kind) {
        (true, _) => "btn primary",
        (false, DeedKind::Cancel | DeedKind::GiveUp | DeedKind::Kill) => "btn danger",
        _ => "btn",
    }
}

const fn icon_of(kind: DeedKind) -> Icon {
    match kind {
        DeedKind::Retry | DeedKind::Bulk | DeedKind::Resume => Icon::Retry,
        DeedKind::Cancel | DeedKind::GiveUp | DeedKind::Kill => Icon::Cancel,
        DeedKind::Pause => Icon::Waiting,
        DeedKind::Reveal => Icon::Eye,
        DeedKind::Approve => Icon::Complete,
        DeedKind::Triage => Icon::Filter,
        DeedKind::Snooze => Icon::Clock,
        DeedKind::Note | DeedKind::Edit | DeedKind::BulkEdit | DeedKind::Limit => Icon::Pencil,
        DeedKind::Export => Icon::External,
        DeedKind::SaveView => Icon::Plus,
        DeedKind::ForgetView => Icon::Close,
        DeedKind::Complete => Icon::Complete,
        DeedKind::Reprocess | DeedKind::BulkReprocess => Icon::Reprocess,
    }
}
