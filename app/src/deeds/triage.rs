//! The fields of “say where the group stands”, and of “leave a note”.

use super::{
    asked::OnGroup,
    dialog::{Parts, deed_dialog},
    draft::Draft,
    field::text_field,
    intent::Intent,
};
use crate::components::{Field, FieldKind};
use actions::deeds::{note_group::NoteGroup, triage_group::TriageGroup};
use domain::{Action as _, GroupState};
use leptos::prelude::*;
use markup::{Html, IntoHtml, view};

/// States a person may choose, with what is said of each.
const CHOICES: [(GroupState, &str, &str); 5] = [
    (GroupState::Investigating, "Investigating", "I look into it"),
    (GroupState::Known, "Known", "A ticket says what is done"),
    (GroupState::Snoozed, "Snoozed", "Until a time, count or rate"),
    (GroupState::Resolved, "Resolved", "It should not happen any more"),
    (GroupState::New, "New", "As if nobody had looked"),
];

#[derive(Clone, Copy)]
struct Fields {
    to: RwSignal<GroupState>,
    ticket: RwSignal<String>,
    until: RwSignal<String>,
    more: RwSignal<String>,
    per_hour: RwSignal<String>,
    release: RwSignal<String>,
    note: RwSignal<String>,
}

impl Fields {
    fn input(self, group: i64, frontend: bool) -> Result<TriageGroup, String> {
        let to = self.to.get();
        let said = |field: RwSignal<String>, of: GroupState| {
            let text = field.read().trim().to_owned();
            (to == of && !text.is_empty()).then_some(text)
        };
        let number = |field: RwSignal<String>| said(field, GroupState::Snoozed).map(|text| count_of(&text)).transpose();
        let (ticket, until) = (said(self.ticket, GroupState::Known), said(self.until, GroupState::Snoozed));
        let (more, per_hour) = (number(self.more)?, number(self.per_hour)?);
        if to == GroupState::Known && ticket.is_none() {
            return Err("Name the ticket where the cause is worked on.".to_owned());
        }
        if to == GroupState::Snoozed && until.is_none() && more.is_none() && per_hour.is_none() {
            return Err("Say when it wakes: after a time, so many more failures, or a rate.".to_owned());
        }
        let note = self.note.read().trim().to_owned();
        let note = (!note.is_empty()).then_some(note);
        Ok(TriageGroup { group, frontend, to, ticket, until, more, per_hour, release: said(self.release, GroupState::Resolved), note })
    }
}

fn count_of(text: &str) -> Result<i64, String> {
    text.parse().ok().filter(|count| *count >= 1).ok_or_else(|| "A count of failures is a whole number, 1 or more.".to_owned())
}

#[component]
pub fn TriageForm(on: OnGroup, to: Option<GroupState>, done: Callback<()>) -> Html {
    let OnGroup { group, frontend, about, state, releases } = on;
    let empty = || RwSignal::new(String::new());
    let first = if state == GroupState::Investigating { GroupState::Known } else { GroupState::Investigating };
    let fields = Fields {
        to: RwSignal::new(to.unwrap_or(first)),
        ticket: empty(),
        until: RwSignal::new("4h".to_owned()),
        more: empty(),
        per_hour: empty(),
        release: RwSignal::new(releases.into_iter().next().unwrap_or_default()),
        note: empty(),
    };
    let filled = Signal::derive(move || fields.input(group, frontend).map(|input| Intent::new(&input)));
    let draft = Draft::new(const { &TriageGroup::META }, None, filled);
    let note = text_field(
        "note",
        "What others should know",
        "Nothing of a customer\u{2019}s; all who see the group read it.",
        fields.note,
        Signal::stored(None),
        draft,
    );
    let view = view! { {choices(fields.to)} {move || belonging(fields, draft)} {note} };
    deed_dialog(Parts { draft, tenant_name: String::new(), about, verb: "Save", fields: view.into_html(), done })
}

fn choices(to: RwSignal<GroupState>) -> Html {
    let choice = move |(state, word, about): (GroupState, &'static str, &'static str)| {
        view! {
            <label class="choice">
                <input type="radio" name="to" value=state.word() prop:checked=move || to.get() == state on:change=move |_| to.set(state)/>
                <span>{word}<small>{about}</small></span>
            </label>
        }
    };
    view! { <div class="choices" role="radiogroup" aria-label="Where it stands">{CHOICES.into_iter().map(choice).collect::<Vec<_>>()}</div> }
}

/// The fields that belong to the state chosen.
fn belonging(fields: Fields, draft: Draft) -> Html {
    let wrong = Signal::derive(move || draft.filled.with(|filled| filled.as_ref().err().cloned()).filter(|_| draft.tried.get()));
    match fields.to.get() {
        GroupState::Known => view! { <Field label="Ticket" name="ticket" value=fields.ticket required=true error=wrong/> },
        GroupState::Snoozed => view! {
            <div class="pair">
                <Field label="Wake after" name="until" value=fields.until hint="A span such as 4h, or a moment" kind=FieldKind::Code error=wrong/>
                <Field label="Or after so many more" name="more" value=fields.more hint="As often as that again" kind=FieldKind::Code/>
            </div>
            <Field label="Or when more than so many fail within an hour" name="per_hour" value=fields.per_hour kind=FieldKind::Code/>
        },
        GroupState::Resolved => view! {
            <Field label="Build that mends it" name="release" value=fields.release hint="Failures of builds that were there before are then no surprise" kind=FieldKind::Code/>
        },
        GroupState::New | GroupState::Investigating | GroupState::Regressed => ().into_html(),
    }
}

#[component]
pub fn NoteForm(on: OnGroup, done: Callback<()>) -> Html {
    let OnGroup { group, frontend, about, .. } = on;
    let note = RwSignal::new(String::new());
    let wrong = Signal::derive(move || note.read().trim().is_empty().then(|| "Write what others should know.".to_owned()));
    let filled = Signal::derive(move || match wrong.get() {
        Some(wrong) => Err(wrong),
        None => Ok(Intent::new(&NoteGroup { group, frontend, note: note.read().trim().to_owned() })),
    });
    let draft = Draft::new(const { &NoteGroup::META }, None, filled);
    let field =
        text_field("note", "What others should know", "Nothing of a customer\u{2019}s; all who see the group read it.", note, wrong, draft);
    deed_dialog(Parts { draft, tenant_name: String::new(), about, verb: "Leave the note", fields: field, done })
}
