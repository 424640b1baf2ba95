//! What a worker says to a payload: asked by a button, and once more by itself before it is sent. Not in here: whether its no counts,
//! which the server decides.

use super::Editing;
use crate::{
    api,
    components::{Note, Tone},
    data,
    deeds::{field::check_field, intent::Intent},
    icons::Icon,
};
use actions::{
    deeds::check_payload::{Asked, CheckPayload},
    views::payload_check::{CheckAnswer, PayloadCheck, PayloadCheckOutput},
};
use domain::{Ask, CommandId, Problem, ProblemKind};
use leptos::prelude::*;
use markup::{Html, effect, view};

/// How often an answer is looked for, in milliseconds.
const EVERY: u32 = 400;

/// What the button brought.
#[derive(Clone, Copy)]
pub(super) struct Worker {
    editing: Editing,
    busy: RwSignal<bool>,
    said: RwSignal<Option<Result<PayloadCheckOutput, Problem>>>,
}

impl Worker {
    pub(super) fn new(editing: Editing) -> Self {
        let worker = Self { editing, busy: RwSignal::new(false), said: RwSignal::new(None) };
        // An answer to another payload would be a lie.
        effect(move || {
            editing.text.track();
            worker.said.set(None);
        });
        worker
    }

    fn ask(self) {
        let payload = match &*self.editing.document.get_untracked() {
            Ok(document) if !self.busy.get_untracked() => document.line(),
            _ => return,
        };
        self.busy.set(true);
        leptos::task::spawn_local(async move {
            let said = answer(self.editing.command, payload, &Ask::default()).await;
            // The dialog may have been closed meanwhile.
            self.said.try_set(Some(said));
            self.busy.try_set(false);
        });
    }
}

/// The part of the dialog about the worker.
pub(super) fn worker(worker: Worker, listening: i64) -> Html {
    if listening == 0 {
        return view! { <p class="soft small">"No worker that checks this type is listening now. The payload is sent without one having seen it."</p> };
    }
    let said = move || worker.said.get().map(|said| said_view(&said));
    let busy = move || worker.busy.get().then_some("true");
    view! {
        <div class="form" role="group" aria-label="The worker\u{2019}s word">
            <div class="row wide">
                <button type="button" class="btn small" data-do="check" aria-busy=busy on:click=move |_| worker.ask()><Icon of=Icon::Eye/>"Let the worker check it"</button>
                <span class="soft small">"It is asked before it is sent in any case."</span>
            </div>
            <div role="status">{said}</div>
            {check_field("unchecked", "Send it although the worker has not said yes", worker.editing.unchecked)}
        </div>
    }
}

fn said_view(said: &Result<PayloadCheckOutput, Problem>) -> Html {
    match said {
        Err(problem) => view! { <Note tone=Tone::Fail what="It could not be asked" because=problem.message.clone()/> },
        Ok(said) => {
            let (tone, what) = match said.answer {
                CheckAnswer::Yes => (Tone::Ok, "would take it"),
                CheckAnswer::No => (Tone::Warn, "would not take it"),
                CheckAnswer::Broken => (Tone::Fail, "could not check it"),
                CheckAnswer::Waiting | CheckAnswer::TooLate | CheckAnswer::Unseen => (Tone::Warn, "has not answered in time"),
            };
            let what = [said.worker.as_deref().unwrap_or("The worker"), " ", what].concat();
            let rows = said
                .said
                .iter()
                .map(|row| view! { <li><code>{row.path.clone()}</code>": "{row.sentence.clone()}</li> })
                .collect::<Vec<_>>();
            match said.broken.clone() {
                Some(because) => view! { <Note tone what because/> },
                None => view! { <Note tone what><ul>{rows}</ul></Note> },
            }
        }
    }
}

/// Asks, and waits for the answer.
async fn answer(command: CommandId, payload: String, ask: &Ask) -> Result<PayloadCheckOutput, Problem> {
    let intent = Intent::new(&CheckPayload { command, payload });
    let ask = Ask { rehearse: false, ..ask.clone() };
    let receipt = api::act(intent.meta, intent.input, ask).await?;
    let asked: Asked = crate::read::read(&receipt.output).map_err(|misfit| Problem::new(ProblemKind::Internal, misfit.to_string()))?;
    loop {
        let said = data::ask(PayloadCheck { command, check: asked.check }).await?;
        if said.answer != CheckAnswer::Waiting {
            return Ok(said);
        }
        api::pause(EVERY).await;
    }
}

/// Ok when a worker says yes, or when none is there to say anything; else its no, in a sentence.
pub(super) async fn worker_agrees(command: CommandId, payload: String, ask: Ask) -> Result<(), Problem> {
    let said = answer(command, payload, &ask).await?;
    let worker = said.worker.as_deref().unwrap_or("The worker");
    let because: String = said.said.iter().map(|row| [" ", &row.path, ": ", &row.sentence].concat()).collect();
    let no = |words: &[&str]| Err(Problem::new(ProblemKind::BadInput, words.concat()));
    let way = " Mend it, or tick that it is sent all the same.";
    match said.answer {
        CheckAnswer::Yes => Ok(()),
        CheckAnswer::No => no(&[worker, " would not take this payload.", &because, way]),
        CheckAnswer::Broken => no(&["The check of ", worker, " failed: ", said.broken.as_deref().unwrap_or_default(), way]),
        CheckAnswer::Waiting | CheckAnswer::TooLate | CheckAnswer::Unseen => no(&["No worker answered in time.", way]),
    }
}
