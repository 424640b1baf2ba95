//! The dialog of “edit and retry”: the payload as a form made from its type's contract, or as JSON; what differs, to the letter; and
//! what its worker says. Not in here: judging for good, which the server does by the same contract.

mod form;
mod worker;

use super::{
    asked::OnCommand,
    dialog::{Parts, deed_dialog},
    draft::Draft,
    intent::{Answer, First, Intent},
};
use crate::{
    components::{Change, DiffView, Field, FieldKind, Loading, Note, Tone},
    data,
    icons::Icon,
};
use actions::{
    deeds::edit_command::EditCommand,
    views::edit_form::{self, EditFormOutput},
};
use domain::{Action as _, CommandId, Problem};
use exact::{Contract, Json, Misread, Path, Said, differences};
use form::form;
use leptos::prelude::*;
use markup::{Html, IntoHtml, memo, view};
use serde_json::json;
use std::sync::Arc;
use worker::{Worker, worker, worker_agrees};

/// Differences shown; more are counted.
const SHOWN: usize = 50;
/// Characters of a value shown.
const LONGEST: usize = 400;
/// Changes a terminal line names one by one.
const NAMED: usize = 6;

/// What is edited, as it came.
pub(super) struct Base {
    before: Json,
    version: String,
    pub contract: Option<Contract>,
    listening: i64,
}

/// How it is edited.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Tab {
    Form,
    Json,
}

/// What was read of the text, good or bad.
type Document = Arc<Result<Json, Misread>>;

/// The state of the dialog. The text is the one truth; the form writes into it.
#[derive(Clone, Copy)]
pub(super) struct Editing {
    command: CommandId,
    seen: RwSignal<Option<Result<Arc<Base>, Problem>>>,
    text: RwSignal<String>,
    document: Memo<Document>,
    /// What the contract has against it.
    said: Memo<Vec<Said>>,
    /// Fields of the form that hold what cannot be written into the document, by path.
    wrong: RwSignal<Vec<(Path, String)>>,
    unchecked: RwSignal<bool>,
}

impl Editing {
    fn new(command: CommandId) -> Self {
        let (seen, text) = (RwSignal::new(None::<Result<Arc<Base>, Problem>>), RwSignal::new(String::new()));
        let document = memo(move || Arc::new(text.with(|text| Json::read(text))));
        let base = move || seen.with(|seen| seen.as_ref().and_then(|seen| seen.as_ref().ok()).cloned());
        let said = memo(move || match (base(), &*document.get()) {
            (Some(base), Ok(document)) => against(&base, document),
            _ => Vec::new(),
        });
        Self { command, seen, text, document, said, wrong: RwSignal::default(), unchecked: RwSignal::new(false) }
    }

    fn base(self) -> Option<Arc<Base>> {
        self.seen.with(|seen| seen.as_ref().and_then(|seen| seen.as_ref().ok()).cloned())
    }

    /// What the contract says of a field.
    fn said_of(self, path: &Path) -> Option<String> {
        let wrong = self.wrong.with(|wrong| wrong.iter().find(|(of, _)| of == path).map(|(_, why)| why.clone()));
        wrong.or_else(|| self.said.with(|said| said.iter().find(|said| said.path == *path).map(|said| said.sentence.clone())))
    }

    /// Gives a field another value; `None` takes it away.
    fn put(self, path: &Path, value: Option<Json>) {
        if let Ok(document) = &*self.document.get_untracked() {
            let mut document = document.clone();
            if document.put(path, value).is_ok() {
                self.text.set(document.pretty());
            }
        }
    }

    /// Says of a field that what is in it is no value, or that it is one again.
    fn say(self, path: &Path, why: Option<String>) {
        self.wrong.update(|wrong| {
            wrong.retain(|(of, _)| of != path);
            wrong.extend(why.map(|why| (path.clone(), why)));
        });
    }

