//! One question of a form: label, hint, control, and what is wrong with the answer. Not in here: checking answers.

use super::{safe_textarea::SafeTextarea, unique::unique_id};
use crate::icons::Icon;
use leptos::prelude::*;
use markup::{Html, view};

/// What is typed into a field.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum FieldKind {
    #[default]
    Text,
    /// Identifiers and sizes, in the monospaced face.
    Code,
    Password,
    /// The six digits of an authenticator.
    Totp,
    /// Several lines.
    Long,
}

/// A labelled field. The error belongs to the control for screen readers too.
#[component]
pub fn Field(
    #[prop(into)] label: String,
    /// Name in the form.
    #[prop(into)]
    name: String,
    value: RwSignal<String>,
    #[prop(optional)] kind: FieldKind,
    /// What to write, before it is wrong.
    #[prop(optional, into)]
    hint: Option<String>,
    /// What is wrong and how to put it right.
    #[prop(optional, into)]
    error: Signal<Option<String>>,
    #[prop(optional)] required: bool,
    #[prop(optional, into)] autocomplete: Option<&'static str>,
    #[prop(optional_no_strip, into)] placeholder: Option<String>,
) -> Html {
    let id = unique_id("field");
    let (hint_id, error_id) = (format!("{id}-hint"), format!("{id}-error"));
    let described = format!("{hint_id} {error_id}");
    let without_hint = hint.as_deref().is_none_or(str::is_empty);
    let invalid = Signal::derive(move || error.read().is_some());
    let control = match kind {
        FieldKind::Long => view! {
            <SafeTextarea value=value name=name id=id.clone() described_by=described invalid=invalid required=required placeholder=placeholder/>
        },
        _ => {
            let (class, kind_word, default_complete) = match kind {
                FieldKind::Code => ("input mono", "text", "off"),
                FieldKind::Password => ("input", "password", "current-password"),
                FieldKind::Totp => ("input totp", "text", "one-time-code"),
                _ => ("input", "text", "off"),
            };
            view! {
                <input class=class id=id.clone() type=kind_word name=name placeholder=placeholder required=required
                    autocomplete=autocomplete.unwrap_or(default_complete)
                    inputmode=(kind == FieldKind::Totp).then_some("numeric")
                    maxlength=(kind == FieldKind::Totp).then_some("6")
                    spellcheck=(kind == FieldKind::Code).then_some("false")
                    aria-describedby=described
                    aria-invalid=move || invalid.get().then_some("true")
                    prop:value=move || value.get()
                    value=value.get_untracked()
                    on:input=move |event| value.set(event_target_value(&event))/>
            }
        }
    };
    view! {
        <div class="field">
            <label for=id>{label}{(!required).then(|| view! { <span class="optional">" (optional)"</span> })}</label>
            <span class="hint" id=hint_id hidden=without_hint>{hint}</span>
            {control}
            <span class="error" id=error_id role="alert" hidden=move || error.read().is_none()>
                <Icon of=Icon::Warn/>{move || error.get()}
            </span>
        </div>
    }
}
