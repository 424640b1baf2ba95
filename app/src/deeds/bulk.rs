//! The dialog of “retry all that fit”, and of what else is done to many: what it would be about, seen before it is begun, and how fast and how far it may go.
//! Not in here: the operation once it is under way (see `pages::operation`).

mod each;

use super::{
    asked::OnMany,
    dialog::{Parts, deed_dialog},
    draft::Draft,
    field::{check_field, number_field, whole},
    intent::Intent,
    kind::DeedKind,
};
use crate::{
    components::{Loading, Note, Tone},
    data,
    icons::Icon,
    routes,
    text::{conditions, count, span},
};
use actions::{
    deeds::start_bulk_retry::StartBulkRetry,
    views::bulk_preview::{BulkPreview, BulkPreviewOutput, SampleRow, Skip},
};
use domain::Problem;
use each::Each;
use leptos::prelude::*;
use markup::{Html, IntoHtml, view};

/// What came back of the preview, once it did.
type Seen = RwSignal<Option<Result<BulkPreviewOutput, Problem>>>;

/// What is filled in.
#[derive(Clone, Copy)]
struct Fields {
    seen: Seen,
    rate: RwSignal<String>,
    halt_percent: RwSignal<String>,
    no_canary: RwSignal<bool>,
    each: Each,
}

impl Fields {
    fn intent(self) -> Result<Intent, String> {
        let token = self.seen.with(|seen| match seen {
            None => Err("The commands are being counted.".to_owned()),
            Some(Err(problem)) => Err(problem.message.clone()),
            Some(Ok(output)) => output.token.clone().ok_or_else(|| output.no_token.clone().unwrap_or_default()),
        })?;
        let rate = whole(&self.rate.read(), 1, 10_000)?;
        let halt_percent = whole(&self.halt_percent.read(), 0, 100)?;
        let no_canary = self.no_canary.get();
        self.each.intent(StartBulkRetry { token, rate, no_canary, halt_percent })
    }
}

#[component]
pub fn BulkForm(kind: DeedKind, on: OnMany, done: Callback<()>) -> Html {
    let OnMany { tenant, tenant_name, filter } = on;
    let fields = Fields {
        seen: RwSignal::new(None),
        rate: RwSignal::new("50".to_owned()),
        halt_percent: RwSignal::new("10".to_owned()),
        no_canary: RwSignal::new(false),
        each: Each::of(kind, filter.find.as_deref()),
    };
    let about = filter_words(&filter);
    let again = Callback::new(move |()| preview(filter.clone(), fields.seen));
    again.run(());
    let draft = Draft::new(kind.meta(), tenant, Signal::derive(move || fields.intent()));
    let view = view! {
        <div aria-live="polite">{move || fields.seen.with(|seen| what(seen.as_ref(), again))}</div>
        {fields.each.fields(draft)}
        <div class="pair">
            {number_field("Rate, a second", "rate", "At most; 1 to 10,000", fields.rate, 1..=10_000, draft)}
            {number_field("Failure limit, %", "halt_percent", "Of confirmed outcomes; 100 never halts", fields.halt_percent, 0..=100, draft)}
        </div>
        {check_field("no_canary", "Send all at the rate at once, without trying a few first", fields.no_canary)}
    };
    deed_dialog(Parts { draft, tenant_name, about, verb: "Start", fields: view.into_html(), done })
}

/// Asks what it would be about; what was seen before no longer holds.
fn preview(filter: BulkPreview, seen: Seen) {
    seen.set(None);
    leptos::task::spawn_local(async move {
        let answer = data::ask(filter).await;
        // The dialog may have been closed meanwhile.
        seen.try_set(Some(answer));
    });
}

/// The conditions in a line.
fn filter_words(filter: &BulkPreview) -> String {
    let BulkPreview { domain, command_type, code, group, since, until, find, commands } = filter;
    if let Some(commands) = commands {
        return [&count(i64::try_from(commands.split(',').count()).unwrap_or(0)), " chosen one by one"].concat();
    }
    let worded = |word: &str, value: &Option<String>| value.as_ref().map(|value| [word, value].concat());
    let (since, until) = (worded("failed since ", since), worded("failed before ", until));
    let group = group.map(|group| ["group ", &group.to_string()].concat());
    let parts = [group, domain.clone(), command_type.clone(), code.clone(), find.clone(), since, until];
    conditions(&parts.into_iter().flatten().collect::<Vec<_>>())
}

/// What it would be about.
fn what(seen: Option<&Result<BulkPreviewOutput, Problem>>, again: Callback<()>) -> Html {
    let output = match seen {
        None => return view! { <Loading what="Counting the commands"/> },
        Some(Err(problem)) => {
            return view! { <Note tone=Tone::Fail what="They could not be counted" because=problem.message.clone()>{once_more(again)}</Note> };
        }
        Some(Ok(output)) => output,
    };
    let what = [count(output.count).as_str(), if output.count == 1 { " command fits" } else { " commands fit" }].concat();
    if let Some(why) = &output.no_token {
        return view! { <Note tone=Tone::Warn what because=why.clone()>{once_more(again)}</Note> };
    }
    let holds = span(output.expires_at.secs_since(output.now));
    let second = if output.needs_approval { "They are so many that a second person has to approve before anything is sent. " } else { "" };
    let because = [&skipped(output), second, "Exactly these, counted now; the count holds for ", &holds, "."].concat();
    view! {
        <Note tone=Tone::Run what because>{once_more(again)}</Note>
        <details class="fold">
            <summary><Icon of=Icon::ChevronRight/>{["The newest ", &output.sample.len().to_string()].concat()}</summary>
            <ul class="samples">{output.sample.iter().map(sample).collect::<Vec<_>>()}</ul>
        </details>
    }
}

fn skipped(output: &BulkPreviewOutput) -> String {
    let skip = |skip: &Skip| ["Of these ", &count(skip.count), " would be skipped: ", skip.reason.of_many(), ". "].concat();
    output.skips.iter().filter(|skip| skip.count > 0).map(skip).collect()
}

fn once_more(again: Callback<()>) -> Html {
    view! { <button type="button" class="btn small" on:click=move |_| again.run(())>"Count again"</button> }
}

fn sample(row: &SampleRow) -> Html {
    let what = [&row.command_type, " ", row.code.as_deref().unwrap_or_default()].concat();
    view! { <li><a class="link mono" href=routes::command(row.command)>{row.command.short()}</a>" "{what}</li> }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_conditions_are_named() {
        let filter = BulkPreview { command_type: Some("IngestPlan".into()), since: Some("24h".into()), ..BulkPreview::default() };
        assert_eq!(filter_words(&filter), "IngestPlan \u{b7} failed since 24h");
    }
}