    fn intent(self) -> Result<Intent, String> {
        let base = self.seen.with(|seen| match seen {
            None => Err("The payload is being fetched.".to_owned()),
            Some(Err(problem)) => Err(problem.message.clone()),
            Some(Ok(base)) => Ok(base.clone()),
        })?;
        if let Some((path, why)) = self.wrong.with(|wrong| wrong.first().map(|(path, why)| (path.to_string(), why.clone()))) {
            return Err([&path, ": ", &why].concat());
        }
        let document = self.document.get();
        let document = document.as_ref().as_ref().map_err(ToString::to_string)?;
        if let Some(said) = self.said.with(|said| said.first().cloned()) {
            return Err([&said.path.to_string(), ": ", &said.sentence].concat());
        }
        if *document == base.before {
            return Err("Nothing is different yet.".to_owned());
        }
        let (payload, unchecked) = (document.line(), self.unchecked.get());
        let input = EditCommand { command: self.command, payload: payload.clone(), version: base.version.clone(), unchecked };
        let line = line(self.command, &base.before, document, unchecked);
        let ask = |command, payload, ask| -> Answer { Box::pin(worker_agrees(command, payload, ask)) };
        let first = (base.listening > 0 && !unchecked).then_some(First { command: self.command, payload, ask });
        Ok(Intent { line: Some(line), first, ..Intent::new(&input) })
    }
}

/// Everything the contract has against a payload.
fn against(base: &Base, document: &Json) -> Vec<Said> {
    let Some(contract) = &base.contract else { return Vec::new() };
    let mut said = contract.locked(&base.before, document);
    said.extend(contract.check(document));
    said
}

/// The same deed in a terminal: the changes one by one, or a file where they are many or take something away.
fn line(command: CommandId, before: &Json, after: &Json, unchecked: bool) -> serde_json::Value {
    let changes = differences(before, after);
    let set = |change: &exact::Change| Some([&change.path.to_string(), "=", &change.after.as_ref()?.line()].concat());
    let sets: Option<Vec<String>> = changes.iter().map(set).collect();
    match sets.filter(|sets| sets.len() <= NAMED && sets.iter().all(|set| set.len() <= LONGEST)) {
        Some(sets) => json!({ "command": command, "set": sets, "unchecked": unchecked }),
        None => json!({ "command": command, "payload": "payload.json", "unchecked": unchecked }),
    }
}

#[component]
pub fn EditForm(on: OnCommand, done: Callback<()>) -> Html {
    let OnCommand { command, tenant, tenant_name, about } = on;
    let editing = Editing::new(command);
    fetch(editing);
    let draft = Draft::new(const { &EditCommand::META }, tenant, Signal::derive(move || editing.intent()));
    let fields = move || {
        editing.seen.with(|seen| match seen {
            None => view! { <Loading what="Fetching the payload"/> },
            Some(Err(problem)) => view! { <Note tone=Tone::Warn what="The payload cannot be edited now" because=problem.message.clone()/> },
            Some(Ok(base)) => editor(editing, base),
        })
    };
    let view = view! { <div class="editing form">{fields}</div> };
    deed_dialog(Parts { draft, tenant_name, about, verb: "Send it edited", fields: view.into_html(), done })
}

/// Asks for the payload as it is now.
fn fetch(editing: Editing) {
    leptos::task::spawn_local(async move {
        let answer = data::ask(edit_form::EditForm { command: editing.command }).await.and_then(base);
        if let Ok(base) = &answer {
            editing.text.try_set(base.before.pretty());
        }
        // The dialog may have been closed meanwhile.
        editing.seen.try_set(Some(answer.map(Arc::new)));
    });
}

fn base(output: EditFormOutput) -> Result<Base, Problem> {
    let no = |words: &str| Problem::new(domain::ProblemKind::Conflict, words.to_owned());
    if !output.inside {
        return Err(no("What the customer sent is not shown outside a support session on this tenant."));
    }
    let text = output.payload.ok_or_else(|| no("It is no longer kept anywhere. Cancel the command, or complete it by hand."))?;
    let before = Json::read(&text).map_err(|misread| no(&misread.to_string()))?;
    let contract = output.contract.map(|contract| {
        let schema = Json::read(&contract.schema).map_err(|misread| no(&misread.to_string()))?;
        Contract::of(&schema).map_err(|unfit| no(&unfit.0))
    });
    Ok(Base { before, version: output.version.unwrap_or_default(), contract: contract.transpose()?, listening: output.listening })
}

fn editor(editing: Editing, base: &Arc<Base>) -> Html {
    let has_contract = base.contract.is_some();
    let tab = RwSignal::new(if has_contract { Tab::Form } else { Tab::Json });
    let shown = base.clone();
    let panel = move || match tab.get() {
        Tab::Form => form(editing, &shown),
        Tab::Json => as_json(editing),
    };
    let free = (!has_contract).then(|| {
        view! { <p class="soft small">"The host of this type has made no contract: every field may be edited, and nothing but JSON is checked."</p> }
    });
    let asked = Worker::new(editing);
    view! {
        {tabs(tab, editing, has_contract)}
        {free}
        {panel}
        {changes(editing)}
        {worker(asked, base.listening)}
    }
}

