//! The fields of “reprocess from a step”: from where, with how much memory, with which parameters.

use super::{
    asked::{OnJob, StepChoice},
    dialog::{Parts, deed_dialog},
    draft::Draft,
    field::{check_field, json_problem, text_field, with_hatching_left_out},
    intent::Intent,
};
use crate::{
    components::{Field, FieldKind},
    text::{MEMORY_CHOICES, counted},
};
use actions::deeds::reprocess_job::ReprocessJob;
use domain::{Action as _, JobId, human_bytes, parse_bytes};
use leptos::prelude::*;
use markup::{Html, IntoHtml, memo, view};

/// The step that knows the parameter `ignore_hatching`.
pub const READS_HATCHING: &str = "wall_detection";

/// What is filled in.
#[derive(Clone, Copy)]
struct Fields {
    from_step: RwSignal<String>,
    memory: RwSignal<String>,
    params: RwSignal<String>,
    no_hatching: RwSignal<bool>,
    steps: StoredValue<Vec<StepChoice>>,
}

impl Fields {
    /// True when the step is among those that would run again.
    fn runs_again(self, name: &str) -> bool {
        let from = self.from_step.read();
        self.steps.with_value(|steps| {
            let first = steps.iter().position(|step| step.name == *from).unwrap_or(0);
            steps.iter().skip(first).any(|step| step.name == name)
        })
    }

    fn intent(self, job: JobId) -> Result<Intent, String> {
        let typed = self.params.read();
        if let Some(wrong) = memory_problem(&self.memory.read()).or_else(|| json_problem(&typed)) {
            return Err(wrong);
        }
        let params = with_hatching_left_out(&typed, self.no_hatching.get() && self.runs_again(READS_HATCHING));
        let (from_step, memory) = (self.from_step.get(), self.memory.read().trim().to_owned());
        Ok(Intent::new(&ReprocessJob { job, from_step, memory, params }))
    }
}

#[component]
pub fn ReprocessForm(on: OnJob, done: Callback<()>) -> Html {
    let OnJob { job, tenant, tenant_name, about, steps, from_step, memory } = on;
    let fields = Fields {
        from_step: RwSignal::new(from_step),
        memory: RwSignal::new(memory.unwrap_or_default().to_owned()),
        params: RwSignal::new(String::new()),
        no_hatching: RwSignal::new(false),
        steps: StoredValue::new(steps),
    };
    let wrong_params = Signal::derive(move || json_problem(&fields.params.read()));
    let draft = Draft::new(const { &ReprocessJob::META }, tenant, Signal::derive(move || fields.intent(job)));
    let view = view! {
        <div class="pair">{step_field(fields)}{memory_field(fields.memory, move || memory_now(fields))}</div>
        {hatching_field(fields)}
        {text_field("params", "Parameters, as JSON", "Laid over the present ones; empty changes none.", fields.params, wrong_params, draft)}
    };
    deed_dialog(Parts { draft, tenant_name, about, verb: "Reprocess", fields: view.into_html(), done })
}

fn step_field(fields: Fields) -> Html {
    let chosen = fields.from_step.get_untracked();
    let option = |step: &StepChoice| {
        let name = step.name.clone();
        view! { <option value=name.clone() selected={name == chosen}>{name.clone()}</option> }
    };
    let options = fields.steps.with_value(|steps| steps.iter().map(option).collect::<Vec<_>>());
    let reused = move || {
        let from = fields.from_step.read();
        fields.steps.with_value(|steps| match steps.iter().position(|step| step.name == *from) {
            None => "Everything runs again.".to_owned(),
            Some(first) => used_again(&steps[..first], steps[first].place - 1),
        })
    };
    view! {
        <div class="field">
            <label for="deed-from">"From step"</label>
            <select class="input mono" id="deed-from" name="from_step" aria-describedby="deed-from-hint"
                on:change=move |event| fields.from_step.set(event_target_value(&event))>{options}</select>
            <span class="hint" id="deed-from-hint">{reused}</span>
        </div>
    }
}

/// What is not run again: by name, as long as the names are at hand and few.
fn used_again(before: &[StepChoice], count: i64) -> String {
    match count {
        ..=0 => "Everything runs again.".to_owned(),
        1..=8 if before.len() as i64 == count => {
            let names: Vec<_> = before.iter().map(|step| step.name.as_str()).collect();
            ["Used again as they are: ", &names.join(", "), "."].concat()
        }
        _ => ["Used again: what the ", &counted(count, false, "step", "steps"), " before it left."].concat(),
    }
}

/// What is wrong with an amount of memory; nothing is none.
pub(super) fn memory_problem(memory: &str) -> Option<String> {
    if memory.trim().is_empty() { None } else { parse_bytes(memory).err() }
}

/// `now` says what is set.
pub(super) fn memory_field(memory: RwSignal<String>, now: impl Fn() -> Option<String> + Send + Sync + 'static) -> Html {
    let pick = MEMORY_CHOICES.map(|(word, _)| {
        let pressed = move || if *memory.read() == word { "true" } else { "false" };
        view! { <button type="button" aria-pressed=pressed on:click=move |_| memory.set(word.to_owned())>{word}</button> }
    });
    let wrong = Signal::derive(move || memory_problem(&memory.read()));
    view! {
        <div class="field">
            <Field label="Memory for the steps run again" name="memory" value=memory kind=FieldKind::Code error=wrong placeholder="1G".to_owned()/>
            <div class="segments" role="group" aria-label="Usual amounts">{pick}</div>
            <span class="hint">{now}</span>
        </div>
    }
}

/// The memory the chosen step has.
fn memory_now(fields: Fields) -> Option<String> {
    let from = fields.from_step.read();
    let set = fields.steps.with_value(|steps| steps.iter().find(|step| step.name == *from).map(|step| step.memory_bytes));
    set.map(|bytes| ["Set now: ", &human_bytes(bytes.max(0).unsigned_abs()), ". Empty keeps it."].concat())
}

fn hatching_field(fields: Fields) -> Html {
    let there = memo(move || fields.runs_again(READS_HATCHING));
    let words = "Leave hatching out: far fewer strokes to pair; walls that are drawn only as hatching are lost";
    (move || there.get().then(|| check_field("ignore_hatching", words, fields.no_hatching))).into_html()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_used_again_is_named_while_the_names_are_few_and_known() {
        let step = |place: i64| StepChoice { place, name: ["s", &place.to_string()].concat(), memory_bytes: 1 };
        assert_eq!(used_again(&[], 0), "Everything runs again.");
        assert_eq!(used_again(&[step(1), step(2)], 2), "Used again as they are: s1, s2.");
        assert_eq!(used_again(&[step(132)], 136), "Used again: what the 136 steps before it left.");
        assert_eq!(used_again(&[], 1), "Used again: what the 1 step before it left.");
    }
}
