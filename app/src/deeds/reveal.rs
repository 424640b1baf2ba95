//! The fields of “reveal what is masked”, and what was revealed, for as long as it may be seen.

use super::{
    asked::OnCommand,
    dialog::{Parts, deed_dialog},
    draft::Draft,
    field::text_field,
    intent::Intent,
};
use crate::components::JsonBlock;
use actions::deeds::reveal_payload::{REVEALED_SECS, RevealPayload};
use domain::Action as _;
use leptos::prelude::*;
use markup::{Html, IntoHtml, effect, view};
use std::time::Duration;

#[component]
pub fn RevealForm(on: OnCommand, done: Callback<()>) -> Html {
    let OnCommand { command, tenant, tenant_name, about } = on;
    let because = RwSignal::new(String::new());
    let wrong = Signal::derive(move || {
        (because.read().trim().chars().count() < 10).then(|| "Say why it has to be seen, in at least ten characters.".to_owned())
    });
    let filled = Signal::derive(move || match wrong.get() {
        Some(wrong) => Err(wrong),
        None => Ok(Intent::new(&RevealPayload { command, because: because.read().trim().to_owned() })),
    });
    let draft = Draft::new(const { &RevealPayload::META }, tenant, filled);
    let fields = text_field("because", "Why it has to be seen", "It stands in the audit, beside your name.", because, wrong, draft);
    deed_dialog(Parts { draft, tenant_name, about, verb: "Reveal", fields, done })
}

/// What was revealed, for a minute.
#[must_use]
pub fn revealed(json: String) -> Html {
    let seen = RwSignal::new(true);
    effect(move || {
        let hide = set_timeout_with_handle(
            // The dialog may have been closed meanwhile.
            move || {
                let _ = seen.try_set(false);
            },
            Duration::from_secs(REVEALED_SECS),
        );
        on_cleanup(move || {
            if let Ok(hide) = hide {
                hide.clear();
            }
        });
    });
    let shown = move || {
        if seen.get() {
            view! { <JsonBlock json=json.clone() label="The payload, with what is masked elsewhere"/> }
        } else {
            view! { <p class="soft" role="status">"Out of sight again. Reveal it anew if you still need it."</p> }
        }
    };
    shown.into_html()
}