fn tabs(tab: RwSignal<Tab>, editing: Editing, has_contract: bool) -> Html {
    let choose = move |to: Tab| {
        // A form cannot show what is no JSON.
        if to == Tab::Json || editing.document.get_untracked().is_ok() {
            editing.wrong.set(Vec::new());
            tab.set(to);
        }
    };
    let button = |this: Tab, word: &'static str| {
        let pressed = move || if tab.get() == this { "true" } else { "false" };
        let off = move || (this == Tab::Form && editing.document.get().is_err()).then_some("true");
        view! { <button type="button" aria-pressed=pressed aria-disabled=off on:click=move |_| choose(this)>{word}</button> }
    };
    has_contract
        .then(|| {
            view! {
                <div class="segments" role="group" aria-label="How to edit">{button(Tab::Form, "Form")}{button(Tab::Json, "JSON")}</div>
            }
        })
        .into_html()
}

fn as_json(editing: Editing) -> Html {
    let first = move || editing.said.with(|said| said.first().map(|said| [&said.path.to_string(), ": ", &said.sentence].concat()));
    let wrong = Signal::derive(move || match &*editing.document.get() {
        Err(misread) => Some(misread.to_string()),
        Ok(_) => first(),
    });
    view! {
        <div class="json-edit">
            <Field label="Payload, as JSON" name="payload" value=editing.text kind=FieldKind::Long required=true error=wrong
                hint="Numbers keep every digit. What cannot be seen is written as \\u and four digits."/>
        </div>
    }
}

/// What differs from the payload as it is.
fn changes(editing: Editing) -> Html {
    let found = memo(move || match (editing.base(), &*editing.document.get()) {
        (Some(base), Ok(document)) => differences(&base.before, document),
        _ => Vec::new(),
    });
    let table = move || {
        found.with(|found| {
            if found.is_empty() {
                return view! { <p class="soft">"Nothing is different yet."</p> };
            }
            let rows: Vec<_> = found.iter().take(SHOWN).map(change).collect();
            let more = found.len().saturating_sub(SHOWN);
            let more = (more > 0).then(|| ["And ", &more.to_string(), " fields more."].concat());
            view! { <DiffView changes=rows caption="What differs from the payload as it is"/><p class="soft small">{more}</p> }
        })
    };
    view! { <section aria-label="Before and after"><h3 class="label"><Icon of=Icon::Pencil/>"Before and after"</h3>{table}</section> }
}

fn change(change: &exact::Change) -> Change {
    let side = |value: &Option<Json>| value.as_ref().map(|value| brief(&value.line()));
    Change { field: change.path.to_string(), before: side(&change.before), after: side(&change.after) }
}

fn brief(line: &str) -> String {
    match line.char_indices().nth(LONGEST) {
        Some((at, _)) => [&line[..at], "\u{2026}"].concat(),
        None => line.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn json(text: &str) -> Json {
        Json::read(text).expect(text)
    }

    #[test]
    fn few_changes_are_a_line_and_what_is_taken_away_is_a_file() {
        let command = CommandId(uuid::Uuid::from_u128(7));
        let said = |before: &str, after: &str| line(command, &json(before), &json(after), false);
        assert_eq!(
            said("{\"n\": 1, \"a\": {\"b\": 2}}", "{\"n\": 12345678901234567890123, \"a\": {\"b\": \"x\"}}")["set"],
            json!(["a.b=\"x\"", "n=12345678901234567890123"])
        );
        assert_eq!(said("{\"n\": 1}", "{}")["payload"], "payload.json");
    }

    #[test]
    fn outside_a_session_there_is_nothing_to_edit() {
        let output = EditFormOutput {
            now: "2026-11-21T10:00:00Z".parse().expect("a time"),
            domain: "plans".into(),
            command_type: "IngestPlan".into(),
            inside: false,
            payload: None,
            version: None,
            contract: None,
            listening: 0,
            revisions: 0,
        };
        assert!(base(output).err().is_some_and(|problem| problem.message.contains("support session")));
    }
}
